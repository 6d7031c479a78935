"""The declarations of decades 0, 1, 2 and 5: all that a meter with little memory can serve."""

from . import decade0, decade1, decade2, decade5

ALL = decade0.TABLES + decade1.TABLES + decade2.TABLES + decade5.TABLES

# Tables whose elements size others, and themselves: (number, fields), in the order of learning.
# ST0's head comes before ST0, whose sets it sizes. Each sizes tables of its own decade only, but
# for ST0.
DIMENSIONS = (
    (0, decade0.GENERAL_HEAD),
    (0, decade0.ST0.fields),
    (11, decade1.ST11.fields),
    (21, decade2.ST21.fields),
)
