"""A virtual meter in the middle of the household's day, and a client and hands for it."""

from contextlib import contextmanager
from datetime import datetime, timedelta

from boards.pico_meter import pins
from c1219 import procedures
from picometer.paths import HOUSEHOLD
from picometer.proof.meters import PASSWORD, build
from picometer.reader.decode import TableReader
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import CPythonHost
from picometer.virtual.load_file import LoadFile
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.options import Playback
from picometer.virtual.simport import SimPort
from tests_host.meter.test_port import session

FIRST = datetime(2000, 1, 1)


def at(clock, day=1):
    """A time of the household's first days, or of those after."""
    return datetime(2007, 2, day, *map(int, clock.split(":")))


def minute(moment):
    """As the page has it."""
    return (moment - FIRST) // timedelta(minutes=1)


class QuietEnds:
    """The household without a load in the second before and after each full minute.

    What an interval has counted does then not depend on when its ticks are.
    """

    _MINUTE = 60 * NS_PER_S

    def __init__(self):
        self._file = LoadFile.read(HOUSEHOLD)

    def at(self, t_ns):
        """The load at `t_ns` since midnight, and when it changes."""
        begin = t_ns - t_ns % self._MINUTE
        if t_ns < begin + NS_PER_S:
            return ConstantLoad(0), begin + NS_PER_S
        if t_ns >= begin + 59 * NS_PER_S:
            return ConstantLoad(0), begin + self._MINUTE
        load, end_ns = self._file.at(t_ns)
        return load, min(end_ns, begin + 59 * NS_PER_S)


class DemandMeter:
    """A meter that starts at `start` by its clock.

    load  W, or something that plays from midnight; None for the household
    """

    def __init__(self, start, load=None, make_host=CPythonHost, demand=None):
        if load is None:
            load = LoadFile.read(HOUSEHOLD)
        elif isinstance(load, float):
            load = ConstantLoad(load)
        offset_ns = (at(start) - at("00:00")) // timedelta(microseconds=1) * 1000
        if not isinstance(load, ConstantLoad):
            load = Playback(load, offset_ns)
        self.host = build(load, make_host=make_host, demand=demand)
        self.board = self.host.board
        self.board.rtc.set(at(start))

    @property
    def page(self):
        """The registers of the meter that runs on CPython."""
        return self.host.meter.storage.page

    def run(self, seconds):
        self.host.run_until(self.board.clock.now_ns + round(seconds * NS_PER_S))

    def run_to(self, clock, day=1):
        """Until the meter's clock shows that time."""
        self.run((at(clock, day) - self.board.rtc.now()).total_seconds())

    def cut(self, seconds):
        """The power goes for so long."""
        self.host.cut()
        self.board.clock.advance_to(self.board.clock.now_ns + round(seconds * NS_PER_S))

    def press(self):
        """The lever, for 0.3 s."""
        self.board.switch(pins.LEVER, True)
        self.run(0.3)
        self.board.switch(pins.LEVER, False)
        self.run(0.2)

    def test_switch(self, on):
        """The switch under the cover; returns when it has been seen."""
        self.board.switch(pins.TEST_SWITCH, on)
        self.host.run_until(self.board.clock.now_ns + 200 * NS_PER_MS)

    @contextmanager
    def client(self):
        """A session with all rights."""
        port = SimPort(self.host)
        client = session(port, PASSWORD.decode())
        yield client
        client.terminate()
        port.close()

    def read(self, *tables):
        """Fields of tables, in one session."""
        with self.client() as client:
            reader = TableReader(client.read)
            return [reader.report(number).fields for number in tables]


def run_procedure(client, procedure, parameters):
    """Run it; returns its result code and response data."""
    client.write(7, procedure.number.to_bytes(2, "little") + b"\7" + parameters)
    answer = client.read(8)
    assert answer[2] == 7
    return answer[3], answer[4:]


def reset_demand(client):
    """Procedure 9, as a client runs it."""
    return run_procedure(client, procedures.REMOTE_RESET, b"\1")
