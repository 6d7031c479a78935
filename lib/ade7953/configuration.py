"""Putting the settings into the chip, proving that they are there, and finding drift.

Order of writing: datasheet, power-up and register protection sections (solid), with one change.
The status register is cleared last, so that its reset flag stands until the chip is set up: a
processor that restarts half-way finds the flag and begins again.
"""

from array import array

from micropython import const

from . import registers as reg
from .errors import BusStuck, ChecksumUnstable, KeyLost, WriteFailed
from .settings import ORDER
from .vote import UNDECIDED

_ATTEMPTS = const(8)  # of a write or a read: noise may hit one transfer in three
_SETTLE_US = const(300)  # status and checksum are renewed every 143 us
_NOLOAD_OFF = const(7)
_ALL_ONES = const(0xFFFF)


def alive(status):
    """Whether a status register (IRQSTATA) can come from a living chip.

    Bits 23:22 are always 0 and either a sample or the end of a reset is flagged from 143 us
    after a reset on. An idle bus (all ones) and one stuck low (all zeros) fail.
    """
    return not status & reg.STATUS_ALWAYS_0 and status & (reg.STATUS_WSMP | reg.STATUS_RESET) != 0


def late(config):
    """Whether CONFIG was read one bit late, as it is after a reset or once set up.

    The first bit is left over.
    """
    config &= 0x7FFF
    return config == reg.CONFIG_RESET >> 1 or config == reg.CONFIG_RUNNING >> 1


