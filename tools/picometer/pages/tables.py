"""docs/tables.md: every table and procedure, from the declarations that the meter serves from."""

import importlib
import inspect
import re
from collections.abc import Iterator

from audit import rights
from c1219 import catalog, types
from c1219.procedures import Procedure
from c1219.types import Table

from .notes import notes

_LEVELS = {0: "everybody", 1: "level 1", 2: "level 2", 3: "level 3", types.NEVER: "nobody"}
_KINDS = {
    types.LIVE: "as of the read",
    types.FIXED: "as of the start",
    types.STORED: "as written",
    types.PROCEDURE: "of this session",
}
_CONFIDENCE = re.compile(r"\(layouts?: ([^)]*)\)", re.S)

_HEAD = """\
# Tables

Made by `make pages` from the declarations in `lib/c1219`, which the meter serves from and
`picometer read` decodes by. ST0 of a meter says which of them it has. Integers are little-endian,
NI_FMAT1 is INT48 and NI_FMAT2 INT32, dates are discrete octets of local time.

Who may read and write is told in access levels, see [clients.md](clients.md): everybody needs no
password. What else a change takes is told by the class that `lib/audit/rights.py` gives it. What
is *open* changes with an entry of the history log. What is *event-protected* has an entry of the
event log, written before. What is *sealed* has one too, and does not change while the meter is set
to be sealed (MT9) and its seal is closed. *Read-only* is what no port changes.

Services by index and by offset work for every table. A table of more than 512 octets is
read in pieces, and is not of one moment."""


def name_of(number: int) -> str:
    """ST13, or MT2 for a manufacturer's table."""
    kind = "MT" if number & types.MANUFACTURER else "ST"
    return f"{kind}{number & (types.MANUFACTURER - 1)}"


def page(offered: list[Procedure], sizes: dict[int, int]) -> str:
    """The page.

    offered  procedures of a meter that has all
    sizes    octets of its tables as they are out of the box, by number
    """
    parts = [_HEAD, "\n".join(_summary(sizes)), "\n".join(_procedures(offered))]
    for table in _tables():
        parts.append("\n".join(_section(table)))
    return "\n\n".join(parts) + "\n"


def right_of(table: Table) -> str:
    """The class of a table's content, as audit.rights names it."""
    if table.write == types.NEVER:
        return rights.NAMES[rights.READ_ONLY]
    return rights.NAMES[rights.class_of(table.number)]


def _tables() -> list[Table]:
    return sorted(catalog.ALL, key=lambda table: table.number)


def _summary(sizes: dict[int, int]) -> Iterator[str]:
    yield "| Table | | Octets | Read | Write | Class | Values |"
    yield "|---|---|---:|---|---|---|---|"
    for table in _tables():
        link = f"[{name_of(table.number)}](#{name_of(table.number).lower()})"
        size = sizes.get(table.number, "")
        yield (
            f"| {link} | {table.name} | {size} | {_LEVELS[table.read]} "
            f"| {_LEVELS[table.write]} | {right_of(table)} | {_KINDS[table.octets]} |"
        )
    yield ""
    yield "Octets are those of an AXR-SD as it is out of the box."


def _procedures(offered: list[Procedure]) -> Iterator[str]:
    yield "## Procedures"
    yield ""
    yield "| Number | | May run it | Class | Parameters | Response |"
    yield "|---|---|---|---|---|---|"
    for each in sorted(offered, key=lambda procedure: procedure.number):
        kind = "MP" if each.number & types.MANUFACTURER else ""
        number = f"{kind}{each.number & (types.MANUFACTURER - 1)}"
        columns = (_inline(each.parameters), _inline(each.response))
        right = rights.NAMES[rights.class_of(each.number | rights.PROCEDURE)]
        row = (number, each.name, _LEVELS[each.level], right, *columns)
        yield f"| {' | '.join(row)} |"


def _inline(fields: tuple) -> str:
    return "<br>".join(f"{field[0]} {_type(field)}{_bits(field)}" for field in fields)


def _bits(field: tuple) -> str:
    if not _is_bits(field):
        return ""
    return ": " + ", ".join(f"{low} {name}" for name, low, _ in field[1][1])


def _section(table: Table) -> Iterator[str]:
    module = _module_of(table)
    yield f"## {name_of(table.number)}"
    yield ""
    confidence = _CONFIDENCE.search(inspect.getdoc(module) or "")
    said = f" Layouts of the decade: {' '.join(confidence[1].split())}." if confidence else ""
    yield f"{table.name}.{said}"
    yield ""
    yield "| Field | Type | There when | |"
    yield "|---|---|---|---|"
    yield from _rows(table.fields, notes(module), 0)


def _module_of(table: Table):
    """Where the table is declared."""
    if table.module is not None and "__name__" in table.module:
        return importlib.import_module(table.module["__name__"])
    for name in dir(catalog):
        module = getattr(catalog, name)
        if inspect.ismodule(module) and table in getattr(module, "TABLES", ()):
            return module
    raise LookupError(table.name)


def _rows(fields: tuple, said: dict, depth: int) -> Iterator[str]:
    for field in fields:
        indent = "&nbsp;&nbsp;" * depth
        note = said.get(field[0], "")
        yield f"| {indent}{field[0]} | {_type(field)} | {_when(field)} | {note} |"
        if _is_bits(field):
            for name, low, width in field[1][1]:
                where = f"bit {low}" if width == 1 else f"bits {low} to {low + width - 1}"
                note = said.get(name, "")
                yield f"| {indent}&nbsp;&nbsp;{name} | {where} | | {note} |"
        elif isinstance(field[1], tuple):
            yield from _rows(field[1], said, depth + 1)


def _is_bits(field: tuple) -> bool:
    return isinstance(field[1], tuple) and isinstance(field[1][0], str)


def _type(field: tuple) -> str:
    count = field[2] if len(field) > 2 else 1
    if isinstance(count, tuple):
        count = f"({count[0]} + {count[1]}) // {count[2]}"
    if _is_bits(field):
        kind = f"{field[1][0]} of bits"
    elif isinstance(field[1], tuple):
        kind = "record"
    else:
        kind = field[1]
    if kind in ("STRING", "BINARY", "SET"):
        return f"{kind}({count})"
    return kind if count == 1 else f"{kind}[{count}]"


def _when(field: tuple) -> str:
    if len(field) < 5:
        return ""
    when = field[4]
    if isinstance(when, tuple):
        return f"{when[0]} is at least {when[1]}"
    return f"no {when[1:]}" if when.startswith("!") else when
