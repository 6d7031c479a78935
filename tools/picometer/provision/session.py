"""Provisioning through the optical port: passwords first, then who the meter is, then the proof.

Passwords come first because an interrupted run must leave a meter that can be gone on with: the
way in without one is closed by the first that is stored.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from c1219 import accountability, decade0, decade4, manufacturer
from firmware.configuration import padded
from picometer.errors import UserError
from picometer.provision.identity import SIZES
from picometer.provision.passwords import FIELDS as PASSWORDS
from picometer.reader.access import HOW
from picometer.reader.client import Client, open_session
from picometer.reader.decode import TableReader
from picometer.reader.errors import ServiceError
from psem import codes

_BLANK = ""
_USER = "PROVISION"
_SECURITY = accountability.SECURITY.number
_OPTICAL = PASSWORDS[:3]
# Of a field of the configuration: the table that has it, and where.
_PROVISIONING = ("model", "service", "serial")
_WHOLE_TABLES = {"device_id": decade0.ST5.number, "utility": decade0.ST6.number}


def provision(
    url: str, fields: dict[str, str], password: str | None = None, seal: bool = False
) -> list[str]:
    """Give the meter at `url` these fields, and read them back; returns what was done, in lines.

    password  of level 3; None for a meter that has none yet, or has those of `fields` already
    seal      turn on its security setting when all that has been done

    UserError when it lets nobody in; what picometer.reader raises when it refuses something.
    """
    with _entered(url, fields, password) as client:
        done = _store_passwords(client, fields)
        done += _store_identity(client, fields)
        _compare(client, fields)
    done += _try_passwords(url, fields)
    level_3 = fields.get("password_3") or password
    if seal:
        if level_3 is None:
            raise UserError("provision: without password_3 nobody can seal the meter")
        done.append(_seal(url, level_3))
    return done


def enter(url: str, fields: dict[str, str], password: str | None = None) -> None:
    """Look whether `provision` would be let in. Raises UserError if not; changes nothing."""
    with _entered(url, fields, password):
        pass


@contextmanager
def _entered(url: str, fields: dict[str, str], password: str | None) -> Iterator[Client]:
    """A session with level 3."""
    with open_session(url, user=_USER) as client:
        if not TableReader.of(client).is_ours():
            raise UserError("its tables of what it is given are not known")
        _obtain(client, password, fields.get("password_3", ""))
        yield client


def _obtain(client, password: str | None, stored: str) -> None:
    """Obtain level 3."""
    offered = [_BLANK, *filter(None, [stored])] if password is None else [password]
    for each in offered:
        try:
            client.security(each)
        except ServiceError as error:
            if error.code == codes.BSY:
                raise
            continue
        return
    if password is not None:
        raise UserError("the meter does not take that password of level 3")
    raise UserError(
        f"the meter has a password ({HOW}), or lets nobody in because its seal is closed"
    )


@contextmanager
def _allowing(field: str, allowed: str) -> Iterator[None]:
    """Say of a value that the meter refuses which field it is, and what is allowed."""
    try:
        yield
    except ServiceError as error:
        if error.code != codes.ONP:
            raise
        raise UserError(f"{error}: {field}: {allowed}") from error


def _store_passwords(client, fields: dict[str, str]) -> list[str]:
    width = decade4.PASSWORD_LENGTH
    # The highest first: it closes the way in, and with it an interrupted run is gone on with.
    given = [name for name in PASSWORDS if name in fields]
    given.sort(key=lambda name: name != "password_3")
    for name in given:
        octets = fields[name].encode().ljust(width)
        with _allowing(name, "a password of up to 20 characters; that of level 3 is never empty"):
            client.write_offset(decade4.ST42.number, PASSWORDS.index(name) * (width + 1), octets)
    return [f"{len(given)} passwords"] if given else []


def _store_identity(client, fields: dict[str, str]) -> list[str]:
    done = []
    given = [name for name in _PROVISIONING if name in fields]
    if given:
        number = manufacturer.PROVISIONING.number
        at = 0
        octets = bytearray(client.read(number))
        for name in _PROVISIONING:
            if name in fields:
                octets[at : at + SIZES[name]] = _padded(name, fields)
            at += SIZES[name]
        with _allowing(
            ", ".join(given), "model and service as approved together, for its hardware"
        ):
            client.write(number, bytes(octets))
        done += [f"{name} {fields[name]}" for name in given]
    for name, number in _WHOLE_TABLES.items():
        if name in fields:
            with _allowing(name, f"up to {SIZES[name]} printable characters"):
                client.write(number, _padded(name, fields))
            done.append(f"{name} {fields[name]}")
    return done


def _compare(client, fields: dict[str, str]) -> None:
    """UserError when the meter does not hold what it was given."""
    held = client.read(manufacturer.PROVISIONING.number)
    at = 0
    for name in _PROVISIONING:
        if name in fields and held[at : at + SIZES[name]] != _padded(name, fields):
            raise UserError(f"the meter does not hold the {name} that it was given")
        at += SIZES[name]
    for name, number in _WHOLE_TABLES.items():
        if name in fields and client.read(number) != _padded(name, fields):
            raise UserError(f"the meter does not hold the {name} that it was given")


def _try_passwords(url: str, fields: dict[str, str]) -> list[str]:
    """Log on with each password of the optical port; nobody may read them."""
    tried = [name for name in _OPTICAL if fields.get(name)]
    if not tried:
        return []
    with open_session(url, user=_USER) as client:
        for name in tried:
            try:
                client.security(fields[name])
            except ServiceError as error:
                raise UserError(f"the meter does not take its new {name}: {error}") from error
    return [f"logged on with {', '.join(tried)}"]


def _seal(url: str, password: str) -> str:
    with open_session(url, user=_USER, password=password) as client:
        client.write(_SECURITY, b"\x01")
        if client.read(_SECURITY) != b"\x01":
            raise UserError("the meter does not hold its security setting")
    return "security setting on: close the seal"


def _padded(name: str, fields: dict[str, str]) -> bytes:
    return padded(name, fields[name].encode())
