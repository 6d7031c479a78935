"""`make pictures`: every item and state, from the RAM of a meter that ran; the page in docs/."""

import hashlib
import re

import pytest

from firmware import items
from metrology import faults
from picometer.errors import UserError
from picometer.paths import ROOT
from picometer.pictures import sheets
from picometer.pictures.items import table
from picometer.pictures.written import make, with_table
from picometer.virtual.lcd import decode

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "display.md"


@pytest.fixture(scope="module")
def pictures():
    return sheets.pictures()


def readings(pictures, name):
    return {picture.title: decode(picture.ram, picture.on) for picture in pictures[name]}


def test_there_is_a_picture_of_every_item(pictures):
    titles = {picture.title for sheet in pictures.values() for picture in sheet}
    assert {f"ITEM {number}" for number in range(1, items.COUNT)} <= titles


def test_each_picture_shows_its_own_item(pictures):
    for picture in pictures["others"]:
        code = decode(picture.ram, picture.on).code_text
        assert picture.title == f"ITEM {int(code)}"


@pytest.mark.parametrize(
    ("sheet", "title", "code", "text", "lit"),
    [
        ("normal", "ITEM 4", "dEL", "018273", {"NOR", "DEL", "kWh"}),
        ("normal", "ITEM 11", "PH ", "  4.542", {"NOR", "DEL", "kW"}),
        ("alternate", "ITEM 13", "PHd", "07.02.01", {"ALT", "DEL"}),
        ("alternate", "ITEM 15", "PHt", "  08.45", {"ALT", "DEL"}),
        ("gyrbox", "ITEM 67", "U  ", "  240.0", {"ALT", "V"}),
        ("test", "ITEM 50", "toU", None, set()),
    ],
)
def test_pictures_can_be_read(pictures, sheet, title, code, text, lit):
    reading = readings(pictures, sheet)[title]
    assert reading.code_text == code
    assert text is None or reading.text == text
    assert lit <= reading.annunciators


def test_no_digest_is_that_of_nothing_or_of_these_sources(pictures):
    from firmware import identity

    shown = {decode(p.ram, p.on).text.upper() for sheet in pictures.values() for p in sheet}
    for digest in (hashlib.sha256(b"").digest(), identity.DIGEST, *identity.SOURCES):
        assert digest.hex().upper()[:6] not in shown


def test_states_are_shown(pictures):
    states = readings(pictures, "states")
    assert "EOI" in states["end of interval"].annunciators
    assert all(states["demand reset taken"].emulator)
    assert "SEAL" in states["seal open"].annunciators
    assert "CLOCK" in states["clock not set"].annunciators
    assert states["metering chip silent"].text == "030010"
    assert "OPEN" in states["service switch open"].annunciators
    assert states["service switch armed"].annunciators >= {"OPEN"}
    assert (states["welded"].code_text, states["welded"].text) == ("Er2", "000001")
    assert states["welded"].annunciators >= {"OPEN", "CLOSED", "ERR"}


def test_the_page_has_the_items_as_they_are():
    page = PAGE.read_text()
    assert with_table(page, table()) == page, "run: make pictures"
    for name in re.findall(r"\(display/(\w+)\.svg\)", page):
        assert (PAGE.parent / "display" / f"{name}.svg").is_file()


_GROUPS = ("LATCHED", "FATAL", "SERVICE", "MANUFACTURER_FLAGS")


def test_the_page_has_every_fault():
    page = PAGE.read_text()
    codes = {
        value
        for name, value in vars(faults).items()
        if name.isupper() and name not in _GROUPS and isinstance(value, int)
    }
    listed = re.findall(r"^\| (Er2 )?(\d{6}) \|", page, re.M)
    assert {int(code, 8) << 18 * bool(second) for second, code in listed} == codes


@pytest.mark.full
def test_all_of_it_is_made_anew(tmp_path):
    (tmp_path / "display").mkdir()
    (tmp_path / "display.md").write_text(PAGE.read_text())
    made = {path.relative_to(tmp_path).as_posix() for path in make(tmp_path)}
    assert made == {"display.md"} | {f"display/{name}.svg" for name in sheets.pictures()}
    for path in made:
        assert (tmp_path / path).read_text() == (PAGE.parent / path).read_text(), (
            "run: make pictures"
        )


def test_a_page_without_a_place_for_the_table_is_refused(tmp_path):
    with pytest.raises(UserError, match="no place"):
        with_table("nothing", table())
