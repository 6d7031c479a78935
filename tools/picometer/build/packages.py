"""package.json files, from which `mpremote mip` installs source files.

One for each package in lib/, which goes where mip puts packages (/lib), and one for the whole
meter at the top, to be installed with `--target /`. Addresses are relative, so both work from
a folder as well as from GitHub.
"""

import json
import os
import posixpath
from collections.abc import Sequence
from pathlib import Path

from picometer.build.board import pins_csv
from picometer.build.files import BOARD, MAIN, ROOT, loaded_files, package_files, packages
from picometer.errors import UserError

VERSION = "0.1.0"
_NAME = "package.json"


def generated(root: Path = ROOT) -> dict[str, str]:
    """Path below `root` -> text, of every file that is made from what lies on the disk."""
    found = {f"boards/{BOARD}/pins.csv": pins_csv(root / "boards" / BOARD / "pins.py")}
    for name in packages(root):
        folder = f"lib/{name}"
        files = package_files(name, root)
        urls = [(file.frozen, posixpath.relpath(file.source, folder)) for file in files]
        found[f"{folder}/{_NAME}"] = _text(urls)
    meter = [MAIN, *loaded_files(root)]
    found[_NAME] = _text([(file.target, file.source) for file in meter])
    return found


def write_generated(root: Path = ROOT) -> list[str]:
    """Bring the generated files up to date; returns the paths of those that changed."""
    changed = []
    for path, text in generated(root).items():
        target = root / path
        try:
            if target.is_file() and target.read_text() == text:
                continue
            partial = target.with_name(target.name + ".partial")
            partial.write_text(text)
            os.replace(partial, target)
        except OSError as error:
            raise UserError(f"{target}: {error.strerror}") from error
        changed.append(path)
    return changed


def _text(urls: Sequence[tuple[str, str]]) -> str:
    # One file a line: a change of the list reads well in a diff.
    lines = ",\n".join("    " + json.dumps(list(pair)) for pair in urls)
    return f'{{\n  "version": "{VERSION}",\n  "urls": [\n{lines}\n  ]\n}}\n'
