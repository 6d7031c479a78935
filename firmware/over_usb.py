"""Identity and passwords over USB, at the prompt of a meter that does not run.

`make flash CONFIGURATION=...` calls it, under the same rights as a client at a port, and with
entries of the event log: a prompt is no way around a seal that is closed.
"""

from micropython import const

from audit.log import EventLog
from c1219 import events
from c1219.dates import NO_TIME
from ds3231 import ClockError
from firmware.configuration import Configuration, padded
from firmware.guard import Guard
from firmware.history import History
from firmware.identity import DIGEST, VERSION
from firmware.inputs import SEAL_OPEN
from firmware.log import Actor, Log
from firmware.record_list import ReadMarks
from journal import BAD
from metrology.faults import FaultSet
from metrology.page import FAULTS, new_page

_LEVEL = const(3)
_PASSWORD_TABLE = const(42)

# Parameters, as audit.rights numbers them, and the fields of the configuration that are theirs.
_PARAMETERS = (
    (0x80B, ("model", "service", "serial")),
    (5, ("device_id",)),
    (6, ("utility",)),
    (_PASSWORD_TABLE, ("password_1", "password_2", "password_3", "password_module")),
)


def store(fields, board=None):
    """Keep text fields of the configuration, pairs of name and octets; others stay.

    ValueError says why nothing has changed: a name that is none, a value that is too long, or what
    the guard says. `board` is for who has one.
    """
    if board is None:
        from boards.pico_meter.board import Board

        board = Board()
    board.extend()
    layout = board.layout
    configuration = Configuration(board.fram, layout.CONFIGURATION, layout.CONFIGURATION_SLOTS)
    if configuration.load() == BAD:
        configuration.put("security", b"\1")  # as firmware.core: what is lost opens nothing
    log = _log(board)
    guard = _guard(board, configuration, log)
    actor = Actor(events.SOURCE_USB, 0, _LEVEL)
    given = dict(fields)
    for number, names in _PARAMETERS:
        wanted = [name for name in names if name in given]
        if wanted:
            _allow(guard, log, actor, number, names, configuration, given)
        for name in wanted:
            configuration.put(name, padded(name, given.pop(name)))
    if given:
        raise ValueError("no such field: " + ", ".join(given))
    if not configuration.save():
        raise ValueError("the memory does not keep the configuration")


class _Seal:
    """The seal loop as it is now, where a running meter has firmware.inputs.Inputs."""

    def __init__(self, board):
        is_open = board.inputs[SEAL_OPEN]() == board.active[SEAL_OPEN]
        self.state = bytes(SEAL_OPEN) + bytes((1 if is_open else 0,))

    def is_known(self, i):
        return True


class _Log(Log):
    """With the time as the clock chip has it now: no duty follows its seconds."""

    def date_time(self):
        rtc = self._clock
        try:
            rtc.read()
        except ClockError:
            return NO_TIME
        if not rtc.valid:
            return NO_TIME
        year, month, day, hour, minute, second, _ = rtc.fields
        return bytes((year - 2000, month, day, hour, minute, second))


def _log(board):
    layout = board.layout
    marks = ReadMarks(board.fram, layout.READ_MARKS, layout.READ_MARK_SLOTS)
    marks.load()
    history = History(board.fram, layout.HISTORY, layout.HISTORY_SLOTS, marks)
    history.load()
    log = _Log(history, board.rtc, board.ticks_ms, None)
    log.inputs = _Seal(board)
    return log


def _guard(board, configuration, log):
    layout = board.layout
    event_log = EventLog(
        board.fram, layout.EVENTS, layout.EVENT_SLOTS, layout.AUDIT, layout.AUDIT_SLOTS
    )
    event_log.load()
    faults = FaultSet(new_page(), FAULTS)
    return Guard(event_log, configuration, faults, log, VERSION, DIGEST)


def _allow(guard, log, actor, number, names, configuration, given):
    """ValueError when this must not change; else there is an entry of it."""
    old = b""
    new = b""
    which = 0
    for i in range(len(names)):
        name = names[i]
        before = configuration.get(name)
        after = padded(name, given.get(name, before))
        old += before
        new += after
        if before != after:
            which |= 1 << i
    if number == _PASSWORD_TABLE:  # the log tells which, not what
        old = b""
        new = bytes((which,))
    if not which:
        return
    why = -guard.change(events.PROVISIONED, actor, number, old, new)
    if why:
        raise ValueError(_REFUSED.get(why, "the memory does not keep the entry of it"))
    log.add(events.PROVISIONED, actor, number)


_REFUSED = {
    3: "the meter is sealed: open its seal",
    8: "the event log is full: open the seal, and clear it",
}
