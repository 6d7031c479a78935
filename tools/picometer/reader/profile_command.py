"""`picometer profile`: a meter's load profile, as text or CSV."""

import csv
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from picometer.errors import UserError

from .client import open_session
from .command import BAUDS
from .decode import MalformedTable, UnsupportedFormat
from .errors import ReaderError
from .profile import Channel, Interval, ProfileReader

_UNKNOWN = "-"


@click.command()
@click.argument("url")
@click.option("--csv", "path", metavar="FILE", help="Comma-separated values instead of text.")
@click.option("--user", default="PICOMETER", show_default=True, help="Name at logon.")
@click.option("--password", help="For tables that not everybody may read.")
@click.option("--baud", type=int, default=9600, show_default=True, help="Rate to negotiate.")
def profile(url, path, user, password, baud) -> None:
    """Read the load profile of the C12.18 meter at URL: every interval, the oldest first.

    A line has the end of the interval, the value of each channel in its unit, and what else the
    meter says of it. Nothing is marked as read.
    """
    if baud not in BAUDS:
        raise UserError(f"--baud {baud}: one of {', '.join(map(str, BAUDS))}")
    with ExitStack() as stack:
        file = stack.enter_context(_create(path)) if path else None
        try:
            client = stack.enter_context(
                open_session(url, user=user, password=password, bauds=(baud,))
            )
            reader = ProfileReader(client)
            channels = reader.channels()
            intervals = (i for block in reader.blocks() for i in block.intervals)
            if file is not None:
                _write(csv.writer(file), channels, intervals)
            else:
                _print(channels, intervals)
        except (ReaderError, UnsupportedFormat, MalformedTable) as error:
            raise UserError(f"{url}: {error}") from error


def _create(path: str):
    try:
        return Path(path).open("w", newline="", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error


def _write(writer, channels: list[Channel], intervals: Iterator[Interval]) -> None:
    titles = [f"{channel.label} {channel.symbol}".strip() for channel in channels]
    writer.writerow(["end", *titles, "status"])
    for interval in intervals:
        writer.writerow([_end(interval), *_values(channels, interval), interval.words()])


def _print(channels: list[Channel], intervals: Iterator[Interval]) -> None:
    for i, channel in enumerate(channels, start=1):
        click.echo(f"channel {i}: {channel.label}, {channel.symbol}".rstrip(", "))
    for interval in intervals:
        columns = [f"{_end(interval):16}"]
        columns += [f"{value:>10}" for value in _values(channels, interval)]
        click.echo("  ".join([*columns, interval.words()]).rstrip())


def _values(channels: list[Channel], interval: Interval) -> list[str]:
    pairs = zip(channels, interval.values, strict=True)
    return [f"{channel.in_units(value):f}" for channel, value in pairs]


def _end(interval: Interval) -> str:
    if interval.end is None:
        return _UNKNOWN
    return interval.end.isoformat(timespec="minutes")
