"""Ticks wrap, and whatever asks how long something has lasted is told the truth all the same."""

from ticks import LONGEST_MS, PERIOD, Stopwatch, Uptime, elapsed, later, recent

DAY = 86400000
OCTANTS = [k * (PERIOD // 8) + beside for k in range(8) for beside in (-1000, -1, 0, 1)]
# What nothing happens for: around half a period, a whole one, one and a half and two.
IDLE = [
    0,
    1,
    499,
    500,
    1001,
    60000,
    DAY,
    3 * DAY,
    LONGEST_MS - 1,
    LONGEST_MS,
    LONGEST_MS + 1,
    5 * DAY,
    PERIOD // 2 - 1,
    PERIOD // 2,
    6 * DAY + DAY // 4,
    7 * DAY,
    PERIOD - 1,
    PERIOD,
    PERIOD + 1,
    PERIOD + 499,
    13 * DAY,
    PERIOD * 3 // 2,
    2 * PERIOD,
    2 * PERIOD + 100,
    30 * DAY,
]


class Time:
    """Milliseconds that do not wrap, and the tick that they make."""

    def __init__(self, first):
        self.ms = first + PERIOD

    def tick(self):
        return self.ms % PERIOD


def test_ticks_tell_which_came_first_and_by_how_much_at_every_octant():
    for first in OCTANTS:
        then = first % PERIOD
        for ms in (0, 1, 999, PERIOD // 8, PERIOD // 2 - 1):
            now = later(then, ms)
            assert now == (first + ms) % PERIOD
            assert elapsed(now, then) == ms
            assert elapsed(then, now) == -ms
            assert later(now, -ms) == then


def test_a_stopwatch_that_is_asked_after_any_time_shows_it_or_the_most_it_can():
    for first in OCTANTS:
        for idle in IDLE:
            for look_ms in (1000, DAY // 2, 12 * DAY):
                if idle // look_ms > 100:
                    continue
                time = Time(first)
                uptime = Uptime(time.tick)
                watch = Stopwatch(uptime)
                assert watch.passed(time.tick()) == LONGEST_MS
                watch.start(time.tick())
                end = time.ms + idle
                while time.ms + look_ms < end:
                    time.ms += look_ms
                    uptime.look(time.tick())
                time.ms = end
                assert watch.passed(time.tick()) == min(idle, LONGEST_MS)


def test_a_stopwatch_started_in_a_step_that_began_earlier_shows_no_time_before_its_start():
    for first in OCTANTS:
        for ms in (1, 20, 8000):
            time = Time(first)
            uptime = Uptime(time.tick)
            watch = Stopwatch(uptime)
            began = time.tick()
            time.ms += ms
            uptime.look(time.tick())
            watch.start(time.tick())
            assert watch.passed(began) == 0
            watch.start(began)
            assert watch.passed(time.tick()) == ms
            watch.stop()
            assert watch.passed(time.tick()) == LONGEST_MS


def test_what_is_looked_at_again_and_again_never_seems_to_lie_ahead():
    for first in OCTANTS:
        time = Time(first)
        since = time.tick()
        for days in range(1, 40):
            time.ms += DAY
            since = recent(time.tick(), since)
            assert elapsed(time.tick(), since) == min(days * DAY, LONGEST_MS)
