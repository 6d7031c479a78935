"""The RP2040 emulator's core, an npm package."""

from pathlib import Path

from picometer.toolchain.cache import whole
from picometer.toolchain.report import Report
from picometer.toolchain.shell import FETCH_TIMEOUT_S, run

PACKAGE = "rp2040js"
VERSION = "1.4.1"


def rp2040js(root: Path, log: Path, report: Report) -> Path:
    """Install the emulator package under `root`; returns the package's own folder."""
    home = root / f"{PACKAGE}-{VERSION}"
    if not home.is_dir():
        with report.step(f"fetch {PACKAGE}") as show, whole(home) as folder:
            command: list[str | Path] = ["npm", "install", "--prefix", folder]
            command += ["--no-audit", "--no-fund"]
            command += ["--ignore-scripts", f"{PACKAGE}@{VERSION}"]
            run(command, log, show=show, cwd=folder, timeout_s=FETCH_TIMEOUT_S)
            # npm's notes of where the package came from: not ours to keep.
            for note in (folder / "package-lock.json", folder / "node_modules/.package-lock.json"):
                note.unlink(missing_ok=True)
    return home / "node_modules" / PACKAGE
