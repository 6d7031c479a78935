"""All declarations, and the dimensions that tables take from one another."""

from . import decade0, decade1, decade2, decade3, decade5, decade7, manufacturer
from .codec import decode
from .types import resolve

_ALL = (
    decade0.TABLES
    + decade1.TABLES
    + decade2.TABLES
    + decade3.TABLES
    + decade5.TABLES
    + decade7.TABLES
    + manufacturer.TABLES
)

# What every meter serves, and what takes a device that has more.
TABLES = tuple([table for table in _ALL if table.needs is None])
OPTIONAL = tuple([table for table in _ALL if table.needs is not None])

# Tables whose elements size others, and themselves: (number, fields), in the order of learning.
# ST0's head comes before ST0, whose sets it sizes. Each sizes tables of its own decade only, but
# for ST0.
DIMENSIONS = (
    (0, decade0.GENERAL_HEAD),
    (0, decade0.ST0.fields),
    (11, decade1.ST11.fields),
    (21, decade2.ST21.fields),
    (31, decade3.ST31.fields),
    (71, decade7.ST71.fields),
)


def find(number):
    """The declaration of table `number`; KeyError when there is none."""
    for table in _ALL:
        if table.number == number:
            return table
    raise KeyError(number)


def offered(device):
    """The tables that `device` has what it takes to serve."""
    return TABLES + tuple([table for table in OPTIONAL if hasattr(device, table.needs)])


def learn(dims, fields, octets):
    """Add to `dims` the elements of a dimension table, given its octets; bits by their own names.

    Raises ValueError when the octets are too few.
    """
    for name, value in decode(resolve(fields, dims), octets).items():
        if isinstance(value, dict):
            dims.update(value)
        else:
            dims[name] = value
