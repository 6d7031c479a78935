"""Programs how a meter measures demand, and how long a test lasts."""

from typing import Any

from c1219 import decade1, manufacturer, meter_facts
from metrology.approval import CANADA
from picometer.errors import UserError
from picometer.intervals import refusal
from psem import codes

from .client import Client
from .decode import TableReader
from .errors import ServiceError

_DEMAND_ALLOWED = (
    "the interval is 1 to 60 minutes and divides the hour, in subintervals, of which a Picometer "
    "takes 15 at most"
)
_TEST_ALLOWED = "the interval is 1, 5, 10 or 15 minutes, the time-out 1 to 99"


def program_demand(
    client: Client, reader: TableReader, interval: int | None, subinterval: int | None
) -> str:
    """Program the demand interval, minutes; None for what stays. Returns what holds now.

    UserError if the minutes are not allowed.
    """
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
    service = reader.report(meter_facts.RATING.number).known["SERVICE"]
    return service.partition("/")[2] or CANADA


def program_test(client: Client, reader: TableReader, changes: dict[str, int]) -> str:
    """Program INTERVAL and TIME_OUT of test mode, minutes. Returns what holds now.

    The meter is a Picometer. UserError if the minutes are not allowed.
    """
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
