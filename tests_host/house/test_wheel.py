"""The wheel has all that `picometer` needs: it runs in an empty folder, far from any checkout."""

import re
import shutil
import subprocess
import sys
from importlib.metadata import Distribution, distribution
from zipfile import ZipFile

import pytest

from picometer import VERSION
from picometer.build.files import ROOT

pytestmark = pytest.mark.slow

BUILT_FROM = ("tools", "lib", "firmware", "boards")
READ_BY_BUILD = ("pyproject.toml", "setup.py", "README.md", "LICENSE")
SLOWEST_S = 300


def call(*command, folder, **options):
    """Standard output of a command; fails with what it says if it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SLOWEST_S,
        **options,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def required(name, found=None):
    """The distributions that `name` requires, and those that they require, without extras."""
    found = {} if found is None else found
    for line in distribution(name).requires or ():
        if "extra ==" in line or 'sys_platform == "win32"' in line or "platform_system" in line:
            continue
        needed = re.match(r"[\w.-]+", line)[0]
        if needed not in found:
            found[needed] = distribution(needed)
            required(needed, found)
    return found


def link(packages: Distribution, site):
    """Make an installed distribution importable from the folder `site`."""
    for top in {file.parts[0] for file in packages.files} - {"..", "__pycache__"}:
        (site / top).symlink_to(packages.locate_file(top))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel, built without network from nothing but the sources."""
    sources, out = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("wheel")
    left_out = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in BUILT_FROM:
        shutil.copytree(ROOT / name, sources / name, ignore=left_out)
    for name in READ_BY_BUILD:
        shutil.copy(ROOT / name, sources)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    offline = ("--no-index", "--no-deps", "--no-build-isolation")
    call(*pip, "wheel", *offline, "--wheel-dir", out, sources, folder=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """A virtual environment with the wheel, what the wheel requires, and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    call(sys.executable, "-m", "venv", "--without-pip", folder, folder=folder)
    (site,) = folder.glob("lib/python*/site-packages")
    for packages in required("picometer-firmware").values():
        link(packages, site)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    offline = ("--no-index", "--no-deps", "--no-compile")
    python = folder / "bin" / "python"
    call(*pip, "--python", python, "install", *offline, wheel, folder=folder)
    return folder / "bin"


def test_the_wheel_is_named_and_numbered_in_one_place(wheel):
    assert wheel.name == f"picometer_firmware-{VERSION}-py3-none-any.whl"


def test_the_wheel_carries_what_the_checkout_has(wheel):
    carried = set(ZipFile(wheel).namelist())
    device = {
        f"picometer/device/{path.relative_to(ROOT).as_posix()}"
        for name in ("lib", "firmware", "boards")
        for path in (ROOT / name).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    tools = {
        path.relative_to(ROOT / "tools").as_posix()
        for path in (ROOT / "tools" / "picometer").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert len(device) > 100 and len(tools) > 100
    assert (device | tools) - carried == set()
    assert {name for name in carried if name.startswith("tests_host")} == set()


def test_a_meter_runs_and_is_drawn_in_an_empty_folder(environment, tmp_path):
    run = (environment / "picometer", "run", "--headless", "--duration", 1)
    call(*run, folder=tmp_path, env={"HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []
    call(*run, "--lcd", "face.svg", folder=tmp_path, env={"HOME": str(tmp_path)})
    assert (tmp_path / "face.svg").read_text().startswith("<svg")


def test_the_installed_command_says_its_version(environment, tmp_path):
    assert call(environment / "picometer", "--version", folder=tmp_path).split()[-1] == VERSION
