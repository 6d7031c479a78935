"""SPI and I2C framing: bytes to register accesses (datasheet Rev C, serial interfaces)."""

from ..clock import SimClock
from .access import RegisterAccess
from .registers import CONFIG_COMM_LOCK, CONFIG_SWRST, LOCATIONS, Location

_READ = 0x80
_WRITE = 0x00
_HEADER_SIZE = 3
_IDLE_HEADER = b"\xff\xff\xff"
_LOCK_HOLD_NS = 1_200


def clears_lock(location: Location, value: int) -> bool:
    """A write that asks for the interface to be locked."""
    return location.register.name == "CONFIG" and not value & CONFIG_COMM_LOCK


class SpiPort:
    """Address (2 bytes), 0x80 or 0x00, then the data of exactly one register, MSB first.

    A frame takes effect when CS rises after the right number of bytes; any other frame is
    discarded whole. Bytes that exchange() is given have been shifted by `clock.now_ns`.
    """

    def __init__(self, clock: SimClock, access: RegisterAccess) -> None:
        self._clock = clock
        self._access = access
        # Read frames that came whole in one exchange, by their bytes: a meter polls a few.
        self._polled: dict[bytes, Location] = {}
        self.abort()

    def abort(self) -> None:
        """Forget the frame."""
        self._frame = b""
        self._location: Location | None = None
        self._value = 0
        self._reply = b""
        self._last_edge_ns = 0

    def exchange(self, mosi: bytes) -> bytes:
        if not self._frame:
            location = self._polled.get(mosi)
            if location is not None:
                self._frame = mosi
                self._location = location
                value = self._value = self._access.read(location)
                return _IDLE_HEADER + value.to_bytes(location.size, "big")
        return self._exchange(mosi)

    def ahead(self) -> bytes:
        """What the bytes to come in this frame will read, as far as that is settled."""
        return self._reply[len(self._frame) :]

    def _exchange(self, mosi: bytes) -> bytes:
        start = len(self._frame)
        frame = self._frame = self._frame + mosi
        end = len(frame)
        self._last_edge_ns = self._clock.now_ns
        if start < _HEADER_SIZE <= end:
            location = self._location = LOCATIONS.get(frame[0] << 8 | frame[1])
            if location is not None and frame[2] == _READ:
                value = self._value = self._access.read(location)
                self._reply = _IDLE_HEADER + value.to_bytes(location.size, "big")
        reply = self._reply
        if not start and 0 < end == len(reply):
            if self._location is not None:
                self._polled[mosi] = self._location
            return reply
        return reply[start:end].ljust(end - start, b"\xff")

    def finish(self) -> None:
        """CS rises."""
        location, frame = self._location, self._frame
        self._frame = self._reply = b""
        self._location = None
        if location is None or len(frame) != _HEADER_SIZE + location.size:
            return
        if frame[2] == _READ:
            self._access.finish_read(location, self._value)
        elif frame[2] == _WRITE:
            last_edge_ns = self._last_edge_ns
            value = int.from_bytes(frame[_HEADER_SIZE:], "big")
            held_ns = self._clock.now_ns - last_edge_ns
            if not clears_lock(location, value) or held_ns >= _LOCK_HOLD_NS:
                self._access.write(location, value, "spi")


class I2cPort:
    """Address (2 bytes), then data MSB first, or a repeated start and a read."""

    def __init__(self, access: RegisterAccess) -> None:
        self._access = access
        self.abort()

    def abort(self) -> None:
        self._location: Location | None = None

    def write(self, data: bytes) -> int:
        """One write transaction; returns how many bytes were acknowledged."""
        self._location = LOCATIONS.get(data[0] << 8 | data[1]) if len(data) >= 2 else None
        location = self._location
        if location is None or len(data) == 2:
            return len(data)
        self._location = None
        if len(data) == 2 + location.size:
            value = int.from_bytes(data[2:], "big")
            resets = location.register.name == "CONFIG" and value & CONFIG_SWRST
            self._access.write(location, value, "i2c")
            if resets:
                return len(data) - 1
        return len(data)

    def read(self, count: int) -> bytes:
        """The read after a repeated start; a wrong count has no effect on the register."""
        location, self._location = self._location, None
        if location is None:
            return b"\xff" * count
        value = self._access.read(location)
        if count == location.size:
            self._access.finish_read(location, value)
        return value.to_bytes(location.size, "big")[:count].ljust(count, b"\xff")