class Configuration:
    """The settings in one chip. `settings` may be changed; `apply` then brings the chip level.

    vote         vote.Vote over the same transport
    reset_seen   the chip's reset flag was up, now or before it was cleared; the owner sets it
                 back once it has drawn the consequences, so no failure in between loses it
    """

    def __init__(self, transport, settings, sleep_us, vote):
        self.settings = settings
        self.reset_seen = False
        self._transport = transport
        self._vote = vote
        self._sleep_us = sleep_us
        self._golden = array("H", (_ALL_ONES, _ALL_ONES))
        self._first = array("H", (0, 0))
        self._crc = array("H", (0, 0))
        self._none = array("H", (_ALL_ONES, _ALL_ONES))  # as it reads while it is off

    def apply(self):
        """Write all settings, verify each, lock, protect and clear the status; then `seal`.

        About 120 transfers. Raises KeyLost, WriteFailed, BusStuck or ChecksumUnstable (and, on
        I2C, BusError); calling it again is always sound. False when the checksum is not what it
        was before: then a register that cannot be written has changed.
        """
        self._note_reset(self._vote.status())
        if self._transport.read(reg.WRITE_PROTECT):
            self._put(reg.WRITE_PROTECT, 0)
        self._unlock()
        self._put(reg.CONFIG, reg.CONFIG_LOCKED)
        self._transport.write(reg.DISNOLOAD, _NOLOAD_OFF)  # the levels are changed while off
        self._transport.write(reg.SAGLVL, 0)  # and so is SAGCYC
        for register in ORDER:
            self._put(register, self.settings.raw(register))
        self._put(reg.CONFIG, reg.CONFIG_RUNNING)  # bit 1 of WRITE_PROTECT would block it
        self._put(reg.WRITE_PROTECT, reg.PROTECT_ALL)  # part of the checksum
        self._clear_status()
        # Every reset wipes the key, so it also proves that none came since it was written.
        self._require_key()
        return self.seal()

    def seal(self):
        """Take the chip's checksum as the right one. False when another had been taken before."""
        golden = self._golden
        first = self._first
        crc = self._crc
        for _ in range(_ATTEMPTS):
            self._transport.read_halves(reg.CRC, first)
            self._sleep_us(_SETTLE_US)
            self._transport.read_halves(reg.CRC, crc)
            status = self._transport.read(reg.IRQSTATA)
            if first == crc and crc != self._none and alive(status):
                same = golden == self._none or golden == crc
                golden[0] = crc[0]
                golden[1] = crc[1]
                return same
        raise ChecksumUnstable(first[0], first[1], crc[0], crc[1])

    def unseal(self):
        """Forget the checksum: the settings are about to change."""
        self._golden[0] = self._golden[1] = _ALL_ONES

    def matches(self):
        """Whether the chip holds all settings, locked and protected, as `apply` leaves it."""
        if not (
            self.holds(reg.REQUIRED, reg.REQUIRED_VALUE)
            and self.holds(reg.CONFIG, reg.CONFIG_RUNNING)
            and self.holds(reg.WRITE_PROTECT, reg.PROTECT_ALL)
        ):
            return False
        for register in ORDER:
            if not self.holds(register, self.settings.raw(register)):
                return False
        return True

    def holds(self, register, raw):
        """Whether `register` reads `raw` at least once in eight attempts. Allocates nothing."""
        mask = reg.ACCMODE_SETTINGS if register == reg.ACCMODE else 0xFFFFFF
        for _ in range(_ATTEMPTS):
            if not (self._transport.read(register) ^ raw) & mask:
                return True
        return False

    def sealed(self):
        """Whether a checksum was taken and is still the same. Allocates nothing.

        What the checksum covers is in the datasheet, how is not; that the live bits of ACCMODE
        stay out of it is inferred. Should a changing load look like drift on hardware, that
        inference is wrong.
        """
        golden = self._golden
        crc = self._crc
        if golden == self._none:
            return False
        for _ in range(_ATTEMPTS):
            self._transport.read_halves(reg.CRC, crc)
            if crc == golden:
                return True
        return False

    def uncovered_hold(self, first, step):
        """Read back every `step`th register outside the checksum. Allocates nothing."""
        i = first
        while i < len(reg.UNCOVERED):  # a range with a variable step would allocate
            register = reg.UNCOVERED[i]
            i += step
            if register == reg.REQUIRED:
                raw = reg.REQUIRED_VALUE
            else:
                raw = self.settings.raw(register)
            if not self.holds(register, raw):
                return False
        return True

    def _unlock(self):
        transport = self._transport
        for _ in range(_ATTEMPTS):
            # Back to back: any access in between, even a read, takes the key away again.
            transport.write(reg.UNLOCK, reg.UNLOCK_KEY)
            transport.write(reg.REQUIRED, reg.REQUIRED_VALUE)
            if self.holds(reg.REQUIRED, reg.REQUIRED_VALUE):
                return
        self._require_key()

    def _clear_status(self):
        transport = self._transport
        for _ in range(_ATTEMPTS):
            self._note_reset(self._vote.status())
            transport.read(reg.RSTIRQSTATA)
            self._sleep_us(_SETTLE_US)
            status = self._vote.status()
            if status != UNDECIDED and alive(status) and not status & reg.STATUS_RESET:
                return
        raise WriteFailed(reg.IRQSTATA, 0, status)

    def _note_reset(self, status):
        if status != UNDECIDED and alive(status) and status & reg.STATUS_RESET:
            self.reset_seen = True

    def _require_key(self):
        if not self.holds(reg.REQUIRED, reg.REQUIRED_VALUE):
            read = self._transport.read(reg.REQUIRED)
            self._raise_if_stuck(reg.REQUIRED, read)
            raise KeyLost(read)

    def _put(self, register, raw):
        transport = self._transport
        for _ in range(_ATTEMPTS):
            if register == reg.CONFIG:
                transport.write_holding(register, raw, self._sleep_us)
            else:
                transport.write(register, raw)
            if register == reg.CF1DEN or register == reg.CF2DEN:
                transport.write(register, raw)  # takes effect when written twice in a row
            if self.holds(register, raw):
                return
        read = transport.read(register)
        self._raise_if_stuck(register, read)
        raise WriteFailed(register, raw, read)

    def _raise_if_stuck(self, register, read):
        ones = (1 << 8 * reg.width(register)) - 1
        if (read == 0 or read == ones) and not alive(self._transport.read(reg.IRQSTATA)):
            raise BusStuck(1 if read else 0)
