"""The FRAM model: what a driver and a power cut may rely on."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picometer.virtual.disturbances import Constant, FlipOnce, Flips
from picometer.virtual.fram import (
    RDID,
    RDSR,
    READ,
    STATUS_BP0,
    STATUS_BP1,
    STATUS_WEL,
    STATUS_WPEN,
    WRDI,
    WREN,
    WRITE,
    WRSR,
    Fram,
)
from picometer.virtual.power import PowerCut

SIZE = 262144


def powered(size=SIZE):
    fram = Fram(size)
    fram.power_on()
    return fram


def frame(fram, *parts):
    """One CS frame in as many exchanges as `parts`; returns the MISO bytes."""
    fram.select()
    miso = b"".join(fram.exchange(bytes(part)) for part in parts)
    fram.deselect()
    return miso


def header(opcode, address):
    return bytes((opcode, address >> 16 & 0xFF, address >> 8 & 0xFF, address & 0xFF))


def write(fram, address, data):
    frame(fram, [WREN])
    frame(fram, header(WRITE, address), data)


def read(fram, address, n):
    return frame(fram, header(READ, address), bytes(n))[4:]


def status(fram):
    return frame(fram, [RDSR, 0])[1]


def test_it_identifies_itself():
    assert frame(powered(), [RDID, 0, 0, 0, 0, 0]) == b"\xff\x04\x7f\x48\x03\xff"


def test_without_write_enable_nothing_is_written():
    fram = powered()
    frame(fram, header(WRITE, 0), b"abc")
    assert read(fram, 0, 3) == bytes(3)
    assert fram.bytes_written == 0


def test_the_latch_sets_at_cs_high_and_clears_after_the_write():
    fram = powered()
    fram.select()
    fram.exchange(bytes([WREN]))
    assert not fram.status & STATUS_WEL
    fram.deselect()
    assert status(fram) == STATUS_WEL
    frame(fram, header(WRITE, 7), b"x")
    assert status(fram) == 0
    frame(fram, header(WRITE, 7), b"y")
    assert read(fram, 7, 1) == b"x"


def test_the_latch_clears_at_write_disable_and_at_power_up():
    fram = powered()
    frame(fram, [WREN])
    frame(fram, [WRDI])
    assert status(fram) == 0
    frame(fram, [WREN])
    fram.power_off()
    fram.power_on()
    assert status(fram) == 0


@settings(max_examples=60, deadline=None)
@given(
    address=st.one_of(st.integers(0, SIZE - 1), st.integers(SIZE - 9, SIZE - 1)),
    data=st.binary(min_size=1, max_size=150),
    cuts=st.lists(st.integers(0, 304), max_size=5),
)
def test_a_frame_is_the_same_however_it_is_split(address, data, cuts):
    fram = powered()
    frame(fram, [WREN])
    whole = header(WRITE, address) + data
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    frame(fram, *(whole[a:b] for a, b in zip(edges, edges[1:], strict=False)))
    expected = bytearray(SIZE)
    for i, byte in enumerate(data):
        expected[(address + i) % SIZE] = byte
    assert fram.memory == expected
    asked = header(READ, address) + bytes(len(data))
    answer = frame(fram, *(asked[a:b] for a, b in zip(edges, edges[1:], strict=False)))
    assert answer[:4] == b"\xff" * 4
    assert answer[4:] == data


def test_the_memory_survives_the_supply():
    fram = powered()
    write(fram, 100, b"kept")
    fram.power_off()
    assert frame(fram, header(READ, 100), bytes(4)) == b"\xff" * 8
    fram.power_on()
    assert read(fram, 100, 4) == b"kept"


@pytest.mark.parametrize("split", [1, 3, 16])
@pytest.mark.parametrize("cut", range(17))
def test_a_cut_at_every_byte_leaves_exactly_the_prefix(cut, split):
    fram = powered()
    write(fram, 50, b"\xaa" * 16)
    data = bytes(range(1, 17))

    def on_cut():
        fram.power_off()
        raise PowerCut

    fram.cut_after(cut, on_cut)
    frame(fram, [WREN])
    fram.select()
    fram.exchange(header(WRITE, 50))
    with pytest.raises(PowerCut):
        for at in range(0, 16, split):
            fram.exchange(data[at : at + split])
    fram.exchange(b"late")  # unwinding firmware may still clock
    fram.deselect()
    fram.power_on()
    assert read(fram, 50, 16) == data[:cut] + b"\xaa" * (16 - cut)
    assert status(fram) == 0
    write(fram, 50, data)  # and the next life is a normal one
    assert read(fram, 50, 16) == data


def test_stuck_cells_read_as_they_please():
    fram = powered()
    fram.stuck[10] = (0x81, 0x80)
    write(fram, 9, b"\x00\x01\x02")
    assert read(fram, 9, 3) == b"\x00\x80\x02"


@pytest.mark.parametrize(
    ("bits", "first"),
    [(0, 1024), (STATUS_BP0, 768), (STATUS_BP1, 512), (STATUS_BP0 | STATUS_BP1, 0)],
)
def test_block_protection_holds_and_survives_power(bits, first):
    fram = powered(1024)
    frame(fram, [WREN])
    frame(fram, [WRSR, bits])
    fram.power_off()
    fram.power_on()
    for address in range(0, 1024, 64):
        write(fram, address, bytes([1]) * 64)
    assert fram.memory == bytes([1]) * first + bytes(1024 - first)
    assert fram.bytes_written == first


def test_the_wp_pin_locks_the_status_register_only_with_wpen():
    fram = powered()
    fram.write_protect = True
    frame(fram, [WREN])
    frame(fram, [WRSR, STATUS_WPEN])
    frame(fram, [WREN])
    frame(fram, [WRSR, STATUS_BP0])
    assert status(fram) == STATUS_WPEN
    fram.write_protect = False
    frame(fram, [WREN])
    frame(fram, [WRSR, STATUS_BP0])
    assert status(fram) == STATUS_BP0


def test_a_chip_that_is_missing_hears_and_says_nothing_until_it_is_there():
    fram = powered()
    write(fram, 10, b"kept")
    fram.missing = True
    assert frame(fram, [RDID, 0, 0, 0, 0]) == b"\xff" * 5
    write(fram, 10, b"lost")
    assert read(fram, 10, 4) == b"\xff" * 4
    fram.missing = False
    assert read(fram, 10, 4) == b"kept"


def test_a_smaller_chip_wraps_every_address():
    fram = powered(131072)
    write(fram, 0x20000 + 7, b"low")
    assert read(fram, 7, 3) == read(fram, 0x20000 + 7, 3) == b"low"


def test_disturbed_reads_change_what_arrives_and_nothing_else():
    fram = powered()
    write(fram, 10, b"kept")
    seen = []

    def disturb(octets, address):
        seen.append((octets, address))
        return bytes(len(octets))

    fram.disturb = disturb
    assert not fram.foreseen
    assert read(fram, 10, 4) == bytes(4) and status(fram) == 0
    assert frame(fram, [RDID, 0, 0, 0, 0])[1:] == bytes(4)
    assert seen == [(b"kept", 10), (b"\x00", None), (b"\x04\x7f\x48\x03", None)]
    fram.disturb = None
    assert fram.foreseen and read(fram, 10, 4) == b"kept"


def test_a_cut_can_leave_anything_in_place_of_the_octet_under_way():
    fram = powered()
    write(fram, 50, b"\xaa" * 4)

    def on_cut():
        fram.power_off()
        raise PowerCut

    fram.cut_after(2, on_cut, garbled=0x5C)
    with pytest.raises(PowerCut):
        write(fram, 50, b"\x01\x02\x03\x04")
    assert bytes(fram.memory[50:54]) == b"\x01\x02\x5c\xaa"


@pytest.mark.parametrize("octet", [0x00, 0xFF])
def test_disturbances_last_for_as_long_as_they_say(octet):
    fram = powered()
    write(fram, 0, b"\x5a")
    over = []
    for disturb, expected in (
        (Constant(octet, after=1, count=2), [0x5A, octet, octet, 0x5A, 0x5A]),
        (Constant(octet, until=lambda: len(over) > 1), [octet, octet, 0x5A, 0x5A, 0x5A]),
        (FlipOnce(0, 1), [0x58, 0x5A, 0x5A, 0x5A, 0x5A]),
    ):
        fram.disturb = disturb
        seen = []
        over.clear()
        for _ in range(5):
            seen.append(read(fram, 0, 1)[0])
            over.append(1)
        assert seen == expected
    flips = fram.disturb = Flips(random.Random(1), 0.25)
    wrong = sum(read(fram, 0, 1) != b"\x5a" for _ in range(1000))
    assert wrong == flips.count and 200 < wrong < 300
