"""Generated pages of docs/ are as the sources say."""

import pytest

from c1219 import catalog
from picometer.pages import files, tests
from picometer.pages.written import PAGE, make
from picometer.paths import ROOT


def test_the_page_of_tables_is_as_declared():
    page = make()
    assert (ROOT / "docs" / PAGE).read_text() == page, "make pages"
    for table in catalog.ALL:
        assert f"| {table.name} |" in page


@pytest.mark.parametrize("made", [files, tests], ids=["files", "tests"])
def test_a_page_made_from_the_sources_is_as_they_are(made):
    assert (ROOT / "docs" / made.PAGE).read_text() == made.page(), "make pages"


def test_every_file_says_in_a_line_what_it_is_for():
    rooms = (ROOT / room for room in files.ROOMS)
    silent = [
        str(path.relative_to(ROOT))
        for room in rooms
        for path in files.sources(room)
        if path.name != "__init__.py" and not files.summary(path)
    ]
    assert silent == []
