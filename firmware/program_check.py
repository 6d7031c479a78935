"""Holds a stored program against the declarations of its tables, once there are some."""

from firmware import program as pr
from metrology.faults import CONFIGURATION_BAD

# ST13 is looked at before the first interval, ST61 and ST62 by the recorder. ST31 comes before
# the tables that it sizes.
_TABLES = (pr.TEST_MODE, pr.OFFSET, pr.SELF_READS) + pr.DISPLAY


def check(program, tables, faults, pause):
    """Put what is out of the box in place of each table that no client could have written.

    program  firmware.program.Program, taken up
    tables   c1219.tables.Tables
    faults   metrology.faults.FaultSet
    pause    called between two tables
    """
    bad = False
    for number in _TABLES:
        if tables.serves(number) and not _may_stand(number, program, tables):
            program.put_default(number)
            bad = True
            if tables.sizes_others(number):
                for _ in tables.learning():
                    pause()
        pause()
    if bad:
        faults.set(CONFIGURATION_BAD)


def _may_stand(number, program, tables):
    octets = program.get(number)
    size = tables.size(number)
    return size <= len(octets) and tables.may_become(number, octets[:size])
