"""The meter's images for the tests that run it on the emulated RP2040."""

import os

import pytest

from picometer.build.image import image_name
from picometer.rp2040.host import prepare
from picometer.rp2040.image import BUILT, built_image
from picometer.toolchain import cache_root


def _image(production):
    if os.environ.get("PICOMETER_NO_TOOLCHAIN") == "1":
        there = any((cache_root() / "toolchain").glob("rp2040js-*/node_modules/rp2040js"))
        uf2 = BUILT / f"{image_name(production)}.uf2"
        if not (there and uf2.is_file()):
            pytest.skip("no RP2040 image or no emulator, and PICOMETER_NO_TOOLCHAIN=1")
        return uf2
    return built_image(production=production)


@pytest.fixture(scope="session")
def image():
    """The UF2 of the sources as they are; built when there is none."""
    return _image(False)


@pytest.fixture(scope="session")
def production_image():
    """Likewise that of a production image."""
    return _image(True)


@pytest.fixture
def make_host(image):
    """Makes `Rp2040Host`s for virtual boards; ends them after the test."""
    hosts = []
    prepared = prepare(image)

    def make(board):
        hosts.append(prepared(board))
        return hosts[-1]

    yield make
    for host in hosts:
        host.close()
