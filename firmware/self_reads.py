"""Self reads: the registers of ST23 as they were at each demand reset, on command, or daily."""

from array import array

from micropython import const

from firmware.record_list import RecordList
from firmware.saved_registers import SavedRegisters
from journal.ring import Ring
from metrology.demand_register import save

LIST = const(2)  # number of the list in procedures 4 and 5
SERVED = const(12)  # entries of ST26

# Why a self read was taken.
DEMAND_RESET = const(1)
COMMAND = const(2)
DAILY = const(3)
CLEARED = const(4)  # before the registers were cleared

# Words of a record; the first and the last two are the ring's, those not named are zero.
_WORDS = const(32)
_TIME = const(1)  # minutes since 2000, 0 = the clock was not valid
_REGISTERS = const(2)  # to 5
_DEMANDS = const(6)  # to 14
_CAUSE = const(15)


class SelfRead(SavedRegisters):
    """An entry, as a record of the ring has it."""

    def __init__(self, record, constants):
        SavedRegisters.__init__(self, record, constants, _REGISTERS, _DEMANDS, _TIME)

    @property
    def sequence(self):
        """Its number."""
        return self._words[0]

    @property
    def cause(self):
        """DEMAND_RESET, COMMAND or DAILY."""
        return self._words[_CAUSE]


class SelfReads(RecordList):
    """The list of self reads on `memory`; `load` comes before anything else.

    marks      firmware.record_list.ReadMarks
    constants  metrology.constants.Constants
    """

    def __init__(self, memory, base, slots, marks, constants):
        record = array("I", bytes(4 * _WORDS))
        ring = Ring(memory, base, slots, record)
        RecordList.__init__(self, ring, SelfRead(record, constants), marks, LIST, SERVED)
        self._record = record

    def take(self, page, minute, cause):
        """Keep the registers of `page` as they are; False when the memory does not take it.

        minute  of the clock, since 2000-01-01 00:00, or -1 while it is not valid
        cause   DEMAND_RESET: to be taken before `demand_register.reset`, so that a power cut
                leaves both, or a self read whose reset is still to be done; COMMAND; DAILY
        """
        record = self._record
        for i in range(len(record)):
            record[i] = 0
        record[_TIME] = minute if minute > 0 else 0
        save(page, record, _REGISTERS, _DEMANDS)
        record[_CAUSE] = cause
        return self._append()
