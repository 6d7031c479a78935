"""The emulator's own instructions against those of the package, at random."""

import os
import subprocess
from pathlib import Path

import pytest

from picometer.toolchain import cache_root, ensure

HERE = Path(__file__).parent
THUMB = HERE.parents[1] / "tools/picometer/rp2040/emulator/thumb.mjs"


def test_random_instructions_do_the_same_in_the_same_cycles():
    there = any((cache_root() / "toolchain").glob("rp2040js-*/node_modules/rp2040js"))
    if os.environ.get("PICOMETER_NO_TOOLCHAIN") == "1" and not there:
        pytest.skip("no rp2040js, and PICOMETER_NO_TOOLCHAIN=1")
    package = ensure({"rp2040js"}).rp2040js
    command = ["node", HERE / "thumb_check.mjs", package, THUMB, "300000", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
