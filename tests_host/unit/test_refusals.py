"""What clients were refused is logged, and however they babble the log is not flushed."""

import pytest

from c1219 import events
from c1219 import procedures as c
from firmware.refusals import Refusals
from metrology.faults import TASK_FAILED
from picometer.proof.meters import build
from picometer.reader.client import Client
from picometer.reader.errors import ServiceError
from picometer.reader.procedure import Caller
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import provision
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from psem import codes

TEN_MINUTES = 600_000


class Desk:
    """Refusals, and what they note."""

    def __init__(self):
        self.noted = []
        self.refusals = Refusals(lambda *entry: self.noted.append(entry))


def test_an_entry_says_what_was_refused_and_why():
    desk = Desk()
    desk.refusals.write(0x0801, codes.ONP)
    desk.refusals.procedure(9, c.NO_AUTHORISATION)
    desk.refusals.write(0x100D, codes.IAR)  # a pending one
    assert desk.noted == [
        (events.WRITE_REFUSED, 0x4801),
        (events.PROCEDURE_REFUSED, 0x5009),
        (events.WRITE_REFUSED, 0x500D),
    ]


def test_the_same_again_has_one_entry_a_session():
    desk = Desk()
    for _ in range(3):
        for _ in range(5):
            desk.refusals.write(13, codes.ISC)
        desk.refusals.end()
    assert len(desk.noted) == 3 and desk.refusals.total == 15
    desk.refusals.write(13, codes.ISC)
    desk.refusals.procedure(13, codes.ISC)
    desk.refusals.write(13, codes.ONP)
    assert len(desk.noted) == 6


# --- in a meter ---


@pytest.fixture
def meter():
    host = build(ConstantLoad(0))
    provision(host.board.fram, password_2=b"FIELD")
    host.run_until(NS_PER_S)
    return host


def session(host, password=None):
    client = Client(SimPort(host))
    client.identify()
    client.negotiate()
    client.logon(7, "TEST")
    if password is not None:
        client.security(password)
    return client


def logged(host):
    """(code, user, source, level, detail) of the log's entries that are of a port."""
    found = []
    for i in range(host.meter.history.valid):
        entry = host.meter.history.entry(i)
        source, level, low, high = entry.argument
        if source == events.SOURCE_OPTICAL:
            found.append((entry.code, entry.user, source, level, low | high << 8))
    return found


def refused(call, *arguments):
    with pytest.raises(ServiceError) as error:
        call(*arguments)
    return error.value.code


def test_every_way_to_refuse_a_write_is_logged_with_who_and_why(meter):
    client = session(meter)
    assert refused(client.write, 5, b"X" * 20) == codes.ISC
    client.security("FIELD")
    assert refused(client.write, 13, bytes(8)) == codes.ONP  # no such interval
    assert refused(client.write, 5, b"X" * 19) == codes.ONP
    assert refused(client.write_offset, 5, 15, b"X" * 6) == codes.ONP
    assert refused(client.write, 23, b"X") == codes.IAR
    assert refused(client.write, 99, b"X") == codes.IAR
    assert refused(client.request, b"\x40\x00\x05\x00\x01X\x00", "Write") == codes.ERR
    assert refused(client.write_index, 6, (99,), b"X") == codes.ONP
    client.terminate()
    refusal = events.WRITE_REFUSED
    assert logged(meter) == [
        (refusal, 0, 1, 0, events.refusal(5, codes.ISC)),
        (refusal, 7, 1, 2, events.refusal(13, codes.ONP)),
        (refusal, 7, 1, 2, events.refusal(5, codes.ONP)),
        (refusal, 7, 1, 2, events.refusal(23, codes.IAR)),
        (refusal, 7, 1, 2, events.refusal(99, codes.IAR)),
        (refusal, 7, 1, 2, events.refusal(5, codes.ERR)),
        (refusal, 7, 1, 2, events.refusal(6, codes.ONP)),
    ]


def test_a_write_that_the_memory_does_not_take_is_logged_as_refused(meter):
    client = session(meter, "FIELD")
    memory = meter.meter.program._journal._memory
    meter.meter.program._journal._memory = type(
        "Deaf", (), {"write": lambda *_: None, "readinto": memory.readinto}
    )()
    assert refused(client.write, 2048, bytes((5, 99))) == codes.ERR
    meter.meter.program._journal._memory = memory
    assert logged(meter) == [(events.WRITE_REFUSED, 7, 1, 2, events.refusal(2048, codes.ERR))]


def test_what_is_done_and_what_is_refused_of_procedures_is_logged(meter):
    client = session(meter)
    caller = Caller(client)
    assert caller.run_octets(7, b"")[0] == c.NO_AUTHORISATION
    client.security("FIELD")
    meter.meter.storage.faults.set(TASK_FAILED)
    assert [caller.run_octets(7, b"")[0] for _ in range(2)] == [c.COMPLETED] * 2
    assert caller.run_octets(9, b"\x80")[0] == c.INVALID_PARAMETER
    assert caller.run_octets(99, b"")[0] == c.UNRECOGNISED
    assert caller.run_octets(9, b"\2")[0] == c.COMPLETED
    client.terminate()
    refusal = events.PROCEDURE_REFUSED
    assert logged(meter) == [
        (refusal, 0, 1, 0, events.refusal(7, c.NO_AUTHORISATION)),
        (events.PROCEDURE_INVOKED, 7, 1, 2, 7),
        (refusal, 7, 1, 2, events.refusal(9, c.INVALID_PARAMETER)),
        (refusal, 7, 1, 2, events.refusal(99, c.UNRECOGNISED)),
        (events.SELF_READ, 7, 1, 2, 0),
    ]


def test_a_refusal_is_logged_even_when_the_client_wants_no_response_to_its_procedure(meter):
    client = session(meter)
    client.write(7, (2 << 12 | 7).to_bytes(2, "little") + b"\1")
    assert logged(meter) == [
        (events.PROCEDURE_REFUSED, 0, 1, 0, events.refusal(7, c.NO_AUTHORISATION))
    ]


def test_sessions_without_a_password_cannot_flush_the_log(meter):
    began = meter.board.clock.now_ns
    for _ in range(40):
        client = session(meter)
        for number in (5, 13, 2048):
            assert refused(client.write, number, b"X") == codes.ISC
        client.terminate()
    assert meter.board.clock.now_ns - began < TEN_MINUTES * NS_PER_MS
    assert len(logged(meter)) == 8
    tables = meter.meter.optical.link._session._tables
    assert tables.device.diagnostics(21) == 120
