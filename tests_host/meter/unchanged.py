"""A meter with something in everything it keeps, and all of that, to see that nothing changes."""

from boards.pico_meter import layout
from c1219 import manufacturer
from c1219 import procedures as c
from c1219.codec import image_of
from metrology import page as p
from picometer.proof.meters import PASSWORD, build
from picometer.reader.client import Client
from picometer.reader.decode import TableReader
from picometer.reader.procedure import Caller
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.host import provision, stored_page
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort

MASTER = PASSWORD.decode()
READER = "READER"
DEMAND, SOURCES, PRIMARY, SECONDARY, CLOCK = 13, 32, 33, 34, 52
TEST_MODE = manufacturer.TEST_MODE.number

# What goes on while nothing is changed: time, and counts of ticks and packets.
_PAGE_GOES_ON = (0, p.CLOCK, p.TICKS, p.DEMAND_LEFT, p.DEMAND_LATE)
_PAGE_GOES_ON += (p.DEMAND_WAITED, p.RESET_LOCKOUT, p.LOG_DROPPED, 126, 127)
_PAGE_GOES_ON += (p.TEST_SECONDS, p.LOG_FREE_CLOCK, *range(p.LOG_FREE, p.LOG_FREE + 4))
_TABLES_GO_ON = (7, 8, 52, 55)
_AFTER_LOGS = layout.EVENTS + 32 * layout.EVENT_SLOTS
_FIELDS_GO_ON = ("CLOCK_DRIFT", "TICKS", "PULSES", "WORST_TICK", "TIME_REMAINING", "TIME_LEFT")
_FIELDS_GO_ON += ("SECONDS_EVER", "LOG_DROPPED", "WRONG_PASSWORDS", "REFUSED")
_FIELDS_GO_ON += ("PASSES", "PASS_ENDED", "PASS_PERCENT")
_REFUSALS = ("write refused", "procedure refused")


def demand(*entries):
    """ST13 with these entries."""
    return bytes((1, 5, 2, 2)) + bytes(entries)


def _still(fields):
    """Fields without those that go on."""
    if isinstance(fields, dict):
        return {
            name: _still(value)
            for name, value in fields.items()
            if name not in _FIELDS_GO_ON and not name.startswith("LINK_")
        }
    return [_still(value) for value in fields] if isinstance(fields, list) else fields


def _log(fields):
    """What ST74 or ST76 says besides of what was refused."""
    return [entry for entry in fields["ENTRIES"] if entry["EVENT"] not in _REFUSALS]


class Bench:
    """A meter that has seen load, a demand reset, a self read and programming; now at rest."""

    def __init__(self):
        self.host = build(ConstantLoad(7200.0), "2S-240-200/LAB")
        provision(self.host.board.fram, password_1=READER.encode(), password_2=b"SECOND")
        self.run(3)
        client = self.client(MASTER)
        client.write(DEMAND, bytes((1, 0, 0, 0, 1, 1, 1, 1)))
        client.terminate()
        self.run(130)
        client = self.client(MASTER)
        assert Caller(client).run_octets(c.REMOTE_RESET.number, b"\x03")[0] == c.COMPLETED
        client.write(DEMAND, demand(60, 1, 60, 1))  # which no test here sees the end of
        client.write(TEST_MODE, bytes((10, 45)))
        client.write(5, b"FEEDER 7".ljust(20))
        client.terminate()
        self.run(70)
        self.host.board.mains.change(ConstantLoad(0))
        self.run(1)

    def run(self, seconds):
        self.host.run_until(self.host.board.clock.now_ns + seconds * NS_PER_S)

    def client(self, password=None):
        client = Client(SimPort(self.host))
        client.identify()
        client.negotiate()
        client.logon(7, "BENCH")
        if password is not None:
            client.security(password)
        return client

    def state(self, *tables):
        """Everything that the meter keeps and that a client can read, but for what goes on, and
        for notes of what was refused. Of the tables only some, if they are named: it is quicker.
        """
        page = list(stored_page(self.host.board.fram))
        for word in _PAGE_GOES_ON:
            page[word] = None
        memory = bytes(self.host.board.fram.memory)
        rings = layout.REGISTERS, layout.SELF_READS
        kept = memory[: rings[0]], page, memory[rings[1] : layout.ACCESS], memory[_AFTER_LOGS:]
        client = self.client(MASTER)
        reader = TableReader(client.read)
        numbers = tables or [n for n in reader.tables_used() if n not in _TABLES_GO_ON]
        tables = {number: _still(reader.report(number).fields) for number in numbers}
        tables |= {number: _log(tables[number]) for number in (74, 76) if number in tables}
        client.terminate()
        return kept, tables

    def encoded(self, number, change):
        """The octets of a table after change(values), values as they are now."""
        client = self.client(MASTER)
        parts, values = TableReader(client.read).stored(number)
        client.terminate()
        change(values)
        return bytes(image_of(parts, values))
