"""The session over a line that loses, repeats, delays and garbles bytes in either direction.

Whatever becomes of any byte: no request is executed twice, both ends come back within their
timers, and on a clean line all is as at first.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picometer.reader.errors import LinkError, ResponseError, ServiceError
from psem import codes
from psem.link import DUPLICATES
from psem.session import BASE
from tests_host.unit.psem_line import LOSE, REPLAY, TWICE, connect

SIZE = 64  # of packets, so that some messages take several
TABLE = 9
LENGTHS = (110, 2)  # of what is written: of three packets, and of one
_SILENCE_MS = codes.TRAFFIC_MS + 200  # the light of the last answer included
# What a client's call takes at the most. Up to three packets there and three back; each has its
# repetitions, each repetition its time-out, and a byte that is late keeps them waiting.
_LATEST_MS = 8000
_CALL_MS = 6 * (1 + codes.RETRIES) * (codes.TRAFFIC_MS + _LATEST_MS)


class Conversation:
    """Sessions whose every step is checked; `faults` as psem_line has them."""

    def __init__(self, faults, start_ms=0):
        self.bench, self.line, self.client = connect(faults, start_ms)
        self.bench.tables.data[TABLE] = bytearray(LENGTHS[0])
        self.writes = 0
        self.failed = False

    def run(self):
        """A session; it ends where the line is too bad for it."""
        client = self.client
        try:
            self._call(client.identify)
            self._call(client.negotiate, SIZE, 255)
            self._call(client.logon)
            self._call(client.security, "secret")
            for length in LENGTHS + LENGTHS:
                self._write(length)
                self._read()
            self._call(client.logoff)
            self._call(client.terminate)
        except (LinkError, ServiceError, ResponseError):
            self.failed = True

    def _call(self, act, *arguments):
        begun = self.line.elapsed_ms
        try:
            return act(*arguments)
        finally:
            assert self.line.elapsed_ms - begun <= _CALL_MS, act

    def _write(self, length):
        self.writes += 1
        data = bytes([self.writes]) * length
        written = self.bench.tables.written
        try:
            self._call(self.client.write_offset, TABLE, 0, data)
        finally:
            assert written[data] <= 1
        assert written[data] == 1
        assert self.bench.tables.data[TABLE][:length] == data

    def _read(self):
        assert self._call(self.client.read, TABLE) == self.bench.tables.data[TABLE]

    def recover(self):
        """Silence; then a clean line, and a session like the first of all."""
        bench = self.bench
        self.line.clear()
        self.line.silence(_SILENCE_MS)
        assert bench.session.state == BASE and not bench.link.in_session
        assert (bench.session.level, bench.link.baud) == (0, codes.BASE_BAUD)
        assert bench.link.next_ms(bench.now) == -1
        self.client._link.reset()
        before = list(bench.link.counters)
        self.failed = False
        self.run()
        assert not self.failed
        assert list(bench.link.counters[2:]) == before[2:]
        assert all(times == 1 for times in bench.tables.written.values())


_FAULTS = st.one_of(
    st.sampled_from([LOSE, TWICE, REPLAY]),
    st.integers(1, 255),
    st.floats(1, _LATEST_MS),
    st.sampled_from([float(ms) for ms in (499, 501, 1990, 2010, 5990, 6010)]),
)


@given(
    st.lists(st.tuples(st.integers(1, 250), _FAULTS), max_size=8),
    st.sampled_from([0, (1 << 30) - 4000]),
)
@settings(max_examples=150, deadline=None)
def test_nothing_is_done_twice_and_all_recovers_whatever_the_line_does(gaps, start_ms):
    faults, at = {}, -1
    for gap, fault in gaps:
        at += gap
        faults[at] = fault
    conversation = Conversation(faults, start_ms)
    conversation.run()
    conversation.recover()


@given(st.lists(st.tuples(st.integers(0, 1200), st.integers(2, 60), _FAULTS), max_size=4))
@settings(max_examples=75, deadline=None)
def test_the_same_for_bursts(bursts):
    faults = {}
    for begin, length, fault in bursts:
        for at in range(begin, begin + length):
            faults[at] = fault
            if isinstance(fault, float):
                break  # what comes behind is late, too
    conversation = Conversation(faults)
    conversation.run()
    conversation.recover()


def _carried():
    conversation = Conversation({})
    conversation.run()
    assert not conversation.failed
    return conversation.line.carried


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.full)])
@pytest.mark.parametrize("fault", [LOSE, TWICE, REPLAY, 0x13, 600.0, 2500.0], ids=str)
def test_one_fault_anywhere_is_repaired(fault, every):
    for at in range(0, _carried(), every):
        conversation = Conversation({at: fault})
        conversation.run()
        assert not conversation.failed, at


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.full)])
def test_an_answer_that_is_lost_as_a_whole_is_not_had_by_doing_the_request_again(every):
    # ACK and answer to a write: the client can but send the write again.
    duplicates = 0
    for at in range(0, _carried(), every):
        conversation = Conversation({at + i: LOSE for i in range(1 + codes.OVERHEAD + 1)})
        conversation.run()
        duplicates += conversation.bench.link.counters[DUPLICATES]
    assert duplicates * every > len(LENGTHS)
