"""`picometer read`: a meter's tables, as text or JSON."""

import json
from collections.abc import Iterable

import click

from picometer.errors import UserError
from picometer.reader.access import Access
from picometer.reader.declared import PROFILE_SETS
from picometer.reader.decode import TableReader
from picometer.reader.report import Refusal, Report
from picometer.terminal import say
from psem import codes

from .options import access_options

_OVERVIEW = (1, 3, 5, 23, 28)


@click.command()
@access_options("For tables that not everybody may read.")
@click.argument("tables", nargs=-1, metavar="[TABLE ...]")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of text.")
def read(access: Access, tables: tuple[str, ...], as_json: bool) -> None:
    """Read tables of the C12.18 meter at URL: a serial device, a PTY, or socket://HOST:PORT.

    TABLE is a number (23), an MT number for a manufacturer's table (MT1), or `all`, which names
    those that the meter refuses, and leaves out the data of the load profile, which `picometer
    profile` reads. Without one: identity, status, registers and present values.
    """
    numbers = [_number(text) for text in tables if text != "all"]
    found: list[Report | Refusal] = []
    try:
        with access.session() as client:
            reader = TableReader.of(client)
            for number in _wanted(reader, numbers, "all" in tables):
                found.append(reader.shown(number))
    finally:  # whatever ends it: what was read is not lost
        _show(found, bool(numbers), as_json)
    refused = [each for each in found if isinstance(each, Refusal)]
    if numbers and refused:
        lines = [each.to_text() for each in refused]
        if any(each.code == codes.ISC for each in refused):
            lines.append(access.remedy)
        raise UserError("; ".join(lines)).at(access.url)


def _wanted(reader: TableReader, numbers: list[int], everything: bool) -> Iterable[int]:
    """Table numbers that were asked for; of an overview, those that the meter has."""
    if numbers and not everything:
        return numbers
    used = reader.tables_used()
    if everything:
        return [n for n in used if n not in PROFILE_SETS]
    return [n for n in _OVERVIEW if n in used]


def _show(found: list[Report | Refusal], named: bool, as_json: bool) -> None:
    """Print what was read; tables that were asked for and refused are named by an error."""
    shown = [each for each in found if not (named and isinstance(each, Refusal))]
    if not shown:
        return
    if as_json:
        click.echo(json.dumps([each.to_dict() for each in shown], indent=2))
    else:
        say("\n".join(each.to_text() for each in shown))


def _number(text: str) -> int:
    manufacturer = text.upper().startswith("MT")
    digits = text[2:] if text.upper().startswith(("MT", "ST")) else text
    most = 2047 if digits != text else 65535
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 5 or int(digits) > most:
        raise UserError(f"{text}: not a table number")
    return int(digits) + (2048 if manufacturer else 0)
