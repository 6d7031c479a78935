"""SPI FRAM of the MB85RS2MTA class: 256 kB, no erase, no wear to speak of.

Source: MB85RS2MTA data sheet (opcodes, 24-bit addresses, write-enable latch that a
completed write clears). Confidence: high; the other SPI FRAMs share the opcodes.
"""

from micropython import const

_WRITE = const(0x02)
_READ = const(0x03)
_READ_STATUS = const(0x05)
_WRITE_ENABLE = const(0x06)
_WRITE_STATUS = const(0x01)
_READ_ID = const(0x9F)
_LATCH = const(0x02)
_PROTECTION = const(0x8C)  # WPEN, BP1, BP0


class FramError(Exception):
    """The memory does not answer as an FRAM does."""


class Fram:
    """Byte-addressable memory for `journal.Journal`.

    spi   ready-made SPI bus, mode 0 or 3
    cs    chip select, called as cs(0) and cs(1)
    size  bytes
    """

    def __init__(self, spi, cs, size=262144):
        self.size = size
        self._spi = spi
        self._cs = cs
        self._command = bytearray(4)
        self._latch = bytes((_WRITE_ENABLE,))
        self._status = bytearray(2)
        cs(1)

    def start(self):
        """Check that the memory is there and clear its block protection.

        Raises FramError when the bus is dead (identity all ones or all zeros) or the
        protection cannot be cleared (write-protect pin).
        """
        identity = bytearray(5)
        identity[0] = _READ_ID
        self._cs(0)
        self._spi.write_readinto(identity, identity)
        self._cs(1)
        if identity[1:] in (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00"):
            raise FramError("FRAM does not answer: identity reads %02X" % identity[1])
        if self.status() & _PROTECTION:
            self._enable()
            self._cs(0)
            self._spi.write(bytes((_WRITE_STATUS, 0)))
            self._cs(1)
            if self.status() & _PROTECTION:
                raise FramError("FRAM is write protected")

    def status(self):
        """The status register."""
        frame = self._status
        frame[0] = _READ_STATUS
        frame[1] = 0
        self._cs(0)
        self._spi.write_readinto(frame, frame)
        self._cs(1)
        return frame[1]

    def readinto(self, address, buf):
        """Fill `buf` from `address`; past the last address the memory goes on at 0.

        Raises ValueError when `address` is not in the memory.
        """
        self._address(_READ, address)
        self._cs(0)
        self._spi.write(self._command)
        self._spi.readinto(buf)
        self._cs(1)

    def write(self, address, buf):
        """Write all of `buf` at `address`, in address order.

        Nothing tells whether the memory took it: who needs to know reads it back.
        Raises ValueError when `address` is not in the memory.
        """
        self._address(_WRITE, address)
        self._enable()
        self._cs(0)
        self._spi.write(self._command)
        self._spi.write(buf)
        self._cs(1)

    def _enable(self):
        self._cs(0)
        self._spi.write(self._latch)
        self._cs(1)

    def _address(self, opcode, address):
        if not 0 <= address < self.size:
            raise ValueError("outside the memory")
        command = self._command
        command[0] = opcode
        command[1] = address >> 16
        command[2] = (address >> 8) & 0xFF
        command[3] = address & 0xFF
