"""Arrows point one way: tests_host -> tools -> firmware -> boards, lib."""

import ast

import pytest

from picometer.build.files import ROOT, packages

# Each floor of the house, with what stands above it.
ABOVE = {
    "lib": {"boards", "firmware", "picometer", "tests_host"},
    "boards": {"firmware", "picometer", "tests_host"},
    "firmware": {"picometer", "tests_host"},
    "tools": {"tests_host"},
}


def imported(source):
    """The top-level names that the text of a module imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("floor", ABOVE)
def test_no_file_imports_from_a_floor_above(floor):
    files = [path for path in (ROOT / floor).rglob("*.py") if "manifest" not in path.name]
    assert len(files) > 5
    found = {}
    for path in files:
        if wrong := set(imported(path.read_text())) & ABOVE[floor]:
            found[path.relative_to(ROOT).as_posix()] = wrong
    assert found == {}


def test_nothing_in_tools_names_the_tests_but_the_pages_that_list_them():
    files = [path for path in (ROOT / "tools").rglob("*") if path.suffix in (".py", ".mjs", ".c")]
    files = [path for path in files if path.parent.name != "pages"]
    assert len(files) > 100
    assert [path.name for path in files if "tests_host" in path.read_text()] == []


def test_no_package_of_lib_is_called_like_a_floor():
    assert not set(packages()) & {"boards", "firmware", "tools", "tests_host", "picometer"}
