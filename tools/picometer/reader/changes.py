"""Values before and after a change, as the event log of our own meter has them, in words."""

from collections.abc import Iterator
from typing import Any

from audit import excerpt
from audit.entry import VALUE
from c1219 import decade4, events
from c1219.types import size_of

from .decode import TableReader
from .formats import OURS

_PASSWORDS = ("1", "2", "3", "of the module slot")
_SETTINGS = {b"\x00": "not set", b"\x01": "set"}


def value_words(parameter: int, old: bytes, new: bytes, tables: TableReader) -> list[str]:
    """What has changed of table `parameter`; empty where the entry has no values."""
    if not old and not new:
        return []
    if parameter == decade4.ST42.number:
        which = [name for i, name in enumerate(_PASSWORDS) if new[:1] and new[0] >> i & 1]
        return ["passwords " + ", ".join(which)]
    if parameter == events.SECURITY_TABLE:
        return [f"{_SETTINGS.get(old, old.hex())} -> {_SETTINGS.get(new, new.hex())}"]
    fields = _both(parameter, old, new, tables)
    if fields is not None:
        return [f"{name} {before} -> {after}" for name, before, after in _differing(*fields)]
    if len(old) == len(new) == VALUE:
        return _excerpt_words(old, new)
    return [f"{old.hex() or '-'} -> {new.hex() or '-'}"]


def _both(parameter: int, old: bytes, new: bytes, tables: TableReader):
    """Both values decoded as table `parameter` is laid out now; None when they do not fit."""
    try:
        parts = tables.parts(parameter)
    except KeyError:  # no table that is declared
        return None
    size = size_of(parts)
    if any(len(octets) < size or any(octets[size:]) for octets in (old, new)):
        return None
    before, after = (OURS.plain(parts, OURS.decode(parts, octets)) for octets in (old, new))
    return (before, after) if before != after else None


def _differing(before: Any, after: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict):
        for key in before:
            yield from _differing(before[key], after[key], f"{name}.{key}" if name else key)
    elif isinstance(before, list) and len(before) == len(after):
        for i, pair in enumerate(zip(before, after, strict=True)):
            yield from _differing(*pair, f"{name}[{i}]")
    elif before != after:
        yield name, before, after


def _excerpt_words(old: bytes, new: bytes) -> list[str]:
    at = int.from_bytes(old[:2], "little")
    head = excerpt.HEAD
    return [
        f"from octet {at} on {old[head:].hex()} -> {new[head:].hex()}",
        f"SHA-256 {old[2:head].hex()} -> {new[2:head].hex()}",
    ]
