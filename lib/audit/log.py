"""The event log, Type A: what changed a meter, on any byte-addressable memory.

Entries lie in a ring of 64, each chained to the one before (see entry), with a head beside them
that says which is the newest: an entry that is lost or altered, the newest too, is named by
`check_step`. An entry is written before the head: a cut at any byte leaves the log as it was, or
with an entry more, whose change then was not made.

A cycle has CAPACITY entries for changes. Some places behind these are kept for changes with the
seal open, and the last for seals and software, which nobody can refuse. A new cycle begins with an
entry of its own; only from then on do new entries take the places of older cycles' entries.
"""

from array import array
from struct import pack_into, unpack_from

from micropython import const

from journal import BAD, FOUND, Journal
from journal.ring import Ring, go_on

from .entry import NO_CHAIN, WORDS, Entry, chain_of, fill, put_chain

CAPACITY = const(50)
WITH_SEAL_OPEN = const(55)
RESERVED = const(60)  # for what cannot be refused
NO_LIMIT = const(0x3FFFFFFF)  # the oldest entry is overwritten

# Why nothing was added, negative.
FULL = const(-1)
NOT_KEPT = const(-2)  # the memory does not take it

_TRIES = const(3)
_PLACES = const(255)  # as an entry can say
_HELD = const(63)  # entries that no write under way can have spoilt

# Words of the head; the first and the last two are the journal's.
_HEAD_WORDS = const(16)
_LAST = const(1)
_FIRST = const(2)  # number of the entry that the cycle began with
_CYCLE = const(3)  # and the place of the last entry in it, from bit 16 on
_SEAL = const(4)  # how often it was opened, and in bit 0 whether it is open
_REFUSED = const(5)
_CHAIN_AT = const(24)  # octet, to the 55th


