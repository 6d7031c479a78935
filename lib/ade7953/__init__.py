"""Driver for the Analog Devices ADE7953 single-phase metering chip."""

from . import codec, errors, registers
from .driver import Ade7953
from .settings import Settings
from .transport_i2c import I2cTransport
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
