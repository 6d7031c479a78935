"""Passwords: which level each gives, and that none is guessed from padding or prefixes."""

import pytest

from firmware.configuration import Configuration
from firmware.device import Device
from metrology.faults import FaultSet
from metrology.page import FAULTS, new_page
from picometer.virtual.host import ImageMemory


class Readings:
    def quantity(self, which):
        return which


@pytest.fixture
def device():
    configuration = Configuration(ImageMemory(bytearray(1024)), 0, 2)
    configuration.put("password_1", b"READER")
    configuration.put("password_3", b"MASTER OF THE METER!")
    return Device(configuration, None, Readings(), FaultSet(new_page(), FAULTS))


@pytest.mark.parametrize(
    ("password", "level"),
    [
        (b"READER", 1),
        (b"MASTER OF THE METER!", 3),
        (b"READER ", 1),
        (b"READE", 0),
        (b"READERS", 0),
        (b"reader", 0),
        (b"", 0),
        (b" " * 20, 0),
        (b"\0" * 20, 0),
        (b"READER" + b" " * 40, 0),
    ],
)
def test_a_password_gives_its_level_and_nothing_else_does(device, password, level):
    assert device.password_level(password) == level


def test_a_write_that_the_memory_does_not_take_leaves_the_old_value(device):
    device.write_stored(5, bytearray(b"BEFORE".ljust(20)))
    device._configuration._journal._memory.write = lambda address, buf: None
    assert device.write_stored(5, bytearray(b"AFTER".ljust(20))) < 0
    out = bytearray(20)
    device.read_stored(5, 0, 20, out, 0)
    assert out == b"BEFORE".ljust(20)
