"""CPU cycles of the hot loops, from the emulated clock."""

from dataclasses import dataclass

from picometer.bench.chip import STEP_A, STEP_B, SteadyChip
from picometer.bench.device import CLOCK_HZ, Device, script
from picometer.bench.native import MODULE
from picometer.errors import UserError

CALLS = 1000
SETTLING = 2  # ticks before the loop of each kind, see scripts/cycles.py
FRAMES = 5  # of a tick
FRAME_BITS = 48
WIRE_HZ = 5_000_000

_CYCLES_PER_US = CLOCK_HZ // 1_000_000
_PROGRAM_S = 60


@dataclass(frozen=True)
class Cycles:
    """CPU cycles a call, or a byte. A call's are net of an empty one with its arguments.

    Ticks are without the wire's time, but for `tick_on_wire`.
    """

    tick: float
    tick_bytecode: float
    tick_c: float
    tick_duty: float  # as the metering duty calls it, all of it
    tick_on_wire: float
    call: float  # an empty viper call
    crc16_per_byte: float
    crc32_per_byte: float


def measure(device: Device, module: bytes, calls: int = CALLS) -> Cycles:
    """Time the loops on a meter at its prompt; `module` is the tick in C."""
    SteadyChip().attach(device.emulator)
    device.put(f"/{MODULE}.mpy", module)
    device.start(f"CALLS = {calls}\n" + script("cycles"))
    found = device.line(_PROGRAM_S)
    for wire in ("wired", "unwired"):
        _check(found[wire]["billed"], (SETTLING + calls + 1) * (STEP_A + STEP_B))
    empty, quick, checks = found["empty"], found["unwired"], found["checks"]

    def net(us: float, of: float, count: int = calls) -> float:
        return (us - of) * _CYCLES_PER_US / count

    per_byte = calls * found["bytes"]
    return Cycles(
        tick=net(quick["viper"], empty["viper"]),
        tick_bytecode=net(quick["bytecode"], empty["bytecode"]),
        tick_c=net(quick["c"], empty["c"]),
        tick_duty=net(quick["duty"], 0),
        tick_on_wire=net(found["wired"]["viper"], empty["viper"]),
        call=net(empty["viper"], 0),
        crc16_per_byte=net(checks["crc16"], checks["crc16_none"], per_byte),
        crc32_per_byte=net(checks["crc32"], checks["crc32_none"], per_byte),
    )


def _check(outcomes: list[list[int]], counts: int) -> None:
    """Every kind of tick must have billed the same energy, all of it, without a fault."""
    for code, per_kwh, kwh, rest in outcomes:
        if code or kwh * per_kwh + rest != counts:
            raise UserError(f"the ticks disagree on what they billed: {outcomes}, not {counts}")
