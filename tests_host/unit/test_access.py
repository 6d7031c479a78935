"""Wrong passwords: what they cost, what makes them forgotten, and that no power cut does."""

import pytest

from boards.pico_meter import layout
from c1219 import events
from firmware.access import FREE, Access, delay_ms
from picometer.proof.meters import build
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.host import ImageMemory, provision
from picometer.virtual.mains import ConstantLoad
from psem import codes
from ticks import later

OPTICAL, MODULE = events.SOURCE_OPTICAL, events.SOURCE_MODULE
DAY_MS = 86_400_000
LONGEST_MS = 15 * 60_000


class Guard:
    """An Access on cells that outlive it, and a clock of ticks that wrap."""

    def __init__(self, start_ms=0):
        self.cells = bytearray(0x4000)
        self.now = start_ms
        self.restart()

    def restart(self):
        memory = ImageMemory(self.cells)
        self.access = Access(memory, layout.ACCESS, layout.ACCESS_SLOTS, lambda: self.now)
        self.access.load()

    def wrong(self, times, port=OPTICAL):
        for _ in range(times):
            self.access.wrong(port)

    def wait(self, ms):
        """Let time pass as the scheduler does."""
        while ms:
            step = min(ms, self.access.step(self.now))
            self.now = later(self.now, step)
            ms -= step

    def locked_for(self, port=OPTICAL):
        """Milliseconds until the port takes a password, to the millisecond."""
        passed = 0
        while self.access.is_locked(port):
            self.wait(1)
            passed += 1
        return passed


def test_the_delay_begins_with_the_third_and_grows_to_a_quarter_of_an_hour():
    delays = [delay_ms(wrong) for wrong in range(14)]
    assert delays[:FREE] == [0, 0, 0]
    assert delays[FREE:11] == [5000 << n for n in range(8)]
    assert delays[11:] == [LONGEST_MS] * 3
    assert delay_ms(2**30 - 1) == LONGEST_MS


@pytest.mark.parametrize("start_ms", [0, 2**30 - 2000, 2**29 - 2500])
def test_a_port_is_locked_for_the_delay_and_not_longer(start_ms):
    guard = Guard(start_ms)
    guard.wrong(2)
    assert guard.locked_for() == 0
    guard.wrong(1)
    assert guard.locked_for() == 5000
    guard.wrong(1)
    assert guard.locked_for() == 10000


def test_a_port_does_not_answer_for_the_other():
    guard = Guard()
    guard.wrong(5)
    assert guard.access.is_locked(OPTICAL) and not guard.access.is_locked(MODULE)
    guard.wrong(3, MODULE)
    guard.access.right(OPTICAL)
    assert guard.access.in_a_row(OPTICAL) == 0 and guard.access.in_a_row(MODULE) == 3
    assert guard.access.is_locked(MODULE)


def test_a_power_cut_gives_no_new_tries_and_the_delay_begins_anew():
    guard = Guard()
    guard.wrong(4)
    guard.wait(9000)
    guard.restart()
    assert guard.locked_for() == 10000
    for wrong in range(5, 12):
        guard.wrong(1)
        guard.restart()
        assert guard.access.in_a_row(OPTICAL) == wrong
        assert guard.access.is_locked(OPTICAL)
    guard.access.right(OPTICAL)
    guard.restart()
    assert not guard.access.is_locked(OPTICAL)
    guard.wrong(2)
    guard.restart()
    assert guard.access.in_a_row(OPTICAL) == 2 and not guard.access.is_locked(OPTICAL)


def test_a_record_that_has_gone_bad_counts_as_a_delay_earned():
    guard = Guard()
    guard.wrong(1)
    guard.wrong(1, MODULE)
    for slot in range(layout.ACCESS_SLOTS):
        guard.cells[layout.ACCESS + 32 * slot + 9] ^= 1
    guard.restart()
    assert guard.locked_for(OPTICAL) == 5000 and guard.access.in_a_row(MODULE) == FREE


def test_a_day_without_a_wrong_one_makes_them_forgotten_and_less_does_not():
    guard = Guard(2**30 - 5000)
    guard.wrong(9)
    guard.wait(DAY_MS - 60_001)
    assert guard.access.in_a_row(OPTICAL) == 9
    guard.wait(120_002)
    assert guard.access.in_a_row(OPTICAL) == 0 and guard.access.total(OPTICAL) == 9
    guard.restart()
    assert guard.access.in_a_row(OPTICAL) == 0 and guard.access.total(OPTICAL) == 9


