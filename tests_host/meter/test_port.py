"""The optical port of a whole meter: quick, exact, and unharmed by anything on the line."""

import pytest

from picometer.proof.household import finish_tick
from picometer.proof.meters import PASSWORD, build, counted, counts_per_kwh, registers
from picometer.proof.noise import prove_noise
from picometer.reader.client import Client
from picometer.reader.decode import TableReader
from picometer.reader.errors import ServiceError
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort

_TURNAROUND_NS = 175_000


@pytest.fixture
def host():
    host = build(ConstantLoad(7200.0, vars=2400.0, volts=244.0, hz=60.1))
    host.run_until(3 * NS_PER_S)
    return host


class Stopwatch(SimPort):
    """Notes how long after each packet's last byte the meter's first byte leaves."""

    def __init__(self, host):
        super().__init__(host)
        self.delays = []

    def write(self, data):
        if self.answered_ns is not None:
            self.delays.append(self.answered_ns - self.sent_ns)
        return super().write(data)


def session(port, password=None):
    client = Client(port)
    client.identify()
    client.negotiate()
    client.logon(1, "TEST")
    if password is not None:
        client.security(password)
    return client


def test_the_first_byte_of_every_answer_leaves_after_the_turn_around_and_within_20_ms(host):
    port = Stopwatch(host)
    client = session(port, PASSWORD.decode())
    for table in TableReader(client.read).tables_used():
        client.read(table)
    client.write(5, b"NEW NAME".ljust(20))
    client.logoff()
    client.terminate()
    assert len(port.delays) > 20
    assert min(port.delays) >= _TURNAROUND_NS
    assert max(port.delays) <= 20 * NS_PER_MS


def test_present_values_are_those_of_the_mains(host):
    client = session(SimPort(host))
    readings = {r.label: float(r.value) for r in TableReader(client.read).report(28).readings}
    true = {
        "active power net": 7200.0,
        "voltage": 244.0,
        "frequency": 60.1,
        "current A-N": 31.10,
        "current B-N": 31.10,
        "power factor": 0.948,
        "reactive power net": 2400.0,
        "apparent power": 7589.5,
        "phase angle A-N": 18.435,
        "phase angle B-N": 18.435,
        "temperature": 25.0,
        "active demand delivered": 0.0,
        "active demand received": 0.0,
        "present active demand delivered": 7200.0 * 2.1 / 900,
        "present active demand received": 0.0,
    }
    assert readings.keys() == true.keys()
    for label, value in true.items():
        # The chip tells an angle in steps of 0.1 degrees; the demand is that of two seconds.
        rough = 0.05 if label.startswith("present") else 0.006 if "angle" in label else 0.002
        assert readings[label] == pytest.approx(value, rel=rough), label


def test_registers_read_by_a_client_are_those_of_the_meter_at_that_time(host):
    client = session(SimPort(host))
    before = registers(host.board)
    delivered, received, net, *demands = (
        int(reading.value) for reading in TableReader(client.read).report(23).readings
    )
    assert demands == [0] * 6  # no interval has been whole yet
    after = registers(host.board)
    per_kwh = counts_per_kwh(host.board.rating)
    assert before.delivered * 1000 // per_kwh <= delivered <= after.delivered * 1000 // per_kwh
    assert (received, net) == (0, delivered)


def test_what_a_client_writes_survives_a_power_cut_and_needs_the_password(host):
    client = session(SimPort(host))
    with pytest.raises(ServiceError):
        client.write(5, b"INTRUDER".ljust(20))
    with pytest.raises(ServiceError):
        client.security("WRONG")
    client.security(PASSWORD.decode())
    client.write(5, b"FEEDER 7".ljust(20))
    client.write_offset(6, 20, b"NORTH DIVISION      ")
    client.terminate()
    host.cut()
    host.run_until(host.board.clock.now_ns + 2 * NS_PER_S)
    client = session(SimPort(host))
    assert client.read(5) == b"FEEDER 7".ljust(20)
    assert client.read_offset(6, 20, 20) == b"NORTH DIVISION      "


def test_a_faster_rate_is_negotiated_and_left_again(host):
    port = SimPort(host)
    client = Client(port)
    client.identify()
    assert client.negotiate(bauds=(9600, 115200)).baud == 115200
    client.logon()
    assert host.board.optical.baud == 115200
    assert len(client.read(6)) == 230
    client.terminate()
    host.run_until(host.board.clock.now_ns + NS_PER_S)
    assert host.board.optical.baud == 9600


def test_a_client_that_goes_away_is_forgotten_within_six_seconds(host):
    port = SimPort(host)
    client = Client(port)
    client.identify()
    client.negotiate(bauds=(115200,))
    client.logon()
    host.run_until(host.board.clock.now_ns + 6100 * NS_PER_MS)
    assert not host.meter.optical.link.in_session
    port.baudrate = 9600
    assert Client(port).identify().standard == 0


def test_a_session_costs_no_count(host):
    client = session(SimPort(host))
    for _ in range(20):
        client.read(6)
    finish_tick(host)
    assert registers(host.board).net == counted(host.board)


def test_noise_on_the_line_harms_nothing():
    result = prove_noise(total=30_000, seed=11, sessions=3)
    assert result.good, result


@pytest.mark.full
def test_a_million_bytes_of_noise_harm_nothing():
    assert prove_noise(total=1_000_000, seed=1, sessions=20).good
