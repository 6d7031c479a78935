"""The service switch's duty on modelled lines, relay and memory; a test moves the time."""

from array import array

from boards.pico_meter import layout, service_lines
from firmware.history import History
from firmware.log import Actor, Log
from firmware.record_list import ReadMarks
from firmware.service_switch import ARM, CLOSE, OPEN, ServiceSwitch
from metrology.faults import FaultSet
from metrology.page import FAULTS, new_page
from pcf8574 import Pcf8574
from picometer.virtual import pcf8574
from picometer.virtual.clock import NS_PER_MS, SimClock
from picometer.virtual.host import ImageMemory
from picometer.virtual.i2c import I2cBus
from picometer.virtual.service_switch import ServiceSwitch as Relay

OPTICAL = Actor(1)
OPTICAL.user_id, OPTICAL.level = 77, 2
LEVER = Actor(3)
_MASK = 0x3FFFFFFF


class PowerGone(BaseException):
    """The power has gone in the middle of a write."""


class Memory(ImageMemory):
    """Cells that take so many bytes more, and then the power goes; None: all of them.

    deaf  nothing that is written arrives
    """

    def __init__(self, cells):
        super().__init__(cells)
        self.left = None
        self.written = 0
        self.deaf = False

    def write(self, address, buf):
        data = bytes(memoryview(buf).cast("B"))
        if self.deaf:
            return
        if self.left is not None and self.left < len(data):
            super().write(address, data[: self.left])
            self.left = 0
            raise PowerGone
        if self.left is not None:
            self.left -= len(data)
        self.written += len(data)
        super().write(address, data)


class I2c:
    """machine.I2C's calls on the model of the bus; `answers` False: nobody does."""

    def __init__(self, bus):
        self._bus = bus
        self.answers = True

    def writeto(self, address, buf):
        taken = self._bus.write(address, bytes(buf)) if self.answers else None
        if taken is None:
            raise OSError(5)
        return taken

    def readfrom_into(self, address, buf):
        data = self._bus.read(address, len(buf)) if self.answers else None
        if data is None:
            raise OSError(5)
        buf[:] = data


class _Clock:
    now = array("i", (13149 * 1440, 0))

    def update(self, now_ms):
        pass


class ServiceBench:
    """`lateness()` ms pass before each step that is due."""

    def __init__(self, start_ms=0):
        self.clock = SimClock()
        self.clock.advance_to(start_ms * NS_PER_MS)
        self.cells = bytearray(262144)
        self.relay = Relay(self.clock, lambda: True)
        self.chip = pcf8574.Pcf8574()
        self.chip.listen(service_lines.OPEN_COIL, self.relay.open_coil)
        self.chip.listen(service_lines.CLOSE_COIL, self.relay.close_coil)
        self.chip.connect(service_lines.POSITION, self.relay.position)
        self.chip.connect(service_lines.LOAD_VOLTAGE, self.relay.load_voltage)
        self.resets = []
        self.chip.listen(service_lines.MODULE_RESET, self._reset)
        self.bus = I2cBus()
        self.bus.attach(self.chip)
        self.i2c = I2c(self.bus)
        self.steps = 0
        self.lateness = lambda: 0
        self.start()

    def _reset(self, level):
        self.resets.append((self.now, level))

    @property
    def now(self):
        """ms since the beginning of the simulation."""
        return self.clock.now_ns // NS_PER_MS

    def start(self, running=0):
        """The meter starts, with power or after a reset of the processor."""
        self.chip.power_on()
        self.memory = Memory(self.cells)
        self.faults = FaultSet(new_page(), FAULTS)
        marks = ReadMarks(self.memory, layout.READ_MARKS, layout.READ_MARK_SLOTS)
        self.history = History(self.memory, layout.HISTORY, layout.HISTORY_SLOTS, marks)
        self.history.load(lambda: None)
        log = Log(self.history, _Clock(), lambda: self.now & _MASK, None)
        self.lines = service_lines.ServiceLines(Pcf8574(self.i2c))
        if self.i2c.answers:
            self.lines.release()
        self.switch = ServiceSwitch(
            self.lines,
            self.memory,
            layout.SERVICE_SWITCH,
            layout.SERVICE_SWITCH_SLOTS,
            self.faults,
            log,
        )
        self.switch.wake = self._wake
        self.due = self.now

    def _wake(self):
        self.due = self.now

    def cut(self, ms=5000):
        """The power goes for so long, and comes again."""
        self.chip.power_off()
        self.advance(ms)
        self.start()

    def reset(self):
        """The processor alone starts anew; the expander goes on with what it was told."""
        self.advance(300)
        self.start()

    def advance(self, ms):
        self.clock.advance_to(self.clock.now_ns + ms * NS_PER_MS)

    def step(self):
        """The next step, when it is due."""
        late = self.lateness()
        self.advance(max(0, self.due - self.now) + late)
        delay = self.switch.step(self.now & _MASK)
        assert 1 <= delay <= 250
        self.steps += 1
        self.due = self.now + delay

    def run(self, ms):
        end = self.now + ms
        while self.due <= end:
            self.step()
        self.advance(max(0, end - self.now))

    def ask(self, action, actor=OPTICAL):
        return self.switch.ask(action, actor)

    def do(self, action, actor=OPTICAL, ms=3000):
        """Ask, and let time pass: what came of it."""
        number = self.ask(action, actor)
        if number < 0:
            return -number
        self.run(ms)
        return self.switch.outcome(number)

    def entries(self):
        """(code, source, detail) of what was logged."""
        found = []
        for i in range(self.history.valid):
            entry = self.history.entry(i)
            argument = entry.argument
            found.append((entry.code, argument[0], argument[2]))
        return found

    def pulses(self):
        """Coil and ms of every pulse that has ended."""
        return [
            (pulse.coil, (pulse.end_ns - pulse.begin_ns) / NS_PER_MS)
            for pulse in self.relay.pulses
            if pulse.end_ns is not None
        ]


def under_way(action, ill=None):
    """A bench in which `action` was just asked for."""
    bench = ServiceBench()
    bench.run(2000)
    if action in (CLOSE, ARM):
        bench.do(OPEN)
    if ill is not None:
        setattr(bench.relay, ill, True)
    assert bench.ask(action) > 0
    return bench