def test_a_port_at_rest_for_a_month_is_not_locked_again():
    guard = Guard()
    guard.wrong(3)
    for _ in range(30):
        guard.wait(DAY_MS)
        assert not guard.access.is_locked(OPTICAL)


# --- in a meter ---


@pytest.fixture
def meter():
    host = build(ConstantLoad(0))
    provision(host.board.fram, password_1=b"READER", password_2=b"FIELD", password_module=b"MOD")
    host.boot()
    return host


def level(host, password, port="optical"):
    """What Security makes of a password, padded, and that the session has no more rights."""
    tables = getattr(host.meter, port).link._session._tables
    result = tables.authorise(7, password.ljust(20), 0, 20)
    assert (tables.user_id, tables.device.level) == ((7, result) if result > 0 else (0, 0))
    return result


def entries(host, code):
    """(argument, user) of the log's entries of one event."""
    found = []
    for i in range(host.meter.history.valid):
        entry = host.meter.history.entry(i)
        if entry.code == code:
            found.append((entry.argument, entry.user))
    return found


def wait(host, seconds):
    host.run_until(host.board.clock.now_ns + seconds * NS_PER_S)


def test_while_a_port_is_locked_it_looks_at_no_password(meter):
    assert level(meter, b"PICOMETER") == 3
    assert [level(meter, b"GUESS %d" % n) for n in range(3)] == [0, 0, 0]
    for password in (b"PICOMETER", b"READER", b"GUESS", b"", b"\0" * 20):
        assert level(meter, password) == -codes.BSY
    assert level(meter, b"MOD", "module") == 2
    wait(meter, 4)
    assert level(meter, b"PICOMETER") == -codes.BSY
    wait(meter, 2)
    assert level(meter, b"GUESS 3") == 0
    wait(meter, 6)
    assert level(meter, b"PICOMETER") == -codes.BSY
    wait(meter, 5)
    assert level(meter, b"PICOMETER") == 3
    assert [level(meter, b"GUESS %d" % n) for n in range(2)] == [0, 0]
    assert level(meter, b"PICOMETER") == 3


def test_no_power_cut_gives_new_tries(meter):
    for n in range(3):
        assert level(meter, b"GUESS %d" % n) == 0
        meter.cut()
        meter.boot()
    assert level(meter, b"PICOMETER") == -codes.BSY
    wait(meter, 6)
    assert level(meter, b"PICOMETER") == 3


def test_who_knows_a_lower_password_cannot_guess_on(meter):
    for password, expected in ((b"GUESS 1", 0), (b"FIELD", 2), (b"GUESS 2", 0), (b"READER", 1)):
        assert level(meter, password) == expected
    assert level(meter, b"GUESS 3") == 0
    assert level(meter, b"FIELD") == -codes.BSY
    wait(meter, 6)
    assert level(meter, b"FIELD") == 2
    assert level(meter, b"GUESS 4") == 0
    assert level(meter, b"FIELD") == -codes.BSY


def test_the_highest_password_is_that_which_the_port_has(meter):
    provision(meter.board.fram, password_3=b"")
    meter.cut()
    meter.boot()
    for _ in range(3):
        assert [level(meter, b"GUESS"), level(meter, b"GUESS")] == [0, 0]
        assert level(meter, b"FIELD") == 2


def test_padding_alone_is_no_guess(meter):
    for _ in range(4):
        assert level(meter, b"") == level(meter, b"\0" * 20) == 0
    assert level(meter, b"READER") == 1


def test_lockouts_are_logged_as_a_day_has_room_and_all_wrong_passwords_are_counted(meter):
    for n in range(1, 15):
        assert level(meter, b"GUESS") == 0
        if n >= 3:
            wait(meter, min(15 * 60, 5 << n - 3) + 1)  # as long as the lockout lasts
    assert entries(meter, events.LOCKED_OUT) == [
        (bytes((OPTICAL, 0, n, 0)), 0) for n in range(3, 11)
    ]
    tables = meter.meter.optical.link._session._tables
    assert tables.device.diagnostics(20) == 14