class EventLog:
    """On `memory`: `slots` of 224 octets at `base`, `head_slots` of 64 octets at `head_base`.

    ring, view  for who serves the entries: journal.ring.Ring, audit.entry.Entry
    broken      number of the first entry that is not as it was written; 0 for none
    """

    def __init__(self, memory, base, slots, head_base, head_slots):
        self._record = array("I", bytes(4 * WORDS))
        self.ring = Ring(memory, base, slots, self._record)
        self.view = Entry(self._record)
        self.broken = 0
        self._head = array("I", bytes(4 * _HEAD_WORDS))
        self._journal = Journal(memory, head_base, head_slots, self._head)
        self._head[_CYCLE] = 1
        self._at = 0
        self._gap = 0
        self._chain = None  # of the entry before the next to check; None: it is not known

    # What there is.

    @property
    def total(self):
        """Entries there have ever been: the number of the newest."""
        return self._head[_LAST]

    @property
    def cycle(self):
        """From 1 on."""
        return self._head[_CYCLE] & 0xFFFF

    @property
    def used(self):
        """Places of the cycle that are taken."""
        return self._head[_CYCLE] >> 16

    @property
    def first(self):
        """Number of the cycle's first entry; 0 when there is none."""
        return self._head[_FIRST]

    @property
    def chain(self):
        """Of the newest entry, 32 octets."""
        return unpack_from("32s", self._head, _CHAIN_AT)[0]

    @property
    def chain_before(self):
        """Of the entry before the cycle's first; NO_CHAIN when there is none, or it is gone."""
        before = self.first - 1
        if before > 0 and self.ring.read(before):
            return self.view.chain
        return NO_CHAIN

    @property
    def breaks(self):
        """How often the seal has ever been opened."""
        return self._head[_SEAL] >> 1

    @property
    def seal_open(self):
        """What was last noted of the seal."""
        return self._head[_SEAL] & 1 != 0

    @property
    def refused(self):
        """How often what the seal forbids was ever tried."""
        return self._head[_REFUSED]

    def load(self, pause=go_on):
        """Find what the memory holds, and check it; `pause` is called for what cannot wait."""
        self.ring.load(pause)
        found = self._journal.load()
        head = self._head
        ring = self.ring
        if found == FOUND and not self._is_sane():
            found = BAD
            self._forget()
        if found == FOUND and (ring.valid == 0 or ring.since(head[_LAST]) > ring.slots):
            ring.give(head[_LAST])  # the head is ahead: entries are lost
        elif ring.valid and (found != FOUND or ring.last != head[_LAST]):
            self._take_up()  # the power went before the head was written
        pause()
        self.begin_check()
        while not self.check_step():
            pause()
        self.begin_check()
        if found == BAD and not self.broken:
            self.broken = ring.last or 1

    def _is_sane(self):
        # Whether this log can have written the head that was loaded: it is about the entries that
        # can be read: ahead of them by those that are lost, or behind by its writes that failed.
        head = self._head
        ring = self.ring
        for word in (_LAST, _FIRST):
            if ring.back(ring.since(head[word])) != head[word]:
                return False
        if ring.valid and ring.since(head[_LAST] - _HELD + 1) >= _HELD + ring.slots:
            return False
        if head[_CYCLE] & 0xFFFF == 0 or head[_CYCLE] >> 16 > _PLACES:
            return False
        return max(head[_SEAL], head[_REFUSED]) <= NO_LIMIT

    def _forget(self):
        # The counts that can be stay: nothing else tells them.
        head = self._head
        self._remember(0, 1, 0, NO_CHAIN)
        head[_FIRST] = 0
        for word in (_SEAL, _REFUSED):
            if head[word] > NO_LIMIT:
                head[word] = 0

    def _take_up(self):
        # The newest entry knows all that the head should, but for where its cycle began.
        head = self._head
        ring = self.ring
        newest = ring.recent(0)
        if not ring.read(newest):
            return
        cycle = self.view.cycle
        place = self.view.place
        self._remember(newest, cycle, place, self.view.chain)
        if place == 0:
            head[_FIRST] = newest
        elif not head[_FIRST]:
            head[_FIRST] = newest
            for i in range(1, ring.valid):
                if ring.read(ring.recent(i)) and self.view.cycle == cycle:
                    head[_FIRST] = ring.recent(i)

    # What is written.

    def add(self, limit, facts):
        """An entry: 0, FULL, or NOT_KEPT.

        limit  the last place that this may take: CAPACITY, WITH_SEAL_OPEN, RESERVED or NO_LIMIT
        facts  as audit.entry.fill takes them
        """
        place = self.used + 1
        if place > limit:
            return FULL
        return self._append(self.cycle, min(place, _PLACES), facts)

    def begin_cycle(self, facts):
        """An entry that begins a new cycle: 0 or NOT_KEPT."""
        return self._append(self.cycle % 0xFFFF + 1, 0, facts)

    def _append(self, cycle, place, facts):
        record = self._record
        fill(record, cycle, place, facts)
        for _ in range(_TRIES):  # each with the number after the one that did not read back
            record[0] = self.ring.following()
            chain = chain_of(self.chain, record)
            put_chain(record, chain)
            if self.ring.append():
                break
        else:
            return NOT_KEPT
        self._remember(record[0], cycle, place, chain)
        if place == 0 or not self._head[_FIRST]:
            self._head[_FIRST] = record[0]
        self._journal.append()  # when it fails the next start takes it from the entry
        return 0

    def _remember(self, number, cycle, place, chain):
        head = self._head
        head[_LAST] = number
        head[_CYCLE] = place << 16 | cycle
        pack_into("32s", head, _CHAIN_AT, chain)

    def note_seal(self, is_open):
        """Keep that the seal is open, or closed again; False when the memory does not take it."""
        head = self._head
        breaks = head[_SEAL] >> 1
        if is_open and not head[_SEAL] & 1:
            breaks += 1
        head[_SEAL] = breaks << 1 | (1 if is_open else 0)
        return self._journal.append()

    def note_refused(self):
        """Count what the seal forbids and was tried."""
        self._head[_REFUSED] += 1
        return self._journal.append()

    # What is checked.

    def begin_check(self):
        """Begin a walk over the cycle's entries."""
        ring = self.ring
        self._gap = 0
        self._chain = None
        self._at = self.first
        if self._at and ring.since(self._at) >= _HELD:
            self._at = ring.back(_HELD - 1)
        before = self._at - 1
        if before == 0:
            self._chain = NO_CHAIN
        elif before > 0 and ring.read(before):
            self._chain = self.view.chain

    def check_step(self):
        """Check one entry. True when the walk is over: then `broken` is what it found."""
        number = self._at
        if number == 0:
            self.broken = 0
            return True
        if self.ring.since(number) >= _HELD:  # its place has been taken meanwhile
            self.begin_check()
            return False
        if not self.ring.read(number):
            self._gap = self._gap or number
        else:
            chain = self.view.chain
            if self._chain is not None and chain != chain_of(self._chain, self._record):
                return self._over(self._gap or number)
            if self._chain is not None:
                self._gap = 0  # it links: what is missing was never written
            self._chain = chain
        left = self.ring.since(number)
        if left:
            self._at = self.ring.back(left - 1)
            return False
        if self._gap:
            return self._over(self._gap)
        good = number == self.total and self._chain == self.chain
        return self._over(0 if good else number)

    def _over(self, broken):
        self.broken = broken
        return True
