"""package.json files, from which `mpremote mip` installs source files.

One for each package in lib/, with those packages that it imports: installed alone, it works. They
go where mip puts packages, to /lib. Addresses are relative, to be installed from a checkout. The
whole meter has none: it is an image.
"""

import ast
import json
import os
import posixpath
from collections.abc import Sequence
from pathlib import Path

from picometer import VERSION
from picometer.build.board import pins_csv
from picometer.build.files import BOARD, ROOT, DeviceFile, package_files, packages
from picometer.errors import UserError

_NAME = "package.json"


def generated(root: Path = ROOT) -> dict[str, str]:
    """Path below `root` -> text, of every file that is made from what lies on the disk."""
    found = {f"boards/{BOARD}/pins.csv": pins_csv(root / "boards" / BOARD / "pins.py")}
    for name in packages(root):
        folder = f"lib/{name}"
        files = [file for each in needed(name, root) for file in package_files(each, root)]
        urls = [(file.frozen, posixpath.relpath(file.source, folder)) for file in files]
        found[f"{folder}/{_NAME}"] = _text(urls)
    return found


def needed(name: str, root: Path = ROOT) -> list[str]:
    """Package `name` of lib/ and those that it imports, and they, in turn: itself first."""
    known = set(packages(root))
    found = [name]
    for each in found:  # which grows meanwhile
        for file in package_files(each, root):
            found += sorted(_imported(file, root) & known - set(found))
    return found


def _imported(file: DeviceFile, root: Path) -> set[str]:
    """Names of the packages that a file imports, wherever in it."""
    names = []
    for node in ast.walk(ast.parse((root / file.source).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.append(node.module)
    return {name.partition(".")[0] for name in names}


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
