"""A meter's identity from a TOML file, as code that stores it in the board's memory."""

from pathlib import Path

from picometer.provision.identity import read_identity

# By right, and with entries of the event log: see there.
_CODE = """\
from firmware.over_usb import store
store({fields!r})
"""


def code_for(file: Path, insecure: bool = False) -> str:
    """MicroPython code that stores the fields of `file`; others keep their values.

    UserError as picometer.provision.identity says.
    """
    fields = read_identity(file, insecure)
    return _CODE.format(fields=[(name, value.encode()) for name, value in fields.items()])
