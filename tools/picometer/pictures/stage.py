"""A virtual meter with a past, whose display is looked at while it runs."""

import hashlib
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from boards.pico_meter import layout, pins
from c1219.events import SOURCE_OPTICAL
from ds3231 import civil
from firmware import identity
from firmware.display import Display
from firmware.log import Actor
from firmware.program import OFFSET, TEST_MODE
from firmware.service_switch import SETTLE_MS
from journal import Journal
from metrology import page as p
from picometer.build.files_source import FilesSource
from picometer.build.manifest import FILE_NAME, write_files
from picometer.paths import ROOT
from picometer.proof.meters import build
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.host import ImageMemory
from picometer.virtual.lcd import decode
from picometer.virtual.lcd_sheet import Picture
from picometer.virtual.mains import ConstantLoad

_WATTS, _VARS = 4542.0, 1310.0
_NOW = datetime(2007, 2, 1, 18, 52, 10)
_PEAK = (2007, 2, 1, 8, 45)
_RESET = (2007, 1, 1, 0, 0)
_OLD_PEAK = (2006, 12, 22, 17, 30)
# Software to look at in place of the meter's own, whose SHA-256 changes with every line of it.
_EXAMPLE = {
    "measurement.py": b"registers\n",
    "legal.py": b"the rest of it\n",
    "rest.py": b"more\n",
}
_DEBOUNCE_S = 0.4
_TEST_MINUTES = 15
_LONGEST_LIST_S = 240


def _minutes(moment: tuple[int, ...]) -> int:
    year, month, day, hour, minute = moment
    return (civil.days(year, month, day) * 24 + hour) * 60 + minute


def _counts(constants, kw: float) -> int:
    return round(kw * constants.counts_per_kwh)


def _past(constants):
    """A register page as months of use leave it."""
    page = p.new_page()
    page[p.DELIVERED_KWH], page[p.DELIVERED_COUNTS] = 18273, _counts(constants, 0.645)
    page[p.RECEIVED_KWH], page[p.RECEIVED_COUNTS] = 412, _counts(constants, 0.118)
    page[p.DEMAND_MAXIMUM] = _counts(constants, 4.5422)
    page[p.DEMAND_MAXIMUM_END] = _minutes(_PEAK)
    page[p.DEMAND_MAXIMUM + 1] = _counts(constants, 1.206)
    page[p.DEMAND_MAXIMUM_END + 1] = _minutes((2007, 1, 19, 13, 15))
    page[p.CUMULATIVE_KW], page[p.CUMULATIVE_COUNTS] = 57, _counts(constants, 0.881)
    page[p.CUMULATIVE_KW + 1], page[p.CUMULATIVE_COUNTS + 1] = 9, _counts(constants, 0.4)
    page[p.DEMAND_RESETS] = 11
    page[p.DEMAND_RESET_TIME] = _minutes(_RESET)
    page[p.PREVIOUS_REGISTERS], page[p.PREVIOUS_REGISTERS + 2] = 17602, 377
    previous = p.PREVIOUS_DEMANDS - p.DEMAND_MAXIMUM
    page[p.PREVIOUS_DEMANDS] = _counts(constants, 5.0178)
    page[p.PREVIOUS_DEMANDS + 1] = _counts(constants, 0.9)
    page[p.DEMAND_MAXIMUM_END + previous] = _minutes(_OLD_PEAK)
    page[p.DEMAND_MAXIMUM_END + previous + 1] = _minutes((2006, 12, 9, 12, 45))
    page[p.CUMULATIVE_KW + previous] = 52
    page[p.CUMULATIVE_COUNTS + previous] = _counts(constants, 0.8632)
    page[p.STARTS], page[p.CHIP_RESETS] = 3, 1
    return page


