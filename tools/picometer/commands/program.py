"""`picometer program`: how a meter measures demand, and how long a test lasts."""

import click

from picometer.errors import UserError
from picometer.reader.access import Access
from picometer.reader.decode import TableReader
from picometer.reader.programming import program_demand, program_test
from picometer.terminal import say

from .options import access_options

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
    named = {"INTERVAL": wanted["test_interval"], "TIME_OUT": wanted["test_time_out"]}
    test = {name: minutes for name, minutes in named.items() if minutes is not None}
    demand = interval is not None or subinterval is not None
    if not demand and not test:
        raise UserError("program: nothing to be changed")
    with access.session() as client:
        reader = TableReader.of(client)
        if test and not reader.is_ours():
            raise UserError("its table of test mode is not known")
        if demand:
            say(program_demand(client, reader, interval, subinterval))
        if test:
            say(program_test(client, reader, test))
