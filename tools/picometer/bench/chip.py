"""A metering chip that counts the same at every sample, so that every tick does the same work."""

from ade7953.registers import AENERGYA, AENERGYB, IRQSTATA
from boards.pico_meter import pins
from picometer.rp2040.emulator import Emulator

STEP_A, STEP_B = 1500, 900  # counts per sample: both coils together, about a tenth of full load

_WSMP = 1 << 17  # new sample, in the status
_HEADER = 3
_ENERGY_READS = 4  # per sample: both counters, twice


class SteadyChip:
    """Answers the frames of a sample as an ADE7953 in good order does; no other register."""

    def __init__(self) -> None:
        self._reads = 0
        self.select(1)

    def attach(self, emulator: Emulator) -> None:
        """Take the metering chip's place on its bus."""
        emulator.spi[pins.AFE_SPI] = self
        emulator.watch(pins.AFE_CS, self.select, select_of=pins.AFE_SPI, lead=b"\xff" * _HEADER)

    def select(self, level: int) -> None:
        """Chip select changed."""
        self._heard = 0
        self._address = 0
        self._reply = b""

    def configure(self, polarity: int, phase: int) -> None:
        """Any mode will do."""

    def exchange(self, mosi: bytes) -> bytes:
        """The answer to some bytes of a frame."""
        return bytes(self._next(byte) for byte in mosi)

    def ahead(self) -> tuple[bytes, bool]:
        """The rest of the reply."""
        return self._reply[self._heard - _HEADER :], False

    def _next(self, byte: int) -> int:
        at = self._heard
        self._heard += 1
        if at < _HEADER:
            if at < 2:
                self._address = self._address << 8 | byte
            else:
                self._reply = self._register().to_bytes(3, "big")
            return 0xFF
        at -= _HEADER
        return self._reply[at] if at < len(self._reply) else 0xFF

    def _register(self) -> int:
        if self._address == IRQSTATA:
            return _WSMP
        step = {AENERGYA: STEP_A, AENERGYB: STEP_B}.get(self._address)
        if step is None:
            return 0
        sample = 1 + self._reads // _ENERGY_READS
        self._reads += 1
        return sample * step & 0xFFFFFF
