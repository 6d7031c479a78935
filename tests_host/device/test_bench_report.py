"""What a benchmark tells: other programs its figures, readers its table, users their mistakes."""

import json
from dataclasses import replace

import pytest

from picometer.bench import cycles, report
from picometer.bench.cycles import Cycles
from picometer.bench.figures import Figures
from picometer.bench.line import Use
from picometer.bench.running import Heap, Peripherals, Response
from picometer.commands import perform
from picometer.errors import UserError

KEYS = """tick_cycles tick_bytecode_cycles tick_c_cycles crc16_cycles_per_byte
    crc32_cycles_per_byte response_1024_ms first_tick_ms heap_free_bytes heap_free_1h_bytes
    line_share_9600 line_share_115200 next_packet_ms cpu_share_10hz cpu_share_60hz""".split()

GOOD = Figures(
    cycles=Cycles(1500, 50000, 600, 6500, 7600, 1100, 28, 26),
    peripherals=Peripherals(620, 4500),
    response=Response(16, 17),
    slow_line=Use(0.99, 6),
    fast_line=Use(0.97, 5),
    first_tick_ms=90,
    heap=Heap(175_000, 174_000, 36_000),
    share_10hz=0.035,
    share_60hz=0.1,
)


def test_the_data_has_exactly_the_agreed_keys():
    assert list(json.loads(report.as_json(GOOD))) == KEYS


def test_good_figures_miss_no_bar():
    assert GOOD.missed() == []


@pytest.mark.parametrize(
    "bad",
    [
        replace(GOOD, cycles=replace(GOOD.cycles, tick=3001, tick_bytecode=1e6, tick_c=1000)),
        replace(GOOD, cycles=replace(GOOD.cycles, tick_bytecode=29_000)),
        replace(GOOD, cycles=replace(GOOD.cycles, tick_c=299)),
        replace(GOOD, cycles=replace(GOOD.cycles, crc16_per_byte=30.1)),
        replace(GOOD, response=Response(16, 20.1)),
        replace(GOOD, slow_line=Use(0.949, 6)),
        replace(GOOD, fast_line=Use(0.949, 5)),
        replace(GOOD, slow_line=Use(0.99, 20.1)),
        replace(GOOD, fast_line=Use(0.97, 20.1)),
        replace(GOOD, first_tick_ms=100.1),
        replace(GOOD, heap=Heap(99_999, 174_000, 36_000)),
        replace(GOOD, heap=Heap(175_000, 99_999, 36_000)),
    ],
)
def test_every_bar_is_held_and_marked(bad):
    assert len(bad.missed()) == 1
    assert report.markdown(bad).count("MISSED") == 1


def test_ticks_that_bill_differently_are_no_comparison():
    per_kwh, counts = 1000, 2400
    cycles._check([[0, per_kwh, 2, 400], [0, per_kwh, 2, 400]], counts)
    for odd in ([0, per_kwh, 2, 399], [16, per_kwh, 2, 400]):
        with pytest.raises(UserError, match="disagree"):
            cycles._check([[0, per_kwh, 2, 400], odd], counts)


@pytest.mark.parametrize("place", ["", "absent/figures.json"])
def test_a_file_that_cannot_be_written_is_told_before_the_work(place, tmp_path, capsys):
    assert perform(["dev", "bench", "--json", str(tmp_path / place)]) == 2
    told = capsys.readouterr().err
    assert told.startswith("picometer: ") and told.count("\n") == 1
