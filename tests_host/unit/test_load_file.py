"""Load files: what is played, and what is refused."""

import tracemalloc
from datetime import datetime, timedelta
from importlib.resources import files

import pytest

from picometer.virtual.clock import NS_PER_S
from picometer.virtual.load_file import LoadError, LoadFile
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.options import LoadChoice, choose_load, play
from tests_host.unit.test_virtual_mains import FORM_1S, FORM_2S, powered

HOUSEHOLD = files("picometer") / "data" / "household-2007-02-01.csv"
HEADER = "time,active_kw,reactive_kvar,volts,amps\n"


def test_the_household_file_is_58_208_kwh_and_repeats():
    load = LoadFile.read(HOUSEHOLD)
    assert load.duration_ns == 172_800 * NS_PER_S
    assert load.start.isoformat() == "2007-02-01T00:00:00"
    clock, mains = powered(load)
    clock.advance_to(load.duration_ns)
    assert mains.delivered_uwh == 58_208_266_666
    first = mains.present()
    assert first.milliwatts == 326_000
    assert first.volts == 243.15
    clock.advance_to(2 * load.duration_ns)
    assert mains.delivered_uwh == 2 * 58_208_266_666 + 1  # the halves share a remainder


def test_the_household_fits_another_service():
    load = LoadFile.read(HOUSEHOLD).at_service(120)
    clock, mains = powered(load, FORM_1S)
    assert 115 < mains.present().volts < 125
    clock.advance_to(load.duration_ns)
    assert round(mains.delivered_uwh / 1e9, 3) == 58.208


def test_rows_hold_until_the_next_row(tmp_path):
    path = tmp_path / "load.csv"
    path.write_text(
        "time,active_kw,reactive_kvar,volts,amps,hz\n"
        "2024-01-01T00:00:00,3.6,0,240,15,50\n"
        "2024-01-01T00:00:10,-3.6,0,240,15,60.5\n"
        "2024-01-01T00:00:15,0,0,240,0,60\n"
    )
    load = LoadFile.read(path)
    assert load.duration_ns == 20 * NS_PER_S
    clock, mains = powered(load)
    assert mains.present().hz == 50
    clock.advance_to(10 * NS_PER_S)
    assert mains.present().hz == 60.5
    clock.advance_to(20 * NS_PER_S)
    assert (mains.delivered_uwh, mains.received_uwh) == (10_000_000, 5_000_000)


