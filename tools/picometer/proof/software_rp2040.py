"""Altered software is found by the image itself, on the emulated RP2040.

While it runs: at the prompt of the image a meter is brought up, and its duty steps through one
pass after the other, without the pauses in between. At the start: the image boots altered, and
the meter is asked at its optical port.

What is changed may be what runs just then. Who does not run any more shows nothing, and registers
nothing; that is counted apart.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from c1219 import software as mt10
from firmware.software import GOOD, STREAMS
from metrology.faults import SOFTWARE_ALTERED
from picometer.build.uf2 import image_of
from picometer.proof.meters import build
from picometer.proof.software import Flip, FlipResult, judge, rounds
from picometer.reader.client import Client
from picometer.reader.decode import TableReader
from picometer.reader.errors import ReaderError
from picometer.rp2040.channel import EmulatorError
from picometer.rp2040.host import Rp2040Host, prepare
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort

_BOOT_NS = 4 * NS_PER_S  # a meter is up, and has looked at everything once
_PASS_NS = 5 * NS_PER_S // 2  # twice what a pass takes
_INTERRUPT_NS = NS_PER_S // 2  # the meter is starting
_SLICE_NS = 20 * NS_PER_MS
_ROM_FAILURE = 0x0010  # of ED_STD_STATUS1

_AT_THE_PROMPT = """\
import machine
from boards.pico_meter.board import Board
from firmware.meter import Meter
w = machine.WDT(timeout=8000)
m = Meter(Board())
m.start()
s = m.software
def look():
    n = s.passes
    while s.passes == n:
        w.feed()
        s.step(0)
    print(m.storage.faults.word, bytes(s.states).hex())
look()
"""


@dataclass
class EmulatedResult(FlipResult):
    """stopped: after these nothing answered any more. starts: those that the image booted with."""

    starts: int = 0
    stopped: list[Flip] = field(default_factory=list)


class Silent(Exception):
    """The image does not answer."""


class Prompt:
    """The image at its prompt, with a meter that was brought up there."""

    def __init__(self, host: Rp2040Host) -> None:
        self._host = host
        self._heard = bytearray()
        host.emulator.on_usb = self._heard.extend
        host.run_until(_INTERRUPT_NS)
        host.emulator.usb_send(b"\x03")
        self._run(NS_PER_S // 10)
        host.emulator.usb_send(b"\x01")
        self._run(NS_PER_S // 10)
        faults, states = self.ask(_AT_THE_PROMPT, 2 * _PASS_NS)
        if faults & SOFTWARE_ALTERED or states != bytes((GOOD,)) * STREAMS:
            raise EmulatorError(f"altered before anything was changed: {states.hex()}")

    def look(self) -> tuple[int, bytes]:
        """Faults and states of the streams after a pass; Silent when there is no end of it."""
        return self.ask("look()", _PASS_NS)

    def ask(self, code: str, patience_ns: int) -> tuple[int, bytes]:
        self._heard.clear()
        self._host.emulator.usb_send(code.encode() + b"\x04")
        end = self._host.board.clock.now_ns + patience_ns
        while not self._heard.endswith(b"\x04>"):
            if self._host.board.clock.now_ns >= end:
                raise Silent
            self._run(_SLICE_NS)
        words = bytes(self._heard).removeprefix(b"OK").partition(b"\x04")[0].split()
        try:
            return int(words[0]), bytes.fromhex(words[1].decode())
        except (IndexError, ValueError) as error:
            raise Silent from error

    def _run(self, ns: int) -> None:
        self._host.run_until(self._host.board.clock.now_ns + ns)


def prove_flips_rp2040(
    uf2: Path,
    flips: int,
    seed: int = 1,
    starts: int | None = None,
    advance: Callable[[int], None] = lambda n: None,
) -> EmulatedResult:
    """Change octets of the image in the flash of the emulated chip.

    starts  rounds of changes that the image is booted with, before those while it runs; one in
            twenty unless told
    """
    image = image_of(uf2.read_bytes())
    make_host = prepare(uf2)
    result = EmulatedResult()
    chosen = list(rounds(image, flips, seed))
    starts = len(chosen) // 20 if starts is None else starts
    first = len(chosen) - starts
    _each(chosen[first:], _at_the_start, make_host, image, result, advance)
    _each(chosen[:first], _while_it_runs, make_host, image, result, advance)
    return result


def _each(todo: list[list[Flip]], run, make_host, image: bytes, result, advance) -> None:
    """Have `run` do rounds with one host after the other, each for as long as it answers.

    When it does not any more, which of a round's changes that was is found out one by one.
    """
    while todo:
        host = build(ConstantLoad(1000.0), make_host=make_host)
        try:
            for faults, states in run(host, image, todo):
                changed = todo.pop(0)
                judge(result, changed, faults, states)
                if run is _at_the_start:
                    result.starts += len(changed)
                advance(len(changed))
        except (Silent, EmulatorError):
            changed = todo.pop(0)
            if len(changed) > 1:
                todo[:0] = [[flip] for flip in changed]
            else:
                result.stopped += changed
                advance(1)
        finally:
            host.close()


def _while_it_runs(host, image: bytes, todo: list[list[Flip]]) -> Iterator[tuple[int, bytes]]:
    prompt = Prompt(host)
    while todo:
        changed = todo[0]
        _change(host, image, changed)
        yield prompt.look()
        for flip in changed:
            host.emulator.change_flash(flip.offset, image[flip.offset : flip.offset + 1])


def _at_the_start(host, image: bytes, todo: list[list[Flip]]) -> Iterator[tuple[int, bytes]]:
    _change(host, image, todo[0])
    yield _asked(host)


def _change(host, image: bytes, changed: list[Flip]) -> None:
    for flip in changed:
        octet = bytes((image[flip.offset] ^ flip.xor,))
        host.emulator.change_flash(flip.offset, octet)


def _asked(host) -> tuple[int, bytes]:
    """Faults and states, by the optical port of a meter that has just started."""
    host.run_until(_BOOT_NS)
    port = SimPort(host)
    if not port.baudrate:
        raise Silent  # nobody has set the port up
    client = Client(port)
    try:
        client.identify()
        client.negotiate()
        client.logon()
        reader = TableReader(client.read)
        fields = reader.report(mt10.SOFTWARE_PARTS.number).known
        altered = int.from_bytes(client.read(3)[1:3], "little") & _ROM_FAILURE
        with suppress(ReaderError):
            client.terminate()
    except (ReaderError, ZeroDivisionError) as error:
        raise Silent from error  # a meter that starts again and again leaves the port without rate
    states = [part["STATE"] for part in fields["PARTS"]]
    return SOFTWARE_ALTERED if altered else 0, bytes([fields["MANIFEST_STATE"], *states])
