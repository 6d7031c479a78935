"""All figures of a benchmark, as data and as rows for a reader."""

from collections.abc import Iterator
from dataclasses import dataclass

from picometer.bench.cycles import FRAME_BITS, FRAMES, WIRE_HZ, Cycles
from picometer.bench.device import CLOCK_HZ
from picometer.bench.line import Use
from picometer.bench.running import Heap, Peripherals, Response

# What the figures may be at the most, or must be at the least.
TICK_CYCLES = 3000
TICK_TIMES_FASTER = 20
TICK_TIMES_C = 5
CRC16_CYCLES = 30
RESPONSE_MS = 20
LINE_SHARE = 0.95
FIRST_TICK_MS = 100
HEAP_BYTES = 100_000

_US = CLOCK_HZ // 1_000_000


@dataclass(frozen=True)
class Row:
    """One line of the table. `met` is None where nothing is demanded."""

    what: str
    cycles: str
    value: str
    bar: str = ""
    met: bool | None = None


@dataclass(frozen=True)
class Figures:
    """Everything that was measured."""

    cycles: Cycles
    peripherals: Peripherals
    response: Response
    slow_line: Use
    fast_line: Use
    first_tick_ms: float
    heap: Heap
    share_10hz: float
    share_60hz: float

    def data(self) -> dict[str, float | int]:
        """For other programs. Cycles, milliseconds, bytes and parts of one."""
        cycles = self.cycles
        return {
            "tick_cycles": round(cycles.tick),
            "tick_bytecode_cycles": round(cycles.tick_bytecode),
            "tick_c_cycles": round(cycles.tick_c),
            "crc16_cycles_per_byte": round(cycles.crc16_per_byte, 2),
            "crc32_cycles_per_byte": round(cycles.crc32_per_byte, 2),
            "response_1024_ms": round(self.response.answered, 2),
            "first_tick_ms": round(self.first_tick_ms, 2),
            "heap_free_bytes": self.heap.free,
            "heap_free_1h_bytes": self.heap.free_later,
            "line_share_9600": round(self.slow_line.share, 4),
            "line_share_115200": round(self.fast_line.share, 4),
            "next_packet_ms": round(self._next_packet, 2),
            "cpu_share_10hz": round(self.share_10hz, 4),
            "cpu_share_60hz": round(self.share_60hz, 4),
        }

    @property
    def _next_packet(self) -> float:
        return max(self.slow_line.answered, self.fast_line.answered)

    def rows(self) -> list[Row]:
        """For a reader, with the bars."""
        return [*self._tick_rows(), *self._check_rows(), *self._meter_rows()]

    def missed(self) -> list[str]:
        """The figures that do not meet their bars."""
        return [f"{row.what}: {row.value}, {row.bar}" for row in self.rows() if row.met is False]

    def _tick_rows(self) -> Iterator[Row]:
        cycles = self.cycles
        faster = cycles.tick_bytecode / cycles.tick
        slower = cycles.tick / cycles.tick_c
        wire = FRAMES * FRAME_BITS * CLOCK_HZ / WIRE_HZ
        yield _counted("metering tick, viper", cycles.tick, _at_most(cycles.tick, TICK_CYCLES))
        yield _counted(
            "the same as bytecode over `machine.SPI`",
            cycles.tick_bytecode,
            (f"{faster:.1f} times, at least {TICK_TIMES_FASTER}", faster >= TICK_TIMES_FASTER),
        )
        yield _counted(
            "the same in C at -O2",
            cycles.tick_c,
            (f"1/{slower:.1f}, at least 1/{TICK_TIMES_C}", slower <= TICK_TIMES_C),
        )
        yield _counted("SPI wire time of a tick, five frames at 5 MHz", wire)
        yield _counted("viper tick, waiting for the wire", cycles.tick_on_wire)
        yield _counted("tick as the metering duty calls it, calls included", cycles.tick_duty)
        yield _counted("an empty viper call", cycles.call)

    def _check_rows(self) -> Iterator[Row]:
        crc16, crc32 = self.cycles.crc16_per_byte, self.cycles.crc32_per_byte
        yield _counted("CRC-16 of the link, a byte", crc16, _at_most(crc16, CRC16_CYCLES), 2)
        yield _counted("CRC-32 of the journal, a byte", crc32, digits=2)

    def _meter_rows(self) -> Iterator[Row]:
        journal, refresh = self.peripherals.journal_us, self.peripherals.refresh_us
        yield _counted("journal write, wire included", journal * _US)
        yield _counted("display refresh, whole glass", refresh * _US)
        ack, answer = self.response.acknowledged, self.response.answered
        yield Row("packet of 1024 bytes, last bit in to first bit of ACK out", "", f"{ack:.2f} ms")
        bar, met = _at_most(answer, RESPONSE_MS, " ms")
        yield Row("the same to the answer's first bit", "", f"{answer:.2f} ms", bar, met)
        bar, met = _at_most(self._next_packet, RESPONSE_MS, " ms")
        value = f"{self._next_packet:.2f} ms"
        yield Row("ACK or request to the next packet of a long table", "", value, bar, met)
        for baud, line in ((9600, self.slow_line), (115200, self.fast_line)):
            bar = f"at least {LINE_SHARE:.0%}"
            what = f"long table at {baud} baud, share of what the line carries"
            yield Row(what, "", f"{line.share:.1%}", bar, line.share >= LINE_SHARE)
        bar, met = _at_most(self.first_tick_ms, FIRST_TICK_MS, " ms")
        value = f"{self.first_tick_ms:.1f} ms"
        yield Row("first tick stored, after the metering chip is ready", "", value, bar, met)
        heap = self.heap
        for when, free in (("after the start", heap.free), ("an hour later", heap.free_later)):
            bar = f"at least {HEAP_BYTES:,} bytes"
            yield Row(f"heap free {when}", "", f"{free:,} bytes", bar, free >= HEAP_BYTES)
        for rate, share in ((10, self.share_10hz), (60, self.share_60hz)):
            what = f"CPU share of a meter at {rate} ticks a second"
            yield Row(what, f"{share * CLOCK_HZ:,.0f} a second", f"{share:.1%}")


def _at_most(value: float, limit: float, unit: str = " cycles") -> tuple[str, bool]:
    return f"at most {limit:,}{unit}", value <= limit


def _counted(
    what: str, cycles: float, bar: tuple[str, bool | None] = ("", None), digits: int = 0
) -> Row:
    return Row(what, f"{cycles:,.{digits}f}", f"{cycles / _US:.2f} us", *bar)
