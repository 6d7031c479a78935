"""Text for a terminal: nothing in it steers the terminal, whoever wrote it."""

import sys

import click


def printable(text: str) -> str:
    """`text` with every control or format character but line ends as an escape, as in \\x1b.

    A meter's or a file's text could otherwise move the cursor, recolour, or read backwards.
    """
    return "".join(
        c if c == "\n" or c.isprintable() else c.encode("unicode_escape").decode() for c in text
    )


def say(text: str, err: bool = False) -> None:
    """Print a text and a line end, with what the terminal must not see made harmless."""
    click.echo(printable(text), err=err)


def complain(text: str) -> None:
    """Print one line on standard error, whatever lines `text` has."""
    say(f"picometer: {' '.join(text.split())}", err=True)


def be_lenient() -> None:
    """Let standard output and error take any character, whatever the terminal's encoding."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
