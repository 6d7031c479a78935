"""A meter's identity from a TOML file, as code that stores it in the board's memory."""

import tomllib
from pathlib import Path

from boards.ratings import MODELS, RATINGS
from firmware.configuration import FIELDS
from picometer.errors import UserError

_NO_TEXT = {"version", "calibration"}
_FIELDS = {name: size for name, size in FIELDS if name not in _NO_TEXT}

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


def code_for(file: Path) -> str:
    """MicroPython code that stores the fields of `file`; others keep their values.

    Fields are those of firmware.configuration that are text: model, service, serial,
    device_id, utility and the passwords. UserError when the file says what no meter can be.
    """
    fields = _read(file)
    for name, value in fields.items():
        if name not in _FIELDS:
            raise UserError(f"{file}: no field {name}; there are {', '.join(_FIELDS)}")
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise UserError(f"{file}: {name} is not a plain text")
        if len(value) > _FIELDS[name]:
            raise UserError(f"{file}: {name} is longer than {_FIELDS[name]} characters")
    _check_rating(file, fields)
    return _CODE.format(fields=[(name, value.encode()) for name, value in fields.items()])


def _read(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: {error}") from error


def _check_rating(file: Path, fields: dict[str, object]) -> None:
    """Model and service go together, as they were approved."""
    if ("model" in fields) != ("service" in fields):
        raise UserError(f"{file}: model and service belong together")
    if "model" not in fields:
        return
    model, service = fields["model"], fields["service"]
    if model not in MODELS:
        raise UserError(f"{file}: no model {model}; there are {', '.join(MODELS)}")
    known = {rating.name: rating for rating in RATINGS}
    if service not in known:
        raise UserError(f"{file}: no service {service}; there are {', '.join(known)}")
    if model not in known[service].models:
        raise UserError(f"{file}: model {model} is not approved with service {service}")
