"""`picometer control`: works the switches of a virtual meter that runs."""

import click

from picometer.virtual.control import send
from picometer.virtual.controls import usage

_HELP = f"""Work a virtual meter that was started with --control PATH.

What it can be asked for:

\b
{chr(10).join(usage())}
"""


# What looks like an option is a negative number of watts.
@click.command(help=_HELP, context_settings={"ignore_unknown_options": True})
@click.argument("path")
@click.argument("words", nargs=-1, required=True, metavar="CONTROL...")
def control(path: str, words: tuple[str, ...]) -> None:
    """Send one line and print the answer."""
    click.echo(send(path, " ".join(words)))
