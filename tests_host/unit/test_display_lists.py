"""Display lists in injected time: what the glass shows, and when."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.pico_meter import glass_generic
from display import DisplayList, Item, LoadEmulator, Screen, normal_list
from picometer.virtual.lcd import decode
from tests_host.unit.display_show import METER, Show

GENERIC = glass_generic.GLASS


@pytest.mark.parametrize("start_ms", [0, 123456, 2**30 - 5000])
def test_segment_test_then_each_item_for_six_seconds_again_and_again(start_ms):
    show = Show(start_ms=start_ms)
    assert show.shown == "888-8.8.8.8.8.8"
    show.run(2999)
    assert show.shown == "888-8.8.8.8.8.8"
    show.run(1)
    for _ in range(2):
        for shown in ("dEL001234", "rEC000056", "nEt001178"):
            assert show.shown == shown
            show.run(5999)
            assert show.shown == shown
            show.run(1)
    assert show.shown == "dEL001234"


def test_each_item_lights_its_own_annunciators_and_the_lists():
    show = Show(test_time=0)
    for names in ({"DEL"}, {"REC"}, {"NET"}):
        assert show.reading.annunciators == names | {"NOR", "kWh"}
        show.run(6000)


def test_what_is_switched_elsewhere_outlasts_items_and_the_segment_test():
    show = Show()
    show.screen.annunciator("L1", True)
    show.run(9000)
    assert show.reading.annunciators == {"NOR", "kWh", "REC", "L1"}


def test_a_value_that_changes_is_followed_at_the_next_step():
    show = Show(test_time=0)
    show.values["D"] = 1235
    show.run(200)
    assert show.shown == "dEL001235"


def test_registers_roll_over_and_net_beyond_its_digits_is_dashes():
    show = Show(test_time=0)
    show.values.update(D=1_000_007, R=999_999, N=-1_000_000)
    show.run(200)
    assert show.shown == "dEL000007"
    show.run(6000)
    assert show.shown == "rEC999999"
    show.run(6000)
    assert show.shown == "nEt------"
    show.values["N"] = -999_999
    show.run(200)
    assert show.shown == "nEt-999999"


def test_five_digits_roll_over_at_a_hundred_thousand():
    show = Show(display_list=normal_list("D", "R", "N", digits=5), test_time=0)
    show.values["D"] = 123_456
    show.run(200)
    assert show.shown == "dEL 23456"


def test_a_value_that_is_not_known_is_dashes_and_never_an_old_number():
    show = Show(test_time=0)
    show.values["D"] = None
    show.run(200)
    assert show.shown == "dEL------"
    show.values["D"] = 5
    show.run(200)
    assert show.shown == "dEL000005"


def test_the_sign_of_net_goes_with_net():
    show = Show(test_time=0)
    show.values["N"] = -7
    show.run(12000)
    assert show.shown == "nEt-000007"
    show.run(6000)
    assert show.shown == "dEL001234"


def test_off_time_blanks_the_digits_and_leaves_the_rest():
    items = (Item(b"1", "D"), Item(b"2", "R"))
    show = Show(display_list=DisplayList(items, "ALT", on_time=20, off_time=5), test_time=0)
    show.run(1999)
    assert show.shown == "1  001234"
    show.run(1)
    assert show.shown == "   " + " " * 6
    assert show.reading.annunciators == {"ALT"}
    show.run(500)
    assert show.shown == "2  000056"


def test_a_fault_is_one_more_item_with_additive_codes():
    show = Show(test_time=0)
    show.carousel.faults = 1 << 2 | 1 << 3 | 1 << 5
    show.run(200)
    assert show.shown == "dEL001234"
    assert "ERR" in show.reading.annunciators
    show.run(18000)
    assert show.shown == "Er 000054"
    assert show.reading.annunciators == {"NOR", "ERR"}
    show.run(6000)
    assert show.shown == "dEL001234"


def items_shown(show, count):
    """The next `count` items, from one that has just begun."""
    found = []
    for _ in range(count):
        found.append(show.shown)
        show.run(6000)
    return found


@pytest.mark.parametrize(
    ("faults", "codes"),
    [
        (1 << 18, ["Er2000001"]),
        (1 << 20 | 1 << 29, ["Er2004004"]),
        (1 << 17 | 1 << 18, ["Er 400000", "Er2000001"]),
        (2**30 - 1, ["Er 777777", "Er2007777"]),
        (0o777777, ["Er 777777"]),
    ],
)
def test_faults_beyond_the_first_code_have_a_second_one(faults, codes):
    show = Show(test_time=0)
    show.carousel.faults = faults
    show.run(6000)
    registers = ["rEC000056", "nEt001178", "dEL001234"]
    assert items_shown(show, 2) == registers[:2]
    assert items_shown(show, len(codes)) == codes
    assert items_shown(show, 3) == [registers[2], *registers[:2]]
    assert items_shown(show, len(codes)) == codes
    assert "ERR" in show.reading.annunciators


def test_a_second_code_that_changes_is_followed_and_one_that_is_gone_leaves_at_once():
    show = Show(test_time=0)
    show.carousel.faults = 1 | 1 << 18
    show.run(4 * 6000)
    assert show.shown == "Er2000001"
    show.carousel.faults = 3 | 1 << 19
    show.run(200)
    assert show.shown == "Er2000002"
    show.carousel.faults = 3
    show.run(200)
    assert show.shown == "dEL001234"


def test_a_fatal_fault_leaves_the_second_code_for_the_first():
    show = Show(test_time=0, fatal=1 << 17)
    show.carousel.faults = 1 << 18
    show.run(3 * 6000)
    assert show.shown == "Er2000001"
    show.carousel.faults |= 1 << 17
    show.run(200)
    for _ in range(5):
        assert show.shown == "Er 400000"
        show.run(6000)
    show.carousel.faults = 1 << 18
    show.run(200)
    assert show.shown == "Er2000001"


def test_a_fault_that_is_gone_leaves_at_once():
    show = Show(test_time=0)
    show.carousel.faults = 1
    show.run(18000)
    assert show.shown == "Er 000001"
    show.carousel.faults = 0
    show.run(200)
    assert show.shown == "dEL001234"
    assert "ERR" not in show.reading.annunciators


def test_a_fatal_fault_is_shown_at_once_and_locks_the_display_while_it_lasts():
    show = Show(test_time=0, fatal=1 << 17)
    show.run(7000)
    show.carousel.faults = 1 << 17 | 1
    for _ in range(200):
        show.run(200)
        assert show.shown == "Er 400001"
    show.carousel.faults = 1
    show.run(6000)
    assert show.shown == "dEL001234"


def test_a_fatal_fault_waits_for_the_segment_test():
    show = Show(fatal=1)
    show.carousel.faults = 1
    show.run(2900)
    assert show.shown == "888-8.8.8.8.8.8"
    show.run(200)
    assert show.shown == "Er 000001"


def test_another_list_begins_at_the_next_step_even_in_the_segment_test():
    other = DisplayList((Item(b"U", "V", ("V",), 4, 1, False),), "ALT")
    for run_ms in (0, 1000, 8000):
        show = Show()
        show.values["V"] = 2405
        show.run(run_ms)
        show.carousel.select(other)
        show.run(200)
        assert show.shown == "U    240.5"
        assert show.reading.annunciators == {"ALT", "V"}


def test_the_segment_test_can_be_asked_for_again():
    show = Show()
    show.run(10000)
    show.carousel.segment_test()
    show.run(200)
    assert show.shown == "888-8.8.8.8.8.8"
    show.run(3000)
    assert show.shown == "dEL001234"


def test_a_glass_without_small_digits_opens_an_item_with_its_code():
    show = Show(glass=GENERIC, test_time=0)
    for code, number in (("dEL", "001234"), ("rEC", "000056"), ("nEt", "001178")):
        show.run(1400)
        assert show.shown == code + "   "
        show.run(100)
        assert show.shown == number
        show.run(4500)


def test_a_list_must_have_an_item():
    with pytest.raises(ValueError):
        DisplayList(())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 900_000_000)), max_size=30))
def test_the_load_emulator_makes_one_step_per_watt_hour_of_net_energy(moves):
    screen = Screen(METER)
    emulator = LoadEmulator(screen)
    registers = [999_999_999, 123]
    emulator.update(*registers)
    net = steps = 0
    for received, uwh in moves:
        registers[received] = (registers[received] + uwh) % 10**9
        net += -uwh if received else uwh
        made = emulator.update(*registers)
        steps += made
        assert abs(net - steps * 1_000_000) < 1_000_000
        reading = decode(screen.image)
        if made:
            assert reading.annunciators == {"RIGHT" if made > 0 else "LEFT"}
        assert [i for i in range(6) if reading.emulator[i]] == sorted({steps % 6, (steps + 1) % 6})


def test_a_step_is_made_when_its_energy_is_complete_in_either_direction():
    emulator = LoadEmulator(Screen(METER), 2_000_000)
    emulator.update(0, 0)
    assert emulator.update(3_900_000, 0) == 1
    assert emulator.update(4_000_000, 0) == 1
    assert emulator.update(4_000_000, 3_900_000) == -1
    assert emulator.update(4_000_000, 4_000_000) == -1


def test_the_load_emulator_takes_any_unit_of_energy():
    emulator = LoadEmulator(Screen(METER), 7, 7000)
    emulator.update(6990, 0)
    assert emulator.update(4, 0) == 2
    assert emulator.update(4, 6997) == -999


def test_energy_to_and_fro_below_a_step_moves_nothing():
    screen = Screen(METER)
    emulator = LoadEmulator(screen)
    image = bytes(screen.image)
    delivered, received = 987_654_321, 5
    emulator.update(delivered, received)
    for _ in range(10):
        delivered += 999_999
        assert emulator.update(delivered, received) == 0
        received += 999_999
        assert emulator.update(delivered, received) == 0
    assert bytes(screen.image) == image


def test_a_glass_without_an_emulator_is_left_alone():
    screen = Screen(GENERIC)
    emulator = LoadEmulator(screen)
    emulator.update(0, 0)
    assert emulator.update(5_000_000, 0) == 5
    assert not any(screen.image)
