"""`picometer profile`: a meter's load profile, as text or CSV."""

import csv
from collections.abc import Iterator
from pathlib import Path

import click

from picometer.files import check_target, replaced
from picometer.terminal import say

from .access import Access, access_options
from .profile import Channel, Interval, ProfileReader

_UNKNOWN = "-"


@click.command()
@access_options("For tables that not everybody may read.")
@click.option("--csv", "path", metavar="FILE", help="Comma-separated values instead of text.")
def profile(access: Access, path: str | None) -> None:
    """Read the load profile of the C12.18 meter at URL: every interval, the oldest first.

    A line has the end of the interval, the value of each channel in its unit, and what else the
    meter says of it. Nothing is marked as read. FILE is replaced when all has been read.
    """
    if path is not None:
        check_target(Path(path))
    with access.session() as client:
        reader = ProfileReader(client)
        channels = reader.channels()
        intervals = (i for block in reader.blocks() for i in block.intervals)
        if path is None:
            _print(channels, intervals)
        else:
            with replaced(Path(path)) as file:
                _write(csv.writer(file), channels, intervals)


def _write(writer, channels: list[Channel], intervals: Iterator[Interval]) -> None:
    titles = [f"{channel.label} {channel.symbol}".strip() for channel in channels]
    writer.writerow(["end", *titles, "status"])
    for interval in intervals:
        writer.writerow([_end(interval), *_values(channels, interval), interval.words()])


def _print(channels: list[Channel], intervals: Iterator[Interval]) -> None:
    for i, channel in enumerate(channels, start=1):
        say(f"channel {i}: {channel.label}, {channel.symbol}".rstrip(", "))
    for interval in intervals:
        columns = [f"{_end(interval):16}"]
        columns += [f"{value:>10}" for value in _values(channels, interval)]
        say("  ".join([*columns, interval.words()]).rstrip())


def _values(channels: list[Channel], interval: Interval) -> list[str]:
    pairs = zip(channels, interval.values, strict=True)
    return [f"{channel.in_units(value):f}" for channel, value in pairs]


def _end(interval: Interval) -> str:
    if interval.end is None:
        return _UNKNOWN
    return interval.end.isoformat(timespec="minutes")
