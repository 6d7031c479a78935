"""What a meter can be given: the text fields of its configuration."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from boards.approved import RATINGS
from boards.ratings import MODELS, rating
from firmware.configuration import FIELDS
from picometer.errors import UserError
from picometer.files import read_text
from picometer.provision.passwords import check_passwords

_NO_TEXT = {"version", "calibration", "security"}
SIZES = {name: size for name, size in FIELDS if name not in _NO_TEXT}


def read_identity(file: Path, insecure: bool = False) -> dict[str, str]:
    """The fields of `file`: any of model, service, serial, device_id, utility and the passwords.

    UserError when the file says what no meter can be or, unless `insecure`, has a password that
    somebody could guess.
    """
    try:
        fields = tomllib.loads(read_text(file))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{file}: {error}") from error
    check_identity(fields, f"{file}: ", insecure)
    return fields


def check_identity(fields: Mapping[str, object], where: str = "", insecure: bool = False) -> None:
    """UserError, beginning with `where`, when no meter can be like that; see `read_identity`."""
    texts = {}
    for name, value in fields.items():
        if name not in SIZES:
            raise UserError(f"{where}no field {name}; there are {', '.join(SIZES)}")
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise UserError(f"{where}{name} is not a plain text")
        if len(value) > SIZES[name]:
            raise UserError(f"{where}{name} is longer than {SIZES[name]} characters")
        texts[name] = value
    _check_rating(texts, where)
    if not insecure:
        check_passwords(texts, where)


def _check_rating(fields: dict[str, str], where: str) -> None:
    """Model and service go together, as they were approved."""
    if ("model" in fields) != ("service" in fields):
        raise UserError(f"{where}model and service belong together")
    if "model" not in fields:
        return
    model, service = fields["model"], fields["service"]
    if model not in MODELS:
        raise UserError(f"{where}no model {model}; there are {', '.join(MODELS)}")
    try:
        chosen = rating(service)
    except KeyError as error:
        known = ", ".join(entry.name for entry in RATINGS)
        raise UserError(f"{where}no service {service}; there are {known}") from error
    if model not in chosen.models:
        raise UserError(f"{where}model {model} is not approved with service {service}")
