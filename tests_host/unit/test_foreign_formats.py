"""Formats of C12.19 that other meters use: what is written is what is read."""

import json
import struct
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picometer.reader.formats import Formats


@st.composite
def formats(draw):
    return Formats(
        data_order=draw(st.integers(0, 1)),
        char_format=draw(st.integers(1, 5)),
        tm_format=draw(st.integers(1, 4)),
        int_format=draw(st.integers(0, 2)),
        ni_format1=draw(st.integers(0, 13)),
        ni_format2=draw(st.integers(0, 13)),
    )


_MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2089, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0)
)


@given(formats(), _MOMENTS)
def test_a_time_is_read_as_it_is_written(form, moment):
    octets = form.local_time(moment)
    parts = form.parts((("T", "LTIME_DATE"),), {})
    values = form.decode(parts, octets)
    if any(octets):
        assert form.moment(values["T"]) == moment
        assert form.plain(parts, values)["T"] == moment.isoformat()


@given(formats(), st.binary(min_size=600, max_size=600))
def test_any_octets_are_decoded_without_a_mistake_of_the_program(form, octets):
    fields = (
        ("A", "NI_FMAT1", 3),
        ("B", "NI_FMAT2", 3),
        ("C", "STRING", 20),
        ("D", "LTIME_DATE", 2),
        ("E", "STIME_DATE", 2),
        ("F", "TIME", 2),
        ("G", "INT16", 2),
        ("H", "SET", 3),
        ("MFG_SERIAL_NUMBER", "STRING", 16),
    )
    for each in (form, Formats(**{**form.__dict__, "id_form": 1, "tm_format": 0})):
        parts = each.parts(fields, {})
        json.dumps(each.plain(parts, each.decode(parts, octets)), allow_nan=False)


_NUMBERS = {
    0: lambda v, e: struct.pack(e + "d", v),
    1: lambda v, e: struct.pack(e + "f", v),
    2: lambda v, e: f"{v:12}".encode(),
    3: lambda v, e: f"{v:6}".encode(),
    4: lambda v, e: struct.pack(e + "i", round(v * 10000)),
    5: lambda v, e: _bcd(v, 6, e),
    6: lambda v, e: _bcd(v, 4, e),
    7: lambda v, e: _int(v, 3, e),
    8: lambda v, e: _int(v, 4, e),
    9: lambda v, e: _int(v, 5, e),
    10: lambda v, e: _int(v, 6, e),
    11: lambda v, e: _int(v, 8, e),
    12: lambda v, e: _bcd(v, 8, e),
    13: lambda v, e: f"{v:21}".encode(),
}


def _bcd(value, width, order):
    octets = bytes.fromhex(f"{value:0{2 * width}}")
    return octets if order == ">" else octets[::-1]


def _int(value, width, order):
    return value.to_bytes(width, "big" if order == ">" else "little", signed=True)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("ni_format", _NUMBERS)
@pytest.mark.parametrize("value", [0, 7, 12345, -12345])
def test_every_number_format_gives_the_number(order, ni_format, value):
    if value < 0 and ni_format in (5, 6, 12):
        return  # no sign is known
    form = Formats(data_order=order == ">", ni_format1=ni_format)
    parts = form.parts((("N", "NI_FMAT1"),), {})
    octets = _NUMBERS[ni_format](value, order)
    assert form.decode(parts, octets)["N"] == value


@pytest.mark.parametrize(
    ("int_format", "octets"),
    [(0, "feff"), (1, "fdff"), (2, "0280")],
    ids=["two's", "one's", "sign"],
)
def test_negative_integers_are_of_three_kinds(int_format, octets):
    form = Formats(int_format=int_format)
    parts = form.parts((("N", "INT16"),), {})
    assert form.decode(parts, bytes.fromhex(octets)) == {"N": -2}


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize(
    ("char_format", "codec"),
    [(1, "ascii"), (2, "latin-1"), (3, "utf-8"), (4, "utf-16"), (5, "utf-32")],
)
def test_every_character_format_gives_the_text(order, char_format, codec):
    text = "ZÄHLER" if char_format != 1 else "ZAHLER"
    if char_format > 3:
        codec += "-be" if order else "-le"
    form = Formats(data_order=order, char_format=char_format)
    octets = text.encode(codec)
    length = len(octets) // {4: 2, 5: 4}.get(char_format, 1)
    parts = form.parts((("S", "STRING", length),), {})
    assert form.plain(parts, form.decode(parts, octets)) == {"S": text}
