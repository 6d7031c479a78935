"""The three ways of shipping carry the same files, and those are the files on the disk."""

import json
import posixpath

import pytest

from picometer.build.files import (
    FROZEN_APART,
    MAIN,
    ROOT,
    loaded_files,
    meter_files,
    package_files,
    packages,
)
from picometer.build.mpy import mpy_name
from picometer.build.packages import generated, write_generated

OURS = ("lib", "firmware", "boards")


def on_disk(*folders):
    """Every Python file there, but for the manifests of MicroPython's build."""
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    manifests = {"manifest.py", "manifest_production.py"}
    return {path.relative_to(ROOT).as_posix() for path in paths if path.name not in manifests}


def sources(package_json):
    """What a package.json installs: target -> source, relative to the root."""
    folder = posixpath.dirname(package_json)
    urls = json.loads((ROOT / package_json).read_text())["urls"]
    return {target: posixpath.normpath(posixpath.join(folder, url)) for target, url in urls}


def test_every_file_is_shipped():
    shipped = {file.source for file in [*FROZEN_APART, *meter_files()]}
    assert shipped == on_disk(*OURS)


@pytest.mark.parametrize("path", sorted(generated()))
def test_generated_file_is_up_to_date(path):
    assert (ROOT / path).read_text() == generated()[path], "run: make lists"


@pytest.mark.parametrize("name", packages())
def test_package_installs_its_folder_under_its_name(name):
    installed = sources(f"lib/{name}/package.json")
    assert set(installed.values()) == on_disk(f"lib/{name}")
    assert all(source == f"lib/{target}" for target, source in installed.items())


def test_mip_installs_the_same_tree_as_the_mpy_files():
    meter = [MAIN, *loaded_files()]
    installed = sources("package.json")
    assert installed == {file.target: file.source for file in meter}
    compiled = {mpy_name(file) for file in meter}
    assert compiled == {
        target if target == "main.py" else target.removesuffix(".py") + ".mpy"
        for target in installed
    }


def test_no_package_is_missing_its_init():
    folders = {path.name for path in (ROOT / "lib").iterdir() if any(path.glob("*.py"))}
    assert folders == set(packages())


def small_tree(root):
    for path in ("lib/a/__init__.py", "lib/a/manifest.py", "lib/a/b/c.py", "lib/no/thing.py"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    for path in ("firmware/main.py", "firmware/_boot.py", "firmware/x.py"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    for board in ("pico_meter", "other"):
        (root / "boards" / board).mkdir(parents=True)
        (root / "boards" / board / "pins.py").touch()
    (root / "boards" / "ratings.py").touch()


class TestRules:
    def test_other_boards_and_manifests_stay_behind(self, tmp_path):
        small_tree(tmp_path)
        assert [file.target for file in meter_files(tmp_path)] == [
            "boards/pico_meter/pins.py",
            "boards/ratings.py",
            "firmware/x.py",
            "lib/a/__init__.py",
            "lib/a/b/c.py",
        ]

    def test_the_image_has_packages_at_its_top(self, tmp_path):
        small_tree(tmp_path)
        assert [file.frozen for file in package_files("a", tmp_path)] == [
            "a/__init__.py",
            "a/b/c.py",
        ]

    def test_lists_are_written_once_and_then_left_alone(self, tmp_path):
        small_tree(tmp_path)
        assert write_generated(tmp_path) == [
            "boards/pico_meter/pins.csv",
            "lib/a/package.json",
            "package.json",
        ]
        assert write_generated(tmp_path) == []
        (tmp_path / "firmware" / "y.py").touch()
        assert write_generated(tmp_path) == ["package.json"]
