"""All declarations, and the dimensions that tables take from one another."""

from . import decade0, decade1, decade2
from .codec import decode
from .types import resolve

TABLES = decade0.TABLES + decade1.TABLES + decade2.TABLES

# Tables whose elements size others, and themselves: (number, fields), in the order of learning.
# ST0's head comes before ST0, whose sets it sizes.
DIMENSIONS = (
    (0, decade0.GENERAL_HEAD),
    (0, decade0.ST0.fields),
    (11, decade1.ST11.fields),
    (21, decade2.ST21.fields),
)


def find(number):
    """The declaration of table `number`; KeyError when there is none."""
    for table in TABLES:
        if table.number == number:
            return table
    raise KeyError(number)


def learn(dims, fields, octets):
    """Add to `dims` the elements of a dimension table, given its octets; bits by their own names.

    Raises ValueError when the octets are too few.
    """
    for name, value in decode(resolve(fields, dims), octets).items():
        if isinstance(value, dict):
            dims.update(value)
        else:
            dims[name] = value
