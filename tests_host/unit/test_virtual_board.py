"""The virtual board: wiring, power, resets and the passing of time."""

import pytest

from boards.pico_meter import pins
from picometer.virtual.board import BoardReset, EndlessWait, VirtualBoard
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.power import PowerCut
from picometer.virtual.spi import SpiBus

AENERGYA = bytes((0x02, 0x1E, 0x80))
CONFIG = bytes((0x01, 0x02, 0x80))


@pytest.fixture
def board():
    board = VirtualBoard(load=ConstantLoad(2400))
    board.power_on()
    return board


def afe_read(board, command, n):
    bus = board.spi(pins.AFE_SPI)
    board.pin_write(pins.AFE_CS, 0)
    miso = bus.exchange(command + bytes(n))
    board.pin_write(pins.AFE_CS, 1)
    return miso[len(command) :]


def test_the_metering_chip_answers_in_mode_3_and_0(board):
    board.clock.advance_to(100 * NS_PER_MS)
    for polarity, phase in ((1, 1), (0, 0)):
        board.spi(pins.AFE_SPI).configure(polarity, phase)
        assert afe_read(board, CONFIG, 2) == b"\x80\x04"


@pytest.mark.parametrize(("polarity", "phase"), [(0, 1), (1, 0)])
def test_a_wrong_spi_mode_reads_one_bit_late(board, polarity, phase):
    board.clock.advance_to(100 * NS_PER_MS)
    board.spi(pins.AFE_SPI).configure(polarity, phase)
    late = afe_read(board, CONFIG, 2)
    # The first bit is whatever the line showed before the chip drove it.
    assert bytes((late[0] & 0x7F, late[1])) == b"\x40\x02"


def test_an_unselected_or_foreign_bus_reads_high(board):
    assert board.spi(pins.AFE_SPI).exchange(b"\x00\x00") == b"\xff\xff"
    dead = board.spi(pins.AFE_SPI, (2, 3, 4))
    board.clock.advance_to(100 * NS_PER_MS)
    board.pin_write(pins.AFE_CS, 0)
    assert dead.exchange(CONFIG + bytes(2)) == b"\xff" * 5


def test_a_late_bit_goes_from_one_exchange_to_the_next(board):
    class Loopback:
        spi_modes = (0,)
        select = deselect = staticmethod(lambda: None)
        exchange = staticmethod(lambda mosi: mosi)

    bus = SpiBus()
    bus.configure(0, 1)
    select = bus.chip_select(Loopback())
    select(0)
    late = bus.exchange(b"\x80\x01") + bus.exchange(b"\x00") + bus.exchange(b"\xff")
    assert late == b"\x40\x00\x80\x7f"
    select(1)
    select(0)
    assert bus.exchange(b"\x00") == b"\x00"


def test_the_chip_counts_what_the_mains_deliver(board):
    board.clock.advance_to(11 * NS_PER_S)
    assert board.mains.delivered_uwh == 11 * 2400 * 1_000_000 // 3600
    assert board.afe.counted_a == pytest.approx(board.afe.counted_b)
    assert board.afe.counted_a > 0


def test_a_received_load_counts_down():
    board = VirtualBoard(load=ConstantLoad(-2400))
    board.power_on()
    board.clock.advance_to(11 * NS_PER_S)
    assert board.afe.counted_a < 0
    assert board.mains.delivered_uwh == 0


def test_reset_and_irq_of_the_chip_are_wired(board):
    board.clock.advance_to(100 * NS_PER_MS)
    assert board.pin_read(pins.AFE_IRQ) == 0  # reset done
    board.pin_write(pins.AFE_RESET, 0)
    board.clock.advance_to(101 * NS_PER_MS)
    board.pin_write(pins.AFE_RESET, 1)
    assert board.afe.resets == 1


def test_switches_read_low_when_closed(board):
    assert board.pin_read(pins.LEVER) == 1
    board.switch(pins.LEVER, closed=True)
    assert board.pin_read(pins.LEVER) == 0
    assert board.pin_read(pins.SEAL_LOOP) == 0  # the loop is whole
    board.switch(pins.SEAL_LOOP, closed=False)
    assert board.pin_read(pins.SEAL_LOOP) == 1
    assert board.pin_read(pins.POWER_FAIL) == 1
    with pytest.raises(KeyError):
        board.switch(pins.AFE_CS, closed=True)


