"""Nothing allocates while the meter meters: the whole firmware runs on a locked heap.

Runs on MicroPython only: CPython cannot lock its heap. The clock's count does not wrap
meanwhile: in the second before it does, every 12 days, a few sums pass 2^30.
"""

import micropython

from boards.pico_meter import layout
from firmware.configuration import Configuration
from firmware.meter import Meter
from firmware.profile_program import DEFAULT_CONTROL, limits_of
from firmware.program import Program
from metrology import faults as f
from metrology import page as p
from tests_host.unix.bench import Board

TICKS = 10000
KWH = 7782000  # counts of one


def metered(board, meter, until):
    """Run to so many ticks, a bounded number of steps; the heap is locked meanwhile."""
    step = meter.scheduler.run_once
    page = meter.storage.page
    left = 100 * TICKS
    micropython.heap_lock()
    try:
        while left and page[p.TICKS] < until:
            step()
            left -= 1
    finally:
        micropython.heap_unlock()
    assert left, "the meter does not get on"


def started(board):
    """A meter that has started: its clock has settled, the start is in the log, and it has
    begun with the second look at its software, of which a part takes longer than a test.
    """
    meter = Meter(board)
    meter.start()
    while not meter.history.total or not meter.software.percent:
        meter.scheduler.run_once()
    if board.afe_registers is not None:
        board.work = meter.metering.net  # its word 0 is the net
        board.wait(0)
    return meter


def run_the_whole_meter(board):
    meter = started(board)
    page = meter.storage.page
    begin = page[p.TICKS]
    for until, a, b in ((4000, 70, 60), (7000, -70, -60), (9000, 70, -70), (TICKS, 0, 1)):
        board.per_ms[0], board.per_ms[1] = a, b
        metered(board, meter, begin + until)
    assert page[p.ERRORS] == 0, page[p.LAST_ERROR]
    assert page[p.DELIVERED_KWH] * KWH + page[p.DELIVERED_COUNTS] > 400000 * 129
    assert page[p.RECEIVED_KWH] * KWH + page[p.RECEIVED_COUNTS] > 300000 * 129
    assert page[p.REJECTED] == 0 and meter.storage.faults.word == f.UNPROGRAMMED
    assert board.fed > TICKS // 20 - 10
    assert board.pulses.counted > 10000 and board.pulses.mirrored
    meter.scheduler.run_once()  # the storage duty's turn
    again = Meter(board).storage.page
    for index in range(p.DELIVERED_KWH, p.REJECTED):
        assert again[index] == page[index]


def test_ten_thousand_ticks_of_the_whole_meter():
    run_the_whole_meter(Board())


def test_ten_thousand_native_ticks_of_the_whole_meter():
    board = Board()
    board.afe_registers = (0, 0)  # native code, its words from the work block
    run_the_whole_meter(board)


def test_ten_thousand_ticks_of_every_register_and_demand_on_the_display():
    board = Board()
    meter = started(board)
    page = meter.storage.page
    page[p.RECEIVED_KWH], page[p.RECEIVED_COUNTS] = 999999999, KWH - 1
    page[p.DEMAND_MAXIMUM] = page[p.PREVIOUS_DEMANDS] = p.COUNTER_MASK
    page[p.CUMULATIVE_COUNTS] = KWH - 1
    page[p.DEMAND_MAXIMUM_END] = page[p.DEMAND_RESET_TIME] = 52000000
    octets = bytearray()
    indices = bytearray()
    for number in range(1, 50):  # with three decimals that roll over
        octets += bytes((number, 0x41, 0x20, 0x20, 6 | 3 << 3 | 0x80, 0))
        indices += bytes((number - 1, 0))
    head = bytes((6, 0x10, 49))
    dims = bytes((7, 49, 0, 6, 49, 0, 1, 0, 0, 0))
    meter.display.program(dims, octets, head + indices, b"")
    meter.display.step(board.ticks_ms())  # makes the lists
    board.per_ms[0], board.per_ms[1] = 70, 60
    metered(board, meter, TICKS)
    assert page[p.ERRORS] == 0, page[p.LAST_ERROR]


def test_the_ticks_of_an_interval_that_is_recorded():
    board = Board()
    configuration = Configuration(board.fram, layout.CONFIGURATION, layout.CONFIGURATION_SLOTS)
    configuration.put("model", b"AXR")
    configuration.put("service", b"2S-240-200")
    configuration.save()
    program = Program(board.fram, layout.PROGRAM, layout.PROGRAM_SLOTS)
    program.put(61, limits_of(2, 1, 15, 100, layout.PROFILE_OCTETS))  # a block each interval
    program.put(62, DEFAULT_CONTROL)
    program.save()
    meter = started(board)
    page = meter.storage.page
    board.per_ms[0], board.per_ms[1] = 70, 60
    metered(board, meter, 5900)  # the clock begins at 12:34:56
    profile = meter.load_profile
    assert profile.blocks == 0
    while page[p.TICKS] < 6100:
        meter.scheduler.run_once()
    assert (profile.blocks, profile.intervals) == (1, 1)
    metered(board, meter, 8000)  # the block is checked every now and then
    assert meter.storage.faults.word & f.PROFILE_BAD == 0
    assert page[p.ERRORS] == 0, page[p.LAST_ERROR]


def test_the_lock_would_tell():
    board = Board()
    meter = started(board)
    meter.scheduler.add(lambda now_ms: len(bytearray(100)))
    metered(board, meter, meter.storage.page[p.TICKS] + 50)
    assert meter.storage.page[p.ERRORS] > 0
