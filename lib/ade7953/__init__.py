"""Driver for the Analog Devices ADE7953 single-phase metering chip."""

from . import codec, errors, registers
from .driver import Ade7953
from .settings import Settings
from .transport_spi import SpiTransport

__version__ = "0.1.0"
__all__ = (
    "Ade7953",
    "I2cTransport",
    "Settings",
    "SpiTransport",
    "codec",
    "errors",
    "registers",
)


def __getattr__(name):
    # A meter is on one bus, and most are on SPI.
    if name != "I2cTransport":
        raise AttributeError(name)
    from .transport_i2c import I2cTransport

    return I2cTransport
