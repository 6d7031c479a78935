"""What takes a tick: sample the metering chip and bill what it counted."""

from array import array

from .tick import bill


class Ticker:
    """Ticks in plain Python, over whatever transport the chip is on.

    afe        ade7953.Ade7953
    page       the register page to bill into; may be changed between ticks
    constants  metrology.constants.Constants of the rating

    net   array('i'), its word 0 the counts of the last billed tick, positive delivered
    """

    def __init__(self, afe, page, constants):
        self.net = array("i", (0,))
        self._sample = afe.sample  # kept, because taking a bound method allocates
        self._counts = afe.counts
        self.page = page
        self._coils = constants.coils
        self._counts_per_kwh = constants.counts_per_kwh

    def tick(self, limit):
        """One tick; `limit` as for `bill`. BILLED, IMPOSSIBLE or a fault code of the chip."""
        code = self._sample()
        if code:
            return code
        return bill(self.page, self._counts, self.net, self._coils, limit, self._counts_per_kwh)


def ticker(afe, page, constants, registers=None):
    """The fastest ticker there is.

    registers  (base, select) of the SPI peripheral that the chip is on, where code can drive
               it: its address, and the chip select's bit in the SIO. None elsewhere.
    """
    if registers is None:
        return Ticker(afe, page, constants)
    from .ticker_viper import ViperTicker  # compiles for MicroPython only

    return ViperTicker(afe, page, constants, registers[0], registers[1])
