"""Runs a module's tests on the 32-bit unix MicroPython, and knows what they are."""

import ast
import importlib
import os
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from picometer.toolchain import ToolchainError, cache_root, ensure

ROOT = Path(__file__).parents[2]
_TIMEOUT_S = 120
_HEAP = "4M"  # models of the memory chip take 256 kB each


@dataclass
class Outcome:
    """What one run printed: a traceback or None per test, and the lines of `outputs()`."""

    results: dict[str, str | None] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)
    text: str = ""


def modules(pattern: str) -> list[str]:
    """Module names of the files that match, from the root of the project."""
    found = sorted(ROOT.glob(pattern))
    assert found, pattern
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in found]


def _functions(module: str) -> set[str]:
    path = ROOT / Path(*module.split(".")).with_suffix(".py")
    tree = ast.parse(path.read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def tests_of(module: str) -> list[str]:
    """Names of a module's test functions, without importing it."""
    return sorted(name for name in _functions(module) if name.startswith("test_"))


def has_outputs(module: str) -> bool:
    """Whether there is something to compare with CPython."""
    return "outputs" in _functions(module)


@cache
def _found() -> tuple[Path | None, str]:
    """The unix MicroPython, or why there is none."""
    if os.environ.get("PICOMETER_NO_TOOLCHAIN") == "1":
        built = sorted((cache_root() / "toolchain").glob("*/unix/micropython"))
        return (built[-1] if built else None), "no unix MicroPython, PICOMETER_NO_TOOLCHAIN=1"
    try:
        return ensure({"unix"}).unix_micropython, ""
    except ToolchainError as error:
        return None, str(error)


def interpreter() -> Path:
    """The unix MicroPython, built if need be; skips if that was forbidden and it is absent."""
    path, why = _found()
    if path is None:
        if os.environ.get("PICOMETER_NO_TOOLCHAIN") == "1":
            pytest.skip(why)
        pytest.fail(why, pytrace=False)
    return path


@cache
def run(module: str) -> Outcome:
    """Run all tests of `module`, once."""
    done = subprocess.run(
        [interpreter(), "-X", f"heapsize={_HEAP}", "tests_host/unix/run.py", module],
        cwd=ROOT,
        env={"MICROPYPATH": "lib:.:.frozen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_TIMEOUT_S,
    )
    outcome = Outcome(text=done.stdout)
    failing = None
    for line in done.stdout.splitlines():
        word, _, rest = line.partition(" ")
        if word in ("PASS", "FAIL"):
            failing = rest if word == "FAIL" else None
            outcome.results[rest] = "" if failing else None
        elif word == "OUT":
            failing = None
            outcome.outputs.append(rest)
        elif failing:
            outcome.results[failing] += line + "\n"
    return outcome


def expected_outputs(module: str) -> list[str]:
    """What `outputs()` returns on CPython."""
    return importlib.import_module(module).outputs()
