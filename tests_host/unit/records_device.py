"""A device with self reads and a history log as the firmware keeps them, on a memory of bytes."""

from array import array

from boards.pico_meter import layout
from boards.ratings import rating
from c1219 import events
from firmware.history import History
from firmware.lists import ListProcedures
from firmware.record_list import ReadMarks
from firmware.self_reads import COMMAND, SelfReads
from metrology import page as p
from metrology.constants import Constants
from picometer.virtual.host import ImageMemory
from tests_host.unit.c1219_device import BillingDevice

RATING = rating("2S-240-200")
CONSTANTS = Constants(RATING.coils, RATING.full_scale_watts, RATING.kh_mwh)
ARGUMENT = events.argument(events.SOURCE_OPTICAL, 13, level=2)
NOON = bytes((7, 2, 1, 12, 0, 0))


class CountingMemory(ImageMemory):
    """Cells of an FRAM; `reads` are the addresses read from, `deaf` takes no writes."""

    def __init__(self):
        self.cells = bytearray(0x8000)
        self.reads = []
        self.deaf = False
        ImageMemory.__init__(self, self.cells)

    def write(self, address, buf):
        if not self.deaf:
            ImageMemory.write(self, address, buf)

    def readinto(self, address, buf):
        self.reads.append(address)
        ImageMemory.readinto(self, address, buf)


class RecordsDevice(BillingDevice):
    """Everything that BillingDevice offers, and both lists; `noted` are the events of theirs."""

    def __init__(self, memory=None):
        BillingDevice.__init__(self)
        self.memory = memory or CountingMemory()
        self.noted = []
        self.restart()

    def restart(self):
        """Start anew on the same memory, as after a power cut."""
        memory = self.memory
        self.marks = ReadMarks(memory, layout.READ_MARKS, layout.READ_MARK_SLOTS)
        self.self_reads = SelfReads(
            memory, layout.SELF_READS, layout.SELF_READ_SLOTS, self.marks, CONSTANTS
        )
        self.history = History(memory, layout.HISTORY, layout.HISTORY_SLOTS, self.marks)
        self.found = [self.marks.load(), self.self_reads.load(), self.history.load()]
        lists = ListProcedures((self.self_reads, self.history), self.marks, self._note)
        run = dict(lists.offered())
        self.procedures = tuple(
            (procedure, run.get(procedure, ran)) for procedure, ran in self.procedures
        )

    def _note(self, code, detail):
        self.noted.append((code, detail))


def page_of(kwh):
    """A register page whose words are all different, `kwh` in the first register."""
    page = p.new_page()
    page[p.DELIVERED_KWH : p.RECEIVED_COUNTS + 1] = array("I", (kwh, 1234567, kwh + 1, 765432))
    page[p.DEMAND_MAXIMUM : p.DEMAND_RESETS + 1] = array(
        "I", (30000000 + kwh, 1000000, 3727905, 3727920, kwh + 2, 5, 600, 700, kwh + 3)
    )
    return page


def take(device, count, first=1):
    """Take self reads of kWh from `first` on, a day apart."""
    for i in range(first, first + count):
        assert device.self_reads.take(page_of(i), 1440 * i, COMMAND)


def log(device, count, first=1):
    """Log as many events; their users are numbered from `first` on."""
    for i in range(first, first + count):
        assert device.history.add(events.PROGRAMMED, ARGUMENT, user=i, time=NOON)
