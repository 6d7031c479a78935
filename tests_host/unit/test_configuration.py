"""The configuration is what was saved last, whole, or plainly missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from c1219 import decade0
from c1219.codec import decode
from c1219.types import resolve
from firmware.configuration import FIELDS, Configuration, padded
from journal import BAD, EMPTY, FOUND
from picometer.errors import UserError
from picometer.flash.configuration import code_for
from picometer.virtual.host import ImageMemory

values = st.sampled_from(FIELDS[1:]).flatmap(
    lambda field: st.tuples(st.just(field[0]), st.binary(max_size=field[1]))
)


@given(st.lists(values, max_size=10))
def test_saved_fields_come_back_padded_and_the_others_stay(changes):
    cells = bytearray(1024)
    configuration = Configuration(ImageMemory(cells), 0, 2)
    assert configuration.load() == EMPTY
    expected = {name: configuration.get(name) for name, _ in FIELDS}
    for name, value in changes:
        configuration.put(name, value)
        expected[name] = value.ljust(len(expected[name]))
        assert configuration.save()
    again = Configuration(ImageMemory(cells), 0, 2)
    assert again.load() == (FOUND if changes else EMPTY)
    assert {name: again.get(name) for name, _ in FIELDS} == expected


@given(st.text("ABC 1", max_size=230))
def test_blank_numbers_of_the_utility_s_table_are_zero(text):
    size = dict(FIELDS)["utility"]
    blank = padded("utility", text.encode())
    parts = resolve(decade0.ST6.fields, {})
    values = decode(parts, blank)
    numbers = [name for name in values if name.endswith("_NUMBER")]
    assert len(numbers) == 4 and len(blank) == size
    at = 182  # octets of text that reach the first of them
    if len(text) <= at:
        assert [values[name] for name in numbers] == [0, 0, 0, 0]
    assert blank.startswith(text.encode())
    assert not blank[len(text) :].strip(b" \0")
    fresh = Configuration(ImageMemory(bytearray(1024)), 0, 2)
    assert fresh.load() == EMPTY and fresh.get("utility") == padded("utility", b"")


@pytest.mark.parametrize("name, value", [("model", b"123456789"), ("utility", bytes(231))])
def test_what_is_too_long_is_not_padded(name, value):
    with pytest.raises(ValueError):
        padded(name, value)
    with pytest.raises(KeyError):
        padded("nothing", b"")


def test_a_value_that_does_not_fit_is_refused():
    with pytest.raises(ValueError):
        Configuration(ImageMemory(bytearray(1024)), 0, 2).put("model", b"123456789")


def test_a_record_from_before_a_field_was_added_loads_and_has_none_of_it(monkeypatch):
    cells = bytearray(1024)
    with monkeypatch.context() as before:
        before.setattr(
            "firmware.configuration.FIELDS",
            tuple(field for field in FIELDS if field[0] != "password_module"),
        )
        old = Configuration(ImageMemory(cells), 0, 2)
        old.put("password_3", b"MASTER")
        old.put("calibration", bytes(range(36)))
        assert old.save()
    again = Configuration(ImageMemory(cells), 0, 2)
    assert again.load() == FOUND
    assert again.text("password_3") == "MASTER"
    assert again.get("calibration") == bytes(range(36))
    assert again.get("password_module") == bytes(20) and again.text("password_module") == ""


def test_damage_to_every_copy_is_told_from_a_blank_memory():
    cells = bytearray(1024)
    configuration = Configuration(ImageMemory(cells), 0, 2)
    configuration.save()
    configuration.save()
    cells[100] ^= 1
    cells[612] ^= 1
    assert Configuration(ImageMemory(cells), 0, 2).load() == BAD


def test_a_file_for_flashing_may_name_the_module_s_password(tmp_path):
    file = tmp_path / "meter.toml"
    file.write_text('password_module = "SLOT"')
    assert "('password_module', b'SLOT')" in code_for(file, insecure=True)
    file.write_text(f'password_module = "{"x" * 21}"')
    with pytest.raises(UserError, match="longer than 20"):
        code_for(file)
