"""What the system itself must have: compilers and Node, installed through apt where we may."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from picometer.toolchain.report import Report
from picometer.toolchain.shell import FETCH_TIMEOUT_S, ToolchainError, run

MIN_NODE = 18


@dataclass(frozen=True)
class Need:
    """Something a part needs: how to see it is there, and the Debian package that brings it."""

    package: str
    present: Callable[[], bool]


def _program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _arm_file(name: str) -> Callable[[], bool]:
    # The compiler answers with the bare name when it does not find the file.
    return lambda: os.path.isabs(_output("arm-none-eabi-gcc", f"-print-file-name={name}"))


def _compiles_32_bit() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "probe.c")
        source.write_text("#include <stdlib.h>\nint main(void) { return sizeof(void *) != 4; }\n")
        program = Path(folder, "probe")
        command = ["gcc", "-m32", str(source), "-o", str(program)]
        try:
            built = subprocess.run(command, capture_output=True, timeout=60, check=False)
        except FileNotFoundError:
            return False
        return built.returncode == 0


def _node_present() -> bool:
    return shutil.which("node") is not None


_GCC = Need("gcc", _program("gcc"))
_MAKE = Need("make", _program("make"))

NEEDS: dict[str, tuple[Need, ...]] = {
    "mpy-cross": (_GCC, _MAKE),
    "unix": (_GCC, _MAKE, Need("gcc-multilib", _compiles_32_bit)),
    "rp2": (
        _GCC,
        _MAKE,
        Need("g++", _program("g++")),
        Need("cmake", _program("cmake")),
        Need("gcc-arm-none-eabi", _program("arm-none-eabi-gcc")),
        Need("libnewlib-arm-none-eabi", _arm_file("nosys.specs")),
        Need("libstdc++-arm-none-eabi-newlib", _arm_file("libstdc++.a")),
    ),
    "rp2040js": (Need("nodejs", _node_present), Need("npm", _program("npm"))),
}


def missing(parts: Iterable[str]) -> list[str]:
    """The Debian packages that `parts` need and this system lacks."""
    found: dict[str, None] = {}
    for part in parts:
        for need in NEEDS[part]:
            if need.package not in found and not need.present():
                found[need.package] = None
    return list(found)


def check_node() -> None:
    """Raise ToolchainError unless Node is recent enough for the emulator."""
    version = _output("node", "--version")
    match = re.match(r"v(\d+)\.", version)
    if match is None or int(match[1]) < MIN_NODE:
        raise ToolchainError(
            f"the emulator needs Node {MIN_NODE} or newer, found {version or 'none'}"
        )


def install(packages: list[str], log: Path, report: Report) -> None:
    """Install Debian packages, or say in one line how the user can."""
    if not packages:
        return
    names = " ".join(packages)
    if shutil.which("apt-get") is None:
        raise ToolchainError(f"missing, and no apt here to install it: {names}")
    if os.geteuid() != 0:
        raise ToolchainError(f"missing; install it with: sudo apt-get install {names}")
    command = ["apt-get", "install", "-y", "--no-install-recommends"]
    command += ["-o", "DPkg::Lock::Timeout=300", *packages]
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    with report.step(f"install {names}") as show:
        try:
            run(command, log, show=show, env=env, timeout_s=FETCH_TIMEOUT_S)
        except ToolchainError:
            # Most often package lists that are absent or old.
            run(["apt-get", "update"], log, show=show, timeout_s=FETCH_TIMEOUT_S)
            run(command, log, show=show, env=env, timeout_s=FETCH_TIMEOUT_S)
