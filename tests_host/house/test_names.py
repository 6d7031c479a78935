"""A dotted name in a page, a docstring or a comment names something that exists."""

import ast
import io
import re
import tokenize
from functools import cache

import pytest

from picometer.pages.files import ROOMS, sources
from picometer.paths import ROOT

_PACKAGES = sorted(path.name for path in (ROOT / "lib").iterdir() if path.is_dir())
_ROOTS = ("firmware", "boards", "picometer", "tests_host", *_PACKAGES)
_DOTTED = re.compile(rf"(?<![\w./\-])(?:{'|'.join(_ROOTS)})(?:\.[A-Za-z_]\w*)+(?![\w/])")
_FILE_ENDS = ("py", "md", "mpy", "uf2", "json", "toml", "csv", "svg", "bin", "elf", "test", "txt")


def _module(parts):
    # The file of a module, or None.
    base = ROOT if parts[0] in ("firmware", "boards", "tests_host") else ROOT / "lib"
    if parts[0] == "picometer":
        base = ROOT / "tools"
    path = base.joinpath(*parts)
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


def exists(name):
    """Whether a dotted name is a module or folder, or something that a module's source names."""
    parts = name.split(".")
    for n in range(len(parts), 0, -1):
        path = _module(parts[:n])
        if path is not None:
            return all(member in _named(path) for member in parts[n:])
    return False


@cache
def _named(path):
    # Names that a source defines, imports or sets, also inside classes and functions.
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name)
        elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            names.add(node.id if isinstance(node, ast.Name) else node.attr)
    return names


def _prose(path):
    text = path.read_text()
    if path.suffix == ".md":
        yield text
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            yield ast.get_docstring(node) or ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def _files(room):
    if room == "docs":
        return [*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")]
    return [*sources(ROOT / room), *(ROOT / room).rglob("*.md")]


@pytest.mark.parametrize("room", ["docs", *ROOMS])
def test_every_dotted_name_in_prose_exists(room):
    dangling = set()
    for path in _files(room):
        for text in _prose(path):
            for name in _DOTTED.findall(text):
                if name.rpartition(".")[2] not in _FILE_ENDS and not exists(name):
                    dangling.add(f"{path.relative_to(ROOT)}: {name}")
    assert sorted(dangling) == []


def test_a_name_that_does_not_exist_is_found():
    assert exists("metrology.tick.bill") and exists("firmware.clock.Clock.now")
    assert not exists("metrology.tick.bilk") and not exists("firmware.clock.Clock.never")
