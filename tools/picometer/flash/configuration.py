"""A meter's identity from a TOML file, as code that stores it in the board's memory."""

from pathlib import Path

from picometer.provision.identity import read_identity

# The record is one journal entry: what was there before stands until it reads back.
_CODE = """\
from boards.pico_meter.board import Board
from firmware.configuration import Configuration
board = Board()
layout = board.layout
record = Configuration(board.fram, layout.CONFIGURATION, layout.CONFIGURATION_SLOTS)
record.load()
for name, value in {fields!r}:
    record.put(name, value)
if not record.save():
    raise ValueError("the memory does not keep the configuration")
"""


def code_for(file: Path, insecure: bool = False) -> str:
    """MicroPython code that stores the fields of `file`; others keep their values.

    UserError as picometer.provision.identity says.
    """
    fields = read_identity(file, insecure)
    return _CODE.format(fields=[(name, value.encode()) for name, value in fields.items()])
