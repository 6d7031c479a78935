"""MicroPython's `time` on the rp2 port, moved by the virtual board's clock.

Firmware code takes no simulated time by itself, waiting does. So that a loop which only
watches the clock ends as it does on the device, reading it over and over at the same instant
makes a microsecond pass each time.
"""

import calendar as _calendar
import datetime as _datetime

from . import board as _board

_PERIOD = 1 << 30  # MICROPY_PY_TIME_TICKS_PERIOD: ticks are small ints
_HALF = _PERIOD // 2
_PATIENCE = 1000  # looks at one instant before looking takes time
_RTC_AT_BOOT = _calendar.timegm((2021, 1, 1, 0, 0, 0))

_last_ns = -1
_looks = 0


def _now_ns(board):
    global _last_ns, _looks
    now = board.clock.now_ns
    if now != _last_ns:
        _last_ns = now
        _looks = 0
    else:
        _looks += 1
        if _looks > _PATIENCE:
            board.clock.advance_to(now + 1000)
            _last_ns = now = board.clock.now_ns
    return now - board.boot_ns


def ticks_ms():
    """Milliseconds since the RP2040 started, modulo 2**30."""
    return _now_ns(_board()) // 1_000_000 & _PERIOD - 1


def ticks_us():
    """Microseconds since the RP2040 started, modulo 2**30."""
    return _now_ns(_board()) // 1000 & _PERIOD - 1


ticks_cpu = ticks_us  # as on the RP2040, whose Cortex-M0+ has no cycle counter


def ticks_add(ticks, delta):
    """`ticks` moved by `delta`; OverflowError when `ticks_diff` could not undo it."""
    if not -_HALF < delta < _HALF:
        raise OverflowError("ticks interval overflow")
    return ticks + delta & _PERIOD - 1


def ticks_diff(end, start):
    """`end - start` in -2**29 .. 2**29 - 1, across the wrap."""
    return (end - start + _HALF & _PERIOD - 1) - _HALF


def sleep_ms(ms):
    """Wait `ms` milliseconds; a negative value does not wait."""
    if ms > 0:
        board = _board()
        board.wait_until(board.clock.now_ns + ms * 1_000_000)


def sleep_us(us):
    """Wait `us` microseconds; a negative value does not wait."""
    if us > 0:
        board = _board()
        board.wait_until(board.clock.now_ns + us * 1000)


def sleep(seconds):
    """Wait `seconds`, to the millisecond below."""
    sleep_ms(int(seconds * 1000))


def time():
    """Seconds since 1970 by the RP2040's own clock, which begins in 2021 at power-up."""
    return time_ns() // 1_000_000_000


def time_ns():
    """`time` in nanoseconds, to the microsecond."""
    board = _board()
    offset = board.mcu.get("rtc_offset_ns", _RTC_AT_BOOT * 1_000_000_000)
    return offset + (board.clock.now_ns - board.boot_ns) // 1000 * 1000


def gmtime(secs=None):
    """(year, month, mday, hour, minute, second, weekday, yearday) of `secs` since 1970."""
    moment = _datetime.datetime(1970, 1, 1) + _datetime.timedelta(
        seconds=time() if secs is None else int(secs)
    )
    return moment.timetuple()[:8]


localtime = gmtime


def mktime(date):
    """The inverse of `localtime`; a tuple of 8 or 9."""
    if len(date) not in (8, 9):
        raise TypeError("mktime needs a tuple of length 8 or 9")
    return _calendar.timegm(tuple(date[:6]))
