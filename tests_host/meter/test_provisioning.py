"""A meter without passwords: who gets in, for how long, and what it can be given."""

import pytest

from c1219 import events
from c1219.accountability import SECURITY as SECURITY_TABLE
from c1219.manufacturer import PROVISIONING
from firmware.configuration import Configuration
from metrology import faults as f
from picometer.proof.meters import PASSWORD, build
from picometer.reader.client import Client
from picometer.reader.errors import ServiceError
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.controls import Controls
from picometer.virtual.host import CPythonHost, configured, provision
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.options import LoadChoice
from picometer.virtual.simport import SimPort
from psem import codes
from tests_host.meter.test_port import session

MT11 = PROVISIONING.number
SECURITY = SECURITY_TABLE.number
NEW = b"AXR     " + b"2S-240-320".ljust(16) + b"PM00000042".ljust(16)
OWN = b"the owner's alone".ljust(20)
_PASSWORD_3 = 42  # where it is in ST42


def do(host, line):
    assert Controls(host.board, LoadChoice()).do(line) == "ok"
    run_for(host, 1)


def run_for(host, seconds):
    host.run_until(host.board.clock.now_ns + int(seconds * NS_PER_S))


@pytest.fixture
def host():
    """As it comes from the factory, with its seal open."""
    host = CPythonHost(VirtualBoard(load=ConstantLoad(7200.0)))
    host.run_until(2 * NS_PER_S)
    do(host, "seal open")
    return host


def code(call, *arguments):
    """The response code."""
    try:
        call(*arguments)
    except ServiceError as error:
        return error.code
    return codes.OK


def level_of(host, password, uart=None):
    """Whether a password lets write what takes level 3."""
    client = session(SimPort(host, uart))
    if code(client.security, password) != codes.OK:
        client.terminate()
        return 0
    level = 3 if code(client.write, MT11, NEW) == codes.OK else 1
    client.terminate()
    return level


def test_a_blank_password_opens_a_meter_that_has_none_while_its_seal_is_open(host):
    assert level_of(host, "") == 3


@pytest.mark.parametrize("blank", [bytes(20), b" " * 20, b" \0" * 10])
def test_blank_is_whatever_is_padding(host, blank):
    client = session(SimPort(host))
    client.security(blank.decode())


def test_the_seal_closed_it_opens_nothing(host):
    do(host, "seal close")
    assert level_of(host, "") == 0


def test_the_module_s_port_opens_nothing(host):
    assert level_of(host, "", host.board.module) == 0


def test_the_first_password_ends_it_and_its_giver_s_session_goes_on(host):
    client = session(SimPort(host), "")
    client.write_offset(42, _PASSWORD_3, OWN)
    client.write(MT11, NEW)
    client.terminate()
    assert level_of(host, "") == 0
    assert level_of(host, OWN.decode().strip()) == 3
    host.cut()
    host.run_until(host.board.clock.now_ns + 2 * NS_PER_S)
    do(host, "seal toggle")
    do(host, "seal toggle")
    assert level_of(host, "") == 0


@pytest.mark.parametrize("field", ["password_1", "password_2", "password_3", "password_module"])
def test_any_password_at_all_ends_it(field):
    board = VirtualBoard(load=ConstantLoad(7200.0))
    provision(board.fram, **{field: OWN})
    host = CPythonHost(board)
    host.run_until(2 * NS_PER_S)
    do(host, "seal open")
    assert level_of(host, "") == 0


def test_a_cut_between_identity_and_password_leaves_the_way_in(host):
    client = session(SimPort(host), "")
    client.write(MT11, NEW)
    host.cut()
    host.run_until(host.board.clock.now_ns + 2 * NS_PER_S)
    assert configured(host.board.fram, "serial") == "PM00000042"
    assert level_of(host, "") == 3


def test_a_configuration_that_is_lost_opens_nothing():
    host = build(ConstantLoad(7200.0))
    for at in (100, 612):
        host.board.fram.memory[at] ^= 1
    host.run_until(2 * NS_PER_S)
    do(host, "seal open")
    assert host.meter.storage.faults.word & f.CONFIGURATION_BAD
    assert level_of(host, "") == 0
    assert level_of(host, PASSWORD.decode()) == 0


def test_guessing_at_a_meter_without_passwords_locks_as_ever(host):
    client = session(SimPort(host))
    for _ in range(3):
        assert code(client.security, "PICOMETER") == codes.ERR
    assert code(client.security, "") == codes.BSY


def test_model_and_service_hold_from_the_next_start(host):
    client = session(SimPort(host), "")
    client.write(MT11, NEW)
    assert client.read(MT11) == NEW
    assert client.read(2055)[:16].rstrip() == b"2S-240-200"
    client.terminate()
    host.cut()
    host.run_until(host.board.clock.now_ns + 3 * NS_PER_S)
    assert host.meter.rating.name == "2S-240-320"
    assert not host.meter.storage.faults.word & (f.UNPROGRAMMED | f.CONFIGURATION_BAD)


@pytest.mark.parametrize(
    "octets",
    [
        b"BX      " + NEW[8:],
        b"AX-SD   " + NEW[8:],  # not approved with 320 A
        b"AX      " + b"9S-240-200      " + NEW[24:],
        bytes(24) + NEW[24:],
        NEW[:-1] + b"\x80",
        NEW[:-1],
        NEW + b" ",
    ],
)
def test_what_was_not_approved_is_refused_and_changes_nothing(host, octets):
    client = session(SimPort(host), "")
    before = client.read(MT11)
    assert code(client.write, MT11, octets) == codes.ONP
    assert client.read(MT11) == before


def test_under_the_seal_nobody_changes_who_the_meter_is(host):
    client = session(SimPort(host), "")
    client.write_offset(42, _PASSWORD_3, OWN)
    client.write(MT11, NEW)
    client.write(SECURITY, b"\x01")
    do(host, "seal close")
    other = NEW.replace(b"PM00000042", b"PM00000043")
    assert code(client.write, MT11, other) == codes.ISC
    assert client.read(MT11) == NEW
    do(host, "seal open")
    client.write(MT11, other)
    assert client.read(MT11) == other


def test_who_it_was_and_is_stands_in_the_event_log(host):
    client = session(SimPort(host), "")
    before = client.read(MT11)
    client.write(MT11, NEW)
    log = host.meter.event_log
    log.ring.read(log.ring.recent(0))
    entry = log.view
    assert (entry.parameter, entry.old, entry.new) == (MT11, before, NEW)
    assert (entry.code, entry.source) == (events.PROGRAMMED, events.SOURCE_OPTICAL)


def test_a_programmer_cannot_change_who_the_meter_is():
    host = build(ConstantLoad(7200.0))
    provision(host.board.fram, password_2=b"FIELD SERVICE")
    host.run_until(2 * NS_PER_S)
    client = session(SimPort(host), "FIELD SERVICE")
    assert code(client.write, MT11, NEW) == codes.ISC


def test_a_memory_that_does_not_take_it_leaves_it_as_it_was(host, monkeypatch):
    client = session(SimPort(host), "")
    before = client.read(MT11)
    with monkeypatch.context() as stuck:
        stuck.setattr(Configuration, "save", lambda self: False)
        assert code(client.write, MT11, NEW) == codes.ERR
    assert client.read(MT11) == before


def test_the_client_that_is_left_is_forgotten(host):
    port = SimPort(host)
    session(port, "")
    run_for(host, 8)  # the session times out
    do(host, "seal close")
    client = Client(port)
    client.identify()
    client.negotiate()
    client.logon(1, "TEST")
    assert code(client.write, MT11, NEW) == codes.ISC
