"""`picometer read`: a meter's tables, as text or JSON."""

import json

import click

from picometer.errors import UserError
from picometer.terminal import say
from psem import codes

from .access import Access, access_options
from .decode import TableReader
from .errors import ServiceError
from .report import Refusal

_OVERVIEW = (1, 3, 5, 23, 28)
_TOO_LONG = (64, 65, 66, 67)  # for a message


@click.command()
@access_options("For tables that not everybody may read.")
@click.argument("tables", nargs=-1, metavar="[TABLE ...]")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of text.")
def read(access: Access, tables: tuple[str, ...], as_json: bool) -> None:
    """Read tables of the C12.18 meter at URL: a serial device, a PTY, or socket://HOST:PORT.

    TABLE is a number (23), an MT number for a manufacturer's table (MT1), or `all`, which names
    those that the password does not suffice for, and leaves out the data of the load profile,
    which `picometer profile` reads. Without one: identity, status, registers and present values.
    """
    numbers = [_number(text) for text in tables if text != "all"]
    with access.session() as client:
        reader = TableReader(client.read)
        if "all" in tables:
            numbers = [n for n in reader.tables_used() if n not in _TOO_LONG]
            reports = [_readable(reader, number) for number in numbers]
        else:
            reports = [_report(reader, number) for number in numbers or _OVERVIEW]
    if as_json:
        click.echo(json.dumps([report.to_dict() for report in reports], indent=2))
    else:
        say("\n".join(report.to_text() for report in reports))


def _readable(reader: TableReader, number: int):
    """Of all tables, those that take a higher access level are named and passed over."""
    try:
        return reader.report(number)
    except ServiceError as error:
        if error.code != codes.ISC:
            raise
        return Refusal(number)


def _report(reader: TableReader, number: int):
    try:
        return reader.report(number)
    except ServiceError as error:
        raise UserError(f"table {number}: {error}") from error


def _number(text: str) -> int:
    manufacturer = text.upper().startswith("MT")
    digits = text[2:] if text.upper().startswith(("MT", "ST")) else text
    most = 2047 if digits != text else 65535
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 5 or int(digits) > most:
        raise UserError(f"{text}: not a table number")
    return int(digits) + (2048 if manufacturer else 0)
