"""The sealed image on the emulated RP2040: entries, refusals, seal and glass, and no late tick."""

import pytest

from boards.pico_meter import pins
from c1219 import events, types
from c1219 import procedures as c
from metrology import page as p
from picometer.proof.meters import PASSWORD, build, counted, kept, registers, settle
from picometer.reader.client import Client
from picometer.reader.decode import TableReader
from picometer.reader.errors import ServiceError
from picometer.reader.event_log import read_log
from picometer.reader.procedure import Caller
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.host import provision
from picometer.virtual.lcd import decode
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from psem import codes

MODEL = "AXR-SD"
DEMAND, OFFSET, SOURCES = 13, 53, 32
DIAGNOSTICS, SECURITY = types.MANUFACTURER | 2, types.MANUFACTURER | 9
WORST_TICK_MS = 100 + 20
IMAGE = bytes((1, 0, 0, 0, 5, 3, 5, 3))


class Meter:
    """A sealed meter and a client with all rights."""

    def __init__(self, make_host):
        self.host = build(ConstantLoad(7200.0), model=MODEL, make_host=make_host)
        provision(self.host.board.fram, security=b"\x01")
        self.run(8)
        self.connect()

    def connect(self, baud=9600):
        self.client = Client(SimPort(self.host))
        self.client.identify()
        self.client.negotiate(bauds=(baud,))
        self.client.logon(7, "DEVICE")
        self.client.security(PASSWORD.decode())

    def run(self, seconds):
        self.host.run_until(self.host.board.clock.now_ns + round(seconds * NS_PER_S))

    def refusal(self, table, octets):
        with pytest.raises(ServiceError) as refused:
            self.client.write(table, octets)
        return refused.value.code

    def fields(self, table):
        return TableReader(self.client.read).report(table).fields

    def seal(self, closed):
        self.host.board.switch(pins.SEAL_LOOP, closed=closed)
        self.run(1.5)

    def end(self):
        """Nothing has failed or was late, and nothing is unbilled."""
        assert self.fields(DIAGNOSTICS)["WORST_TICK"] <= WORST_TICK_MS
        self.client.terminate()
        settle(self.host)
        assert kept(self.host.board, p.ERRORS) == 0
        assert registers(self.host.board).net == counted(self.host.board)


def offset(minutes):
    return bytes(4) + minutes.to_bytes(2, "little")


def test_a_sealed_image_refuses_keeps_and_opens_within_the_bound_of_a_tick(make_host):
    meter = Meter(make_host)
    client = meter.client
    sources = client.read(SOURCES)
    assert meter.refusal(DEMAND, IMAGE) == codes.ISC
    assert meter.refusal(SECURITY, b"\x00") == codes.ISC
    assert meter.refusal(SOURCES, sources[:1] + b"XYZ" + sources[4:]) == codes.ISC
    client.write(OFFSET, offset(60))
    caller = Caller(client, meter.run)
    before = client.read(3)
    # As a client that asks but once: the result is there when it asks.
    assert caller.run_octets(c.COLD_START.number, b"")[0] == c.NO_AUTHORISATION
    assert client.read(3) == before
    meter.seal(False)
    client.write(DEMAND, IMAGE)
    client.write(SOURCES, sources[:1] + b"XYZ" + sources[4:])
    log, _ = read_log(client)
    assert (log.broken, log.state["SEAL_OPENINGS"], log.state["REFUSED_BY_SEAL"]) == (0, 1, 1)
    assert [(entry.code, entry.parameter) for entry in log.entries] == [
        (events.PROGRAMMED, OFFSET),
        (events.SEAL_OPENED, 0),
        (events.PROGRAMMED, DEMAND),
        (events.PROGRAMMED, SOURCES),
    ]
    assert caller.run_octets(types.MANUFACTURER | 2, b"")[0] == c.COMPLETED
    meter.seal(True)
    assert meter.refusal(DEMAND, IMAGE) == codes.ISC
    assert meter.fields(types.MANUFACTURER | 12)["CYCLE"] == 2
    meter.end()


@pytest.mark.full
def test_a_log_that_gets_full_and_is_read_at_full_speed_delays_no_tick(make_host):
    meter = Meter(make_host)
    for i in range(50):
        meter.client.write(OFFSET, offset(i + 1))
    assert meter.refusal(OFFSET, offset(99)) == codes.DLK
    meter.client.terminate()
    meter.connect(115200)
    assert int.from_bytes(meter.client.read(76)[1:3], "little") == 50
    table = meter.client.read(types.MANUFACTURER | 13)
    assert int.from_bytes(table[:2], "little") == 50
    log, _ = read_log(meter.client)
    assert log.broken == 0 and log.entries[49].sequence == 50
    assert b"".join(entry.chain for entry in log.entries[:1]) in table
    meter.end()
    meter.host.board.switch(pins.MAGNET, closed=True)
    meter.run(13)
    meter.host.board.switch(pins.MAGNET, closed=False)
    seen = []
    for _ in range(60):
        meter.run(0.5)
        reading = decode(meter.host.board.lcd.ram, meter.host.board.lcd.on)
        if not seen or seen[-1][0] != reading.code_text:
            seen.append((reading.code_text, reading.text.strip()))
    assert ("LoG", "050.050") in seen and ("En ", "50") in seen and ("Ech", "011.053") in seen


def test_the_log_outlasts_a_power_cut_and_a_seal_opened_meanwhile_is_seen(make_host):
    meter = Meter(make_host)
    meter.client.write(OFFSET, offset(60))
    meter.host.cut()
    meter.host.board.switch(pins.SEAL_LOOP, closed=False)
    meter.run(9)
    meter.connect()
    log, _ = read_log(meter.client)
    assert log.broken == 0
    assert [entry.code for entry in log.entries] == [events.PROGRAMMED, events.SEAL_OPENED]
    meter.client.terminate()
