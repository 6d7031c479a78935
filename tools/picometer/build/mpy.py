"""The meter as .mpy files for stock MicroPython, laid out as on the device."""

import hashlib
import re
import shutil
import tempfile
from pathlib import Path

from picometer.build import identity
from picometer.build.files import MAIN, ROOT, DeviceFile, loaded_files
from picometer.build.manifest import FILE_NAME, MPY, RELEASE_NAME, release, write_files
from picometer.build.parts import LEGAL, Part, part_of
from picometer.errors import UserError
from picometer.toolchain import Report, ToolchainError, ensure
from picometer.toolchain.cache import whole
from picometer.toolchain.shell import run

ARCHITECTURE = "armv6m"  # of the RP2040, for viper and native code
SUMS = "SHA256SUMS"  # in the form of sha256sum, paths as on the device without the first slash


def mpy_name(file: DeviceFile) -> str:
    """Where a file lies on the device once compiled. MicroPython boots main.py as source only."""
    if file == MAIN:
        return file.target
    return file.target.removesuffix(".py") + ".mpy"


def build_mpy(out: Path, *, root: Path = ROOT, report: Report | None = None) -> dict[str, str]:
    """Make the tree in the folder `out`, anew or not at all; returns path -> SHA-256.

    Raises UserError, for a file that does not compile with its name and line.
    """
    report = report or Report()
    try:
        compiler = ensure({"mpy-cross"}, log=report).mpy_cross
        with report.step("compile .mpy files") as show, whole(out) as folder:
            log = out.with_name(out.name + ".log")
            log.unlink(missing_ok=True)
            for file in [MAIN, *loaded_files(root)]:
                show(file.source)
                _make(compiler, root / file.source, file, folder / mpy_name(file), log)
            show(identity.IDENTITY.frozen)
            _make_identity(compiler, root, folder, log)
            show(FILE_NAME)
            parts = _make_manifest(folder, root)
            sums = digest(folder)
            lines = [f"{value}  {path}\n" for path, value in sums.items()]
            (folder / SUMS).write_text("".join(lines))
        release(out.with_name(RELEASE_NAME), MPY, parts, root)
        return sums
    except ToolchainError as error:
        raise UserError(str(error)) from error
    except OSError as error:
        raise UserError(f"{error.filename or out}: {error.strerror}") from error


def digest(folder: Path) -> dict[str, str]:
    """Path below `folder` -> SHA-256 of every file that belongs on the device."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != SUMS
    }


def _make_identity(compiler: Path, root: Path, folder: Path, log: Path) -> None:
    file = identity.IDENTITY
    with tempfile.TemporaryDirectory() as made:
        source = identity.write(Path(made), root, ("", FILE_NAME))
        _make(compiler, source, file, folder / mpy_name(file), log)


def _make_manifest(folder: Path, root: Path) -> list[Part]:
    files = {mpy_name(file): part_of(file.source) for file in [MAIN, *loaded_files(root)]}
    files[mpy_name(identity.IDENTITY)] = LEGAL
    return write_files(folder, folder, files, root)


def _make(compiler: Path, source: Path, file: DeviceFile, target: Path, log: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if file == MAIN:
        shutil.copyfile(source, target)
        return
    # The name in tracebacks is the one that the frozen image has, too.
    command: list[str | Path] = [compiler, "-O3", f"-march={ARCHITECTURE}", "-s", file.frozen]
    command += ["-o", target, source]
    try:
        run(command, log)
    except ToolchainError as error:
        lines = re.findall(r'^  File ".*", line (\d+)', log.read_text(), re.M)
        where = f"{file.source}, line {lines[-1]}" if lines else file.source
        raise UserError(f"{where}: {error}") from error
