"""docs/files.md: every Python file with the first line of its docstring."""

import ast
from pathlib import Path

from picometer.paths import ROOT

PAGE = "files.md"
ROOMS = ("firmware", "lib", "boards", "tools", "tests_host")

_HEAD = """\
# Files

`make pages` generates this page from the first line of each file's docstring.
[code.md](code.md) explains how the rooms work together, [tests.md](tests.md) which test imports
which module."""


def page() -> str:
    """Text of the page."""
    parts = [_HEAD]
    for room in ROOMS:
        parts.append(f"## {room}")
        for folder in _folders(ROOT / room):
            parts.append("\n".join(_section(folder)))
    return "\n\n".join(parts) + "\n"


def sources(folder: Path) -> list[Path]:
    """Python files below a folder, without generated ones."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def summary(path: Path) -> str:
    """First line of a file's docstring, or its first comment; empty if it has neither.

    A sentence that goes on in the next line is completed.
    """
    text = path.read_text()
    docstring = ast.get_docstring(ast.parse(text)) or ""
    first = docstring.partition("\n\n")[0]
    if not first and text.startswith("#") and not text.startswith("#!"):
        first = text.partition("\n")[0].lstrip("# ")
    return " ".join(first.split()).replace("|", "\\|")


def _folders(room: Path) -> list[Path]:
    return sorted({path.parent for path in sources(room)})


def _section(folder: Path) -> list[str]:
    lines = [f"### {folder.relative_to(ROOT)}/", "", "| File | |", "|---|---|"]
    for path in sorted(folder.glob("*.py")):
        said = summary(path)
        if said or path.name != "__init__.py":
            link = path.relative_to(ROOT)
            lines.append(f"| [{path.name}](../{link}) | {said} |")
    return lines if len(lines) > 4 else lines[:1]
