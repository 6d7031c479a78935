"""A meter with something in every record, and what it does with a memory that says otherwise."""

import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from boards.pico_meter import pins
from c1219 import procedures as c
from c1219 import service
from firmware import profile_program as pp
from firmware.software import kept
from metrology import page as p
from metrology import profile as mp
from picometer.reader.client import Client
from picometer.reader.decode import TableReader
from picometer.reader.errors import ServiceError
from picometer.reader.procedure import Caller
from picometer.reader.profile import ProfileReader
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import CPythonHost, ImageMemory, provision
from picometer.virtual.mains import ConstantLoad
from psem import codes

from .meters import PASSWORD, build
from .record_oracle import Said, said_by

MODEL = "AXR-SD"  # which has every record
WATTS = 7200.0
_READER, _MASTER = b"READER", PASSWORD
_ROOM = 65536 + 8
_TICK_NS = 100 * NS_PER_MS
_CPU_S = 20.0  # of one life, which takes one: no loop ends later
_AGAIN_S = 0.5
_PRESS_NS = 150 * NS_PER_MS
_EVENING = datetime(2007, 2, 1, 23, 59, 15)
_OPTICAL_SWITCHES = (pins.LEVER, pins.MAGNET, pins.TEST_SWITCH)
_HOLDS_S = (0.0, 7.0, 13.0)  # of the magnet: the Alternate list, the diagnostic one, the event log
_MOST_ITEMS = 260
# Tables that nobody may read, and one that is too long to be read at once.
_UNREADABLE = {42: codes.ISC, 64: codes.ONP}
_REFUSALS = (codes.ISC, codes.ONP, codes.DNR, codes.BSY, codes.DLK)


class Endless(BaseException):
    """A step of the firmware does not end."""


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Raises Endless when what is inside takes longer, by the processor's time.

    It is raised again and again: one that is raised in a finaliser is lost.
    """

    def expired(signum, frame):
        raise Endless

    before = signal.signal(signal.SIGVTALRM, expired)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, _AGAIN_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


class _Past:
    """Carries messages to a meter's session, past the line; after each the meter runs on."""

    def __init__(self, host: CPythonHost, wait: Callable[[float], None]) -> None:
        self.packet_size = self.packets = 0
        self._host = host
        self._wait = wait
        self._out = bytearray(_ROOM)

    def exchange(self, message: bytes) -> bytes:
        session = self._host.meter.optical.link._session
        length = session.handle(bytearray(message), 0, len(message), self._out)
        while length == 0:
            length = session.go_on(self._out)
        answer = bytes(self._out[:length])
        self._wait(0.01)
        return answer

    def reset(self) -> None:
        """Nothing to reset."""


class _Port:
    """A line that nobody uses."""

    def __init__(self) -> None:
        self.timeout: float | None = None
        self.baudrate = codes.BASE_BAUD

    def read(self, size: int = 1) -> bytes:
        """Silence."""
        return b""

    def write(self, data: bytes) -> int:
        """Nobody hears it."""
        return len(data)

    def reset_input_buffer(self) -> None:
        """There is none."""

    def close(self) -> None:
        """There is nothing to close."""


class PastClient(Client):
    """A client of the session itself: what its requests say counts, and no line takes time."""

    def __init__(self, host: CPythonHost, wait: Callable[[float], None]) -> None:
        super().__init__(_Port(), _Past(host, wait))


@dataclass(frozen=True)
class Seed:
    """The memory of a sealed meter that has lived, and where the contacts of its switch were."""

    cells: bytes
    closed: bool

    @staticmethod
    @cache
    def grow() -> "Seed":
        """One meter lives for a quarter of an hour, for all."""
        host = build(ConstantLoad(WATTS), model=MODEL)
        board = host.board
        words = {"password_1": _READER, "password_2": b"FITTER", "password_module": b"MODULE"}
        provision(board.fram, utility=b"UTILITY", **words)
        life = _Life(host)
        life.run(3)
        life.program()
        life.run(14 * 60)
        kept_software = kept(_Memory(host))
        kept_software.put("versions", bytes(range(6)))
        kept_software.put("digests", bytes(range(96)))
        kept_software.save()
        closed = board.fitted_switch.closed
        host.cut()
        provision(board.fram, security=b"\x01")
        return Seed(bytes(board.fram.memory), closed)


class _Memory:
    """What firmware.software.kept asks of a board."""

    def __init__(self, host: CPythonHost) -> None:
        from boards.pico_meter import layout

        self.fram = ImageMemory(host.board.fram.memory)
        self.layout = layout


