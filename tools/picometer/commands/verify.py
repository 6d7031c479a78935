"""`picometer verify`: whether the software of a meter is that of a release."""

import sys
from pathlib import Path

import click

from c1219 import software
from picometer.build.manifest import RELEASE_NAME, BadManifest, read_release
from picometer.errors import UserError
from picometer.paths import ROOT
from picometer.reader.access import Access
from picometer.reader.decode import TableReader
from picometer.reader.verified import judge
from picometer.terminal import say

from .options import access_options

_BUILT = ROOT / "build" / RELEASE_NAME


@click.command()
@access_options("It is not needed.")
@click.option("--manifest", metavar="FILE", help="Of the release.  [default: the present build's]")
def verify(access: Access, manifest: str | None) -> None:
    """Compare the software that the C12.18 meter at URL runs with a release manifest.

    The meter tells what it has computed over itself. Exit status 1 when a part is not the
    release's, or the meter has found its software altered or does not know yet.
    """
    path = Path(manifest) if manifest else _BUILT
    try:
        released = read_release(path)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; it comes with make uf2") from error
    except BadManifest as error:
        raise UserError(str(error)) from error
    lines, good = judge(_fields(access), released)
    say("\n".join(lines))
    sys.exit(0 if good else 1)


def _fields(access: Access) -> dict:
    number = software.SOFTWARE_PARTS.number
    with access.session() as client:
        reader = TableReader.of(client)
        if number not in reader.tables_used():
            raise UserError("the meter does not tell what its software is")
        return reader.report(number).known
