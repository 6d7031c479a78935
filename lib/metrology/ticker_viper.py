"""Ticks taken by one native function; what it finds amiss is left to the plain way."""

from array import array

from ade7953.registers import AENERGYA, AENERGYB, IRQSTATA

from . import tick_viper as t
from .tick import BILLED, IMPOSSIBLE, UNKNOWN, UNUSUAL
from .ticker import Ticker

_READ = 0x80
_FRAMES = (AENERGYA, AENERGYB, IRQSTATA, AENERGYA, AENERGYB)


class ViperTicker(Ticker):
    """As `Ticker`, over the SPI peripheral's registers at `base`, or with 0 over none.

    select  the chip select's bit in the SIO
    net     the work block of `tick_viper`; with base 0 the caller puts the raw words there
    """

    def __init__(self, afe, page, constants, base, select):
        Ticker.__init__(self, afe, page, constants)
        work = array("i", bytes(4 * t.WORDS))
        work[t.MOVED] = work[t.MOVED + 1] = UNKNOWN
        work[t.COUNTS_PER_KWH] = constants.counts_per_kwh
        work[t.COILS] = constants.coils
        work[t.SPI] = base
        work[t.SELECT] = select
        for i in range(len(_FRAMES)):
            work[t.HEADER + i] = _FRAMES[i] << 8 | _READ
        self.net = work  # its first words are those of `net`

    def _quick(self, limit):
        work = self.net
        work[t.LIMIT] = limit
        code = t.tick(work, self.page)
        if code != BILLED and code != IMPOSSIBLE and code != UNUSUAL:
            self._afe.doubt()
        return code
