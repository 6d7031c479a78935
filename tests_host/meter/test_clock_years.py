"""A whole meter whose clock chip holds a year that two digits cannot say."""

from datetime import datetime

import pytest

from c1219 import procedures as c
from metrology import faults as f
from picometer.proof.meters import PASSWORD, build
from picometer.reader.client import Client
from picometer.reader.decode import TableReader
from picometer.reader.errors import ServiceError
from picometer.reader.procedure import Caller
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from psem import codes

NO_TIME = bytes(6)


def meter_in(year):
    host = build(ConstantLoad(1000.0))
    host.board.rtc.set(datetime(year, 2, 27, 23, 50))
    host.run_until(5 * NS_PER_S)
    client = Client(SimPort(host))
    client.identify()
    client.negotiate()
    client.logon(7, "TEST")
    client.security(PASSWORD.decode())
    return host, client


def clock_faults(host):
    return host.meter.storage.faults.word & (f.CLOCK_NOT_SET | f.CLOCK_DEAD)


@pytest.mark.parametrize("year", [*range(2090, 2100), 2100, 2150, 2199])
def test_a_clock_of_2090_and_later_is_not_set_and_nothing_bears_its_date(year):
    host, client = meter_in(year)
    assert clock_faults(host) == f.CLOCK_NOT_SET
    assert TableReader(client.read).report(52).fields["CLOCK_CALENDAR"] is None
    assert client.read(52)[:6] == NO_TIME
    assert client.read(55)[:6] == NO_TIME
    caller = Caller(client)
    assert caller.run_octets(c.REMOTE_RESET.number, b"\2")[0] == c.COMPLETED
    history = host.meter.history
    assert history.valid
    assert all(bytes(history.entry(i).time) == NO_TIME for i in range(history.valid))


@pytest.mark.parametrize("year", [0, 89])
def test_the_first_and_the_last_year_are_told(year):
    host, client = meter_in(2000 + year)
    assert clock_faults(host) == 0
    assert client.read(52)[:4] == bytes((year, 2, 27, 23))


def test_no_client_can_set_a_year_from_90_to_99_and_every_other_one_ends_the_fault():
    host, client = meter_in(2096)
    caller = Caller(client)
    for octet in range(90, 256):
        wanted = bytes((octet, 3, 1, 12, 0, 0))
        with pytest.raises(ServiceError) as refused:
            client.write(52, wanted + b"\0")
        assert refused.value.code == codes.ONP
    for octet in range(90, 100):
        wanted = bytes((octet, 3, 1, 12, 0, 0))
        asked = b"\3" + wanted + b"\0"
        assert caller.run_octets(c.SET_DATE_TIME.number, asked)[0] == c.INVALID_PARAMETER
    assert clock_faults(host) == f.CLOCK_NOT_SET
    for octet in range(90):
        wanted = bytes((octet, 3, 1, 12, 0, 0))
        client.write(52, wanted + b"\0")
        assert client.read(52)[:5] == wanted[:5]
        assert host.board.rtc.now().year == 2000 + octet
    host.run_until(host.board.clock.now_ns + 2 * NS_PER_S)
    assert clock_faults(host) == 0


def test_a_pending_table_is_not_to_be_activated_in_the_years_from_90_to_99():
    host, client = meter_in(2025)
    image = client.read(13)
    for octet in (89, *range(90, 100)):
        event = bytes((0, octet, 1, 1, 0, 0))
        if octet == 89:
            client.write(0x1000 | 13, event + image)
            continue
        with pytest.raises(ServiceError) as refused:
            client.write(0x1000 | 13, event + image)
        assert refused.value.code == codes.ONP
