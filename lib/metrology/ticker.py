"""What takes a tick: sample the metering chip and bill what it counted."""

from .page import LAST_A, LAST_B
from .tick import IMPOSSIBLE, UNUSUAL, bill, is_unusual, new_net


class Ticker:
    """Ticks in plain Python, over whatever transport the chip is on.

    afe        ade7953.Ade7953
    page       the register page to bill into; may be changed between ticks
    constants  metrology.constants.Constants of the rating

    net             counts of the last billed tick, see `tick.bill`
    counts_per_kwh  the rating's constant
    """

    def __init__(self, afe, page, constants):
        self.net = new_net()
        self.page = page
        self._afe = afe
        self._sample = afe.sample  # kept, because taking a bound method allocates
        self._counts = afe.counts
        self._coils = constants.coils
        self.counts_per_kwh = constants.counts_per_kwh

    def tick(self, limit):
        """One tick; `limit` as for `bill`. BILLED, IMPOSSIBLE or a fault code of the chip.

        A count that differs from the one before, and any count after a disturbed sample, is
        billed only when a careful sample confirms it. With IMPOSSIBLE, `counts` of the chip's
        driver are what that sample read.
        """
        if not self._afe.wary and not self._afe.suspect:
            code = self._quick(limit)
            if code != UNUSUAL and code != IMPOSSIBLE:
                return code
        counts = self._counts
        counts[0] = self.page[LAST_A]
        counts[1] = self.page[LAST_B]
        return self._afe.sample_carefully() or self._bill(limit)

    def _quick(self, limit):
        code = self._sample()
        if code:
            return code
        if is_unusual(self.page, self._counts, self.net, self._coils):
            return UNUSUAL
        return self._bill(limit)

    def _bill(self, limit):
        return bill(self.page, self._counts, self.net, self._coils, limit, self.counts_per_kwh)


def ticker(afe, page, constants, registers=None):
    """The fastest ticker there is.

    registers  (base, select) of the SPI peripheral that the chip is on, where code can drive
               it: its address, and the chip select's bit in the SIO. None elsewhere.
    """
    if registers is None:
        return Ticker(afe, page, constants)
    from .ticker_viper import ViperTicker  # compiles for MicroPython only

    return ViperTicker(afe, page, constants, registers[0], registers[1])
