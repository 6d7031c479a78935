"""Ticks taken by one native function; what it finds amiss is left to the plain way."""

from array import array

from ade7953.registers import AENERGYA, AENERGYB, IRQSTATA

from . import tick_viper as t
from .tick import BILLED, IMPOSSIBLE
from .ticker import Ticker

_READ = 0x80
_FRAMES = (AENERGYA, AENERGYB, IRQSTATA, AENERGYA, AENERGYB)


class ViperTicker:
    """As `Ticker`, over the SPI peripheral's registers at `base`, or with 0 over none.

    select  the chip select's bit in the SIO
    work    the work block of `tick_viper`; with base 0 the caller puts the raw words there
    """

    def __init__(self, afe, page, constants, base, select):
        work = array("i", bytes(4 * t.WORDS))
        work[t.COUNTS_PER_KWH] = constants.counts_per_kwh
        work[t.COILS] = constants.coils
        work[t.SPI] = base
        work[t.SELECT] = select
        for i in range(len(_FRAMES)):
            work[t.HEADER + i] = _FRAMES[i] << 8 | _READ
        self.work = work
        self.net = work  # t.NET is its word 0
        self.page = page
        self._afe = afe
        self._plain = Ticker(afe, page, constants)

    def tick(self, limit):
        """One tick; `limit` as for `bill`. BILLED, IMPOSSIBLE or a fault code of the chip."""
        work = self.work
        if self._afe.suspect:
            self._plain.page = self.page
            code = self._plain.tick(limit)
            if code == BILLED:
                work[t.NET] = self._plain.net[0]
            return code
        work[t.LIMIT] = limit
        code = t.tick(work, self.page)
        if code != BILLED and code != IMPOSSIBLE:
            self._afe.suspect = True
        return code