def test_switch_edges_are_delivered_once_each(board):
    edges = []
    board.on_edge(pins.MAGNET, edges.append)
    board.switch(pins.MAGNET, closed=True)
    board.switch(pins.MAGNET, closed=True)
    board.switch(pins.MAGNET, closed=False)
    board.on_edge(pins.MAGNET, None)
    board.switch(pins.MAGNET, closed=True)
    assert edges == [0, 1]


def test_a_cut_comes_at_its_instant_and_takes_the_volatile_with_it(board):
    board.clock.advance_to(NS_PER_S)
    board.fram.memory[5] = 77
    board.cut_at(3 * NS_PER_S)
    with pytest.raises(PowerCut):
        board.wait_until(10 * NS_PER_S)
    assert board.clock.now_ns == 3 * NS_PER_S
    assert not board.powered
    board.clock.advance_to(10 * NS_PER_S)
    assert board.mains.delivered_uwh == 2_000_000
    assert afe_read(board, CONFIG, 2) == b"\xff\xff"
    board.power_on()
    assert board.fram.memory[5] == 77
    assert board.rtc.now().second == 10
    assert not board.watchdog_reset
    assert board.boot_ns == 10 * NS_PER_S


def test_a_cut_inside_a_fram_write_unwinds_through_the_bus(board):
    bus = board.spi(pins.FRAM_SPI)
    board.pin_write(pins.FRAM_CS, 0)
    bus.exchange(b"\x06")
    board.pin_write(pins.FRAM_CS, 1)
    board.fram.cut_after(2, board.cut)
    board.pin_write(pins.FRAM_CS, 0)
    with pytest.raises(PowerCut):
        bus.exchange(b"\x02\x00\x00\x10abcd")
    board.pin_write(pins.FRAM_CS, 1)
    assert board.fram.memory[16:20] == b"ab\x00\x00"


def test_an_unfed_watchdog_resets_the_rp2040_alone(board):
    board.clock.advance_to(NS_PER_S)
    counted = board.afe.counted_a
    board.wdt_start(1000)
    board.pin_write(pins.FRAM_CS, 0)
    board.optical.configure(9600)
    board.clock.advance_to(1900 * NS_PER_MS)
    board.wdt_feed()
    with pytest.raises(BoardReset) as reset:
        board.wait_until(10 * NS_PER_S)
    assert reset.value.reason == "wdt"
    assert board.clock.now_ns == 2900 * NS_PER_MS
    assert board.watchdog_reset
    assert board.boot_ns == board.clock.now_ns
    assert board.optical.baud == 0
    assert board.pin_read(pins.FRAM_CS) == 1
    assert board.afe.counted_a > counted
    assert board.afe.resets == 0
    board.wait_until(20 * NS_PER_S)  # and it has stopped


def test_waiting_ends_at_the_event_that_wakes(board):
    board.optical.configure(9600)
    board.optical.feed(b"ab")
    board.wait_until(NS_PER_S, board.optical.any)
    assert board.clock.now_ns == 1_041_667
    assert board.optical.any() == 1


def test_waiting_ends_at_its_limit_when_nothing_wakes(board):
    board.wait_until(NS_PER_S, board.optical.any)
    assert board.clock.now_ns == NS_PER_S
    board.wait_until(NS_PER_S // 2)
    assert board.clock.now_ns == NS_PER_S


def test_waiting_for_ever_for_nothing_is_an_error(board):
    with pytest.raises(EndlessWait):
        board.wait_until(None, lambda: False)


def test_the_host_may_move_time_its_own_way(board):
    board.optical.configure(9600)
    asked = []

    def hook(target_ns):
        asked.append(target_ns)
        if len(asked) == 2:  # a byte from outside, halfway
            board.clock.advance_to(board.clock.now_ns + 5 * NS_PER_MS)
            board.optical.feed(b"!", paced=False)
        else:
            board.clock.advance_to(min(target_ns, board.clock.now_ns + 10 * NS_PER_MS))

    board.wait_hook = hook
    board.wait_until(NS_PER_S, board.optical.any)
    assert board.clock.now_ns == 15 * NS_PER_MS
    assert asked == [NS_PER_S, NS_PER_S]
    board.wait_until(NS_PER_S)
    assert board.clock.now_ns == NS_PER_S
