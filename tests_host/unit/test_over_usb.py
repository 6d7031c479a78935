"""Identity and passwords over USB: by right, and never without an entry of the event log."""

from datetime import datetime
from types import SimpleNamespace

import pytest

from audit import rights
from audit.entry import CLOCK_VALID, SEAL_OPEN
from audit.log import CAPACITY, EventLog
from boards.pico_meter import layout, pins
from c1219 import events
from firmware import over_usb
from picometer.virtual import mocks
from picometer.virtual.board import VirtualBoard
from picometer.virtual.host import CPythonHost, ImageMemory, _board_class, configured, provision

MT11 = over_usb._PARAMETERS[0][0]
IDENTITY = [("model", b"AXR"), ("service", b"2S-240-320"), ("serial", b"PM00000042")]
NEW = b"AXR     " + b"2S-240-320".ljust(16) + b"PM00000042".ljust(16)


@pytest.fixture
def virtual():
    virtual = VirtualBoard()
    virtual.rtc.set(datetime(2024, 5, 6, 7, 8, 9))
    return virtual


def store(virtual, fields):
    """As the board's prompt does."""
    mocks.bind(virtual)
    if not virtual.powered:
        virtual.power_on()
    over_usb.store(fields, _board_class()())


def seal(virtual, setting, closed=True):
    provision(virtual.fram, security=b"\1" if setting else b"\0")
    virtual.switch(pins.SEAL_LOOP, closed=closed)


def event_log(virtual):
    log = EventLog(
        ImageMemory(virtual.fram.memory),
        layout.EVENTS,
        layout.EVENT_SLOTS,
        layout.AUDIT,
        layout.AUDIT_SLOTS,
    )
    log.load()
    assert log.broken == 0
    return log


def entries(virtual):
    """Each entry, oldest first."""
    log = event_log(virtual)
    names = ("code", "source", "authority", "parameter", "old", "new", "time")
    found = []
    for i in range(log.total - 1, -1, -1):
        log.ring.read(log.ring.recent(i))
        found.append(SimpleNamespace(**{name: getattr(log.view, name) for name in names}))
    return found


def test_a_new_meter_takes_its_identity_and_the_log_says_by_what(virtual):
    store(virtual, IDENTITY)
    assert configured(virtual.fram, "serial") == "PM00000042"
    assert configured(virtual.fram, "service") == "2S-240-320"
    (entry,) = entries(virtual)
    assert (entry.code, entry.source) == (events.PROVISIONED, events.SOURCE_USB)
    assert (entry.parameter, entry.old, entry.new) == (MT11, b" " * 40, NEW)
    assert entry.authority == 3 | CLOCK_VALID
    assert entry.time[:5] == bytes((24, 5, 6, 7, 8))


def test_passwords_are_in_no_entry(virtual):
    store(virtual, [("password_1", b"Tr4ffic-light"), ("password_3", b"north by 9 west")])
    assert configured(virtual.fram, "password_3") == "north by 9 west"
    (entry,) = entries(virtual)
    assert (entry.parameter, entry.old, entry.new) == (42, b"", b"\x05")
    log = bytes(virtual.fram.memory[layout.EVENTS : layout.EVENTS + 224 * layout.EVENT_SLOTS])
    assert b"north" not in log and b"Tr4ffic" not in log


def test_what_stays_the_same_has_no_entry(virtual):
    store(virtual, IDENTITY)
    store(virtual, [*IDENTITY, ("utility", b"CITY"), ("password_module", b"")])
    assert len(entries(virtual)) == 1
    assert configured(virtual.fram, "utility") == "CITY"  # which is open


def test_a_protected_meter_refuses_and_nothing_changes(virtual):
    store(virtual, IDENTITY)
    seal(virtual, True)
    before = bytes(virtual.fram.memory)
    for field in (("serial", b"OTHER"), ("device_id", b"OTHER")):
        with pytest.raises(ValueError, match="open its seal"):
            store(virtual, [field])
    assert bytes(virtual.fram.memory) == before


@pytest.mark.parametrize(("setting", "closed"), [(True, False), (False, True), (False, False)])
def test_a_meter_that_is_not_protected_takes_it_with_an_entry(virtual, setting, closed):
    seal(virtual, setting, closed)
    store(virtual, [("serial", b"OTHER")])
    assert configured(virtual.fram, "serial") == "OTHER"
    entry = entries(virtual)[-1]
    assert entry.source == events.SOURCE_USB
    assert bool(entry.authority & SEAL_OPEN) == (not closed)


def test_every_parameter_has_a_class_of_its_own():
    classes = {number: rights.class_of(number) for number, _ in over_usb._PARAMETERS}
    assert set(classes) <= set(rights.numbers())


def test_a_full_log_refuses_a_password_of_a_protected_meter(virtual):
    seal(virtual, True)
    for i in range(CAPACITY):
        store(virtual, [("password_1", b"password %d" % i)])
    with pytest.raises(ValueError, match="full"):
        store(virtual, [("password_1", b"one more")])
    assert configured(virtual.fram, "password_1") == f"password {CAPACITY - 1}"


def test_a_lost_configuration_is_not_replaced_under_the_seal(virtual):
    seal(virtual, True)
    provision(virtual.fram)
    for at in (100, 612):
        virtual.fram.memory[at] ^= 1
    with pytest.raises(ValueError, match="open its seal"):
        store(virtual, IDENTITY)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ([("colour", b"red")], "no such field: colour"),
        ([("security", b"\0")], "no such field: security"),
        ([("serial", b"x" * 17)], "too long: serial"),
    ],
)
def test_what_is_no_identity_is_refused(virtual, fields, why):
    with pytest.raises(ValueError, match=why):
        store(virtual, IDENTITY[:2] + fields)
    assert configured(virtual.fram, "model") is None


def test_a_memory_that_does_not_take_the_entry_takes_no_change(virtual):
    sources = range(layout.EVENTS + 10, layout.EVENTS + 224 * layout.EVENT_SLOTS, 224)
    virtual.fram.stuck = dict.fromkeys(sources, (0xFF, 0))
    with pytest.raises(ValueError, match="does not keep the entry"):
        store(virtual, IDENTITY)
    assert configured(virtual.fram, "serial") is None


def test_the_meter_that_starts_then_is_what_it_was_given(virtual):
    store(virtual, IDENTITY)
    virtual.power_off()
    host = CPythonHost(virtual)
    host.run_until(virtual.clock.now_ns + 2_000_000_000)
    assert host.meter.rating.name == "2S-240-320"
    assert host.meter.event_log.total == 1 and not host.meter.event_log.broken
