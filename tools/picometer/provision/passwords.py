"""Passwords that are fit for the field, and those that are not."""

import secrets
from collections.abc import Mapping

from picometer.errors import UserError

FIELDS = ("password_1", "password_2", "password_3", "password_module")  # in the order of ST42
SHORTEST = 8
_FEWEST = 5  # different characters
_LENGTH = 20  # of those made here
# Without what looks alike in print.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"

# In small letters and without what is not a letter or digit: the defaults of this project's own
# commands and documents, of test benches, and what people take first.
_KNOWN = frozenset(
    """
    picometer module modules changeme
    password passwort password1 password12 password123 passw0rd motdepasse
    master utility reader programmer factory service operator installer administrator
    default defaults electric electricity energymeter smartmeter
    qwertyuiop qwerty123 letmein123 welcome123 iloveyou1
    """.split()
)


def weakness(password: str, names: Mapping[str, str]) -> str:
    """Why nobody should protect a meter with `password`; empty when it will do.

    names  what the meter is known by, of the same fields as its configuration
    """
    plain = "".join(filter(str.isalnum, password.lower()))
    steps = {ord(b) - ord(a) for a, b in zip(password, password[1:], strict=False)}
    if password != password.strip():
        return "begins or ends with a space"
    if len(password) < SHORTEST:
        return f"is shorter than {SHORTEST} characters"
    if len(set(password.lower())) < _FEWEST:
        return f"has fewer than {_FEWEST} different characters"
    if len(steps) == 1:
        return "is a sequence"
    if plain in _KNOWN or plain.rstrip("0123456789") in _KNOWN:
        return "is one that everybody tries"
    for name, value in names.items():
        if name not in FIELDS and value and password.lower() == value.strip().lower():
            return f"is the meter's {name}"
    return ""


def check_passwords(fields: Mapping[str, str], where: str = "") -> None:
    """UserError for the first password among `fields` that is weak, or that two levels share.

    An empty one is none: nobody can log on with it.
    """
    seen: dict[str, str] = {}
    for name in FIELDS:
        password = fields.get(name, "")
        if not password:
            continue
        why = weakness(password, fields)
        if why:
            raise UserError(f"{where}{name} {why}")
        if password.lower() in seen:
            raise UserError(f"{where}{name} is that of {seen[password.lower()]}")
        seen[password.lower()] = name


def generate() -> str:
    """A password that nobody guesses: more than 100 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
