"""All declarations, and the dimensions that tables take from one another."""

from . import (
    accountability,
    basic,
    decade3,
    decade4,
    decade6,
    decade7,
    manufacturer,
    meter_facts,
    service,
    software,
)

ALL = basic.ALL + decade3.TABLES + decade4.TABLES + decade6.TABLES + decade7.TABLES
ALL += manufacturer.TABLES + meter_facts.TABLES + service.TABLES + software.TABLES
ALL += accountability.TABLES

# What every meter serves, and what takes a device that has more.
TABLES = tuple([table for table in ALL if table.needs is None])
OPTIONAL = tuple([table for table in ALL if table.needs is not None])

DIMENSIONS = basic.DIMENSIONS + (
    (31, decade3.ST31.fields),
    (41, decade4.ST41.fields),
    (61, decade6.ST61.fields),
    (62, decade6.ST62.fields),
    (71, decade7.ST71.fields),
)


def find(number):
    """The declaration of table `number`; KeyError when there is none."""
    for table in ALL:
        if table.number == number:
            return table
    raise KeyError(number)
