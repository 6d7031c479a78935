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
_TRIES = const(3)
_COUNT_MASK = const(0x3FFFFFFF)
_MB85RS2MTA = b"\x04\x7f\x48\x03"  # data sheet, RDID
_DEAD = (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00")


class FramError(Exception):
    """The memory does not answer as an FRAM does."""


class FramProtected(FramError):
    """The memory answers, and its block protection cannot be cleared."""


class Fram:
    """Byte-addressable memory for `journal.Journal`.

    spi   ready-made SPI bus, mode 0 or 3
    cs    chip select, called as cs(0) and cs(1)
    size  bytes; not verified

    rereads   reads that users repeated, see `reread`; modulo 2^30
    absences  how often `present` has found another identity than at the start, or none
    """

    def __init__(self, spi, cs, size=262144):
        self.size = size
        self.rereads = 0
        self.absences = 0
        self._spi = spi
        self._cs = cs
        self._command = bytearray(4)
        self._latch = bytes((_WRITE_ENABLE,))
        self._unprotected = bytes((_WRITE_STATUS, 0))
        self._status = bytearray(2)
        self._identity = bytearray(5)
        self._known = None  # the identity at the start
        cs(1)

    def start(self):
        """Check that the memory is there and clear its block protection.

        Raises FramError when the bus is dead (identity all ones or all zeros) or does not say the
        same twice, FramProtected when the protection cannot be cleared (write-protect pin).
        """
        self._known = None
        if not self.present():
            raise FramError("FRAM does not answer: identity reads %02X" % self._identity[1])
        self.absences = 0
        for _ in range(_TRIES):
            self.mend()
            if not self.status() & _PROTECTION:
                return
        raise FramProtected("FRAM is write protected")

    def present(self):
        """Whether the memory says who it is, and is the same as at the start.

        The first time, any identity is good that is read twice in a row, or is MB85RS2MTA's.
        """
        before = self._known or _MB85RS2MTA
        for _ in range(_TRIES):
            said = self._identify()
            if said == before and said not in _DEAD:
                self._known = said
                return True
            if self._known is None:
                before = said
        self.absences += 1
        return False

    def mend(self):
        """After a write that did not take: clear the block protection if something has set it."""
        if self.status() & _PROTECTION:
            self._enable()
            self._cs(0)
            self._spi.write(self._unprotected)
            self._cs(1)

    def reread(self):
        """A read is repeated, because what came was not what should have."""
        self.rereads = (self.rereads + 1) & _COUNT_MASK

    def _identify(self):
        frame = self._identity
        frame[0] = _READ_ID
        for i in range(1, 5):
            frame[i] = 0
        self._cs(0)
        self._spi.write_readinto(frame, frame)
        self._cs(1)
        return bytes(frame[1:])

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
