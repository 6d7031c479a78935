"""`picometer program`: how a meter measures demand, and how long a test lasts."""

from typing import Any

import click

from c1219 import decade1, manufacturer, meter_facts
from metrology.approval import CANADA
from picometer.errors import UserError
from picometer.intervals import refusal
from picometer.terminal import say
from psem import codes

from .access import Access, access_options
from .client import Client
from .decode import TableReader
from .errors import ServiceError

_DEMAND_ALLOWED = (
    "the interval is 1 to 60 minutes and divides the hour, in subintervals, of which a Picometer "
    "takes 15 at most"
)
_TEST_ALLOWED = "the interval is 1, 5, 10 or 15 minutes, the time-out 1 to 99"
_MINUTES = click.IntRange(0, 255)


@click.command()
@access_options("Without it no meter is programmed.", rate=False)
@click.option("--demand-interval", type=_MINUTES, help="Minutes.")
@click.option("--subinterval", type=_MINUTES, help="Minutes; less than the interval is sliding.")
@click.option("--test-interval", type=_MINUTES, help="Minutes of demand in test mode.")
@click.option("--test-time-out", type=_MINUTES, help="Minutes until test mode ends by itself.")
def program(access: Access, **wanted: int | None) -> None:
    """Program the C12.18 meter at URL: what is not given stays as it is.

    An interval without a subinterval becomes a block interval. What the meter refuses is one
    line and exit status 2.
    """
    interval, subinterval = wanted["demand_interval"], wanted["subinterval"]
    test = {"INTERVAL": wanted["test_interval"], "TIME_OUT": wanted["test_time_out"]}
    test = {name: minutes for name, minutes in test.items() if minutes is not None}
    demand = interval is not None or subinterval is not None
    if not demand and not test:
        raise UserError("program: nothing to be changed")
    with access.session() as client:
        reader = TableReader.of(client)
        if test and not reader.is_ours():
            raise UserError("its table of test mode is not known")
        if demand:
            say(_program_demand(client, reader, interval, subinterval))
        if test:
            say(_program_test(client, reader, test))


def _program_demand(
    client: Client, reader: TableReader, interval: int | None, subinterval: int | None
) -> str:
    parts, values = reader.stored(decade1.ST13.number)
    entries = values["DEMAND_CONTROL"]
    if not entries or "SUB_INT" not in entries[0]:
        raise UserError("the meter has no sliding demand, which is all that is programmed here")
    if interval is None:
        interval = entries[0]["SUB_INT"] * entries[0]["INT_MULTIPLIER"]
    if subinterval is None:
        subinterval = interval
    multiplier = interval // subinterval if subinterval else 0
    if subinterval * multiplier != interval:
        raise UserError(f"--subinterval {subinterval}: does not divide {interval} minutes")
    if reader.is_ours():
        why = refusal(interval, subinterval, _approval(reader))
        if why:
            raise UserError(why)
    for entry in entries:
        entry.update({"SUB_INT": subinterval, "INT_MULTIPLIER": multiplier})
    what = f"--demand-interval {interval} --subinterval {subinterval}"
    _write(client, reader, decade1.ST13.number, parts, values, f"{what}: {_DEMAND_ALLOWED}")
    return f"demand interval {interval} min, subinterval {subinterval} min"


def _approval(reader: TableReader) -> str:
    """The approval profile that a Picometer's rating names."""
    service = reader.report(meter_facts.RATING.number).fields["SERVICE"]
    return service.partition("/")[2] or CANADA


def _program_test(client: Client, reader: TableReader, changes: dict[str, int]) -> str:
    parts, values = reader.stored(manufacturer.TEST_MODE.number)
    values |= changes
    what = f"--test-interval {values['INTERVAL']} --test-time-out {values['TIME_OUT']}"
    _write(
        client, reader, manufacturer.TEST_MODE.number, parts, values, f"{what}: {_TEST_ALLOWED}"
    )
    return f"test interval {values['INTERVAL']} min, time-out {values['TIME_OUT']} min"


def _write(
    client: Client,
    reader: TableReader,
    number: int,
    parts: tuple,
    values: dict[str, Any],
    allowed: str,
) -> None:
    """Write a table; `allowed` says what it may hold, for when the meter refuses it."""
    try:
        client.write(number, reader.formats.encode(parts, values))
    except ServiceError as error:
        if error.code != codes.ONP:
            raise
        raise UserError(f"{error}: {allowed}") from error
