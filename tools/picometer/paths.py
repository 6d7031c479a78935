"""Where the meter's own sources lie, and how to import them."""

import sys
from pathlib import Path

from picometer.build.files import ROOT

HOUSEHOLD = Path(__file__).resolve().parent / "data" / "household-2007-02-01.csv"


def use_firmware() -> None:
    """Make the firmware importable: its packages, its identity, and the hardware mocks.

    lib/ goes first: a client installed beside us has a `c1219` of its own.
    """
    for path in (str(ROOT), str(ROOT / "lib")):
        if path in sys.path:
            sys.path.remove(path)
        sys.path.insert(0, path)
    from picometer.build import identity
    from picometer.virtual import mocks

    mocks.install()
    identity.provide()
