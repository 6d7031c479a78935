"""The subcommands of `picometer`, one a file, and the handler of their errors.

An error is one line on standard error and exit status 2.
"""

import os
import sys

import click

from picometer import VERSION
from picometer.errors import UserError
from picometer.paths import use_firmware
from picometer.terminal import be_lenient, complain

from .loaded import LoadedGroup

use_firmware()

FAILED = 2
INTERRUPTED = 130
PIPE_CLOSED = 141  # as a shell reports a program that SIGPIPE has ended
TRACEBACK = "PICOMETER_TRACEBACK"
# Modules of Python that Windows lacks: what needs one imports it as late as that.
_UNIX = ("fcntl", "pty", "resource", "termios", "tty")

_COMMANDS = {
    "run": "run",
    "control": "control",
    "read": "read",
    "profile": "profile",
    "events": "events",
    "do": "do",
    "program": "program",
    "provision": "provision",
    "verify": "verify",
    "prove": "prove",
    "flash": "flash",
    "flash-uf2": "flash",
    "dev": "dev",
}


@click.group(
    cls=LoadedGroup,
    package=__name__,
    files=_COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(VERSION, prog_name="picometer")
@click.pass_context
def cli(context: click.Context) -> None:
    """A virtual electricity meter, and tools for it and for real ones."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def perform(arguments: list[str] | None = None) -> int:
    """Run the command line; returns its exit status, after one line if it cannot be done."""
    be_lenient()
    try:
        status = cli.main(args=arguments, prog_name="picometer", standalone_mode=False)
        sys.stdout.flush()
    except Exception as error:
        return _failed(error)
    return status if isinstance(status, int) else 0


def _failed(error: Exception) -> int:
    """Tell the user about an error; returns the exit status."""
    if isinstance(error, BrokenPipeError):
        # Nobody reads on, as behind `| head`: Python must not complain of it once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    if isinstance(error, click.exceptions.Abort):
        if not isinstance(error.__context__, EOFError):
            return INTERRUPTED
        complain("an answer is wanted, and the input has ended")
    elif isinstance(error, click.ClickException):
        complain(error.format_message())
    elif isinstance(error, UserError):
        complain(str(error))
    elif isinstance(error, ModuleNotFoundError) and error.name in _UNIX:
        complain(f"this system cannot do that: it has no {error.name}")
    elif isinstance(error, OSError):
        complain(": ".join(filter(None, (error.filename and str(error.filename), _reason(error)))))
    else:
        _unexpected(error)
    return FAILED


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


def _unexpected(error: Exception) -> None:
    """Tell the user about a mistake in this program."""
    if os.environ.get(TRACEBACK):
        raise error
    complain(f"{type(error).__name__}: {error}; a mistake of picometer: {TRACEBACK}=1 shows where")
