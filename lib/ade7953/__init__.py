"""Driver for the Analog Devices ADE7953 single-phase metering chip.

On I2C its transport is ade7953.transport_i2c.I2cTransport: a meter is on one bus, most on SPI.
"""

from . import codec, errors, registers
from .driver import Ade7953
from .settings import Settings
from .transport_spi import SpiTransport

__all__ = (
    "Ade7953",
    "Settings",
    "SpiTransport",
    "codec",
    "errors",
    "registers",
)
