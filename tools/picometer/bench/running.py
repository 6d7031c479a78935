"""What the whole meter does on the emulated RP2040: promptness, memory, share of the CPU."""

from collections.abc import Callable
from dataclasses import dataclass

from boards.pico_meter import layout, pins
from metrology.page import TICKS
from picometer.bench.device import PASSWORD, Device, script
from picometer.errors import UserError
from picometer.reader.client import Client
from picometer.reader.errors import ServiceError
from picometer.virtual.ade7953.chip import READY_NS
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import stored_page
from picometer.virtual.simport import SimPort
from psem import codes

PACKET = 1024
REQUESTS = 12  # each at another moment of the meter's work
_STAGGER_S = 0.0137
_GENERAL = 0  # a table that is read in between: refused requests alone do not keep a session
_UTILITY = 6  # a table that may be written
_WRITE_OVERHEAD = 6  # service, table, count, checksum
_BITS = 10  # of a character

_BOOT_S = 3
_PROGRAM_S = 90
_PIECE_S = 60  # of simulated time between two signs of life


@dataclass(frozen=True)
class Heap:
    """Bytes free after a collection, and the ticks between the two looks."""

    free: int
    free_later: int
    ticks: int


def first_tick(device: Device) -> float:
    """Milliseconds from the chip's being ready to the first tick in the FRAM, at a power-up.

    Not the first of its life, which makes the file system.
    """
    device.run(_BOOT_S)
    device.host.cut()
    device.host.boot()
    board, emulator = device.board, device.emulator
    forward = emulator.on_pin[pins.FRAM_CS]
    ring = slice(layout.REGISTERS, layout.REGISTERS_RESERVE)
    ready_ns = board.boot_ns + READY_NS
    seen: list[int] = []
    before = bytes(board.fram.memory[ring])
    ticks = _ticks(device)

    def select(level: int) -> None:
        nonlocal before
        forward(level)
        now = bytes(board.fram.memory[ring])
        if seen or not level or now == before:
            return
        before = now
        if _ticks(device) != ticks:
            seen.append(board.clock.now_ns)

    emulator.on_pin[pins.FRAM_CS] = select
    device.run_while(lambda: not seen, _BOOT_S, "the first tick")
    emulator.on_pin[pins.FRAM_CS] = forward
    return (seen[0] - ready_ns) / NS_PER_MS


def _ticks(device: Device) -> int:
    page = stored_page(device.board.fram)
    return 0 if page is None else page[TICKS]


@dataclass(frozen=True)
class Response:
    """Milliseconds from a request's last bit on the line, the longest of many requests."""

    acknowledged: float  # to the first bit of ACK
    answered: float  # to the first bit of the answer's packet


def response(device: Device, requests: int = REQUESTS) -> Response:
    """Requests in packets of 1024 bytes, on the optical port of a meter that meters."""
    device.run(_BOOT_S)
    clock, emulator = device.board.clock, device.emulator
    heard: list[tuple[int, int]] = []
    forward = emulator.on_uart

    def on_uart(number: int, data: bytes) -> None:
        if number == pins.OPTICAL_UART:
            begun = clock.now_ns - _BITS * NS_PER_S // device.board.optical.baud
            heard.extend((begun, byte) for byte in data)
        forward(number, data)

    emulator.on_uart = on_uart
    port = SimPort(device.host)
    client = Client(port)
    client.identify()
    if client.negotiate(packet_size=PACKET).packet_size != PACKET:
        raise UserError(f"the meter does not grant packets of {PACKET} bytes")
    client.logon()
    client.security(PASSWORD.decode())
    acknowledged, answered = 0.0, 0.0
    for _ in range(requests):
        client.read(_GENERAL)
        device.run(_STAGGER_S)
        heard.clear()
        sent_ns = clock.now_ns + PACKET * _BITS * NS_PER_S // port.baudrate
        _largest_request(client)
        ack_ns, answer_ns = (
            next(when for when, byte in heard if byte == code) for code in (codes.ACK, codes.STP)
        )
        acknowledged = max(acknowledged, ack_ns - sent_ns)
        answered = max(answered, answer_ns - sent_ns)
    client.terminate()
    port.close()
    emulator.on_uart = forward
    return Response(acknowledged / NS_PER_MS, answered / NS_PER_MS)


def _largest_request(client: Client) -> None:
    # No table takes so much: the meter checks all of it, and refuses it.
    try:
        client.write(_UTILITY, bytes(PACKET - codes.OVERHEAD - _WRITE_OVERHEAD))
    except ServiceError:
        return


def heap(device: Device, seconds: int, show: Callable[[str], None]) -> Heap:
    """Memory of a running meter at its start and after `seconds` of metering."""
    device.start(script("heap"))
    first = device.line(_PROGRAM_S)
    done = 0
    while done < seconds:
        show(f"{done} of {seconds} simulated seconds")
        piece = min(_PIECE_S, seconds - done)
        device.run(piece)
        done += piece
    device.interrupt()
    last = device.line(_PROGRAM_S)
    return Heap(first["free"], last["free"], last["ticks"] - first["ticks"])


def share(device: Device, rate: int) -> float:
    """The part of all CPU time that a meter at `rate` ticks a second does not sleep."""
    device.start(f"RATE = {rate}\n" + script("share"))
    found = device.line(_PROGRAM_S)
    # A wait costs something even when it does not sleep, and so does watching it.
    busy = found["us"] - found["wait_us"]
    busy += found["waits"] * (found["wait_cost_us"] - found["watch_cost_us"])
    return busy / found["us"]


@dataclass(frozen=True)
class Peripherals:
    """Microseconds, the wires' time included."""

    journal_us: float
    refresh_us: float


def peripherals(device: Device) -> Peripherals:
    """A journal write, and a display refresh, on a meter at its prompt."""
    device.start(script("board"))
    found = device.line(_PROGRAM_S)
    return Peripherals(found["journal_us"], found["refresh_us"])
