"""The same sources give the same octets, whoever builds them, where, when and how."""

import hashlib
import os
import subprocess
import sys

import pytest

from picometer.build.files import ROOT
from picometer.toolchain import ToolchainError, ensure

FOLDERS = ("boards", "firmware", "lib", "tools")
OTHERS = {
    "TZ": "America/Los_Angeles",
    "LC_ALL": "C",
    "LANG": "de_DE.UTF-8",
    "USER": "somebody",
    "LOGNAME": "somebody",
    "PYTHONHASHSEED": "7",
    "SOURCE_DATE_EPOCH": "1",
    "PICOMETER_JOBS": "3",
}


@pytest.fixture
def elsewhere(tmp_path):
    """A copy of the sources, in a folder of another name and length, of another date."""
    if os.environ.get("PICOMETER_NO_TOOLCHAIN") == "1":
        pytest.skip("builds, and PICOMETER_NO_TOOLCHAIN=1")
    try:
        ensure({"mpy-cross"})
    except ToolchainError as error:
        pytest.fail(str(error), pytrace=False)
    folder = tmp_path / "quite another place"
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *FOLDERS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for path in sorted(tracked, reverse=True):
        if not (ROOT / path).is_file():
            continue
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes((ROOT / path).read_bytes())
        os.utime(folder / path, (981158400, 981158400))
    return folder


def build(root, out, **environment):
    """What `picometer dev build uf2` makes of the sources in `root`: name -> SHA-256."""
    subprocess.run(
        [sys.executable, "-m", "picometer.cli", "dev", "build", "uf2", "--out", out],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "tools"), **environment},
        capture_output=True,
        check=True,
    )
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


@pytest.mark.full
def test_images_are_the_same_octets_wherever_they_are_built(elsewhere, tmp_path):
    names = ("picometer.bin", "picometer.uf2", "picometer.json")
    ours = build(ROOT, tmp_path / "a")
    theirs = build(elsewhere, tmp_path / "another", **OTHERS)
    assert [ours[name] for name in names] == [theirs[name] for name in names]
