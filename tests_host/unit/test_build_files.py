"""Both ways of shipping carry the same files, and those are the files on the disk."""

import json
import posixpath
import shutil
import subprocess
import sys

import pytest

from picometer.build.files import (
    FROZEN_APART,
    ROOT,
    meter_files,
    package_files,
    packages,
)
from picometer.build.packages import generated, write_generated

_HERE = "import sys; sys.path.insert(0, '.')\n"
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
    assert all(source == f"lib/{target}" for target, source in installed.items())
    with_it = {target.partition("/")[0] for target in installed}
    assert set(installed.values()) == on_disk(*(f"lib/{each}" for each in with_it))
    assert name in with_it


@pytest.mark.parametrize("name", packages())
def test_a_package_that_is_installed_alone_can_be_imported(name, tmp_path):
    for target, source in sources(f"lib/{name}/package.json").items():
        (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, tmp_path / target)
    (tmp_path / "micropython.py").write_text("const = lambda value: value\n")
    modules = [
        path.relative_to(tmp_path).with_suffix("").as_posix().replace("/", ".")
        for path in (tmp_path / name).rglob("*.py")
        if "viper" not in path.name  # for MicroPython only
    ]
    code = "".join(f"import {module.removesuffix('.__init__')}\n" for module in modules)
    subprocess.run((sys.executable, "-I", "-S", "-c", _HERE + code), cwd=tmp_path, check=True)


def test_no_package_list_offers_the_whole_meter():
    assert [path for path in generated() if path.endswith(".json")] == [
        f"lib/{name}/package.json" for name in packages()
    ]


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
        assert [file.source for file in meter_files(tmp_path)] == [
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
        ]
        assert write_generated(tmp_path) == []
        (tmp_path / "lib" / "a" / "d.py").write_text("import no, e.f\n")
        (tmp_path / "lib" / "e").mkdir()
        (tmp_path / "lib" / "e" / "__init__.py").touch()
        assert write_generated(tmp_path) == ["lib/a/package.json", "lib/e/package.json"]
        assert '["e/__init__.py", "../e/__init__.py"]' in generated(tmp_path)["lib/a/package.json"]
