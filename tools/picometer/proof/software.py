"""Altered software is found: octets of the image are changed, and the duty looks.

One octet is changed in each part before a pass, since a part's SHA-256 tells of one; octets of the
manifest apart, since without it nothing is known of the parts.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace

from firmware.record import Record
from firmware.software import _FIELDS, _WORDS, ALTERED, GOOD, IMAGE, STREAMS, Software
from firmware.software_image import ImageSource
from metrology import page as p
from metrology.faults import SOFTWARE_ALTERED, FaultSet
from picometer.build.manifest import BLOCK_BYTES, unpack
from picometer.virtual.host import ImageMemory

MANIFEST, PARTS = 0, (1, 2, 3)  # streams
_OF_MANIFEST = 0.1  # of the rounds


@dataclass(frozen=True)
class Flip:
    """An octet of the image that is changed: `xor` is what changes in it."""

    stream: int
    offset: int
    xor: int


@dataclass
class FlipResult:
    """found: told by the fault and by the state of the part. missed: those that were not."""

    found: int = 0
    missed: list[Flip] = field(default_factory=list)
    passes: int = 0

    @property
    def good(self) -> bool:
        return self.found > 0 and not self.missed


def rounds(image: bytes, flips: int, seed: int) -> Iterator[list[Flip]]:
    """What is changed before each pass: first the ends of each segment, then at random."""
    draw = random.Random(seed)
    spans = _spans(image)
    ends = [[at for span in of for at in (span[0], span[1] - 1)] for of in spans]
    while flips > 0:
        streams = PARTS if ends[MANIFEST] == [] and draw.random() > _OF_MANIFEST else (MANIFEST,)
        chosen = []
        for stream in streams[:flips]:
            offset = ends[stream].pop() if ends[stream] else _at(draw, spans[stream])
            chosen.append(Flip(stream, offset, draw.randrange(1, 256)))
        yield chosen
        flips -= len(chosen)


def _spans(image: bytes) -> list[list[tuple[int, int]]]:
    """Start and end of the pieces of each stream."""
    spans: list[list[tuple[int, int]]] = [[(len(image) - BLOCK_BYTES, len(image))], [], [], []]
    start = 0
    for end, part in unpack(image[-BLOCK_BYTES:]).segments:
        spans[part + 1].append((start, end))
        start = end
    return spans


def _at(draw: random.Random, spans: list[tuple[int, int]]) -> int:
    """An octet of a stream, each as likely as any other."""
    start, end = draw.choices(spans, [end - start for start, end in spans])[0]
    return draw.randrange(start, end)


class Flash:
    """An image as boards.pico_meter.flash gives it, of octets that can be changed."""

    def __init__(self, image: bytes) -> None:
        self.manifest_at = len(image) - BLOCK_BYTES
        self.octets = bytearray(image)

    def copy(self, at: int, buf, start: int, count: int) -> None:
        """As boards.pico_meter.flash."""
        buf[start : start + count] = self.octets[at : at + count]

    def change(self, flip: Flip) -> None:
        """Do it; once more undoes it."""
        self.octets[flip.offset] ^= flip.xor


class Log:
    """Log and guard, which keep what the duty tells them."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, int]] = []
        self.changes: list[tuple[bytes, bytes]] = []

    def date_time(self) -> bytes:
        return bytes((7, 2, 1, 12, 0, 0))

    def add(self, code: int, actor, detail: int = 0) -> bool:
        self.entries.append((code, detail))
        return True

    def record(self, code: int, actor, parameter: int, old: bytes, new: bytes) -> int:
        self.changes.append((old, new))
        return 0


def duty(source, form: int = IMAGE, memory: bytearray | None = None):
    """The duty on its own: SimpleNamespace of `software`, `faults`, `log` and `memory`."""
    memory = bytearray(256) if memory is None else memory
    record = Record(ImageMemory(memory), 0, 2, _WORDS, _FIELDS, b"\0")
    faults = FaultSet(p.new_page(), p.FAULTS)
    log = Log()
    software = Software(form, source, record, faults, log, log)
    return SimpleNamespace(software=software, faults=faults, log=log, memory=memory)


def one_pass(software: Software) -> None:
    """Step until everything has been looked at once."""
    passes = software.passes
    while software.passes == passes:
        software.step(0)


def prove_flips(
    image: bytes, flips: int, seed: int = 1, advance: Callable[[int], None] = lambda n: None
) -> FlipResult:
    """The firmware's own code looks at an image in the memory of this process."""
    flash = Flash(image)
    ran = duty(ImageSource(flash))
    one_pass(ran.software)
    result = FlipResult(passes=1)
    assert not ran.faults.word, "altered before anything was changed"
    for chosen in rounds(image, flips, seed):
        for flip in chosen:
            flash.change(flip)
        one_pass(ran.software)
        judge(result, chosen, ran.faults.word, bytes(ran.software.states))
        for flip in chosen:
            flash.change(flip)
        advance(len(chosen))
    one_pass(ran.software)
    assert not ran.faults.word, "altered after everything was undone"
    return result


def judge(result: FlipResult, chosen: list[Flip], faults: int, states: bytes) -> None:
    """Count what was found; a stream that was not changed must be good."""
    result.passes += 1
    changed = {flip.stream for flip in chosen}
    others = [] if MANIFEST in changed else [n for n in range(STREAMS) if n not in changed]
    sane = all(states[stream] == GOOD for stream in others)
    for flip in chosen:
        if sane and faults & SOFTWARE_ALTERED and states[flip.stream] == ALTERED:
            result.found += 1
        else:
            result.missed.append(flip)
