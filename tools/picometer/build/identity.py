"""What the firmware is: a SHA-256 over the sources of a release, and the module that tells it.

The module, `build_identity`, lies in no folder of the sources: each way of building makes it. The
digest is that of the lines which `sha256sum` prints for the files in the order of their names.
Standard library only, like `files`.
"""

import atexit
import hashlib
import shutil
import sys
import tempfile
import types
from pathlib import Path

from picometer.build.files import FROZEN_APART, ROOT, DeviceFile, meter_files

_NAME = "build_identity"
IDENTITY = DeviceFile("", f"{_NAME}.py", f"{_NAME}.py")


def sources(root: Path = ROOT) -> list[str]:
    """The files that make the release: paths below `root`, sorted."""
    return sorted(
        file.source
        for file in [*FROZEN_APART, *meter_files(root)]
        if (root / file.source).is_file()
    )


def digest(root: Path = ROOT) -> bytes:
    """The SHA-256, 32 octets."""
    total = hashlib.sha256()
    for path in sources(root):
        of_file = hashlib.sha256((root / path).read_bytes()).hexdigest()
        total.update(f"{of_file}  {path}\n".encode())
    return total.digest()


def write(folder: Path, root: Path = ROOT) -> Path:
    """Write the module into `folder`; returns its path."""
    path = folder / IDENTITY.frozen
    path.write_text(f'"""SHA-256 of this firmware\'s sources."""\n\nDIGEST = {digest(root)!r}\n')
    return path


def folder(root: Path = ROOT) -> str:
    """A folder with the module in it, for as long as this process lasts."""
    made = tempfile.mkdtemp(prefix="picometer-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    write(Path(made), root)
    return made


def provide(root: Path = ROOT) -> None:
    """Make the module importable in this process."""
    module = types.ModuleType(_NAME)
    module.DIGEST = digest(root)
    sys.modules[_NAME] = module
