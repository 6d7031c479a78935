"""The virtual board: every chip model wired to the RP2040's pins, on one clock."""

from collections.abc import Callable
from functools import partial

from boards.pico_meter import pins, service_lines
from boards.ratings import Rating
from boards.ratings import rating as rating_named

from .ade7953 import Ade7953, Scatter
from .clock import NS_PER_MS, NS_PER_S, SimClock
from .ds3231 import Ds3231
from .fram import Fram
from .ht1621 import Ht1621
from .i2c import I2cBus
from .mains import Load, Mains
from .module_slot import ModuleSlot
from .optical import OpticalLed, PulseWire
from .pcf8574 import Pcf8574
from .power import PowerCut
from .service_switch import ServiceSwitch
from .spi import SpiBus
from .uart import Uart

GPIOS = 30
DEFAULT_SERVICE = "2S-240-200"

_SWITCHES = (
    pins.LEVER,
    pins.TEST_SWITCH,
    pins.MAGNET,
    pins.SEAL_LOOP,
    pins.POWER_FAIL,
)


class BoardReset(BaseException):
    """The RP2040 resets: unwinds the running firmware, which cannot catch it.

    `reason` is "wdt" or "reset". The other chips keep their power and their state.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class EndlessWait(RuntimeError):
    """The firmware waits without a time limit and nothing is due that could end it."""


class VirtualBoard:
    """The meter's electronics, driven by the machine mocks or an emulator, and by tests.

    afe, fram, rtc, lcd     the chips
    mains                   the service and its load
    optical, module         the UARTs' far ends
    slot                    the other lines of the communication module slot
    expander, service_switch  I/O expander and service switch of models that have them, else None
    optical_led             the light of the optical port
    cf1                     the wire of the metering chip's pulses
    mcu                     peripheral objects the mocks keep; gone with every reset
    wait_hook               None, or a callable(target_ns) that moves the clock in place of
                            `clock.advance_to`. It may return early (something arrived from
                            outside), but must have moved the clock or an input by then
    boot_ns                 when the RP2040 last started
    watchdog_reset          the last start came from a reset, not from power-up
    powered                 the supply is on
    """

    def __init__(
        self,
        clock: SimClock | None = None,
        rating: Rating | None = None,
        mains: Mains | None = None,
        fram: Fram | None = None,
        scatter: Scatter | None = None,
        load: Load | None = None,
        switched: bool = False,
    ) -> None:
        self.clock = clock or SimClock()
        self.rating = rating or rating_named(DEFAULT_SERVICE)
        self.mains = mains or Mains(self.clock, self.rating, load)
        self.afe = Ade7953(self.clock, scatter=scatter)
        self.fram = fram or Fram()
        self.rtc = Ds3231(self.clock)
        self.lcd = Ht1621()
        self.optical = Uart(self.clock)
        self.module = Uart(self.clock)
        self.optical_led = OpticalLed(self.clock)
        self.slot = ModuleSlot(self.clock)
        self.expander = Pcf8574() if switched else None
        self.service_switch = ServiceSwitch(self.clock, self._is_supplied) if switched else None
        self.cf1 = PulseWire(self.afe)
        self.wait_hook: Callable[[int], None] | None = None
        self.mcu: dict = {}
        self.boot_ns = self.clock.now_ns
        self.watchdog_reset = False
        self.powered = False
        self._watchdog: list | None = None
        self._feed_by_ns = 0
        self._watchdog_ns = 0
        self._wire()
        self.mains.attach(self.afe)

    @property
    def fitted_switch(self) -> ServiceSwitch:
        """The service switch. Raises RuntimeError on a board without one."""
        if self.service_switch is None:
            raise RuntimeError("this board has no service switch")
        return self.service_switch

    def _wire(self) -> None:
        afe_spi, fram_spi, rtc_i2c = SpiBus(), SpiBus(), I2cBus()
        self._i2c = rtc_i2c
        rtc_i2c.attach(self.rtc)
        if self.expander is not None and self.service_switch is not None:
            rtc_i2c.attach(self.expander)
            self._wire_service_switch(self.expander, self.service_switch)
        # Peripherals by kind and number, with the GPIOs that they are wired to.
        self._buses = {
            ("spi", pins.AFE_SPI): (afe_spi, (pins.AFE_SCK, pins.AFE_MOSI, pins.AFE_MISO)),
            ("spi", pins.FRAM_SPI): (fram_spi, (pins.FRAM_SCK, pins.FRAM_MOSI, pins.FRAM_MISO)),
            ("i2c", pins.RTC_I2C): (rtc_i2c, (pins.RTC_SCL, pins.RTC_SDA)),
            ("uart", pins.OPTICAL_UART): (self.optical, (pins.OPTICAL_TX, pins.OPTICAL_RX)),
            ("uart", pins.MODULE_UART): (self.module, (pins.MODULE_TX, pins.MODULE_RX)),
        }
        # Who listens to a GPIO that the RP2040 drives; all of these have pull-ups.
        self._listeners: dict[int, Callable[[int], None]] = {
            pins.AFE_CS: afe_spi.chip_select(self.afe),
            pins.AFE_RESET: self.afe.reset_pin,
            pins.FRAM_CS: fram_spi.chip_select(self.fram),
            pins.LCD_CS: self.lcd.cs,
            pins.LCD_WR: self.lcd.wr,
            pins.LCD_DATA: self.lcd.data,
            pins.OPTICAL_TX: self.optical_led.drive,
            pins.MODULE_POWER_FAIL: self.slot.power_fail_line,
            pins.RTC_SDA: rtc_i2c.drive_sda,
            pins.RTC_SCL: rtc_i2c.drive_scl,
        }
        self._levels = [0] * GPIOS
        for gpio in self._listeners:
            self._levels[gpio] = 1
        self._switches = {gpio: 1 for gpio in _SWITCHES}
        self._switches[pins.SEAL_LOOP] = 0
        self._readers: dict[int, Callable[[], int]] = {
            pins.AFE_IRQ: lambda: self.afe.irq,
            pins.AFE_CF1: lambda: self.cf1.level,
            pins.RTC_SDA: lambda: rtc_i2c.sda,
            pins.RTC_SCL: lambda: rtc_i2c.scl,
        }
        for gpio in _SWITCHES:
            self._readers[gpio] = partial(self._switches.__getitem__, gpio)
        self._edge_callbacks: dict[int, dict[object, Callable[[int], None]]] = {}

    def _wire_service_switch(self, expander: Pcf8574, switch: ServiceSwitch) -> None:
        expander.listen(service_lines.OPEN_COIL, switch.open_coil)
        expander.listen(service_lines.CLOSE_COIL, switch.close_coil)
        expander.listen(service_lines.MODULE_RESET, self.slot.reset_line)
        expander.connect(service_lines.POSITION, switch.position)
        expander.connect(service_lines.LOAD_VOLTAGE, switch.load_voltage)
        switch.on_move.append(self.mains.connect)

    def _is_supplied(self) -> bool:
        """The line side has at least half its nominal voltage."""
        return self.mains.present().volts >= self.rating.volts / 2

    # Supply

    def power_on(self) -> None:
        """Switch the supply on: every chip starts, the RP2040 boots."""
        self.powered = True
        self.afe.power_on()
        self.fram.power_on()
        self.rtc.power_on()
        self.lcd.power_on()
        if self.expander is not None:
            self.expander.power_on()
        self.mains.power_on()
        self._restart(after_watchdog=False)

    def power_off(self) -> None:
        """Switch the supply off. Chips lose what they lose; the firmware is not told."""
        self.powered = False
        self.mains.power_off()
        self.afe.power_off()
        self.fram.power_off()
        self.rtc.power_off()
        self.lcd.power_off()
        if self.expander is not None:
            self.expander.power_off()
        self._i2c.power_off()
        self._restart(after_watchdog=False)

    def cut(self) -> None:
        """A power cut now: power_off, then PowerCut unwinds the firmware."""
        self.power_off()
        raise PowerCut

    def cut_at(self, when_ns: int) -> list:
        """A power cut at `when_ns`; returns the clock's handle, to cancel it."""
        return self.clock.call_at(when_ns, self.cut)

    def reset(self, reason: str) -> None:
        """The RP2040 alone resets and BoardReset unwinds the firmware."""
        self._restart(after_watchdog=True)
        raise BoardReset(reason)

    def _restart(self, after_watchdog: bool) -> None:
        """The RP2040's side as it is at boot: pins float, buffers empty, watchdog off."""
        self.boot_ns = self.clock.now_ns
        self.watchdog_reset = after_watchdog
        self.mcu = {}
        self._edge_callbacks.clear()
        for gpio in self._listeners:
            self.pin_write(gpio, 1)
        self.optical.shut_down()
        self.module.shut_down()
        if self._watchdog is not None:
            self.clock.cancel(self._watchdog)
            self._watchdog = None

    # Pins

    def pin_write(self, gpio: int, level: int) -> None:
        """The RP2040 drives `gpio`; the wire's listener hears of changes only."""
        if level != self._levels[gpio]:
            self._levels[gpio] = level
            listener = self._listeners.get(gpio)
            if listener is not None:
                listener(level)

    def pin_driver(self, gpio: int) -> Callable[[int], None]:
        """`pin_write` for one GPIO, resolved once."""
        levels = self._levels
        listener = self._listeners.get(gpio, _nobody)

        def drive(level: int) -> None:
            if level != levels[gpio]:
                levels[gpio] = level
                listener(level)

        return drive

    def pin_read(self, gpio: int) -> int:
        """The level on `gpio`."""
        reader = self._readers.get(gpio)
        return reader() if reader is not None else self._levels[gpio]

    def pin_wired(self, gpio: int) -> bool:
        """Something on the board holds the level of `gpio` (else only a pull can)."""
        return gpio in self._readers or gpio in self._listeners

    def connect_uart(self, gpio: int, connected: bool) -> None:
        """The function of `gpio` is UART, or no longer; for other GPIOs than TX no matter."""
        if gpio == pins.OPTICAL_TX:
            self.optical.connected = connected
        elif gpio == pins.MODULE_TX:
            self.module.connected = connected

    def switch(self, gpio: int, closed: bool) -> None:
        """Close (level 0) or open (level 1) a switch or sense input; KeyError if none."""
        before = self._switches[gpio]
        self._switches[gpio] = level = 0 if closed else 1
        if level != before:
            self._edge(gpio, level)

    def on_edge(
        self, gpio: int, callback: Callable[[int], None] | None, who: object = None
    ) -> None:
        """Have `callback(level)` called at edges of `gpio`; None takes it back.

        Everybody (`who`) has one callback a GPIO. Switches and CF1 have edges; those of other
        nets are no events: the firmware reads them.
        """
        callbacks = self._edge_callbacks.setdefault(gpio, {})
        if callback is None:
            callbacks.pop(who, None)
        else:
            callbacks[who] = callback
            if gpio == pins.AFE_CF1:
                self.cf1.watch(self._cf1_edge)

    def _cf1_edge(self, level: int) -> None:
        self._edge(pins.AFE_CF1, level)

    def _edge(self, gpio: int, level: int) -> None:
        for callback in list(self._edge_callbacks.get(gpio, {}).values()):
            callback(level)

    # Peripherals

    def spi(self, number: int, wires: tuple | None = None) -> SpiBus:
        """SPI bus `number`; with other `wires` (sck, mosi, miso) than the board's, a dead one."""
        return self._bus("spi", number, wires) or SpiBus()

    def i2c(self, number: int, wires: tuple | None = None) -> I2cBus:
        """I2C bus `number`, wires (scl, sda) likewise."""
        return self._bus("i2c", number, wires) or I2cBus()

    def uart(self, number: int, wires: tuple | None = None) -> Uart:
        """UART `number`, wires (tx, rx) likewise."""
        return self._bus("uart", number, wires) or Uart(self.clock)

    def _bus(self, kind: str, number: int, wires: tuple | None):
        bus, wired = self._buses.get((kind, number), (None, None))
        return bus if wires is None or wires == wired else None

    # Time

    def wait_until(self, target_ns: int | None, wake: Callable[[], object] | None = None) -> None:
        """Let time pass to `target_ns`, or to the event after which `wake()` is true.

        None has no time limit; EndlessWait when then nothing is due either.
        """
        clock = self.clock
        move = self.wait_hook or clock.advance_to
        while wake is None or not wake():
            now = clock.now_ns
            if target_ns is not None and now >= target_ns:
                return
            step = target_ns
            if wake is not None:
                due = clock.next_event_ns()
                if due is not None and (step is None or due < step):
                    step = due
            if step is None:
                if self.wait_hook is None:
                    raise EndlessWait("the firmware waits for ever and nothing is due")
                step = now + NS_PER_S
            move(step)

    def wdt_start(self, timeout_ms: int) -> None:
        """Start (or restart) the watchdog; it cannot be stopped but by a reset."""
        self._watchdog_ns = timeout_ms * NS_PER_MS
        if self._watchdog is not None:
            self.clock.cancel(self._watchdog)
        self.wdt_feed()
        self._watchdog = self.clock.call_at(self._feed_by_ns, self._watchdog_due)

    def wdt_feed(self) -> None:
        """Feed the watchdog."""
        self._feed_by_ns = self.clock.now_ns + self._watchdog_ns

    def _watchdog_due(self) -> None:
        if self.clock.now_ns < self._feed_by_ns:
            self._watchdog = self.clock.call_at(self._feed_by_ns, self._watchdog_due)
        else:
            self.reset("wdt")


def _nobody(level: int) -> None:
    """Listens to a GPIO that leads nowhere."""
