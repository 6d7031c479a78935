"""The software duty: what runs is what was built, looked at at the start and again and again.

The software has three parts: measurement, which computes the registers, everything else that is
legally relevant, and the rest. A SHA-256 is computed of each, over what really runs, some octets a
step, and held against the manifest of the build. When one is not what the manifest says, or the
manifest is damaged, that is a fault, which stands until a whole pass has found everything good.
What was computed is kept: when it is not what it was before, the software has changed.
"""

from hashlib import sha256

from micropython import const

from c1219 import events
from firmware.identity import SOURCES, VERSIONS
from firmware.log import Actor
from firmware.record import Record
from journal import EMPTY
from metrology.faults import SOFTWARE_ALTERED

PARTS = const(3)

# How it runs, as c1219.software has it.
IMAGE = const(1)
FILES = const(2)

# Streams of a source of octets: its manifest, then the parts.
MANIFEST = const(0)
STREAMS = const(4)

# States of a stream, as c1219.software has them.
NOT_KNOWN = const(0)  # not looked at yet, or there is nothing to hold it against
GOOD = const(1)
ALTERED = const(2)

_CHUNK = const(1024)  # octets that are hashed at once: 2 ms on the RP2040
_CHUNKS_AT_START = const(2)  # of a step
_PERIOD_MS = const(2000)  # between two steps once the first pass is done: a pass in 20 minutes
_DIGEST = const(32)

_WORDS = const(32)  # of the record
_FIELDS = (("versions", 2 * PARTS), ("digests", _DIGEST * PARTS), ("altered", 1))
_ALTERED = b"\x01"
_POWER = Actor(events.SOURCE_POWER)


class Software:
    """Looks at the software that `source` gives, and makes `record` say which it was last.

    form     IMAGE or FILES
    source   what the software consists of, in streams:
        begin(stream)       go to the beginning of one
        fill(buf)           its next octets into `buf`: how many; fewer than there is room for
                            where a piece of it ends, 0 at its end
        expected(stream)    SHA-256 that the manifest says, 32 octets, once the stream has ended
        trust(good)         whether the manifest has been found good: the parts are as it says
    record   firmware.record.Record of `_FIELDS`
    faults   metrology.faults.FaultSet
    log      firmware.log.Log
    guard    firmware.guard.Guard, whose `record` makes entries of the event log

    versions  version and revision of each part
    sources   SHA-256 of the sources of each part; zeros where no build has told them
    states    NOT_KNOWN, GOOD or ALTERED, of each stream
    computed, expected  SHA-256 of each part; zeros while there is none
    passes    how often everything has been looked at since the start
    ended     date and time of the end of the last pass, 6 octets as log.date_time() gives
    percent   of the pass under way, in streams and octets of the last one
    on_garbage  called as on_garbage() when there may be some: at the end of a file or a pass
    """

    versions = VERSIONS
    sources = SOURCES or (bytes(_DIGEST),) * PARTS

    def __init__(self, form, source, record, faults, log, guard):
        self.form = form
        self.states = bytearray(STREAMS)
        self.computed = [bytes(_DIGEST)] * PARTS
        self.expected = [bytes(_DIGEST)] * PARTS
        self.passes = 0
        self.ended = bytes(6)
        self.on_garbage = _nothing
        self._source = source
        self._record = record
        self._faults = faults
        self._log = log
        self._guard = guard
        self._buf = bytearray(_CHUNK)
        self._view = memoryview(self._buf)
        self._stream = MANIFEST
        self._hash = None
        self._done = self._whole = 0  # octets of the pass under way, and of the last one
        record.load()
        self._was_altered = record.get("altered") == _ALTERED  # until a pass finds all good

    @property
    def percent(self):
        """Of the pass under way, 0 to 99; 0 in the first one."""
        if self._whole == 0:
            return 0
        return min(99, self._done * 100 // self._whole)

    @property
    def altered(self):
        """Whether the software is known not to be what was built: in this run, or in one before
        of which no whole pass has found the contrary.
        """
        if self._was_altered and not self.passes:
            return True
        for state in self.states:
            if state == ALTERED:
                return True
        return False

    def step(self, now_ms):
        """Some octets more. Only the beginning and the end of a stream, or of one of its files,
        allocate anything.
        """
        if self.passes:
            self._take()
        else:
            for _ in range(_CHUNKS_AT_START):
                self._take()
        if self.altered:
            self._faults.set(SOFTWARE_ALTERED)  # whoever may have withdrawn it meanwhile
        return _PERIOD_MS if self.passes else 0

    def _take(self):
        if self._hash is None:
            self._source.begin(self._stream)
            self._hash = sha256()
        count = self._source.fill(self._buf)
        self._done += count
        if count == _CHUNK:
            self._hash.update(self._buf)
        elif count:
            self._hash.update(self._view[:count])
            self.on_garbage()
        else:
            self._end()

    def _end(self):
        stream = self._stream
        digest = self._hash.digest()
        self._hash = None
        expected = self._source.expected(stream)
        good = digest == expected
        if stream == MANIFEST:
            self._source.trust(good)
        else:
            self.computed[stream - 1] = digest
            self.expected[stream - 1] = expected
        self._judge(stream, good)
        self._stream += 1
        if self._stream == STREAMS:
            self._end_pass()

    def _judge(self, stream, good):
        was = self.states[stream]
        self.states[stream] = GOOD if good else ALTERED
        if not good and was != ALTERED:
            self._faults.set(SOFTWARE_ALTERED)
            self._remember(True)
            self._log.add(events.ROM_FAILURE, _POWER, stream)

    def _remember(self, altered):
        # A restart must not withdraw it.
        if altered != self._was_altered:
            self._was_altered = altered
            self._record.load()
            self._record.put("altered", _ALTERED if altered else b"")
            self._record.save()

    def _end_pass(self):
        self._stream = MANIFEST
        self._whole = self._done
        self._done = 0
        self.passes += 1
        self.ended = self._log.date_time()
        if not self.altered:
            self._faults.clear(SOFTWARE_ALTERED)
            self._remember(False)
        self._identify()
        self.on_garbage()

    def _identify(self):
        # The first start of a new meter has nothing that it could differ from.
        digests = b"".join(self.computed)
        versions = bytes([number for version in VERSIONS for number in version])
        record = self._record
        if record.load() != EMPTY:
            old = record.get("versions"), record.get("digests")
            if old == (versions, digests):
                return
            new = _told(versions, digests)
            if self._guard.record(events.SOFTWARE_CHANGED, _POWER, 0, _told(*old), new) < 0:
                return  # the next pass tries again
        record.put("versions", versions)
        record.put("digests", digests)
        record.save()


def kept(board):
    """The record of the software that a board's memory has kept."""
    layout = board.layout
    return Record(board.fram, layout.IDENTITY, layout.IDENTITY_SLOTS, _WORDS, _FIELDS, b"\0")


def _told(versions, digests):
    """What an entry of the event log tells of software, 74 octets: three versions, the SHA-256 of
    both legally relevant parts, and the beginning of that of the rest.
    """
    return versions + digests[: 2 * _DIGEST + 4]


def _nothing():
    pass
