"""An I2C bus at transaction level."""


class I2cBus:
    """Devices by their 7-bit address.

    A device has `i2c_address`, `i2c_write(data) -> bytes acknowledged` and `i2c_read(n)`.
    `stuck` True holds SDA low: no transaction gets through.
    """

    def __init__(self) -> None:
        self.stuck = False
        self._devices: dict = {}

    def attach(self, device) -> None:
        """Wire `device` to the bus."""
        self._devices[device.i2c_address] = device

    def write(self, address: int, data: bytes) -> int | None:
        """A write transaction: bytes acknowledged, or None when the address is not."""
        device = self._answering(address)
        if device is None:
            return None
        acknowledged = device.i2c_write(data)
        return None if data and not acknowledged else acknowledged

    def read(self, address: int, n: int) -> bytes | None:
        """A read transaction: `n` bytes, or None when the address is not acknowledged."""
        device = self._answering(address)
        return None if device is None else device.i2c_read(n)

    def _answering(self, address: int):
        return None if self.stuck else self._devices.get(address)
