"""What the firmware waits for, each by itself, on time that may begin anywhere and stand for days.

A wait is a function of a `Course` and of how long nothing happens in the middle of it. It notes
what came of it and how long that took, which must not depend on where ticks begin, nor on the days
that went by, as long as they are more than any wait is for.
"""

from collections.abc import Callable
from typing import Any

from boards.approved import RATINGS
from boards.pico_meter import layout
from boards.pico_meter.glass import GLASS
from c1219 import quantities as q
from display import Carousel, DisplayList, Item, Overlay, Screen
from firmware.access import Access
from firmware.inputs import LEVER, MAGNET, TEST_SWITCH, Inputs
from firmware.module_reset import ModuleReset
from firmware.readings import Readings
from metrology.constants import Constants
from metrology.faults import FaultSet
from metrology.page import FAULTS, new_page
from picometer.virtual.host import ImageMemory
from ticks import PERIOD, Stopwatch, Uptime

DAY_MS = 86_400_000
_LOOK_MS = 3_600_000
_PORT = 1


class Course:
    """Milliseconds that do not wrap, and what is noted as they go by.

    first   the tick at which it begins
    uptime  ticks.Uptime
    noted   of a wait
    """

    def __init__(self, first: int) -> None:
        self.ms = PERIOD + first
        self.noted: list[Any] = []
        self.uptime = Uptime(self.tick)
        self._steps: list[Callable[[int], object]] = []

    def tick(self) -> int:
        """The present tick."""
        return self.ms % PERIOD

    def duty(self, step: Callable[[int], object]) -> None:
        """Have `step` called with the tick whenever time is looked at."""
        self._steps.append(step)

    def note(self, *what: object) -> None:
        """Something that must be the same on every course."""
        self.noted.append(what)

    def run(self, ms: int, every_ms: int = _LOOK_MS) -> None:
        """Let time pass, looked at again and again."""
        end = self.ms + ms
        while self.ms < end:
            self.ms = min(end, self.ms + every_ms)
            self.look()

    def look(self) -> None:
        """What the scheduler does with every turn."""
        tick = self.tick()
        self.uptime.look(tick)
        for step in self._steps:
            step(tick)

    def until(self, over: Callable[[], object], most_ms: int, every_ms: int) -> int | None:
        """Milliseconds until `over()`, or None when that is never."""
        begin = self.ms
        while not over():
            if self.ms - begin >= most_ms:
                return None
            self.run(every_ms, every_ms)
        return self.ms - begin


class _Chip:
    """A metering chip whose values are what a test says."""

    value = 0

    def instant(self, out) -> int:
        for i in range(len(out)):
            out[i] = self.value
        return 0


def present_values(course: Course, idle_ms: int) -> None:
    """A present value is at most half a second old."""
    rating, chip = RATINGS[0], _Chip()
    constants = Constants(rating.coils, rating.full_scale_watts, rating.kh_mwh)
    readings = Readings(new_page(), constants, rating, chip, None, course.uptime)
    for wait_ms in (0, 499, 1, 499, 1, idle_ms, 499, 1):
        chip.value += 100_000
        course.run(wait_ms)
        course.note(readings.quantity(q.VOLTS))


def lockout(course: Course, idle_ms: int) -> None:
    """Wrong passwords lock a port for as long as they must, and are forgotten after a day."""
    memory = ImageMemory(bytearray(layout.ACCESS + 32 * layout.ACCESS_SLOTS))
    access = Access(memory, layout.ACCESS, layout.ACCESS_SLOTS, course.tick)
    access.load()
    course.duty(access.step)
    for wait_ms in (0, DAY_MS - 1, 1, idle_ms):
        course.run(wait_ms)
        course.note(access.in_a_row(_PORT), access.is_locked(_PORT))
        for _ in range(4):
            access.wrong(_PORT)
        course.note(course.until(lambda: not access.is_locked(_PORT), 60_000, 50))


def switches(course: Course, idle_ms: int) -> None:
    """A press counts once it is steady, and what stays actuated for too long is stuck."""
    pressed = [0] * 5
    faults = FaultSet(new_page(), FAULTS)
    inputs = Inputs([lambda i=i: pressed[i] for i in range(5)], bytes((1,) * 5), faults)
    course.duty(inputs.step)
    course.run(100, 5)
    course.run(idle_ms)
    pressed[MAGNET] = 1
    inputs.limits[MAGNET] = 0
    course.note(course.until(lambda: inputs.state[MAGNET], 100, 1))
    course.run(idle_ms)
    course.note(inputs.state[MAGNET], faults.word)
    inputs.limits[MAGNET] = 60_000
    course.note(course.until(lambda: faults.word, 100_000, 100))
    course.run(idle_ms)
    course.note(faults.word)
    pressed[MAGNET] = 0
    course.note(course.until(lambda: not faults.word, 100, 1))
    for _ in range(2):
        pressed[LEVER] = pressed[TEST_SWITCH] = 1
        course.note(course.until(lambda: inputs.state[LEVER], 100, 1))
        course.note(course.until(lambda: faults.word, 100_000, 20))
        pressed[LEVER] = pressed[TEST_SWITCH] = 0
        course.note(course.until(lambda: not faults.word, 100, 1))
        course.run(idle_ms)


class _Line:
    held = False

    def reset_module(self, on: bool) -> None:
        self.held = on


def module_reset(course: Course, idle_ms: int) -> None:
    """The module's reset line is held for its time."""
    line = _Line()
    duty = ModuleReset(line)
    course.duty(duty.step)
    for wait_ms in (0, 1000, idle_ms):
        course.run(wait_ms)
        duty.ask()
        course.note(course.until(lambda: line.held, 1000, 1))
        course.note(course.until(lambda: not line.held, 1000, 1))


def glass(course: Course, idle_ms: int) -> None:
    """Lists go on, items that are to stay do, what is laid over them goes when it should."""
    screen = Screen(GLASS)
    normal = DisplayList([Item(b"N1", "D"), Item(b"N2", "D")], "NOR", 60, 0)
    alternate = DisplayList([Item(b"A%d" % i, "D") for i in range(40)], "ALT", 60, 0, 2)
    carousel = Carousel(screen, normal, lambda item: 0)
    overlay = Overlay(screen, "EOI")
    course.duty(carousel.step)
    course.duty(overlay.step)
    carousel.step(course.tick())

    def changes(ms: int) -> None:
        image = bytes(screen.image)
        for _ in range(ms // 100):
            course.run(100, 100)
            if screen.image != image:
                image = bytes(screen.image)
                course.note(course.ms - begin, image)

    begin = course.ms
    changes(20_000)
    for wait_ms in (0, idle_ms):
        carousel.next(True)
        course.run(wait_ms, _LOOK_MS)
        carousel.next(True)
        begin = course.ms
        changes(8000)
        course.run(wait_ms, _LOOK_MS)
        carousel.select(normal)
        begin = course.ms
        changes(14_000)
        overlay.signal(course.tick(), 4000)
        carousel.once(alternate, course.tick())
        begin = course.ms
        changes(130_000)
        overlay.segments(course.tick(), 6000)
        begin = course.ms
        changes(8000)


def stopwatch(course: Course, idle_ms: int) -> None:
    """A stopwatch shows what has passed."""
    watch = Stopwatch(course.uptime)
    for wait_ms in (0, 1, 500, DAY_MS, idle_ms + 4 * DAY_MS, 7):
        course.run(wait_ms)
        course.note(watch.passed(course.tick()))
        watch.start(course.tick())


WAITS = (present_values, lockout, switches, module_reset, glass, stopwatch)
