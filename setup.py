"""Puts the meter's own sources into a wheel: `picometer` runs them and decodes by them."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

_ROOT = Path(__file__).resolve().parent
_DEVICE = ("lib", "firmware", "boards")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")


class BuildWithDevice(build_py):
    """build_py, and the sources below picometer/device."""

    def run(self) -> None:
        editable = getattr(self, "editable_mode", False)
        if not editable:  # what an earlier build has left there would go into the wheel
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        if editable:
            return  # a checkout has them where they are
        device = Path(self.build_lib) / "picometer" / "device"
        for name in _DEVICE:
            shutil.copytree(_ROOT / name, device / name, ignore=_LEFT_OUT)


setup(cmdclass={"build_py": BuildWithDevice})
