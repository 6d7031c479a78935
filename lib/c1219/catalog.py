"""All declarations, and the dimensions that tables take from one another."""

from . import (
    accountability,
    decade0,
    decade1,
    decade2,
    decade3,
    decade4,
    decade5,
    decade6,
    decade7,
    manufacturer,
    meter_facts,
    service,
    software,
)

ALL = decade0.TABLES + decade1.TABLES + decade2.TABLES + decade5.TABLES
ALL += decade3.TABLES + decade4.TABLES + decade6.TABLES + decade7.TABLES
ALL += manufacturer.TABLES + meter_facts.TABLES + service.TABLES + software.TABLES
ALL += accountability.TABLES

# What every meter serves, and what takes a device that has more.
TABLES = tuple([table for table in ALL if table.needs is None])
OPTIONAL = tuple([table for table in ALL if table.needs is not None])

# Tables whose elements size others, and themselves: (number, fields), in the order of learning.
# ST0's head comes before ST0, whose sets it sizes. Each sizes tables of its own decade only, but
# for ST0.
DIMENSIONS = (
    (0, decade0.GENERAL_HEAD),
    (0, decade0.ST0.fields),
    (11, decade1.ST11.fields),
    (21, decade2.ST21.fields),
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
