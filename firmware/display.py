"""The display duty: segment test, the Normal list, annunciators, load emulator, faults."""

from micropython import const

from display import Carousel, LoadEmulator, Screen, normal_list
from firmware.inputs import SEAL_OPEN
from firmware.scheduler import elapsed
from metrology.faults import CLOCK_DEAD, CLOCK_NOT_SET, FATAL
from metrology.page import (
    DELIVERED_COUNTS,
    DELIVERED_KWH,
    RECEIVED_COUNTS,
    RECEIVED_KWH,
)

_STEP_MS = const(200)
_REFRESH_MS = const(60000)  # everything is sent again: the glass may have been disturbed
_NO_CLOCK = CLOCK_DEAD | CLOCK_NOT_SET
_DELIVERED = const(0)
_RECEIVED = const(1)
_NET = const(2)


class Display:
    """Draws the page's registers on `lcd` (an ht1621.Ht1621) through a glass map."""

    def __init__(self, lcd, glass, storage, constants, inputs):
        screen = Screen(glass)
        self._lcd = lcd
        self._inputs = inputs
        self._screen = screen
        self._page = storage.page
        self._faults = storage.faults
        self._carousel = Carousel(
            screen, normal_list(_DELIVERED, _RECEIVED, _NET), self._kwh, FATAL
        )
        self._emulator = LoadEmulator(screen, constants.counts_per_wh, constants.counts_per_kwh)
        self._refreshed = 0

    def start(self, now_ms):
        """Turn the glass on; the segment test comes with the first step."""
        self._lcd.start()
        self._refreshed = now_ms

    def step(self, now_ms):
        """Draw what has changed."""
        page = self._page
        self._carousel.faults = self._faults.word
        self._screen.annunciator("CLOCK", self._faults.word & _NO_CLOCK != 0)
        self._screen.annunciator("SEAL", self._inputs.state[SEAL_OPEN] != 0)
        self._emulator.update(page[DELIVERED_COUNTS], page[RECEIVED_COUNTS])
        delay = self._carousel.step(now_ms)
        if elapsed(now_ms, self._refreshed) >= _REFRESH_MS:
            self._refreshed = now_ms
            self._lcd.refresh(self._screen.image)
        self._lcd.show(self._screen.image)
        return max(delay, _STEP_MS)

    def _kwh(self, quantity):
        """Whole kWh of a register; net is cut towards zero."""
        page = self._page
        if quantity == _DELIVERED:
            return page[DELIVERED_KWH]
        if quantity == _RECEIVED:
            return page[RECEIVED_KWH]
        kwh = page[DELIVERED_KWH] - page[RECEIVED_KWH]
        if kwh > 0 and page[DELIVERED_COUNTS] < page[RECEIVED_COUNTS]:
            return kwh - 1
        if kwh < 0 and page[DELIVERED_COUNTS] > page[RECEIVED_COUNTS]:
            return kwh + 1
        return kwh