def examine(seed: Seed, cells: bytearray) -> list[str]:
    """What is wrong with a meter that starts with these cells, and is used for some minutes."""
    board = VirtualBoard(load=ConstantLoad(WATTS), switched=True)
    board.fram.memory[:] = cells
    board.rtc.set(_EVENING)
    board.fitted_switch.closed = seed.closed
    life = _Life(CPythonHost(board))
    try:
        with bounded(_CPU_S):
            life.live(said_by(cells))
    except Endless:
        life.wrong.append("endless: " + _where())
    except Exception:
        life.wrong.append(_where())
    return life.wrong


def _where() -> str:
    lines = traceback.format_exc().strip().splitlines()
    places = [line.strip() for line in lines if line.lstrip().startswith("File ")]
    return f"{lines[-1]} at {'; '.join(places[-2:])}"


class _Life:
    """What happens to a meter, and what was wrong with that."""

    def __init__(self, host: CPythonHost) -> None:
        self.wrong: list[str] = []
        self._host = host
        self._board = host.board
        self._begun: list[int] = []
        host._on_boot = self._booted

    @property
    def _meter(self):
        return self._host.meter

    def run(self, seconds: float) -> None:
        """Let so much time go by."""
        clock = self._board.clock
        self._host.run_until(clock.now_ns + round(seconds * NS_PER_S))

    def _booted(self, meter) -> None:
        failed = meter.health.failed

        def tell(duty, error):
            trace = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{trace.filename.rsplit('/', 2)[-2:]}:{trace.lineno}"
            self.wrong.append(f"duty {duty} raised {error!r} at {where}")
            failed(duty, error)

        meter.health.failed = tell
        self._begun = list(meter.storage.page[p.DELIVERED_KWH : p.RECEIVED_COUNTS + 1])

    # The life of a meter whose memory is as it should be.

    def program(self) -> None:
        """Let there be something in every record."""
        with self._session() as client:
            shape = pp.limits_of(2, 3, 1, 6, 0x38000)
            client.write(pp.LIMITS, shape)
            client.write(pp.CONTROL, pp.control_of(((0, 0, 1, 1), (1, 1, 1, 1)), mp.UINT16))
            client.write(0x1000 | 53, bytes((0, 7, 3, 1, 8, 30)) + bytes((0, 0, 0, 0, 60, 0)))
            caller = Caller(client, self.run)
            caller.run_octets(c.CLEAR_DATA.number, b"")
            self.run(1)
            for _ in range(4):
                caller.run_octets(c.REMOTE_RESET.number, b"\x02")
            caller.run_octets(c.REMOTE_RESET.number, b"\x03")
            for action in (service.ACTION_OPEN, service.ACTION_CLOSE, service.ACTION_OPEN):
                caller.run_octets(service.OPERATE.number, bytes((action,)))
                self.run(3)
            for _ in range(3):
                client.write(53, bytes((0, 0, 0, 0, 60, 0)))
                client.write(53, bytes((0, 0, 0, 0, 0, 0)))
            for number in (2, 8):
                caller.run_octets(c.UPDATE_LAST_READ.number, bytes((number, 1, 0)))
            try:
                client.security("WRONG")
            except ServiceError:
                pass

    # And of one whose memory is not.

    def live(self, said: Said) -> None:
        """A start, every table, every list of the display, hands, clients, midnight, a cut."""
        self._host.boot()
        self.run(1.8)
        self._check_what_was_said(said)
        self._read_all()
        self._check_energy()
        self._press(pins.LEVER, 0.3)
        self._walk_the_lists()
        self._ask_for_everything()
        self._read_all()
        self._set_the_clock()
        self.run(15)  # over midnight, which is the end of an interval too
        self._check_energy()
        self._test()
        self._read_all()
        self._restart()

    def _check_what_was_said(self, said: Said) -> None:
        meter = self._meter
        if not said.keeps(self._begun, meter.constants.counts_per_kwh):
            self.wrong.append(f"registers are {self._begun}, they were {said.registers}")
        if not said.open and not meter.guard.protected:
            self.wrong.append("the seal is open that was closed")
        if said.password is not None and meter.configuration.get("password_3") != said.password:
            self.wrong.append("the password is another")
        closings = [pulse for pulse in self._board.fitted_switch.pulses if pulse.coil == "close"]
        if closings and not said.may_close:
            self.wrong.append("the service switch was closed without a command")

    def _restart(self) -> None:
        before = self._registers()
        self._host.cut()
        self._host.boot()
        self.run(2)
        after = self._registers()
        if after[0] < before[0] or after[1] < before[1]:
            self.wrong.append(f"registers went back from {before} to {after}")
        self._read_all()

    def _registers(self, words=None) -> tuple[int, int]:
        words = words or self._meter.pages.billing[p.DELIVERED_KWH : p.RECEIVED_COUNTS + 1]
        kwh = self._meter.constants.counts_per_kwh
        return words[0] * kwh + words[1], words[2] * kwh + words[3]

    def _check_energy(self) -> None:
        """Since the start the registers have what the chip has counted, to one tick."""
        began, now = self._registers(self._begun), self._registers()
        afe = self._board.afe
        coils = self._meter.constants.coils
        counted = afe.counted_a + (afe.counted_b if coils == 2 else 0)
        kwh = self._meter.constants.counts_per_kwh
        tick = round(WATTS * _TICK_NS * kwh / 3_600_000 / NS_PER_S) + 2
        billed = now[0] - began[0] - (now[1] - began[1])
        if not 0 <= counted - billed <= tick:
            self.wrong.append(f"{counted} counts, {billed} of them billed since the start")

    # Clients

    @contextmanager
    def _session(self) -> Iterator[Client]:
        client = PastClient(self._host, self.run)
        client.identify()
        client.negotiate()
        client.logon(7, "PROOF")
        try:
            client.security(_MASTER.decode())
        except ServiceError:  # its password is not what it was
            self._meter.optical.link._session.level = 3
        yield client
        client.terminate()

    def _read_all(self) -> None:
        """Every table that ST0 offers, and every block."""
        with self._session() as client:
            reader = TableReader(client.read)
            for number in reader.tables_used():
                try:
                    reader.report(number)
                except ServiceError as error:
                    if _UNREADABLE.get(number) != error.code:
                        self.wrong.append(f"table {number}: {error}")
            for number in self._meter.pending.numbers():
                client.read(0x1000 | number)
            if 64 in reader.tables_used():
                for _ in ProfileReader(client).blocks():
                    pass

    def _ask_for_everything(self) -> None:
        """Procedures, and writes of what is there already."""
        with self._session() as client:
            caller = Caller(client, self.run)
            self._call(caller, c.REMOTE_RESET, b"\x03")
            self._call(caller, c.EXECUTE_DIAGNOSTICS)
            self._call(caller, c.ACTIVATE_ALL_PENDING)
            for number in (1, 2, 3, 8, 255):
                self._call(caller, c.UPDATE_LAST_READ, bytes((number, 1, 0)))
            self._call(caller, c.RESET_LIST_POINTERS, b"\xff")
            self._call(caller, c.STOP_LOAD_PROFILE)
            self._call(caller, c.START_LOAD_PROFILE)
            self._call(caller, service.OPERATE, bytes((service.ACTION_ARM,)))
            self._call(caller, service.OPERATE, bytes((service.ACTION_CLOSE,)), 3)
            self._call(caller, service.OPERATE, bytes((service.ACTION_OPEN,)), 3)
            used = TableReader(client.read).tables_used()
            for number in (5, 6, 13, 31, 32, 33, 34, 53, 61, 62, 0x800, 0x808):
                if number in used:
                    self._write_again(client, number)

    def _call(self, caller, procedure, parameters=b"", seconds=0.2) -> None:
        code, _ = caller.run_octets(procedure.number, parameters)
        self.run(seconds)
        if code > c.UNRECOGNISED:
            self.wrong.append(f"{procedure.name} answers {code}")

    def _write_again(self, client, number) -> None:
        octets = client.read(number)
        try:
            client.write(number, octets)
        except ServiceError as error:
            if error.code not in _REFUSALS:
                self.wrong.append(f"writing table {number} again: {error}")

    def _set_the_clock(self) -> None:
        with self._session() as client:
            client.write(52, bytes((7, 2, 1, 23, 59, 50, 0)))

    # Hands

    def _press(self, gpio: int, seconds: float) -> None:
        self._board.switch(gpio, True)
        self.run(seconds)
        self._board.switch(gpio, False)
        self.run(_PRESS_NS / NS_PER_S)

    def _walk_the_lists(self) -> None:
        """Every item of every list, the event log's entries among them."""
        carousel = self._meter.display._carousel
        self.run(3)  # the segment test
        for hold in _HOLDS_S:
            self._press(pins.MAGNET, hold + 0.2)
            for _ in range(_MOST_ITEMS):
                if not carousel.away:
                    break
                self._press(pins.MAGNET, _PRESS_NS / NS_PER_S)
        self.run(30)  # the Normal list

    def _test(self) -> None:
        self._board.switch(pins.TEST_SWITCH, True)
        self.run(1)
        for _ in range(8):
            self._press(pins.MAGNET, 0.2)
        self._board.switch(pins.TEST_SWITCH, False)
        self.run(1)
