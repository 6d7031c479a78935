"""What is metered and kept at the edges: the parts of `picometer prove edges`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .clocks import prove_wraps
from .demand_clocks import prove_lying_clocks
from .energy_edges import prove_energy_edges
from .memory import prove_disturbed_reads, prove_torn_writes
from .meters import HostFactory
from .records import prove_absurd_records


class Result(Protocol):
    """What each part gives: counts, and examples of what was wrong."""

    @property
    def cases(self) -> int | dict[str, int]: ...

    @property
    def violations(self) -> int: ...


@dataclass(frozen=True)
class Part:
    """One property.

    prove   called with cases, seed, a callback after each case and what makes a host
    cases   as many as the whole command takes
    rp2040  it can run on the emulated chip
    """

    name: str
    says: str
    cases: int
    prove: Callable[[int, int, Callable[..., None], HostFactory], Result]
    rp2040: bool = False


PARTS = (
    Part(
        "energy",
        "registers against what flowed, with late, lost and corrupted reads, jumps and restarts",
        2000,
        lambda n, seed, advance, host: prove_energy_edges(n, seed, advance, host),
        rp2040=True,
    ),
    Part(
        "reads",
        "sealed meters that start while their memory reads badly, comes late or is too small",
        400,
        lambda n, seed, advance, _: prove_disturbed_reads(n, seed, advance),
    ),
    Part(
        "writes",
        "power cuts inside writes, first ones too, with a random octet left behind",
        400,
        lambda n, seed, advance, _: prove_torn_writes(n, seed, advance),
    ),
    Part(
        "records",
        "records with right checksums that say what cannot be",
        2000,
        lambda n, seed, advance, _: prove_absurd_records(n, seed, advance),
    ),
    Part(
        "waits",
        "every wait of every duty across every octant of the wrap, and after days of idling",
        0,
        lambda n, seed, advance, _: prove_wraps(seed, advance),
    ),
    Part(
        "clocks",
        "demand with clocks that are corrected, drift and restart, against an oracle",
        400,
        lambda n, seed, advance, _: prove_lying_clocks(n, seed, advance),
    ),
)
