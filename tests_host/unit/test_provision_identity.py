"""What a meter may be given: no password that somebody could guess."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picometer.errors import UserError
from picometer.flash.configuration import code_for
from picometer.provision.identity import check_identity, read_identity
from picometer.provision.passwords import FIELDS, check_passwords, generate, weakness

_NAMES = {"serial": "PM00000042", "device_id": "KITCHEN 7", "utility": "City Power Works"}
_GOOD = "Tr4ffic-light"


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short-7", "shorter"),
        ("aaaaaaaaaaaa", "fewer"),
        ("00000000000000000000", "fewer"),
        ("AbAbAbAbAb", "fewer"),
        ("12345678", "sequence"),
        ("hgfedcba", "sequence"),
        ("PICOMETER", "everybody"),
        ("picometer2024", "everybody"),
        ("Pico-Meter", "everybody"),
        ("PASSWORD", "everybody"),
        ("change me", "everybody"),
        ("PM00000042", "serial"),
        ("kitchen 7", "device_id"),
        ("City Power Works", "utility"),
        (" " + _GOOD, "space"),
        (_GOOD + " ", "space"),
    ],
)
def test_a_weak_password_is_refused_and_it_is_said_why(password, why):
    assert why in weakness(password, _NAMES)
    for field in FIELDS:
        with pytest.raises(UserError, match=f"meter.toml: {field} .*{why}"):
            check_passwords(_NAMES | {field: password}, "meter.toml: ")


@pytest.mark.parametrize("default", ["PICOMETER", "MODULE", "change me"])
def test_what_this_project_gives_a_virtual_meter_is_refused(default):
    assert weakness(default, {}) != ""


def test_two_levels_do_not_share_a_password():
    check_passwords({"password_1": _GOOD, "password_3": _GOOD + "s"})
    with pytest.raises(UserError, match="password_module is that of password_1"):
        check_passwords({"password_1": _GOOD, "password_module": _GOOD.upper()})


def test_an_empty_password_is_none_and_may_be_many_levels_own():
    check_passwords({"password_1": "", "password_2": "", "password_3": _GOOD})


def test_passwords_that_are_made_are_good_ones_and_never_the_same():
    made = [generate() for _ in range(200)]
    assert len(set(made)) == len(made)
    assert {weakness(password, _NAMES) for password in made} == {""}
    check_identity({"password_3": made[0]})


@given(st.text(max_size=24))
def test_any_text_is_judged(password):
    assert isinstance(weakness(password, _NAMES), str)


def test_a_file_with_a_weak_password_is_for_development_alone(tmp_path):
    file = tmp_path / "meter.toml"
    file.write_text('password_3 = "PICOMETER"')
    for read in (read_identity, code_for):
        with pytest.raises(UserError, match="password_3 is one that everybody tries"):
            read(file)
    assert read_identity(file, insecure=True) == {"password_3": "PICOMETER"}
    assert "PICOMETER" in code_for(file, insecure=True)
