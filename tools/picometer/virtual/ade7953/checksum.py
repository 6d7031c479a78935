"""The configuration checksum (register 0x37F).

The datasheet leaves order, widths and hidden registers open, and no known combination gives
its reset value. So this is a change detector only: any CRC over the covered registers, shifted
to read 0x48739163 at reset contents. Live ACCMODE bits are left out (inferred).
"""

import zlib
from collections.abc import Mapping

from .registers import CHECKSUMMED, CONFIG_CRC_ENABLE, reset_values

DISABLED = 0xFFFFFFFF
AT_RESET = 0x48739163


def _crc(stored: Mapping[str, int]) -> int:
    return zlib.crc32(b"".join(stored[name].to_bytes(4, "big") for name in CHECKSUMMED))


def _reset_contents() -> dict[str, int]:
    contents = reset_values()
    contents["CONFIG"] |= CONFIG_CRC_ENABLE
    return contents


_SHIFT = AT_RESET ^ _crc(_reset_contents())


def checksum(stored: Mapping[str, int]) -> int:
    """What the register shows for these contents."""
    if not stored["CONFIG"] & CONFIG_CRC_ENABLE:
        return DISABLED
    return _crc(stored) ^ _SHIFT


class Checksum:
    """The register itself: it shows new contents from the next output sample on."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._shown = self._next = DISABLED
        self._tick = 0

    def at(self, tick: int) -> int:
        return self._next if tick > self._tick else self._shown

    def update(self, tick: int, stored: Mapping[str, int]) -> bool:
        """Contents changed; True when an enabled checksum changed with them."""
        before = self._next
        self._shown = self.at(tick)
        self._next = checksum(stored)
        self._tick = tick
        return DISABLED not in (before, self._next) and before != self._next
