"""Lists that run once, that are stepped, and what is laid over them."""

from itertools import pairwise

import pytest

from boards.pico_meter import glass_generic
from display import DisplayList, Item, Overlay, Screen
from display.lists import HEX, OCTAL, PAIRS, SEGMENTS, TRIPLES
from picometer.virtual.lcd import decode
from tests_host.unit.display_show import METER, Show

ALL = "888-8.8.8.8.8.8"
STARTS = pytest.mark.parametrize("start_ms", [0, 2**30 - 20000])


def alternate(hold=0, items=3):
    names = (b"A1", b"A2", b"A3")[:items]
    return DisplayList(tuple(Item(name, "D") for name in names), "ALT", 20, 0, hold)


def codes(show, ms, step=200):
    """The ID codes that come by, in their order."""
    seen = []
    for _ in range(ms // step):
        show.run(step)
        if not seen or seen[-1] != show.reading.code_text:
            seen.append(show.reading.code_text)
    return seen


@STARTS
def test_a_list_runs_once_and_the_other_begins_again(start_ms):
    show = Show(test_time=0, start_ms=start_ms)
    show.run(7000)
    assert show.reading.code_text == "rEC"
    show.carousel.once(alternate(), show.now_ms)
    assert codes(show, 10000) == ["A1 ", "A2 ", "A3 ", "dEL"]
    assert "NOR" in show.reading.annunciators and "ALT" not in show.reading.annunciators
    assert codes(show, 12000) == ["dEL", "rEC", "nEt"]


def test_only_the_annunciator_of_the_list_shown_is_lit():
    show = Show(test_time=0)
    show.carousel.once(alternate(), show.now_ms)
    show.run(200)
    assert show.carousel.away
    assert show.reading.annunciators == {"ALT"}
    show.run(6000)
    assert not show.carousel.away
    assert show.reading.annunciators == {"NOR", "DEL", "kWh"}


def test_a_list_that_runs_once_has_no_fault_code():
    show = Show(test_time=0)
    show.carousel.faults = 1
    show.carousel.once(alternate(), show.now_ms)
    assert codes(show, 6600) == ["A1 ", "A2 ", "A3 ", "dEL"]


def test_a_fatal_fault_ends_a_list_that_runs_once_and_lets_none_begin():
    show = Show(test_time=0, fatal=1)
    show.carousel.once(alternate(), show.now_ms)
    show.run(1000)
    show.carousel.faults = 1
    show.run(200)
    assert show.shown == "Er 000001"
    assert "ALT" not in show.reading.annunciators
    show.carousel.once(alternate(), show.now_ms)
    assert codes(show, 5000) == ["Er "]
    show.carousel.faults = 0
    assert codes(show, 1000) == ["dEL"]


@STARTS
def test_the_hold_time_ends_a_list_that_has_not_ended(start_ms):
    show = Show(test_time=0, start_ms=start_ms)
    long = DisplayList([Item(b"A1", "D")] * 40, "ALT", 60, 0, hold=2)
    show.carousel.once(long, show.now_ms)
    show.run(119_800)
    assert show.reading.code_text == "A1 "
    show.run(400)
    assert show.reading.code_text == "dEL"


def test_without_a_hold_time_it_runs_to_its_end():
    show = Show(test_time=0)
    show.carousel.once(DisplayList([Item(b"A1", "D")] * 40, "ALT", 60), show.now_ms)
    show.run(40 * 6000 - 200)
    assert show.reading.code_text == "A1 "
    show.run(400)
    assert show.reading.code_text == "dEL"


def test_no_list_begins_in_the_segment_test():
    show = Show()
    show.run(1000)
    show.carousel.once(alternate(), show.now_ms)
    show.carousel.next()
    show.run(1800)
    assert show.shown == ALL
    show.run(200)
    assert show.reading.code_text == "dEL"


def test_a_step_goes_on_to_the_next_item_and_time_goes_on_from_there():
    show = Show(test_time=0)
    show.carousel.once(alternate(), show.now_ms)
    show.run(400)
    show.carousel.next()
    show.run(200)
    assert show.reading.code_text == "A2 "
    assert codes(show, 4200) == ["A2 ", "A3 ", "dEL"]


def test_a_stepped_item_can_stay_until_the_next_step():
    show = Show(test_time=0)
    show.carousel.next(True)
    assert codes(show, 60_000) == ["rEC"]
    show.values["R"] = 57
    show.run(200)
    assert show.shown == "rEC000057"
    show.carousel.next(True)
    assert codes(show, 60_000) == ["nEt"]
    show.carousel.next(True)
    assert codes(show, 60_000) == ["dEL"]
    show.carousel.select(show.list)
    assert codes(show, 18_000) == ["dEL", "rEC", "nEt"]


def test_a_fatal_fault_is_seen_where_an_item_stays():
    show = Show(test_time=0, fatal=1)
    show.carousel.next(True)
    show.run(5000)
    show.carousel.faults = 1
    show.run(200)
    assert show.shown == "Er 000001"
    show.carousel.faults = 0
    show.run(200)
    assert show.reading.code_text == "dEL"


@pytest.mark.parametrize("start_ms", [0, 2**30 - 6100])
def test_the_annunciator_of_the_test_list_flashes_half_a_second_on_and_off(start_ms):
    items = (Item(b"t1", "D"), Item(b"t2", "R"))
    show = Show(display_list=DisplayList(items, "TEST"), test_time=0, start_ms=start_ms)
    lit = []
    for _ in range(12000):
        show.run(1)
        lit.append("TEST" in show.reading.annunciators)
    changes = [at for at in range(1, len(lit)) if lit[at] != lit[at - 1]]
    lengths = {after - before for before, after in pairwise(changes)}
    assert len(changes) >= 22
    assert len(lengths) == 1 and 500 <= lengths.pop() <= 520  # even, also where ticks wrap
    show.carousel.select(alternate())
    show.run(700)
    assert show.reading.annunciators == {"ALT"}


def test_a_test_list_has_no_fault_code_but_a_fatal_one():
    show = Show(display_list=DisplayList((Item(b"t1", "D"),), "TEST"), test_time=0, fatal=2)
    show.carousel.faults = 1
    assert codes(show, 13_000) == ["t1 "]
    show.carousel.faults = 3
    assert codes(show, 1000) == ["Er "]
    show.carousel.faults = 1
    assert codes(show, 13_000) == ["t1 "]


def test_an_item_can_be_every_segment():
    items = (Item(b"1", "D"), Item(b"", None, kind=SEGMENTS), Item(b"2", "D"))
    show = Show(display_list=DisplayList(items, "NOR", 20, 5), test_time=0)
    show.run(2400)
    assert not any(show.reading.digits)
    show.run(100)
    assert show.shown == ALL and show.reading.annunciators == set(METER.annunciators)
    show.run(2000)
    assert show.reading.annunciators == {"NOR"} and not any(show.reading.digits)
    show.run(500)
    assert show.shown == "2  001234"


@pytest.mark.parametrize(
    ("kind", "digits", "value", "shown"),
    [
        (PAIRS, 6, 70201, "07.02.01"),
        (PAIRS, 6, 235959, "23.59.59"),
        (PAIRS, 4, 845, "  08.45"),
        (PAIRS, 5, 845, "  08.45"),
        (TRIPLES, 6, 1002, "001.002"),
        (OCTAL, 6, 0o30010, "030010"),
        (HEX, 6, 0xAB12EF, "Ab12EF"),
        (HEX, 4, 0xC0D5, "  C0d5"),
        (PAIRS, 6, 1_000_000, "------"),
        (PAIRS, 4, None, "  ----"),
    ],
)
def test_dates_times_versions_and_codes(kind, digits, value, shown):
    item = Item(b"", "X", (), digits, 3, False, kind=kind)
    show = Show(display_list=DisplayList((item,)), test_time=0)
    show.values["X"] = value
    show.run(200)
    assert show.reading.text.upper() == shown.upper()


def test_a_date_is_shown_without_the_points_that_a_glass_lacks():
    screen = Screen(glass_generic.GLASS)
    screen.groups(70201, 6, 2)
    assert decode(screen.image, True, glass_generic.GLASS).text == "0702.01"


def test_a_signed_number_that_rolls_over_keeps_its_sign():
    item = Item(b"", "X", (), 4, 0, True, True)
    show = Show(display_list=DisplayList((item,)), test_time=0)
    for value, shown in ((12345, "  2345"), (-12345, "-  2345")):
        show.values["X"] = value
        show.run(200)
        assert show.reading.text == shown


class Laid:
    """A screen with something on it and an overlay."""

    def __init__(self, start_ms):
        self.screen = Screen(METER)
        self.screen.number(42)
        self.overlay = Overlay(self.screen, "EOI")
        self.start_ms = start_ms

    def at(self, ms):
        self.rest = self.overlay.step((self.start_ms + ms) % 2**30)
        return decode(self.screen.image)


@STARTS
def test_every_segment_is_laid_over_what_is_drawn_meanwhile(start_ms):
    laid = Laid(start_ms)
    assert laid.at(0).text == "000042"
    laid.overlay.segments(start_ms, 6000)
    for ms in (0, 3000, 5999):
        assert laid.at(ms).annunciators == set(METER.annunciators)
        assert laid.rest == 6000 - ms
        laid.screen.number(43 + ms)
    assert laid.at(6000).text == "006042"


@STARTS
def test_a_signal_goes_out_by_itself_and_can_be_given_again(start_ms):
    laid = Laid(start_ms)
    laid.overlay.signal(start_ms, 4000)
    assert laid.at(3999).annunciators == {"EOI"}
    laid.overlay.signal((start_ms + 3999) % 2**30, 4000)
    assert laid.at(7998).annunciators == {"EOI"}
    assert laid.at(7999).annunciators == frozenset()


def test_the_segment_test_and_a_confirmation_do_not_end_each_other():
    screen = Screen(METER)
    screen.all_on(True)
    screen.cover(True)
    screen.all_on(False)
    assert decode(screen.image).annunciators == set(METER.annunciators)
    screen.cover(False)
    assert not any(screen.image)
