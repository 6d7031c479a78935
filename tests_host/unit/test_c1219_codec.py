"""The codec: declarations to octets and back, whole or through any window."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from c1219 import types
from c1219.codec import (
    Window,
    decode,
    encode,
    image_of,
    is_valid,
    join_bits,
    members,
    set_of,
    split_bits,
)
from c1219.types import resolve, size_of

DIMS = {"NI_FORMAT1": 10, "NI_FORMAT2": 8, "N": 3, "NONE": 0, "YES": 1}
_BITS = (("LOW", 0, 1), ("MIDDLE", 1, 5), ("HIGH", 14, 2))
_INNER = (
    ("CHANNEL", "INT16", 2),
    ("WHEN", "STIME_DATE", 1, None, "YES"),
    ("ABSENT", "UINT32", 1, None, "NONE"),
)
FIELDS = (
    ("FLAGS", ("UINT16", _BITS)),
    ("NAME", "STRING", 5),
    ("USED", "SET", ("N", 7, 8)),
    ("EMPTY", "SET", "NONE"),
    ("ENERGY", "NI_FMAT1", "N"),
    ("DEMAND", "NI_FMAT2"),
    ("NOBODY", "UINT8", "NONE"),
    ("BLOCKS", (("SEQ", "UINT24"), ("ROWS", _INNER, "N")), 4),
    ("LAST", "UINT64"),
)
PARTS = resolve(FIELDS, DIMS)
SIZE = size_of(PARTS)


def _integers(bits, signed):
    half = 1 << (bits - 1)
    return st.integers(-half, half - 1) if signed else st.integers(0, 2 * half - 1)


def values_of(parts):
    """A strategy for every dict that `parts` can hold."""
    fields = {}
    for name, kind, many, count, width, inner, _ in parts:
        if kind == types.RECORD:
            one = values_of(inner)
        elif inner:
            one = st.fixed_dictionaries({b: st.integers(0, 2**w - 1) for b, _, w in inner})
        elif kind > types.SIGNED:
            one = st.binary(min_size=width, max_size=width)
        else:
            one = _integers(8 * width, kind == types.SIGNED)
        fields[name] = st.lists(one, min_size=count, max_size=count) if many else one
    return st.fixed_dictionaries(fields)


def window_of(parts, values, low, high, at=0, room=0):
    buf = bytearray(b"\xa5" * (at + high - low + room))
    window = Window()
    window.open(buf, at, low, high)
    encode(parts, values, None, window)
    return buf


def test_the_size_is_the_sum_of_what_is_present():
    inner = 2 * 2 + 5
    assert SIZE == 2 + 5 + 1 + 3 * 6 + 4 + 4 * (3 + 3 * inner) + 8


@settings(max_examples=100, deadline=None)
@given(values_of(PARTS))
def test_what_was_encoded_is_decoded(values):
    assert decode(PARTS, image_of(PARTS, values)) == values


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=SIZE, max_size=SIZE))
def test_what_was_decoded_is_encoded(octets):
    octets = bytearray(octets)
    octets[0] &= 0x3F  # bits that are not declared
    octets[1] &= 0xC0
    assert image_of(PARTS, decode(PARTS, octets)) == octets


@settings(max_examples=5, deadline=None)
@given(values_of(PARTS))
def test_every_window_is_the_slice_of_the_whole(values):
    whole = image_of(PARTS, values)
    for low in range(SIZE):
        for high in {low + 1, low + 2, low + 7, low + 40, SIZE}:
            if high <= SIZE:
                assert window_of(PARTS, values, low, high) == whole[low:high]


@settings(max_examples=50, deadline=None)
@given(values_of(PARTS), st.integers(0, SIZE - 1), st.integers(0, 9), st.data())
def test_a_window_writes_nothing_around_it(values, low, at, data):
    high = data.draw(st.integers(low + 1, SIZE))
    buf = window_of(PARTS, values, low, high, at, room=3)
    assert buf[:at] == b"\xa5" * at
    assert buf[-3:] == b"\xa5" * 3


def test_a_window_of_a_large_table_asks_only_for_what_it_shows():
    asked = []

    def source(tables, n):
        asked.append(n)
        return n

    rows = (("HEAD", "UINT16", 1, 7), ("CELL", "UINT32", 2, source))
    parts = resolve((("BLOCKS", (("ROWS", rows, 96), ("CRC", "UINT8", 1, 9)), 1000),), {})
    block = 96 * 10 + 1
    assert size_of(parts) == 1000 * block
    buf = bytearray(10)
    window = Window()
    window.open(buf, 0, 700 * block + 5 * 10, 700 * block + 6 * 10)
    encode(parts, None, None, window)
    first = (700 * 96 + 5) * 2
    assert asked == [first, first + 1]
    assert decode(resolve(rows, {}), buf) == {"HEAD": 7, "CELL": [first, first + 1]}


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("UINT8", 256),
        ("UINT8", -1),
        ("INT8", 128),
        ("INT8", -129),
        ("INT48", 1 << 47),
        ("UINT48", -1),
    ],
)
def test_a_value_is_never_cut_to_fit(code, value):
    with pytest.raises(OverflowError):
        image_of(resolve((("X", code),), {}), {"X": value})


def test_octets_of_another_length_are_refused():
    with pytest.raises(ValueError):
        image_of(resolve((("X", "STRING", 4),), {}), {"X": b"abc"})


def test_too_few_octets_are_refused():
    with pytest.raises(ValueError):
        decode(PARTS, bytes(SIZE - 1))


def test_bits_are_named_or_refused():
    assert join_bits(_BITS, {"HIGH": 3, "LOW": 1}) == 0xC001
    assert split_bits(_BITS, 0xC03F) == {"LOW": 1, "MIDDLE": 31, "HIGH": 3}
    with pytest.raises(KeyError):
        join_bits(_BITS, {"HEIGH": 1})
    with pytest.raises(OverflowError):
        join_bits(_BITS, {"HIGH": 4})


def test_an_unknown_dimension_or_number_format_is_refused():
    with pytest.raises(KeyError):
        resolve((("X", "UINT8", "N"),), {})
    with pytest.raises(ValueError):
        resolve((("X", "NI_FMAT1"),), {"NI_FORMAT1": 2})


@given(st.sets(st.integers(0, 200)))
@settings(max_examples=50, deadline=None)
def test_sets_hold_their_members(numbers):
    assert members(set_of(sorted(numbers))) == sorted(numbers)


def test_set_elements_count_from_the_low_bit_of_the_first_octet():
    assert set_of([0, 7, 8, 27]) == bytes.fromhex("81010008")


def test_only_characters_and_declared_bits_may_be_written():
    parts = resolve((("A", "STRING", 3), ("B", ("UINT8", (("X", 1, 2),)))), {})
    assert is_valid(parts, b"a~ \x06")
    assert is_valid(parts, b"a\0\0\x00")
    assert not is_valid(parts, b"a\x1f \x00")
    assert not is_valid(parts, b"a\x80 \x00")
    assert not is_valid(parts, b"abc\x01")
    rows = resolve((("R", (("S", "STRING", 1),), 3),), {})
    assert is_valid(rows, b"abc")
    assert not is_valid(rows, b"ab\n")
