"""The sheets: one for each built-in list, one of states, and one of all other items."""

from boards.pico_meter import pins
from display import sources
from display.lists import NUMBER
from firmware import default_lists, service_switch
from picometer.virtual.lcd_sheet import Picture, sheet

from .items import default_items, entries, log_items, looks
from .stage import Stage

_ON_S = default_lists.ST33[0] & 0x0F
_LOG_ON_S = 3
_HELD_S = 12.4  # the magnet, for the event log
_TEST_S = 3  # the segment test at the start
_FINE = range(66, 83)  # Kh and present values: shown with decimals


def sheets() -> dict[str, str]:
    """Name -> SVG document."""
    return {name: sheet(pictures) for name, pictures in pictures().items()}


def pictures() -> dict[str, list[Picture]]:
    """Name -> pictures, all from the LCD controller's RAM while the meter ran."""
    lists = {purpose: _names(shown) for purpose, shown in default_items()}
    stage = Stage()
    start = [stage.look("start", "every segment, for 3 s")]
    stage.run(_TEST_S - 1)
    found = {"normal": start + stage.walk(lists[sources.NORMAL], _ON_S)}
    stage.touch()
    found["alternate"] = stage.walk(lists[sources.ALTERNATE], _ON_S)
    stage.magnet(_ON_S + 0.4)
    found["gyrbox"] = stage.walk(lists[sources.COMM_LINK_ONLY], _ON_S)
    found["events"] = _events(Stage())
    found["states"] = _states(stage) + _service_states(Stage("AX-SD"))
    found["others"] = _others(Stage())
    stage = Stage()
    stage.run(_TEST_S)
    stage.test_mode()
    stage.run_to(b"tdE")
    found["test"] = stage.walk(lists[sources.TEST], _ON_S)
    return found


def _events(stage: Stage) -> list[Picture]:
    """The event log of a sealed meter: the list's summary, and the newest of two entries."""
    stage.changes()
    stage.magnet(_HELD_S)
    names = _names(log_items())
    names += [("newest entry", part) for part in ("number", "date", "time", "event and parameter")]
    return stage.walk(names, _LOG_ON_S)


def _names(shown) -> list[tuple[str, str]]:
    return [_name(item.quantity) for item in shown]


def _name(number: int) -> tuple[str, str]:
    entry = entries()[number - 1]
    return f"ITEM {number}", entry.meaning.partition(";")[0]


def _states(stage: Stage) -> list[Picture]:
    """What is not an item: confirmations, faults, what stands beside any item."""
    stage.run_to_quarter()
    stage.run(1)
    found = [stage.look("end of interval", "EOI, for 4 s")]
    stage.run(4)
    stage.lever()
    stage.run(1)
    found.append(stage.look("demand reset taken", "every segment, for 6 s"))
    stage.run(6)
    stage.board.switch(pins.SEAL_LOOP, closed=False)
    stage.run(1)
    found.append(stage.look("seal open", "the padlock"))
    stage.board.switch(pins.SEAL_LOOP, closed=True)
    stage.board.rtc.battery_lost()
    stage.run_to(b"Er ")
    found.append(stage.look("clock not set", "Er 000010 as the last item of Normal"))
    stage.touch()
    stage.run(_ON_S * 1.5)
    found.append(stage.look("clock not set", "date and time are dashes"))
    stage.board.afe.miso_stuck = 1
    stage.run(4)
    found.append(stage.look("metering chip silent", "locked on the fault code"))
    return found


def _service_states(stage: Stage) -> list[Picture]:
    """What the service switch shows."""
    stage.run(_TEST_S + 1)
    found = [stage.look("service switch closed", "CLOSED")]
    stage.service(service_switch.OPEN)
    found.append(stage.look("service switch open", "OPEN"))
    stage.service(service_switch.ARM)
    while "OPEN" not in stage.reading.annunciators:
        stage.run(0.1)
    found.append(stage.look("service switch armed", "OPEN, flashing"))
    stage.service(service_switch.CLOSE)
    stage.board.fitted_switch.welded = True
    stage.service(service_switch.OPEN)
    stage.run_to(b"Er2")
    found.append(stage.look("welded", "both, and Er2 as the last item of Normal"))
    return found


def _others(stage: Stage) -> list[Picture]:
    """The items that no built-in list has, as one Normal list, their numbers as ID codes."""
    shown = {item.quantity for _, list_ in default_items() for item in list_}
    shown |= {item.quantity for item in log_items()}
    numbers = [entry.number for entry in entries() if entry.number not in shown]
    octets = b"".join(_source(number) for number in numbers)
    indices = b"".join(bytes((index, 0)) for index in range(len(numbers)))
    st31 = bytes((7, len(numbers), 0, sources.SOURCE_WIDTH, len(numbers), 0, 1, 0, 0, 0))
    normal = bytes((_ON_S, sources.NORMAL << 4, len(numbers)))
    stage.run(_TEST_S)
    stage.display.program(st31, octets, normal + indices, b"")
    stage.run(0.4)
    return stage.walk([_name(number) for number in numbers], _ON_S)


def _source(number: int) -> bytes:
    item = looks(number)
    fine = "kW" in item.annunciators or number in _FINE
    decimals = 3 if item.kind == NUMBER and fine else 0
    return bytes((number,)) + b"%03d" % number + bytes((6 | decimals << 3 | 0x80, 0))
