"""The fields of a table: c1219's declarations, and what only meters of other make have of them."""

from typing import Any

from c1219 import catalog, decade0, decade2, decade6, types

DIMENSIONS = (0, 11, 21, 31, 41, 61, 62, 71)
"""Tables whose elements size others, in the order of learning."""
PROFILE_SETS = (64, 65, 66, 67)
"""Tables of load profile data, of sets 1 to 4."""

_PREVIOUS_SEASON = 24
_OF_SETS = {60: decade6.ST60, 61: decade6.ST61, 62: decade6.ST62, 63: decade6.ST63}
_STATUS = 63


def name_of(number: int, ours: bool) -> str:
    """The standard's name of a table, or our meter's; empty if it is not declared here."""
    if number == _PREVIOUS_SEASON:
        return "PREV_SEASON_DATA_TBL"
    if number in PROFILE_SETS:
        return f"LP_DATA_SET{_set_of(number)}_TBL"
    table = _find(number, ours)
    return table.name if table else ""


def fields_of(number: int, used: list[int], ours: bool) -> tuple | None:
    """The fields of table `number` in a meter that uses the tables `used`; None if they are not
    declared here.
    """
    if number == _PREVIOUS_SEASON:
        return decade2.ST25.fields
    if number in PROFILE_SETS:
        return tuple(_renamed(field, _set_of(number)) for field in decade6.ST64.fields)
    if number in _OF_SETS:
        return _fields_of_sets(number, used)
    table = _find(number, ours)
    return table.fields if table else None


def head_of(number: int) -> tuple | None:
    """Fields that size the rest of the same table, to be learned first."""
    return decade0.GENERAL_HEAD if number == 0 else None


def status_name(name: str, which: int) -> str:
    """What an element of ST63 is called for set `which`."""
    return name if which == 1 else f"{name}_SET{which}"


def _set_of(number: int) -> int:
    return number - PROFILE_SETS[0] + 1


def _find(number: int, ours: bool) -> types.Table | None:
    """A declaration; those of manufacturer's tables are our own meter's alone."""
    if number & types.MANUFACTURER and not ours:
        return None
    try:
        return catalog.find(number)
    except KeyError:
        return None


def _fields_of_sets(number: int, used: list[int]) -> tuple:
    """Fields that come once, and then those of each data set that the meter has."""
    fields = _OF_SETS[number].fields
    once = tuple(field for field in fields if number < 62 and not field[0].endswith("_SET1"))
    each = [field for field in fields if field not in once]
    for table in [n for n in PROFILE_SETS if n in used] or PROFILE_SETS[:1]:
        which = _set_of(table)
        named = [(status_name(f[0], which), *f[1:]) for f in each] if number == _STATUS else each
        once += tuple(_renamed(field, which) for field in named)
    return once


def _renamed(declared: Any, which: int) -> Any:
    """A declaration of set 1 as that of another set: its fields, dimensions and flags."""
    if isinstance(declared, tuple):
        return tuple(_renamed(part, which) for part in declared)
    if which == 1 or not isinstance(declared, str):
        return declared
    if declared.startswith("IS_"):
        return f"{declared}_SET{which}"
    if declared.endswith(("_SET1", "_SETS1", "_CDE1")):
        return f"{declared[:-1]}{which}"
    return declared
