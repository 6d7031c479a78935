"""`picometer dev`: what `make` runs in a checkout."""

import click

from picometer.commands.loaded import LoadedGroup

_COMMANDS = ("build", "bench", "pages", "pictures", "toolchain", "rp2040")


@click.group(cls=LoadedGroup, package=__name__, files={name: name for name in _COMMANDS})
def dev() -> None:
    """Build, measure and document the firmware in a checkout; `make` runs these."""
