"""docs/tests.md: which test files import which module of the meter."""

import ast
from collections import defaultdict
from pathlib import Path

from picometer.paths import ROOT

from .files import sources

PAGE = "tests.md"

_HEAD = """\
# Tests by module

`make pages` generates this page from the imports of the files in `tests_host/`. A module without a
row is tested through the meter: by `tests_host/meter` on CPython, by `tests_host/device` on the
emulated RP2040."""


def page() -> str:
    """Text of the page."""
    users = _users(_modules())
    parts = [_HEAD]
    for room in ("firmware", "lib", "boards"):
        rows = [f"## {room}", "", "| Module | Tests |", "|---|---|"]
        for module in sorted(name for name in users if _room(name) == room):
            links = (f"[{test.removeprefix('tests_host/')}](../{test})" for test in users[module])
            rows.append(f"| `{module}` | {', '.join(links)} |")
        parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"


def _modules() -> dict[str, Path]:
    # Name by which code imports a file -> the file.
    found = {}
    for room, base in (("firmware", ROOT), ("lib", ROOT / "lib"), ("boards", ROOT)):
        for path in sources(ROOT / room):
            if "examples" in path.parts:
                continue
            name = ".".join(path.relative_to(base).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


def _room(module: str) -> str:
    first = module.partition(".")[0]
    return first if first in ("firmware", "boards") else "lib"


def _users(modules: dict[str, Path]) -> dict[str, list[str]]:
    users: dict[str, set[str]] = defaultdict(set)
    for test in sources(ROOT / "tests_host"):
        for name in _imported(test):
            if name in modules and modules[name].name != "__init__.py":
                users[name].add(str(test.relative_to(ROOT)))
    return {name: sorted(tests) for name, tests in users.items()}


def _imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names |= {node.module, f"{node.module}.{alias.name}"}
    return names
