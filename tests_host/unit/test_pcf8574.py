"""The I/O expander's driver and the service lines against the model of the chip."""

import pytest

from boards.pico_meter import service_lines
from boards.pico_meter.service_lines import ServiceLines
from pcf8574 import ExpanderError, Pcf8574
from picometer.virtual.i2c import I2cBus
from picometer.virtual.pcf8574 import Pcf8574 as Chip
from tests_host.unit.service_bench import I2c


@pytest.fixture
def chip():
    chip = Chip()
    chip.power_on()
    return chip


@pytest.fixture
def i2c(chip):
    bus = I2cBus()
    bus.attach(chip)
    return I2c(bus)


def test_pins_are_inputs_after_power_up_and_what_is_written_until_the_power_goes(chip, i2c):
    driver = Pcf8574(i2c)
    assert driver.read() == 0xFF
    outside = [1]
    chip.connect(2, lambda: outside[0])
    driver.write(0b11110111)
    assert driver.read() == 0b11110111
    outside[0] = 0
    assert driver.read() == 0b11110011
    told = []
    chip.listen(3, told.append)
    chip.power_off()
    chip.power_on()
    outside[0] = 1
    assert told == [1] and driver.read() == 0xFF


def test_another_address(chip, i2c):
    chip.i2c_address = 0x38
    bus = I2cBus()
    bus.attach(chip)
    Pcf8574(I2c(bus), 0x38).write(0x5A)
    assert chip.written == 0x5A
    with pytest.raises(ExpanderError):
        Pcf8574(I2c(bus)).write(0)


def test_a_chip_that_is_not_there_or_has_no_supply_is_said(chip, i2c):
    driver = Pcf8574(i2c)
    chip.power_off()
    with pytest.raises(ExpanderError):
        driver.write(0)
    i2c.answers = False
    for call in (driver.read, lambda: driver.write(0)):
        with pytest.raises(ExpanderError, match="does not answer") as caught:
            call()
        assert isinstance(caught.value.cause, OSError)


class Pins:
    """An expander that notes what is written."""

    def __init__(self):
        self.written = []
        self.levels = 0xFF

    def write(self, levels):
        self.written.append(levels)

    def read(self):
        return self.levels


def test_one_write_moves_from_coil_to_coil_and_none_holds_both():
    pins = Pins()
    lines = ServiceLines(pins)
    for call in (
        lambda: lines.drive(True),
        lambda: lines.drive(False),
        lines.release,
        lambda: lines.reset_module(True),
        lambda: lines.drive(True),
        lines.look,
        lambda: lines.reset_module(False),
        lines.look,
    ):
        call()
    opening, closing = 1 << service_lines.OPEN_COIL, 1 << service_lines.CLOSE_COIL
    reset = 1 << service_lines.MODULE_RESET
    assert [0xFF & ~levels for levels in pins.written] == [
        closing,
        opening,
        0,
        closing | reset,
        reset,
        0,
    ]


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("live", [False, True])
def test_both_senses_are_active_low(closed, live):
    pins = Pins()
    pins.levels = 0xFF & ~(closed << service_lines.POSITION | live << service_lines.LOAD_VOLTAGE)
    lines = ServiceLines(pins)
    lines.look()
    assert (lines.closed, lines.live) == (closed, live)
