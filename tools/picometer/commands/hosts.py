"""Which host runs the firmware: CPython, or an emulated RP2040 with an image."""

from collections.abc import Callable
from pathlib import Path

import click

from picometer.errors import UserError
from picometer.virtual.board import VirtualBoard
from picometer.virtual.host import CPythonHost, Host


def host_options(command: Callable) -> Callable:
    """Options --rp2040 and --image, for `host_factory`."""
    image = click.option("--image", metavar="FILE.uf2", help="That image.")
    rp2040 = click.option("--rp2040", is_flag=True, help="The RP2040 image on an emulated chip.")
    return rp2040(image(command))


def host_factory(rp2040: bool, image: str | None) -> Callable[[VirtualBoard], Host]:
    """What makes the host that was asked for; an image is found, built and checked at once."""
    if not rp2040:
        if image:
            raise UserError("--image is of --rp2040")
        return CPythonHost
    # Loaded for this only: a virtual meter alone starts sooner.
    from picometer.rp2040.host import prepare
    from picometer.toolchain import TerminalReport

    return prepare(Path(image) if image else None, TerminalReport())
