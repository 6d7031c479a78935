"""The pulses of a whole meter: counted to the count, shown on the LED, held to the registers."""

import pytest

from metrology import faults as f
from metrology import page as p
from metrology.constants import Constants
from picometer.paths import HOUSEHOLD
from picometer.proof.meters import PASSWORD, build, counts_per_kwh, kept, registers, settle
from picometer.reader.client import Client
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.load_file import LoadFile
from picometer.virtual.mains import ConstantLoad, Scripted
from picometer.virtual.simport import SimPort
from tests_host.meter.test_port import session

FULL = 48000.0
DIAL = 1000  # pulses


def worth(rating):
    """Register counts of one pulse."""
    return counts_per_kwh(rating) * rating.kh_mwh // 1_000_000


def started(load, **options):
    """A meter that has come up without a load, so that its counter has missed nothing."""
    host = build(ConstantLoad(0), **options)
    host.run_until(3 * NS_PER_S)
    host.board.mains.change(load)
    return host


def dial(host, pulses=DIAL):
    """Let `pulses` come, and the load end."""
    board = host.board
    while board.afe.cf1_pulses < pulses:
        host.run_until(board.clock.now_ns + NS_PER_S)
    settle(host)


def faulty(host):
    return host.meter.storage.faults.word & f.PULSES_DISAGREE != 0


class Light:
    """What the LED does from now on."""

    def __init__(self, board):
        self.pulses = []
        board.optical_led.listen(self._changed)

    def _changed(self, lit, now_ns):
        if lit:
            self.pulses.append(now_ns)


def between_pulses(host):
    """Go on until no pulse is under way."""
    while host.board.afe.cf1 == 0:
        host.run_until(host.board.clock.now_ns + NS_PER_MS)


@pytest.mark.parametrize("service", ["2S-240-200", "1S-120-100", "3S-240-20"])
def test_a_dial_test_over_1000_pulses_agrees_to_the_count(service):
    host = started(ConstantLoad(3000.0), service=service)
    light = Light(host.board)
    dial(host)
    count = host.meter.board.pulses.count()
    assert count >= DIAL
    assert count == host.board.afe.cf1_pulses == len(light.pulses)
    assert registers(host.board).delivered // worth(host.board.rating) == count
    assert not faulty(host)


def test_a_dial_test_at_full_load_and_in_the_other_direction():
    for watts in (FULL, -FULL):
        host = started(ConstantLoad(watts))
        dial(host)
        count = host.meter.board.pulses.count()
        assert count == host.board.afe.cf1_pulses >= DIAL
        assert abs(registers(host.board).net) // worth(host.board.rating) == count
        assert not faulty(host)


def test_a_pulse_stands_for_the_kh_of_its_rating():
    for service, kh_mwh in (("2S-240-200", 1000), ("2S-240-320", 2000), ("4S-240-20", 100)):
        host = build(ConstantLoad(0), service=service)
        rating = host.board.rating
        constants = Constants(rating.coils, rating.full_scale_watts, rating.kh_mwh)
        assert rating.kh_mwh == kh_mwh
        assert constants.counts_per_pulse == worth(rating)
        assert constants.microwatthours(0, 1000 * constants.counts_per_pulse) == kh_mwh * 10**6