class Stage:
    """The meter, booted; `run` lets time pass, `look` takes a picture of the glass."""

    def __init__(self, model: str = "AX") -> None:
        self.host = build(ConstantLoad(_WATTS, _VARS), model=model)
        self.board = self.host.board
        self.board.rtc.set(_NOW)
        constants = self._constants()
        memory = ImageMemory(self.board.fram.memory)
        Journal(memory, layout.REGISTERS, layout.REGISTER_SLOTS, _past(constants)).append()
        self._boot()

    def _boot(self) -> None:
        """Start the meter, on the example's software."""
        self._folder = TemporaryDirectory(prefix="picometer-")
        folder = Path(self._folder.name)
        for name, octets in _EXAMPLE.items():
            (folder / name).write_bytes(octets)
        write_files(folder, folder, {name: part for part, name in enumerate(_EXAMPLE)}, ROOT)
        digest = hashlib.sha256(b"".join(_EXAMPLE.values())).digest()
        files = partial(FilesSource, folder, folder / FILE_NAME)
        with patch.multiple(identity, DIGEST=digest, FILES=files):
            self.run(1)

    def _constants(self):
        from metrology.constants import Constants

        of = self.board.rating
        return Constants(of.coils, of.full_scale_watts, of.kh_mwh)

    @property
    def meter(self):
        """The firmware."""
        return self.host.meter

    @property
    def display(self) -> Display:
        """Its display duty."""
        return self.meter.display

    def run(self, seconds: float) -> None:
        """Let the meter run."""
        self.host.run_until(self.board.clock.now_ns + round(seconds * NS_PER_S))

    def look(self, title: str, caption: str = "") -> Picture:
        """What the LCD controller holds now."""
        return Picture(bytes(self.board.lcd.ram), self.board.lcd.on, title, caption)

    @property
    def reading(self):
        """What is on the glass, decoded."""
        return decode(self.board.lcd.ram)

    def walk(self, names: list[tuple[str, str]], on_s: int) -> list[Picture]:
        """A picture of each item, from the middle of its time; the first has just begun."""
        pictures = []
        for title, caption in names:
            self.run(on_s / 2)
            pictures.append(self.look(title, caption))
            self.run(on_s / 2)
        return pictures

    def magnet(self, seconds: float) -> None:
        """Hold the magnet to the meter for so long."""
        self.board.switch(pins.MAGNET, closed=True)
        self.run(seconds)
        self.board.switch(pins.MAGNET, closed=False)

    def touch(self) -> None:
        """A short touch of the magnet; the list begins as this returns."""
        self.magnet(_DEBOUNCE_S)

    def lever(self) -> None:
        """A press of the lever."""
        self.board.switch(pins.LEVER, closed=True)
        self.run(_DEBOUNCE_S)
        self.board.switch(pins.LEVER, closed=False)

    def changes(self) -> None:
        """Set the meter to be sealed, and change what is event-protected."""
        who = Actor(SOURCE_OPTICAL, level=3)
        self.run(_DEBOUNCE_S)
        self.meter.guard.set_security(True, who)
        self.meter.settings.write(OFFSET, bytes((0, 0, 0, 60, 0, 0)), who)
        self.meter.settings.write(TEST_MODE, bytes((5, 60)), who)

    def service(self, action: int) -> None:
        """An action of the service switch, as by the optical port, and what comes of it."""
        self.meter.service_switch.ask(action, Actor(SOURCE_OPTICAL))
        self.run(SETTLE_MS / 1000 + 1)

    def run_to(self, code: bytes) -> None:
        """Let the meter run until an item with this ID code has just begun."""
        for _ in range(_LONGEST_LIST_S * 10):
            self.run(0.1)
            if self.reading.code_text == code.decode():
                return
        raise AssertionError(f"never shown: {code.decode()}")

    def run_to_quarter(self) -> None:
        """Let the meter run to the next quarter of an hour."""
        now = self.board.rtc.now()
        into = timedelta(minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond)
        self.run((timedelta(minutes=15) - into).total_seconds())

    def test_mode(self) -> None:
        """Close the test switch, and let the meter test for so long that it has a maximum."""
        self.meter.program.change(TEST_MODE, bytes((_TEST_MINUTES, 2 * _TEST_MINUTES)))
        self.board.switch(pins.TEST_SWITCH, closed=True)
        self.run(60 * _TEST_MINUTES + 352)
