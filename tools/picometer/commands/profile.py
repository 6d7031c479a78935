"""`picometer profile`: a meter's load profile, as text or CSV."""

import csv
from pathlib import Path

import click

from picometer.files import check_target, replaced
from picometer.reader.access import Access
from picometer.reader.profile import Block, Channel, Interval, ProfileReader
from picometer.terminal import say

from .options import access_options

_UNKNOWN = "-"


@click.command()
@access_options("For tables that not everybody may read.")
@click.option("--csv", "path", metavar="FILE", help="Comma-separated values instead of text.")
@click.option(
    "--set", "which", type=click.IntRange(1, 4), default=1, help="Data set. [default: 1]"
)
def profile(access: Access, path: str | None, which: int) -> None:
    """Read the load profile of the C12.18 meter at URL: every interval, the oldest first.

    A line has the end of the interval, the value of each channel in its unit, and what else the
    meter says of it; another one what registers and pulse counters read at the end of a block.
    Nothing is marked as read. FILE is replaced when all has been read.
    """
    if path is not None:
        check_target(Path(path))
    with access.session() as client:
        reader = ProfileReader(client, which)
        if path is None:
            _print(reader)
        else:
            with replaced(Path(path)) as file:
                _write(csv.writer(file), reader)


def _write(writer, reader: ProfileReader) -> None:
    channels = reader.channels()
    titles = [f"{channel.label} {channel.symbol}".strip() for channel in channels]
    writer.writerow(["end", *titles, "status"])
    for block in reader.blocks():
        for interval in block.intervals:
            values = _values(channels, interval.values)
            writer.writerow([_end(interval), *values, interval.words()])


def _print(reader: ProfileReader) -> None:
    channels, ends = reader.channels(), reader.end_channels()
    for i, channel in enumerate(channels, start=1):
        say(f"channel {i}: {channel.label}, {channel.symbol}".rstrip(", "))
    for block in reader.blocks():
        for interval in block.intervals:
            columns = [f"{_end(interval):16}"]
            columns += [f"{value:>10}" for value in _values(channels, interval.values)]
            say("  ".join([*columns, interval.words()]).rstrip())
        for line in _end_lines(block, ends):
            say(line)


def _end_lines(block: Block, channels: list[Channel]) -> list[str]:
    """What registers and pulse counters read at the end of a block."""
    lines = []
    if block.readings:
        pairs = zip(_values(channels, block.readings), channels, strict=True)
        lines.append("registers " + ", ".join(f"{v} {ch.symbol}".strip() for v, ch in pairs))
    if block.pulses:
        lines.append(f"pulse counters {', '.join(map(str, block.pulses))}")
    return [f"{'at the end':16}  {line}" for line in lines]


def _values(channels: list[Channel], values: list) -> list[str]:
    """Values of channels in their units; "-" for octets that are no number."""
    return [
        _UNKNOWN if value is None else f"{channel.in_units(value):f}"
        for channel, value in zip(channels, values, strict=True)
    ]


def _end(interval: Interval) -> str:
    if interval.end is None:
        return _UNKNOWN
    return interval.end.isoformat(timespec="minutes")
