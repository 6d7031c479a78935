"""An SPI bus: wires, chip selects and what a wrong mode does."""

from collections.abc import Callable, Container
from typing import Protocol


class SpiChip(Protocol):
    """A device on the bus, between the edges of its chip select.

    spi_modes  those that it understands, 2 * polarity + phase
    """

    @property
    def spi_modes(self) -> Container[int]: ...

    def select(self) -> None: ...

    def exchange(self, mosi: bytes) -> bytes: ...

    def deselect(self) -> None: ...


class SpiBus:
    """The devices on one bus and the controller's side of it.

    With a mode that the device does not know, its MISO bits arrive one bit late through
    the whole frame: 0x8004 reads as 0x4002.
    """

    def __init__(self) -> None:
        self.exchange: Callable[[bytes], bytes] = _nobody
        self._mode = 0
        self._late_bit = 0
        self._selected: SpiChip | None = None

    def configure(self, polarity: int, phase: int) -> None:
        """Set the controller's clock polarity and phase (mode is 2 * polarity + phase)."""
        self._mode = 2 * polarity + phase
        if self._selected is not None:
            self._connect(self._selected)

    def chip_select(self, device: SpiChip) -> Callable[[int], None]:
        """The listener of `device`'s CS wire: call it with the level at each change."""

        select, deselect, modes = device.select, device.deselect, device.spi_modes

        def level_changed(level: int) -> None:
            if level:
                if self._selected is device:
                    self._selected = None
                    self.exchange = _nobody
                deselect()
                return
            select()
            self._selected = device
            if self._mode in modes:
                self.exchange = device.exchange
            else:
                self._connect(device)

        return level_changed

    def _connect(self, device: SpiChip) -> None:
        self._late_bit = 0
        self.exchange = device.exchange if self._mode in device.spi_modes else self._late

    def _late(self, mosi: bytes) -> bytes:
        if self._selected is None:
            return _nobody(mosi)
        miso = self._selected.exchange(mosi)
        bits = 8 * len(miso)
        value = self._late_bit << bits | int.from_bytes(miso, "big")
        self._late_bit = value & 1
        return (value >> 1).to_bytes(len(miso), "big")


def _nobody(mosi: bytes) -> bytes:
    return b"\xff" * len(mosi)
