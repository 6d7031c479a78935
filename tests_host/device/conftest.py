"""The meter's image for the tests that run it on the emulated RP2040."""

import os

import pytest

from picometer.rp2040.host import prepare
from picometer.rp2040.image import UF2, built_image
from picometer.toolchain import cache_root


@pytest.fixture(scope="session")
def image():
    """The UF2 of the sources as they are; built when there is none."""
    if os.environ.get("PICOMETER_NO_TOOLCHAIN") == "1":
        there = any((cache_root() / "toolchain").glob("rp2040js-*/node_modules/rp2040js"))
        if not (there and UF2.is_file()):
            pytest.skip("no RP2040 image or no emulator, and PICOMETER_NO_TOOLCHAIN=1")
        return UF2
    return built_image()


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
