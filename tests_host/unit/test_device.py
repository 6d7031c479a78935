"""Passwords: which level each gives, and that none is guessed from padding or prefixes."""

import pytest

from c1219 import events
from firmware.device import MODULE_PASSWORDS, OPTICAL_PASSWORDS, Device
from picometer.proof.meters import build
from picometer.virtual.mains import ConstantLoad


@pytest.fixture
def meter():
    host = build(ConstantLoad(0))
    host.boot()
    configuration = host.meter.configuration
    configuration.put("password_1", b"READER")
    configuration.put("password_3", b"MASTER OF THE METER!")
    configuration.put("password_module", b"MODULE")
    return host.meter


@pytest.fixture
def device(meter):
    return Device(meter, events.SOURCE_OPTICAL, OPTICAL_PASSWORDS)


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


def test_each_port_has_authority_of_its_own(meter, device):
    module = Device(meter, events.SOURCE_MODULE, MODULE_PASSWORDS)
    assert module.password_level(b"MODULE") == 2
    assert module.password_level(b"MASTER OF THE METER!") == 0
    assert device.password_level(b"MODULE") == 0


def test_a_write_that_the_memory_does_not_take_leaves_the_old_value(meter, device):
    device.write_stored(5, bytearray(b"BEFORE".ljust(20)))
    meter.configuration._journal._memory.write = lambda address, buf: None
    assert device.write_stored(5, bytearray(b"AFTER".ljust(20))) < 0
    out = bytearray(20)
    device.read_stored(5, 0, 20, out, 0)
    assert out == b"BEFORE".ljust(20)
