"""What can be wrong with the chip or its bus: fault codes and the errors that carry them.

The metering steps return a code, because raising allocates; bring-up and general access raise.
Both draw on one numbering, so a display or a log needs one table.
"""

from micropython import const

from .registers import name

OK = const(0)
FAULT_RESET = const(1)  # the chip has reset: its settings are gone, its counters began at zero
FAULT_BUS = const(2)  # no living chip on the bus: silent, stuck, or not acknowledging
FAULT_NOISE = const(3)  # two reads of the same register disagree
FAULT_DRIFT = const(4)  # a setting in the chip is not what was written
CHIP_ABSENT = const(5)
WRONG_SPI_PHASE = const(6)
BUS_STUCK = const(7)
KEY_LOST = const(8)
WRITE_FAILED = const(9)
BUS_ERROR = const(10)
CHECKSUM_UNSTABLE = const(11)


class AfeError(Exception):
    """The metering chip cannot be used as asked. `code` is one of the numbers above."""

    code = OK


class ChipAbsent(AfeError):
    """ChipAbsent(status): no sign of life, or no end of reset, within the time allowed."""

    code = CHIP_ABSENT

    def __str__(self):
        return "no ADE7953 answers: IRQSTATA reads 0x%06X" % self.args[0]


class WrongSpiPhase(AfeError):
    """WrongSpiPhase(config): every bit arrives one place late."""

    code = WRONG_SPI_PHASE

    def __str__(self):
        return "SPI phase is wrong: use mode 3 (CONFIG reads 0x%04X)" % self.args[0]


class BusStuck(AfeError):
    """BusStuck(level): the chip answered, then the data line stayed at one level."""

    code = BUS_STUCK

    def __str__(self):
        return "the chip's data line is stuck at %d" % self.args[0]


class KeyLost(AfeError):
    """KeyLost(read): 0x120 does not hold 0x0030, so the stated accuracy is not assured."""

    code = KEY_LOST

    def __str__(self):
        return "register 0x120 reads 0x%04X, not 0x0030" % self.args[0]


class WriteFailed(AfeError):
    """WriteFailed(register, wrote, read): the register did not take the value; raw numbers."""

    code = WRITE_FAILED

    def __str__(self):
        register, wrote, read = self.args
        return "%s: wrote 0x%X, reads 0x%X" % (name(register), wrote, read)


class BusError(AfeError):
    """BusError(register, errno): the I2C bus gave no acknowledge, or timed out."""

    code = BUS_ERROR

    def __str__(self):
        return "I2C error %s at %s" % (self.args[1], name(self.args[0]))


class ChecksumUnstable(AfeError):
    """ChecksumUnstable(high, low, high_again, low_again): it changes, or it is off."""

    code = CHECKSUM_UNSTABLE

    def __str__(self):
        return "the configuration checksum reads %04X%04X, then %04X%04X" % self.args


class SettingError(ValueError):
    """SettingError(register, value, why): a value that the chip must not be given."""

    def __str__(self):
        return "%s = %s: %s" % (name(self.args[0]), self.args[1], self.args[2])
