"""Every parameter that can change has a class, and the table of rights names nothing else."""

from audit import rights
from c1219 import accountability, catalog, procedures, service
from c1219.types import NEVER

# Their tables and procedures come with a part of the meter that is not there yet.
TO_COME = {0x080B}


def writable():
    return {table.number for table in catalog.ALL if table.write != NEVER}


def offered():
    declared = [*procedures.PROCEDURES, *service.PROCEDURES, accountability.CLEAR_EVENT_LOG]
    return {each.number | rights.PROCEDURE for each in declared}


def test_every_table_that_can_be_written_and_every_procedure_has_a_class():
    assert writable() | offered() | TO_COME == set(rights.numbers())


def test_what_decides_of_readings_is_sealed():
    for number in (5, 13, 31, 32, 33, 34, 0x0809, 0x1000, 0x1003, 0x1802):
        assert rights.class_of(number) == rights.SEALED
