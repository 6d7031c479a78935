"""Whatever clients do, in any order: nothing changes beyond their rights; what is written stays.

A reference of rights and contents, which knows no declaration, runs beside a meter. It is asked
at its sessions, at both ports, and its power fails in between.
"""

import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from c1219 import events
from psem import codes
from tests_host.meter.rights_bench import FIELD, MASTER, MODULE, PORTS, READER, WORDS, Bench
from tests_host.meter.rights_reference import (
    ABSENT,
    MAY_BE,
    PENDABLE,
    READ_ONLY,
    READS,
    SIZES,
    contents,
)

pytestmark = pytest.mark.slow

PENDING = 0x1000
SOURCES = {"optical": events.SOURCE_OPTICAL, "module": events.SOURCE_MODULE}
COMPLETED, INVALID, CONFLICT, TIMING, NO_AUTHORISATION, UNRECOGNISED = 0, 2, 3, 4, 5, 6
BEST = st.sampled_from([False, True, True])  # whether to give the highest password first
_MODES = {b"\x01": False, b"\x02": True}


class Rights(RuleBasedStateMachine):
    """The reference, and the meter beside it."""

    @initialize()
    def start(self):
        self.bench = Bench()
        self.words = list(WORDS)
        self.stored = {table: self.bench.octets(table) for table in SIZES}
        self.pending = dict.fromkeys(PENDABLE)
        self.level = dict.fromkeys(PORTS, 0)
        self.wrong = dict.fromkeys(PORTS, 0)
        self.locked_until = dict.fromkeys(PORTS, 0)
        self.resets = 0
        self.self_reads = self.bench.host.meter.self_reads.total
        self.testing = False
        for port in PORTS:
            self.log_on(port)

    # Sessions

    def log_on(self, port):
        for request in (b"\x30\x00\x05", b"\x40\x00\x05\x00\x01X\xa8", b"\x51" + b"X" * 20):
            assert self.bench.ask(port, request)[0] == codes.ISSS
        self.bench.open(port)
        self.level[port] = 0

    @rule(port=st.sampled_from(PORTS), how=st.sampled_from([codes.LOGOFF, codes.TERMINATE]))
    def log_off_and_on(self, port, how):
        assert self.bench.ask(port, bytes([how]))[0] == codes.OK
        assert self.bench.ask(port, bytes([codes.TERMINATE]))[0] == codes.OK
        self.log_on(port)

    @rule(
        port=st.sampled_from(PORTS),
        word=st.sampled_from([READER, FIELD, MASTER, MODULE, b"AN OLD WORD", b"WRONG", b""]),
        padding=st.sampled_from([b"", b" ", b"\0", b" \0"]),
    )
    def give_password(self, port, word, padding):
        password = word if isinstance(word, bytes) else self.words[word]
        self.give(port, password, padding)

    @rule(port=st.sampled_from(PORTS), power_fails=st.booleans())
    def guess(self, port, power_fails):
        """As often as it is free, and once more; in between the power may fail."""
        for _ in range(3):
            self.give(port, b"WRONG")
        if power_fails:
            self.cut_the_power(True)
        self.give(port, self.words[MODULE if port == "module" else MASTER])

    def give(self, port, password, padding=b""):
        answer = self.bench.security(port, (password + padding)[:20])
        if self.bench.now_s < self.locked_until[port]:
            assert answer == codes.BSY
            self.level[port] = 0
            return
        self.level[port] = self._level_of(port, password)
        assert answer == (codes.OK if self.level[port] else codes.ERR)
        if self.level[port] == self._highest(port):
            self.wrong[port] = 0
        elif not self.level[port] and password:
            self.wrong[port] += 1
            self._lock(port)

    def become(self, port, best):
        """Have the highest level of a port, if told so and if it takes a password now."""
        word = MODULE if port == "module" else MASTER
        if best and self.words[word] and self.bench.now_s >= self.locked_until[port]:
            self.give(port, self.words[word])

    def _passwords(self, port):
        if port == "module":
            return ((self.words[MODULE], 2),)
        return tuple((self.words[i], i + 1) for i in (MASTER, FIELD, READER))

    def _level_of(self, port, password):
        levels = [level for word, level in self._passwords(port) if word and word == password]
        return max(levels, default=0)

    def _highest(self, port):
        return max((level for word, level in self._passwords(port) if word), default=-1)

    def _lock(self, port):
        if self.wrong[port] >= 3:
            delay = min(900, 5 * 2 ** (self.wrong[port] - 3))
            self.locked_until[port] = self.bench.now_s + delay

    @precondition(lambda self: any(self.bench.now_s < t for t in self.locked_until.values()))
    @rule()
    def wait_for_the_lock(self):
        delay = max(self.locked_until.values()) - self.bench.now_s
        if delay <= 45:
            self.bench.run(int(delay) + 1)
            self._time_has_passed()

    # Reading

    @rule(
        port=st.sampled_from(PORTS),
        best=BEST,
        table=st.sampled_from(sorted(READS) + list(ABSENT) + [13 | PENDING, 42 | PENDING]),
        at=st.integers(0, 300),
        count=st.integers(0, 40),
    )
    def read(self, port, best, table, at, count):
        self.become(port, best)
        whole, octets = self.bench.read(port, table)
        number = table & ~PENDING
        expected = codes.OK
        if number in ABSENT:
            expected = codes.IAR
        elif self.level[port] < READS[number]:
            expected = codes.ISC
        elif table & PENDING and number not in PENDABLE:
            expected = codes.IAR
        elif table & PENDING and self.pending[number] is None:
            expected = codes.ONP
        assert whole == expected, (table, whole)
        part, some = self.bench.read(port, table, at, count)
        if expected != codes.OK:
            assert part == expected
        elif count == 0 or at + count > len(octets):
            assert part == codes.ONP
        elif number in self.stored:
            assert (part, some) == (codes.OK, octets[at : at + count])
        if expected == codes.OK and number in self.stored:
            assert octets == (self.pending[number] if table & PENDING else self.stored[number])

    # Writing

    @rule(
        port=st.sampled_from(PORTS),
        best=BEST,
        table=st.sampled_from(sorted(SIZES)),
        data=st.data(),
    )
    def write(self, port, best, table, data):
        self.become(port, best)
        octets = data.draw(contents(table))
        how = data.draw(st.sampled_from(["whole", "part", "part", "longer", "beyond"]))
        offset = None
        image = octets
        if how == "longer":
            octets += b"\0"
        elif how != "whole":
            offset = data.draw(st.integers(0, SIZES[table] - 1))
            octets = octets[offset : offset + data.draw(st.integers(1, SIZES[table]))]
            image = bytearray(self.stored[table])
            image[offset : offset + len(octets)] = octets
            image = bytes(image)
            if how == "beyond":
                octets += bytes(SIZES[table] - offset - len(octets) + 1)
        self._write(port, table, octets, offset, image, how in ("whole", "part"))

    @rule(port=st.sampled_from(PORTS), best=BEST, table=st.sampled_from(sorted(SIZES)))
    def write_back(self, port, best, table):
        """What stands there already; so lists of the display are written, too."""
        self.become(port, best)
        self._write(port, table, self.stored[table], None, self.stored[table], True)

    def _write(self, port, table, octets, offset, image, fits):
        total = self.bench.history_total
        code = self.bench.write(port, table, octets, offset)
        logged = self.bench.entries_since(total)
        note(f"write {table} at {offset}: {octets.hex()}: {code}")
        if self.level[port] < 2:
            assert code == codes.ISC
        elif not fits:
            assert code == codes.ONP
        elif table in MAY_BE:
            assert code == (codes.OK if MAY_BE[table](image) else codes.ONP)
        assert code in (codes.OK, codes.ONP, codes.ISC)
        if code == codes.OK:
            self.stored[table] = image
            assert logged == [(events.PROGRAMMED, SOURCES[port], self.level[port], table)]
        else:
            self._refused(logged, port, events.WRITE_REFUSED, table, code)

    def _refused(self, logged, port, event, number, why):
        # At most one entry, as there are not more in a while.
        for entry in logged:
            assert entry == (event, SOURCES[port], self.level[port], events.refusal(number, why))
        assert len(logged) <= 1

    @rule(
        port=st.sampled_from(PORTS),
        best=BEST,
        table=st.sampled_from(READ_ONLY + ABSENT),
        size=st.just(4),
    )
    def write_what_is_not_writable(self, port, best, table, size):
        self.become(port, best)
        total = self.bench.history_total
        assert self.bench.write(port, table, bytes(size)) == codes.IAR
        logged = self.bench.entries_since(total)
        self._refused(logged, port, events.WRITE_REFUSED, table, codes.IAR)

    @rule(
        port=st.sampled_from(PORTS),
        best=BEST,
        which=st.sampled_from([READER, FIELD, MASTER, MODULE]),
        word=st.sampled_from([b"", b"AN OLD WORD", b"SECOND", b"A THIRD OF 20 CHARS."]),
        padding=st.sampled_from([b" ", b"\0"]),
    )
    def change_password(self, port, best, which, word, padding):
        self.become(port, best)
        code = self.bench.write(port, 42, word.ljust(20, padding), 21 * which)
        if self.level[port] < 3:
            assert code == codes.ISC
        elif which == MASTER and not word:
            assert code == codes.ONP
        else:
            assert code == codes.OK
            self.words[which] = word

    # Pending tables

    @rule(
        port=st.sampled_from(PORTS),
        best=BEST,
        table=st.sampled_from([13, 53, 5, 2048]),
        data=st.data(),
    )
    def write_pending(self, port, best, table, data):
        self.become(port, best)
        octets = b"\x02" + bytes(5) + data.draw(contents(table))
        code = self.bench.write(port, table | PENDING, octets)
        if self.level[port] < 2:
            assert code == codes.ISC
        elif table not in PENDABLE:
            assert code == codes.IAR
        elif not MAY_BE[table](octets[6:]):
            assert code == codes.ONP
        else:
            assert code == codes.OK
            self.pending[table] = octets

    @rule(port=st.sampled_from(PORTS), best=BEST, number=st.sampled_from([12, 14]))
    def activate_or_clear_pending(self, port, best, number):
        self.become(port, best)
        result = self.bench.run_procedure(port, number)
        self._time_has_passed()
        if self.level[port] < 2:
            assert result == NO_AUTHORISATION
            return
        assert result == COMPLETED
        for table, octets in self.pending.items():
            if octets is not None and number == 12:
                self.stored[table] = octets[6:]
            self.pending[table] = None

    # Procedures

    @rule(
        port=st.sampled_from(PORTS),
        best=BEST,
        action=st.sampled_from([b"\x01", b"\x02", b"\x03", b"\x04"]),
    )
    def reset_or_read(self, port, best, action):
        self.become(port, best)
        result = self.bench.run_procedure(port, 9, action)
        if self.level[port] < 2:
            assert result == NO_AUTHORISATION
        elif action == b"\x04":
            assert result == INVALID
        elif action != b"\x02" and self.testing:
            assert result == CONFLICT
        else:
            assert result in (COMPLETED, TIMING) if action != b"\x02" else result == COMPLETED
        if result == COMPLETED:
            self.resets += action[0] & 1
            self.self_reads += 1

    @rule(
        port=st.sampled_from(PORTS),
        best=BEST,
        mode=st.sampled_from([b"\x01", b"\x02", b"\x04", b"\x03"]),
    )
    def change_mode(self, port, best, mode):
        self.become(port, best)
        result = self.bench.run_procedure(port, 6, mode)
        if self.level[port] < 2 or (port == "module" and mode == b"\x02"):
            assert result == NO_AUTHORISATION
        elif mode in _MODES:
            assert result == COMPLETED
            self.testing = _MODES[mode]
        else:
            assert result == (INVALID if mode == b"\x03" else CONFLICT)

    @rule(
        port=st.sampled_from(PORTS), best=BEST, number=st.sampled_from([0, 3, 20, 99, 2048 + 99])
    )
    def run_what_must_not_be(self, port, best, number):
        """There are no others, and a start from nothing is for the highest level."""
        self.become(port, best)
        if number in (0, 3) and self.level[port] == 3:
            return  # it would be done: the meter is not set to be sealed
        result = self.bench.run_procedure(port, number)
        assert result == (NO_AUTHORISATION if number in (0, 3) else UNRECOGNISED)

    # Power

    @rule(whether=st.sampled_from([False, False, True]))
    def cut_the_power(self, whether):
        if not whether:
            return
        self.bench.restart()
        for port in PORTS:
            self._lock(port)
            # The delay began at the start, a second ago.
            if self.wrong[port] >= 3:
                self.locked_until[port] -= 1
            self.log_on(port)
        self._time_has_passed()

    def _time_has_passed(self):
        # A test may have timed out, or ended with the power.
        self.testing = self.bench.octets(3)[0] == 2

    # What holds after each step

    @invariant()
    def everything_is_as_it_must_be(self):
        if not hasattr(self, "bench"):
            return
        for table, octets in self.stored.items():
            assert self.bench.octets(table) == octets, table
        for table, octets in self.pending.items():
            assert self.bench.octets(table | PENDING) == octets, table
        assert self.bench.octets(23)[0] == self.resets
        assert self.bench.host.meter.self_reads.total == self.self_reads
        assert (self.bench.octets(3)[0] == 2) == self.testing
        for port in PORTS:
            device = getattr(self.bench.host.meter, port).link._session._tables.device
            assert device.level == self.level[port]


_OPTIONS = {"deadline": None, "suppress_health_check": list(HealthCheck)}

TestRights = Rights.TestCase
TestRights.settings = settings(max_examples=8, stateful_step_count=50, **_OPTIONS)


@pytest.mark.full
class TestRightsAtLength(Rights.TestCase):
    settings = settings(max_examples=400, stateful_step_count=60, **_OPTIONS)
