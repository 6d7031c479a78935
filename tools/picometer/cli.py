"""The command `picometer`: its subcommands, and errors as one line with exit status 2."""

import sys

import click

from .errors import UserError
from .paths import use_firmware

use_firmware()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="picometer")
def cli() -> None:
    """A virtual electricity meter, and tools for it and for real ones."""


def _add_commands() -> None:
    from .flash.command import flash, flash_uf2
    from .proof.command import prove
    from .provision.command import provision
    from .reader.command import read
    from .reader.do_command import do
    from .reader.events_command import events
    from .reader.profile_command import profile
    from .reader.program_command import program
    from .reader.verify_command import verify
    from .virtual.command import run
    from .virtual.control_command import control

    commands = (run, control, read, profile, events, do, program, provision)
    for command in (*commands, verify, prove, flash, flash_uf2):
        cli.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Entry point. Exits with 0, or with 2 after one line on standard error."""
    _add_commands()
    try:
        status = cli.main(args=arguments, prog_name="picometer", standalone_mode=False)
    except (click.ClickException, UserError) as error:
        text = error.format_message() if isinstance(error, click.ClickException) else str(error)
        click.echo(f"picometer: {' '.join(text.split())}", err=True)
        sys.exit(2)
    except click.exceptions.Abort:
        sys.exit(130)
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
