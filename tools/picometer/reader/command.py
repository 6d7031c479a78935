"""`picometer read`: a meter's tables, as text or JSON."""

import json

import click

from picometer.errors import UserError
from psem import codes

from .client import open_session
from .decode import MalformedTable, TableReader, UnsupportedFormat
from .errors import ReaderError, ServiceError
from .report import Refusal

_OVERVIEW = (1, 3, 5, 23, 28)
_TOO_LONG = (64, 65, 66, 67)  # for a message
BAUDS = (9600, 19200, 38400, 57600, 115200)


@click.command()
@click.argument("url")
@click.argument("tables", nargs=-1, metavar="[TABLE ...]")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of text.")
@click.option("--user", default="PICOMETER", show_default=True, help="Name at logon.")
@click.option("--password", help="For tables that not everybody may read.")
@click.option("--baud", type=int, default=9600, show_default=True, help="Rate to negotiate.")
def read(url, tables, as_json, user, password, baud) -> None:
    """Read tables of the C12.18 meter at URL: a serial device, a PTY, or socket://HOST:PORT.

    TABLE is a number (23), an MT number for a manufacturer's table (MT1), or `all`, which names
    those that the password does not suffice for, and leaves out the data of the load profile,
    which `picometer profile` reads. Without one: identity, status, registers and present values.
    """
    if baud not in BAUDS:
        raise UserError(f"--baud {baud}: one of {', '.join(map(str, BAUDS))}")
    numbers = [_number(text) for text in tables if text != "all"]
    try:
        with open_session(url, user=user, password=password, bauds=(baud,)) as client:
            reader = TableReader(client.read)
            if "all" in tables:
                numbers = [n for n in reader.tables_used() if n not in _TOO_LONG]
                reports = [_readable(reader, number) for number in numbers]
            else:
                reports = [_report(reader, number) for number in numbers or _OVERVIEW]
    except (ReaderError, UnsupportedFormat, MalformedTable, ValueError) as error:
        raise UserError(f"{url}: {error}") from error
    if as_json:
        click.echo(json.dumps([report.to_dict() for report in reports], indent=2))
    else:
        click.echo("\n".join(report.to_text() for report in reports))


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
    if not digits.isdigit() or int(digits) > (2047 if manufacturer or digits != text else 65535):
        raise UserError(f"{text}: not a table number")
    return int(digits) + (2048 if manufacturer else 0)
