"""Makes the module `build_identity`, which tells the firmware how it was built.

The module lies in no folder of the sources: each way of building makes it. It has

    DIGEST   SHA-256 of the sources of the release: that of the lines which `sha256sum` prints for
             the files in the order of their names
    SOURCES  the same of those of each part of the software
    FILES    where the sources run themselves, makes firmware.software's `source`; else None

Standard library only, like `files`.
"""

import atexit
import functools
import shutil
import sys
import tempfile
import types
from pathlib import Path

from picometer.build.files import ROOT, DeviceFile
from picometer.build.files_source import FilesSource
from picometer.build.manifest import FILE_NAME, write_files
from picometer.build.parts import NAMES, part_of, source_digest
from picometer.build.parts import sources as sources_of

_NAME = "build_identity"
IDENTITY = DeviceFile("", f"{_NAME}.py")


def sources(root: Path = ROOT) -> list[str]:
    """The files that make the release: paths below `root`, sorted."""
    return sources_of(None, root)


def digest(root: Path = ROOT) -> bytes:
    """The SHA-256, 32 octets."""
    return source_digest(None, root)


def write(folder: Path, root: Path = ROOT) -> Path:
    """Write the module into `folder`; returns its path."""
    path = folder / IDENTITY.frozen
    lines = [f'"""SHA-256 of this firmware\'s sources."""\n\nDIGEST = {digest(root)!r}\n']
    lines.append(f"SOURCES = {_parts(root)!r}\nFILES = None\n")
    path.write_text("".join(lines))
    return path


def folder(root: Path = ROOT) -> str:
    """A folder with the module in it, for as long as this process lasts."""
    made = _temporary()
    write(made, root)
    return str(made)


def provide(root: Path = ROOT) -> None:
    """Make the module importable in this process, which runs the sources themselves."""
    module = types.ModuleType(_NAME)
    told = vars(module)
    told["DIGEST"] = digest(root)
    told["SOURCES"] = _parts(root)
    made = _temporary()
    write_files(made, root, {path: part_of(path) for path in sources(root)}, root)
    told["FILES"] = functools.partial(FilesSource, root, made / FILE_NAME)
    sys.modules[_NAME] = module


def _parts(root: Path) -> tuple[bytes, ...]:
    return tuple(source_digest(part, root) for part in range(len(NAMES)))


def _temporary() -> Path:
    made = tempfile.mkdtemp(prefix="picometer-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)
