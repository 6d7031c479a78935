"""The display duty: segment test, lists, annunciators, load emulator, faults, magnet."""

from micropython import const

from c1219 import service
from display import Carousel, LoadEmulator, Overlay, Screen, sources
from firmware import default_lists as lists
from firmware.inputs import SEAL_OPEN
from firmware.items import present
from firmware.log_items import LogItems, log_list
from firmware.values import Values
from metrology.faults import CLOCK_DEAD, CLOCK_NOT_SET, FATAL
from metrology.page import DELIVERED_COUNTS, RECEIVED_COUNTS
from ticks import elapsed, recent

_REFRESH_MS = const(60000)  # everything is sent again: the glass may have been disturbed
_HELD_MS = const(6000)  # a magnet held for so long asks for the diagnostic list
_HELD_ON_MS = const(12000)  # and for so long for the event log
_CONFIRM_MS = const(6000)
_INTERVAL_MS = const(4000)
_FLASH_MS = const(1024)  # a part of the period of ticks, so that it goes on where they wrap
_NO_CLOCK = CLOCK_DEAD | CLOCK_NOT_SET
_GYRBOX = sources.COMM_LINK_ONLY


class Display:
    """Draws what `meter` measures (see firmware.values) on `lcd`, an ht1621.Ht1621.

    Of `meter` it also takes `pages.shown`, the register page in use, for the load emulator,
    `let_through`, called while lists are made, which takes longer than a step may, and
    `service_switch`, or None.

    octets       of ST31 to ST34, as for `program`
    development  whether to light DEV, for as long as the power stays
    """

    def __init__(self, lcd, glass, meter, inputs, octets, development=False):
        screen = Screen(glass)
        constants = meter.constants
        self._lcd = lcd
        self._inputs = inputs
        self._screen = screen
        self._pages = meter.pages
        self._faults = meter.storage.faults
        self._let_through = meter.let_through
        self._service_switch = meter.service_switch
        self._octets = octets  # of lists that are to be made, or None
        self._fill()
        self._testing = False
        self._selected = True  # the carousel shows the list that it should
        self._carousel = Carousel(screen, self._lists[sources.NORMAL], Values(meter).value, FATAL)
        screen.annunciator("DEV", development)
        self._overlay = Overlay(screen, "EOI")
        self._emulator = LoadEmulator(screen, constants.counts_per_wh, constants.counts_per_kwh)
        self._page = meter.pages.shown  # that the emulator follows
        self._refreshed = 0
        self._magnet = False
        self._held = 0  # lists that the magnet has been held long enough for
        self._log_items = LogItems(meter.events)
        self._log_list = log_list(self._log_items)
        self._magnet_since = 0

    def program(self, st31, st32, st33, st34):
        """Show these lists with the next step: the octets of ST31 to ST34 as they are kept.

        What does not exist is passed over; a list that is left without items is the built-in one.
        """
        self._octets = (st31, st32, st33, st34)
        self._selected = False

    def start(self, now_ms):
        """Turn the glass on; the segment test comes with the first step."""
        self._lcd.start()
        self._refreshed = now_ms

    def magnet(self, on, now_ms):
        """The magnet has come or gone; told again, nothing happens.

        Coming, it begins the Alternate list once, or goes on to the next item of a list that runs
        once or of the Test list, which then stays at each item. After six seconds it begins the
        diagnostic list once, after twelve the event log, but for test mode.
        """
        if on == self._magnet:
            return
        self._select()
        self._magnet = on
        self._held = 0
        self._magnet_since = now_ms
        if not on:
            return
        if self._testing:
            self._carousel.next(True)
        elif self._carousel.away:
            self._carousel.next()
        else:
            self._carousel.once(self._lists[sources.ALTERNATE], now_ms)

    def test(self, on):
        """Test mode has begun or ended: show its list, or the Normal one again."""
        # With the next step: who asks from within a session has no stack left to draw.
        if on != self._testing:
            self._testing = on
            self._selected = False

    def confirm(self, now_ms):
        """Light every segment for six seconds: a demand reset was taken."""
        self._overlay.segments(now_ms, _CONFIRM_MS)

    def end_of_interval(self, now_ms):
        """Light EOI for four seconds."""
        self._overlay.signal(now_ms, _INTERVAL_MS)

    def step(self, now_ms):
        """Draw what has changed."""
        self._select()
        screen = self._screen
        word = self._faults.word
        self._carousel.faults = word
        screen.annunciator("CLOCK", word & _NO_CLOCK != 0)
        screen.annunciator("SEAL", self._inputs.state[SEAL_OPEN] != 0)
        if self._service_switch is not None:
            self._show_service(self._service_switch.state, now_ms)
        self._emulate()
        self._look_for_magnet(now_ms)
        delay = self._carousel.step(now_ms)
        delay = min(delay, self._overlay.step(now_ms))
        if elapsed(now_ms, self._refreshed) >= _REFRESH_MS:
            self._refreshed = now_ms
            self._lcd.refresh(screen.image)
        self._lcd.show(screen.image)
        return delay

    def _show_service(self, state, now_ms):
        # Armed, OPEN flashes: somebody may do something. Both stand for a fault, none moves.
        fault = state == service.FAULTY
        opened = fault or state == service.OPEN
        if state == service.ARMED:
            opened = now_ms % _FLASH_MS < _FLASH_MS // 2
        self._screen.annunciator("OPEN", opened)
        self._screen.annunciator("CLOSED", fault or state == service.CLOSED)

    def _emulate(self):
        page = self._pages.shown
        if page is not self._page:
            self._page = page
            self._emulator.restart()
        self._emulator.update(page[DELIVERED_COUNTS], page[RECEIVED_COUNTS])

    def _look_for_magnet(self, now_ms):
        if not self._magnet or self._held == 2:
            return
        self._magnet_since = recent(now_ms, self._magnet_since)
        if self._testing:
            return
        held_ms = elapsed(now_ms, self._magnet_since)
        if held_ms >= _HELD_ON_MS:
            self._held = 2
            self._log_items.begin()
            self._carousel.once(self._log_list, now_ms)
        elif held_ms >= _HELD_MS and not self._held:
            self._held = 1
            self._carousel.once(self._lists[_GYRBOX], now_ms)

    def _select(self):
        if self._selected:
            return
        self._selected = True
        if self._octets is not None:
            self._fill()
        purpose = sources.TEST if self._testing else sources.NORMAL
        self._carousel.select(self._lists[purpose])

    def _fill(self):
        self._lists = {}
        self._decode(*self._octets)
        for purpose in (sources.NORMAL, sources.ALTERNATE, sources.TEST, _GYRBOX):
            if purpose not in self._lists:
                self._decode(lists.ST31, lists.ST32, lists.ST33, lists.ST34)
                break
        self._octets = None

    def _present(self, item):
        if self._octets is not None:
            self._let_through()
        return present(item)

    def _decode(self, st31, st32, st33, st34):
        # Lists that are there already stay.
        if st31[3] != sources.SOURCE_WIDTH:
            return
        items = sources.Items(st32, st31[1] | st31[2] << 8, self._present)
        primary = sources.lists_of(st33, st31[6], st31[4] | st31[5] << 8, items)
        secondary = sources.lists_of(st34, st31[9], st31[7] | st31[8] << 8, items)
        for purpose, found in primary:
            if purpose != sources.COMM_LINK_ONLY:
                self._lists.setdefault(purpose, found)
        for purpose, found in secondary:
            self._lists.setdefault(purpose, found)
