"""The PIO model and the assembler before it: encodings as MicroPython's, edges as they come."""

import sys
import types
from array import array

import pytest
import rp2

from picometer.toolchain import cache_root
from picometer.virtual.mocks import rp2_asm
from picometer.virtual.pio import Pio, load

# ruff: noqa: F821  the names in a PIO program are the assembler's


def mirror():
    mov(x, invert(null))
    wrap_target()
    label("next")
    wait(1, pin, 0)
    set(pins, 1)
    wait(0, pin, 0)
    set(pins, 0)
    jmp(x_dec, "next")
    wrap()


def everything():
    label("top")
    jmp("top")
    jmp(not_x, "end")
    jmp(y_dec, "top")
    jmp(x_not_y, "end")
    wait(1, gpio, 22)
    in_(x, 30)
    in_(null, 32)
    push(noblock)
    push(block)
    push()
    mov(isr, reverse(osr))
    mov(y, x)
    set(pindirs, 3)
    set(y, 31)
    label("end")
    set(x, 0)


PROGRAMS = (
    (mirror, {"set_init": rp2.PIO.OUT_HIGH}),
    (everything, {"set_init": (rp2.PIO.OUT_LOW, rp2.PIO.IN_HIGH), "in_shiftdir": 1}),
)


def micropythons_own():
    """The `rp2` module of MicroPython's sources."""
    trees = cache_root().glob("toolchain/*/src/micropython/ports/rp2/modules/rp2.py")
    source = next(iter(sorted(trees)), None)
    if source is None:
        pytest.skip("MicroPython's sources are not there")
    inner = types.ModuleType("_rp2")
    inner.PIO = rp2.PIO
    sys.modules["_rp2"] = inner
    try:
        module = types.ModuleType("micropythons_rp2")
        exec(compile(source.read_text(), str(source), "exec"), module.__dict__)
    finally:
        del sys.modules["_rp2"]
    return module


@pytest.mark.parametrize(("program", "settings"), PROGRAMS)
def test_programs_are_assembled_as_by_micropython(program, settings):
    def pull_threshold(assembled):
        return assembled[4] & ~(0x3FF << 20)  # of autopush and autopull, which are not used

    own = micropythons_own().asm_pio(**settings)(program)
    ours = rp2.asm_pio(**settings)(program)
    assert list(ours[0]) == list(own[0])
    assert pull_threshold(ours) == pull_threshold(own)
    assert ours[1:4] + ours[5:] == own[1:4] + own[5:]


def test_the_forced_instructions_of_the_driver_are_what_they_say():
    from boards.pico_meter import pulses

    encode = micropythons_own().asm_pio_encode
    assert encode("in_(x, 30)", 0) == pulses._TAKE
    assert encode("push(noblock)", 0) == pulses._PUSH


def test_a_program_leaves_the_names_of_its_module_alone():
    before = set(globals())
    rp2.asm_pio()(mirror)
    assert set(globals()) == before


def test_a_jump_to_nowhere_and_a_label_given_twice_are_refused():
    def nowhere():
        jmp("nowhere")

    def twice():
        label("a")
        label("a")

    for program in (nowhere, twice):
        with pytest.raises(rp2_asm.PIOASMError):
            rp2.asm_pio()(program)


class Bench:
    """A block with one machine that mirrors GPIO 22 to GPIO 0."""

    def __init__(self, program=mirror, level=1):
        self.level = level
        self.driven = []
        self.watchers = {}
        self.pio = Pio(
            lambda gpio: self.level,
            self.watchers.__setitem__,
            lambda gpio, level, driven: self.driven.append((gpio, level, driven)),
        )
        words, _, _, execctrl, *_ = rp2.asm_pio(set_init=rp2.PIO.OUT_HIGH)(program)
        offset = load(self.pio.memory, words, 0)
        self.machine = self.pio.machines[0]
        self.machine.restart(offset)
        target, top = execctrl >> 7 & 31, execctrl >> 12 & 31
        self.machine.configure(offset + target, offset + top, 22, 0, 1)
        self.pio.set_directions(0, 1, 1)
        self.driven.clear()

    def edges(self, *levels):
        for level in levels:
            self.watchers[22](level)

    def counted(self):
        self.machine.execute(0x403E)
        self.machine.execute(0x8000)
        return 0x3FFFFFFF - self.machine.received.pop(0)


def test_every_edge_is_followed_and_every_fall_counted():
    bench = Bench()
    bench.machine.enable(True)
    bench.edges(*(0, 1) * 5, 0)
    assert bench.driven == [(0, level, True) for level in (1, *(0, 1) * 5, 0)]
    assert bench.counted() == bench.counted() == 6


def test_a_pulse_that_has_begun_before_is_not_counted():
    bench = Bench(level=0)
    bench.machine.enable(True)
    assert bench.counted() == 0
    bench.edges(1)
    assert bench.counted() == 0
    bench.edges(0)
    assert bench.counted() == 1


def test_nothing_is_watched_and_nothing_runs_before_the_machine_does():
    bench = Bench()
    assert bench.watchers == {} and bench.driven == []
    bench.machine.enable(True)
    assert list(bench.watchers) == [22]
    bench.machine.enable(False)
    bench.edges(0, 1)
    assert bench.driven == [(0, 1, True)]


def test_the_count_is_modulo_2_to_the_30():
    bench = Bench()
    bench.machine.enable(True)
    bench.machine._registers[1] = 0xC0000001
    bench.edges(0, 1)
    assert bench.counted() == 0x3FFFFFFF
    bench.edges(0, 1)
    assert bench.counted() == 0


def test_a_push_into_a_full_fifo_is_lost():
    bench = Bench()
    bench.machine.enable(True)
    for _ in range(6):
        bench.machine.execute(0x8000)
    assert len(bench.machine.received) == 4


@pytest.mark.parametrize("word", [0x6001, 0x80A0, 0xC000, 0x2100, 0x20C0, 0xA061])
def test_what_is_not_modelled_is_refused(word):
    bench = Bench()
    with pytest.raises(NotImplementedError):
        bench.machine.execute(word)


def test_a_program_that_never_waits_is_refused():
    def endless():
        jmp(not_x, "here")
        label("here")
        mov(x, x)

    with pytest.raises(NotImplementedError, match="does not wait"):
        Bench(endless).machine.enable(True)


def test_programs_fill_the_memory_from_the_top_and_jumps_move_along():
    memory = [0] * 32
    assert load(memory, array("H", (0xA042, 0x0000)), 0) == 30
    assert memory[30:] == [0xA042, 30]
    assert load(memory, array("H", (0xA042,) * 3), 3 << 30) == 27
    with pytest.raises(OSError):
        load(memory, array("H", (0xA042,) * 32), 3 << 30)