ROW = "2024-01-01T00:00:00,1,0,240,4\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: no column time, active_kw"),
        ("time,active_kw,volts,amps\n", "line 1: no column reactive_kvar"),
        (HEADER, "no rows"),
        (
            HEADER + "2024-01-01T00:00:00,much,0,240,4\n",
            "line 2: active_kw is not a number: 'much'",
        ),
        (HEADER + "2024-01-01T00:00:00,1,nan,240,4\n", "line 2: reactive_kvar is not a finite"),
        (HEADER + "2024-01-01T00:00:00,1,0,240\n", "line 2: 4 values for 5 columns"),
        (HEADER + "2024-01-01T00:00:00,1,0,-240,4\n", "line 2: volts must be positive"),
        (
            HEADER + "2024-01-01T00:00:00,1,5,0,2,240,6,3\n",
            "line 2: 8 values for 5 columns; decimals take a point",
        ),
        (HEADER + '2024-01-01T00:00:00,"1,5",0,240,4\n', "line 2: active_kw is not a number"),
        (HEADER + "2024-01-01T00:00:00,1_5,0,240,4\n", "line 2: active_kw is not a number"),
        (HEADER + "2024-01-01T00:00:00,٣,0,240,4\n", "line 2: active_kw is not a number"),
        (
            HEADER.replace("\n", ",active_kw\n") + "2024-01-01T00:00:00,1,0,240,4,9\n",
            "line 1: column active_kw is there twice",
        ),
        (HEADER + "1999-12-31T23:00:00,1,0,240,4\n", "line 2: time 1999-12-31T23:00:00 is not"),
        (HEADER + "2090-01-01T00:00:00,1,0,240,4\n", "is not from 2000 to 2089"),
        (
            HEADER.replace("\n", ",hz\n") + "2024-01-01T00:00:00,1,0,240,4,0\n",
            "line 2: hz must be from 5 to 500, not 0",
        ),
        (HEADER + "x" * 200_000, "a line is longer than 100000 characters"),
        (HEADER + "yesterday,1,0,240,4\n", "line 2: time is not a date and time: 'yesterday'"),
        (HEADER + ROW + ROW, "line 3: time 2024-01-01T00:00:00 is not after the row before"),
        (HEADER + ROW + "2024-01-02T00:00:00Z,1,0,240,4\n", "line 3: some times have a time zone"),
    ],
)
def test_a_file_that_is_no_load_is_refused_in_one_clear_line(tmp_path, text, says):
    path = tmp_path / "load.csv"
    path.write_text(text)
    with pytest.raises(LoadError) as refused:
        LoadFile.read(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_or_binary_file_is_refused(tmp_path):
    with pytest.raises(LoadError, match="No such file"):
        LoadFile.read(tmp_path / "none.csv")
    path = tmp_path / "binary.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LoadError, match="not a CSV file"):
        LoadFile.read(path)


@pytest.mark.parametrize("text", [HEADER + ROW, (HEADER + ROW).replace("\n", "\r\n")])
def test_a_byte_order_mark_and_any_line_ends_are_passed_over(tmp_path, text):
    path = tmp_path / "load.csv"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert LoadFile.read(path).at(0) == (ConstantLoad(1000.0, 0.0, 240.0, 60.0), 60 * NS_PER_S)


def _zoned(tmp_path, times):
    rows = "".join(f"{text},{i},0,240,4\n" for i, text in enumerate(times, start=1))
    path = tmp_path / "load.csv"
    path.write_text(HEADER + rows)
    return LoadFile.read(path)


_SPRING = ["T00:00:00-06:00", "T01:00:00-06:00", "T03:00:00-05:00", "T04:00:00-05:00"]
_AUTUMN = ["T00:00:00-05:00", "T01:00:00-05:00", "T01:00:00-06:00", "T02:00:00-06:00"]


@pytest.mark.parametrize(
    ("times", "local", "kilowatts"),
    [
        (_SPRING, (0, 30), 1),
        (_SPRING, (1, 59), 2),
        (_SPRING, (2, 30), 3),  # an hour that no clock showed: the first moment after it
        (_SPRING, (3, 0), 3),
        (_SPRING, (3, 59), 3),
        (_SPRING, (4, 30), 4),
        (_SPRING, (5, 0), 1),  # behind the end: from the beginning
        (_AUTUMN, (1, 30), 2),  # of the two, the first
        (_AUTUMN, (2, 30), 4),
        (_AUTUMN, (3, 0), 1),
    ],
)
def test_a_file_plays_from_the_row_whose_own_local_time_the_clock_shows(
    tmp_path, times, local, kilowatts
):
    load = _zoned(tmp_path, ["2024-03-10" + text for text in times])
    assert load.duration_ns == 4 * 3600 * NS_PER_S
    begun, _ = play(load, datetime(2024, 3, 10, *local)).at(0)
    assert begun.watts == 1000 * kilowatts


def test_many_rows_are_read_once_in_little_memory(tmp_path, monkeypatch):
    path = tmp_path / "load.csv"
    first = datetime(2024, 1, 1)
    with path.open("w") as file:
        file.write(HEADER)
        for i in range(30_000):
            file.write(f"{(first + timedelta(seconds=i)).isoformat()},{i % 40},0,240,4\n")
    reads = []
    read = LoadFile.read
    monkeypatch.setattr(LoadFile, "read", lambda *given: reads.append(given) or read(*given))
    choice = LoadChoice(str(path))
    tracemalloc.start()
    try:
        assert choose_load(choice, FORM_2S).heaviest().watts == 39_000
        assert choose_load(choice, FORM_2S).duration_ns == 30_000 * NS_PER_S
        assert tracemalloc.get_traced_memory()[1] < 30_000 * 60  # octets
    finally:
        tracemalloc.stop()
    assert len(reads) == 1
