"""The firmware knows what it was built from, however it was built."""

import hashlib
import shutil
import subprocess
import sys

import pytest

from picometer.build import identity
from picometer.build.files import FROZEN_APART, ROOT, meter_files


@pytest.fixture
def copy(tmp_path):
    """The release's sources, to be changed."""
    for path in identity.sources():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, tmp_path / path)
    return tmp_path


def test_it_is_what_sha256sum_makes_of_every_file_of_a_release():
    paths = sorted(file.source for file in [*FROZEN_APART, *meter_files()])
    lines = "".join(
        f"{hashlib.sha256((ROOT / path).read_bytes()).hexdigest()}  {path}\n" for path in paths
    )
    assert identity.digest() == hashlib.sha256(lines.encode()).digest()


def test_it_depends_on_names_and_contents_and_on_nothing_else(copy):
    before = identity.digest(copy)
    assert before == identity.digest()
    (copy / "lib/display/README.md").write_text("no part of a release")
    assert identity.digest(copy) == before
    font = copy / "lib/display/font.py"
    content = font.read_bytes()
    font.write_bytes(content.replace(b"\x0a", b"\x0a\x0a", 1))
    changed = identity.digest(copy)
    font.write_bytes(content)
    assert identity.digest(copy) == before
    font.rename(font.with_name("fount.py"))
    assert len({before, changed, identity.digest(copy)}) == 3


@pytest.mark.parametrize("path", ["firmware/main.py", "firmware/_boot.py", "boards/ratings.py"])
def test_every_room_counts(copy, path):
    before = identity.digest(copy)
    with (copy / path).open("a") as file:
        file.write("#")
    assert identity.digest(copy) != before


def test_the_module_says_it(tmp_path):
    found = {}
    exec(identity.write(tmp_path).read_text(), found)
    assert found["DIGEST"] == identity.digest()


_ASK = "import {0}firmware.identity as i; print(i.DIGEST and i.DIGEST.hex())"


@pytest.mark.parametrize("provided", [True, False])
def test_firmware_reads_it_where_there_is_one(provided):
    prepare = "picometer.paths as p; p.use_firmware(); import " if provided else ""
    done = subprocess.run(
        [sys.executable, "-c", _ASK.format(prepare)],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'lib'}:{ROOT / 'tools'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == (identity.digest().hex() if provided else "None")
