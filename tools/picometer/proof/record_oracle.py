"""What must hold of a meter whatever is absurd in its memory: read from the records themselves."""

from dataclasses import dataclass

from metrology import page as p
from picometer.virtual.host import stored_page

from .record_kinds import kind

_SMALL = 1 << 30
_VERSION = b"\x01\x00"
_OPEN = 0
_SOURCES = 4  # nobody, both ports, the lever
_FAULTS = (0, 1, 2, 4)


@dataclass(frozen=True)
class Memory:
    """The octets of an FRAM, as `stored_page` takes them."""

    memory: bytearray


@dataclass(frozen=True)
class Said:
    """What the records of a memory say.

    password   of level 3; None if there is no configuration
    open       the configuration says that the meter is not set to be sealed
    may_close  the record of the service switch is one that a meter can have written
    registers  words of the energy registers; None where no page of this layout is the newest
    """

    password: bytes | None
    open: bool
    may_close: bool
    registers: tuple[int, ...] | None

    def keeps(self, words, counts_per_kwh: int) -> bool:
        """Whether registers with which a meter has started are those that can be, and zeros."""
        most = (_SMALL, counts_per_kwh) * 2
        said = self.registers or (0,) * len(most)
        kept = [word if word < limit else 0 for word, limit in zip(said, most, strict=True)]
        return kept == list(words)


def said_by(cells: bytearray) -> Said:
    """What a memory says."""
    password, is_open = None, False
    newest = _newest("configuration", cells)
    if newest is not None:
        fields = {f.name: newest[f.at : f.at + f.octets] for f in kind("configuration").fields}
        password = bytes(fields["password_3"])
        is_open = fields["version"] == _VERSION and fields["security"][0] == _OPEN
    state = _newest("service switch", cells)
    page = stored_page(Memory(cells))
    registers = None
    if page is not None and page[p.LAYOUT] == p.LAYOUT_VERSION:
        registers = tuple(page[p.DELIVERED_KWH : p.RECEIVED_COUNTS + 1])
    return Said(password, is_open, state is not None and _is_state(state), registers)


def _newest(name: str, cells: bytearray) -> bytearray | None:
    one = kind(name)
    slots = one.written(cells)
    return one.content(cells, slots[-1]) if slots else None


def _is_state(state: bytearray) -> bool:
    close, armed, pending, source, fault = state[:5]
    return (
        max(close, armed, pending) <= 1
        and not (armed and (close or pending))
        and source < _SOURCES
        and fault in _FAULTS
        and not any(state[5:8])
    )