@pytest.mark.parametrize("disturb", ["lose", "add"])
def test_a_single_pulse_of_a_thousand_lost_or_added_is_a_fault_that_a_client_reads(disturb):
    host = started(ConstantLoad(9000.0))
    dial(host, DIAL // 2)
    host.board.mains.change(ConstantLoad(1000.0))
    host.run_until(host.board.clock.now_ns + 30 * NS_PER_S)
    assert not faulty(host)
    getattr(host.board.cf1, disturb)(1)
    host.run_until(host.board.clock.now_ns + 15 * NS_PER_S)
    assert faulty(host)
    status = session(SimPort(host)).read(3)
    assert int.from_bytes(status[1:3], "little") & 0x0080


def test_the_fault_is_withdrawn_when_pulses_agree_again():
    host = started(ConstantLoad(9000.0))
    host.run_until(20 * NS_PER_S)
    host.board.cf1.add(2)
    host.run_until(25 * NS_PER_S)
    assert faulty(host)
    host.run_until(100 * NS_PER_S)
    assert not faulty(host)


def test_a_broken_wire_is_a_fault():
    host = started(ConstantLoad(9000.0))
    host.board.cf1.lose(1000)
    host.run_until(10 * NS_PER_S)
    assert faulty(host)


def test_a_chip_that_is_reset_under_load_is_no_disagreement():
    host = started(ConstantLoad(9000.0))
    for second in range(10, 100, 13):
        host.run_until(second * NS_PER_S)
        host.board.afe.reset()
    host.run_until(120 * NS_PER_S)
    assert host.meter.storage.page[p.CHIP_RESETS] == 7
    assert not faulty(host)


def test_a_processor_that_is_reset_under_load_counts_anew_and_agrees():
    host = started(ConstantLoad(9000.0))
    host.run_until(20 * NS_PER_S)
    host.cut()
    host.run_until(60 * NS_PER_S)
    assert 0 < host.meter.board.pulses.count() < host.board.afe.cf1_pulses
    assert not faulty(host)


def test_a_load_that_turns_around_is_no_disagreement():
    load = Scripted([(NS_PER_S * 7 // 3, ConstantLoad(w)) for w in (9000, -12000, 200, -200)])
    host = started(load)
    for _ in range(120):
        host.run_until(host.board.clock.now_ns + NS_PER_S)
        assert not faulty(host)
    assert host.board.afe.cf1_pulses > 100


def test_the_led_shows_no_pulse_in_a_session_and_every_one_outside():
    host = started(ConstantLoad(FULL))
    board = host.board
    host.run_until(5 * NS_PER_S)
    light = Light(board)
    client = session(SimPort(host), PASSWORD.decode())
    light.pulses.clear()
    missed = board.afe.cf1_pulses
    for _ in range(4):
        assert client.read(5) == b"PM00000001".ljust(20)
        assert len(client.read(6)) == 230
    assert light.pulses == []
    assert board.afe.cf1_pulses - missed > 15
    client.terminate()
    between_pulses(host)
    shown, before = len(light.pulses), board.afe.cf1_pulses
    host.run_until(board.clock.now_ns + 5 * NS_PER_S)
    assert len(light.pulses) - shown == board.afe.cf1_pulses - before > 60
    settle(host)
    assert registers(board).net // worth(board.rating) == host.meter.board.pulses.count()


def test_a_session_that_is_left_alone_gives_the_led_back_at_its_end():
    host = started(ConstantLoad(FULL))
    light = Light(host.board)
    client = Client(SimPort(host))
    client.identify()
    client.logon()
    ends = []
    ended = host.meter.optical.link.on_end
    host.meter.optical.link.on_end = lambda: (ends.append(host.board.clock.now_ns), ended())
    light.pulses.clear()
    host.run_until(host.board.clock.now_ns + 8 * NS_PER_S)
    period = NS_PER_S * 3600 / FULL * host.board.rating.kh_mwh / 1000
    assert 0 <= light.pulses[0] - ends[0] <= period


def test_noise_does_not_take_the_led_away():
    host = started(ConstantLoad(FULL))
    board = host.board
    host.run_until(5 * NS_PER_S)
    light = Light(board)
    before = board.afe.cf1_pulses
    for _ in range(20):
        board.optical.feed(bytes(range(0xEE)))
        host.run_until(board.clock.now_ns + 300 * NS_PER_MS)
    assert len(light.pulses) == board.afe.cf1_pulses - before > 70


@pytest.mark.full
def test_two_hours_of_the_household_give_no_alarm():
    host = build(LoadFile.read(HOUSEHOLD))
    for minute in range(1, 2 * 60 + 1):
        host.run_until(60 * minute * NS_PER_S)
        assert not faulty(host), minute
    settle(host)
    missed = host.board.afe.cf1_pulses - host.meter.board.pulses.count()
    assert 0 <= missed <= 1  # while the meter came up
    assert kept(host.board, p.TICKS) > 2 * 3600 * 10 - 10


@pytest.mark.full
def test_two_days_of_the_household_give_no_alarm():
    host = build(LoadFile.read(HOUSEHOLD))
    for minute in range(1, 48 * 60 + 1):
        host.run_until(60 * minute * NS_PER_S)
        assert not faulty(host), minute
