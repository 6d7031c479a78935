"""The emulator's own instructions against those of the package, at random."""

import os
import subprocess
from pathlib import Path

import pytest

from picometer.toolchain import cache_root, ensure

HERE = Path(__file__).parent
EMULATOR = HERE.parents[1] / "tools/picometer/rp2040/emulator"


def differences(program, *arguments):
    """Output of a check that runs with the package, which is nothing unless it found something."""
    there = any((cache_root() / "toolchain").glob("rp2040js-*/node_modules/rp2040js"))
    if os.environ.get("PICOMETER_NO_TOOLCHAIN") == "1" and not there:
        pytest.skip("no rp2040js, and PICOMETER_NO_TOOLCHAIN=1")
    command = ["node", HERE / program, ensure({"rp2040js"}).rp2040js, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


def test_random_instructions_do_the_same_in_the_same_cycles():
    found = differences("thumb_check.mjs", EMULATOR / "thumb.mjs", "300000", "7")
    assert found == (0, "", "")


def test_random_programs_are_translated_to_the_same_in_the_same_cycles():
    assert differences("blocks_check.mjs", EMULATOR, "800", "7") == (0, "", "")
