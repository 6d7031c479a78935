"""The duties by themselves: the scheduler's time, the configuration, the metering duty."""

from array import array
from binascii import hexlify

from ade7953.errors import FAULT_BUS, FAULT_RESET
from boards.approved import RATINGS
from firmware.configuration import Configuration
from firmware.metering import TICK_MS, Metering
from firmware.scheduler import Scheduler
from journal import EMPTY, FOUND
from metrology import faults as f
from metrology import page as p
from metrology.constants import Constants, coil_limit
from metrology.modes import Pages
from metrology.tick import BILLED, IMPOSSIBLE, new_net
from tests_host.pure.memory import Cut, Memory
from ticks import elapsed

PERIOD = 1 << 30


def test_time_goes_on_where_the_tick_wraps():
    for start in (0, 5000, PERIOD - 1, PERIOD - 999):
        for step in (0, 1, 999, PERIOD // 2 - 1):
            later = (start + step) % PERIOD
            assert elapsed(later, start) == step
            assert elapsed(start, later) == -step


class Time:
    """Moves while the scheduler waits."""

    def __init__(self, now):
        self.now = now

    def ticks_ms(self):
        return self.now

    def wait(self, ms):
        assert 0 < ms <= 1000
        self.now = (self.now + ms) % PERIOD
        return 0


def test_duties_are_called_when_they_asked_to_be_and_one_that_fails_again_later():
    time = Time(PERIOD - 1500)
    calls = []
    failures = []
    scheduler = Scheduler(time.ticks_ms, time.wait, lambda i, e: failures.append(i))

    def often(now_ms):
        calls.append(now_ms)
        return 100

    def failing(now_ms):
        raise ValueError

    scheduler.add(often)
    scheduler.add(failing)
    for _ in range(200):
        scheduler.run_once()
    assert len(calls) > 40
    for i in range(1, len(calls)):
        assert elapsed(calls[i], calls[i - 1]) == 100
    assert len(failures) >= 4 and set(failures) == {1}


def test_a_configuration_is_old_or_new_at_every_byte_of_a_cut():
    memory = Memory(1024)
    first = Configuration(memory, 0, 2)
    assert first.load() == EMPTY
    first.put("serial", b"OLD")
    assert first.save()
    kept = bytes(memory.data)
    seen = set()
    for budget in range(0, 513, 4):
        memory.data[:] = kept
        again = Configuration(memory, 0, 2)
        assert again.load() == FOUND
        again.put("serial", b"NEWER")
        memory.budget = budget
        try:
            again.save()
        except Cut:
            pass
        memory.budget = None
        after = Configuration(memory, 0, 2)
        assert after.load() == FOUND
        seen.add(after.text("serial"))
    assert seen == {"OLD", "NEWER"}


class Storage:
    def __init__(self):
        self.page = p.new_page()
        self.faults = f.FaultSet(self.page, p.FAULTS)

    def write(self):
        pass


class Afe:
    """Starts as a chip that was not reset; repairs at the second attempt."""

    def __init__(self):
        self.resets = 0
        self.repairs = 0
        self.counts = array("I", (0, 0))

    def start(self):
        return False

    def repair(self):
        self.repairs += 1
        return self.repairs % 2 == 0

    def reset(self):
        self.resets += 1

    def sample_carefully(self):
        self.counts[0] ^= 1 << 22  # goes on from no sample before
        return 0


class Ticker:
    """Answers with `codes`, the last of them again and again; notes the limits."""

    def __init__(self, codes):
        self.net = new_net()
        self.codes = codes
        self.limits = []

    def tick(self, limit):
        self.limits.append(limit)
        return self.codes.pop(0) if len(self.codes) > 1 else self.codes[0]


def metering(codes, gap_ms=0):
    rating = RATINGS[0]
    c = Constants(rating.coils, rating.full_scale_watts, rating.kh_mwh)
    ticked = []
    ticker = Ticker(codes)
    storage = Storage()
    duty = Metering(Afe(), ticker, Pages(storage.page), storage, ticked.append)
    duty.start(0, lambda: gap_ms)
    return duty, ticker, ticked, c


def run(duty, now, steps):
    for _ in range(steps):
        now += duty.step(now)
    return now


def test_billed_ticks_are_counted_and_the_limit_grows_with_the_time_unbilled():
    duty, ticker, ticked, c = metering([BILLED, BILLED, FAULT_BUS, FAULT_BUS, BILLED, BILLED])
    assert run(duty, 0, 6) == 6 * TICK_MS
    assert len(ticked) == 4
    assert ticker.limits == [coil_limit(ms) for ms in (0, 100, 100, 200, 300, 100)]


def test_impossible_samples_are_counted_and_shown_until_one_is_billed():
    duty, _, _, _ = metering([IMPOSSIBLE, IMPOSSIBLE, BILLED])
    now = run(duty, 0, 2)
    assert duty.faults.word & f.IMPOSSIBLE_ENERGY
    run(duty, now, 1)
    assert duty.faults.word == 0


def test_a_second_of_silence_is_a_fault_and_a_reset_is_repaired_at_once():
    duty, ticker, _, _ = metering([FAULT_BUS])
    run(duty, 0, 9)
    assert duty.faults.word == 0
    run(duty, 900, 1)
    assert duty.faults.word == f.CHIP_SILENT
    duty, ticker, _, _ = metering([FAULT_RESET, BILLED])
    assert duty.step(0) == 0 and duty.step(0) > 0  # not repaired yet
    assert duty.faults.word == f.CHIP_REPAIR
    assert duty.step(250) == 0 and duty.faults.word == 0


def outputs():
    """The bytes of a configuration in the memory."""
    memory = Memory(1024)
    configuration = Configuration(memory, 0, 2)
    configuration.put("serial", b"PM00000042")
    configuration.save()
    return [hexlify(memory.data[512:]).decode()]
