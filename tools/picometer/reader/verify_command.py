"""`picometer verify`: whether the software of a meter is that of a release."""

import sys
from pathlib import Path

import click

from c1219 import software
from picometer.build.manifest import (
    IMAGE,
    MPY,
    PRODUCTION,
    RELEASE_NAME,
    SOURCES,
    BadManifest,
    read_release,
)
from picometer.build.parts import NAMES, Part
from picometer.errors import UserError
from picometer.paths import ROOT
from picometer.terminal import say

from .access import Access, access_options
from .decode import TableReader

_BUILT = ROOT / "build" / RELEASE_NAME
_FORMS = {software.IMAGE: (IMAGE, PRODUCTION), software.FILES: (MPY, SOURCES)}
_STATES = {software.NOT_KNOWN: "not known yet", software.ALTERED: "altered"}


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
        return reader.report(number).fields


def judge(fields: dict, released: dict[str, list[Part]]) -> tuple[list[str], bool]:
    """What to say of a meter's MT10, and whether all of it is as released."""
    forms = [form for form in _FORMS.get(fields["FORM"], ()) if form in released]
    if not forms:
        return ["the manifest has nothing for the form in which this meter runs"], False
    computed = [bytes.fromhex(part["COMPUTED"]) for part in fields["PARTS"]]
    # Of several forms, the one that has the most in common with what the meter runs.
    form = max(forms, key=lambda name: sum(map(_same, computed, released[name])))
    lines, good = [], True
    if fields["MANIFEST_STATE"] != software.GOOD:
        good = False
        lines.append(f"manifest in the meter: {_STATES[fields['MANIFEST_STATE']]}")
    for number, name in enumerate(NAMES):
        words = _words(fields["PARTS"][number], released[form][number])
        good = good and not words
        version = "{VERSION}.{REVISION}".format_map(fields["PARTS"][number])
        said = "; ".join(words) or "as released"
        lines.append(f"{name} {version} {computed[number].hex()}: {said}")
    return lines, good


def _same(computed: bytes, part: Part) -> bool:
    return computed == part.sha256


def _words(told: dict, part: Part) -> list[str]:
    """What is wrong with a part."""
    if told["STATE"] == software.NOT_KNOWN:
        return [_STATES[software.NOT_KNOWN]]
    words = []
    if told["STATE"] != software.GOOD:
        words.append("altered, says the meter")
    if bytes.fromhex(told["COMPUTED"]) != part.sha256:
        words.append(f"the release has {part.version_text} {part.sha256.hex()}")
    return words
