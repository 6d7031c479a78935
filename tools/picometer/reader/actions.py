"""A meter's procedures in the words of `picometer do`: what they ask for, and how each went."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from c1219 import accountability, procedures, service
from picometer.errors import UserError

from .client import Client
from .clock import ClockSetter
from .decode import TableReader
from .formats import Formats
from .procedure import Caller, ProcedureError, result_words

_LISTS = {"events": 1, "self-reads": 2, "profile": 3, "history": 8, "all": 255}
_PROFILE = {"start": procedures.START_LOAD_PROFILE, "stop": procedures.STOP_LOAD_PROFILE}
_SERVICE = {
    "open": service.ACTION_OPEN,
    "close": service.ACTION_CLOSE,
    "arm": service.ACTION_ARM,
    "disarm": service.ACTION_DISARM,
}
_STATES = {
    service.OPEN: "open",
    service.CLOSED: "closed",
    service.ARMED: "open, armed",
    service.MOVING: "moving",
    service.FAULTY: "fault",
}
_MODES = {"on": "TEST_MODE_FLAG", "off": "METERING_FLAG"}
_YEARS = range(1990, 2090)  # what two digits stand for


class Request(NamedTuple):
    """One procedure to be run."""

    name: str
    procedure: procedures.Procedure
    parameters: dict


class ClockSetting(NamedTuple):
    """The clock to be set; to this computer's time when that is sent if `moment` is None."""

    name: str
    moment: datetime | None


class Setting(NamedTuple):
    """One table to be written."""

    name: str
    table: int
    octets: bytes


Wanted = Request | ClockSetting | Setting


def parse(words: tuple[str, ...]) -> list[Wanted]:
    """What the words of the command line ask for, in their order."""
    queue = list(words)
    requests = []
    while queue:
        action = queue.pop(0)
        if action not in _ACTIONS:
            raise UserError(f"{action}: one of {', '.join(_ACTIONS)}")
        requests.append(_ACTIONS[action](action, queue))
    return requests


def _reset(action: str, bit: str) -> Request:
    return Request(action, procedures.REMOTE_RESET, {"ACTION": {bit: 1}})


def _test_mode(action: str, queue: list[str]) -> Request:
    to = _choice(action, queue, _MODES)
    name = f"{action} {to}"
    return Request(name, procedures.CHANGE_MODE, {"ED_MODE": {_MODES[to]: 1}})


def _set_time(action: str, queue: list[str]) -> ClockSetting:
    text = "now" if not queue or queue[0] in _ACTIONS else queue.pop(0)
    if text == "now":
        return ClockSetting(action, None)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"{action} {text}: not a time as in 2007-02-01T08:30") from error
    if moment.tzinfo is not None or moment.year not in _YEARS:
        raise UserError(f"{action} {text}: not a local time from {_YEARS[0]} to {_YEARS[-1]}")
    return ClockSetting(action, moment)


def _mark_read(action: str, queue: list[str]) -> Request:
    of = _choice(action, queue, _LISTS)
    return Request(f"{action} {of}", procedures.RESET_LIST_POINTERS, {"LIST": _LISTS[of]})


def _service(action: str, queue: list[str]) -> Request:
    to = _choice(action, queue, _SERVICE)
    return Request(f"{action} {to}", service.OPERATE, {"ACTION": _SERVICE[to]})


def _profile(action: str, queue: list[str]) -> Request:
    to = _choice(action, queue, _PROFILE)
    return Request(f"{action} {to}", _PROFILE[to], {})


def _choice(action: str, queue: list[str], known: dict) -> str:
    if not queue or queue[0] not in known:
        got = queue[0] if queue else "nothing"
        raise UserError(f"{action} {got}: one of {', '.join(known)}")
    return queue.pop(0)


def _simple(procedure: procedures.Procedure) -> Callable[[str, list[str]], Request]:
    return lambda action, queue: Request(action, procedure, {})


def _seal(octet: int) -> Callable[[str, list[str]], Setting]:
    table = accountability.SECURITY.number
    return lambda action, queue: Setting(action, table, bytes((octet,)))


_ACTIONS: dict[str, Callable[[str, list[str]], Wanted]] = {
    "demand-reset": lambda action, queue: _reset(action, "DEMAND_RESET"),
    "self-read": lambda action, queue: _reset(action, "SELF_READ"),
    "test-mode": _test_mode,
    "set-time": _set_time,
    "mark-read": _mark_read,
    "profile": _profile,
    "clear-status": _simple(procedures.CLEAR_STD_STATUS),
    "clear-own-status": _simple(procedures.CLEAR_MFG_STATUS),
    "diagnostics": _simple(procedures.EXECUTE_DIAGNOSTICS),
    "save": _simple(procedures.SAVE_CONFIGURATION),
    "activate-pending": _simple(procedures.ACTIVATE_ALL_PENDING),
    "clear-pending": _simple(procedures.CLEAR_ALL_PENDING),
    "warm-start": _simple(procedures.WARM_START),
    "clear-data": _simple(procedures.CLEAR_DATA),
    "cold-start": _simple(procedures.COLD_START),
    "service": _service,
    "module-reset": _simple(service.MODULE_RESET),
    "seal": _seal(1),
    "unseal": _seal(0),
    "clear-events": _simple(accountability.CLEAR_EVENT_LOG),
}


def perform(client: Client, requests: list[Wanted]) -> Iterator[str]:
    """Run the requests one after the other; yields a line on each. ProcedureError ends it."""
    formats = TableReader.of(client).formats
    caller = Caller(client, formats=formats)
    setter = ClockSetter(client, caller, formats)
    for request in requests:
        name = request.name
        try:
            if isinstance(request, Setting):
                client.write(request.table, request.octets)
                yield f"{name}: completed"
                continue
            if isinstance(request, Request):
                procedure = request.procedure
                code, response = caller.run(procedure, request.parameters, name)
            else:
                procedure = procedures.SET_DATE_TIME
                moment = request.moment
                code, response = (
                    setter.set_to_now(name) if moment is None else setter.set_to(moment, name)
                )
        except ProcedureError as error:
            error.args = (f"{error}{_told(procedure, error.response, formats)}",)
            raise
        yield f"{name}: {result_words(code)}{_told(procedure, response, formats)}"


def _told(procedure: procedures.Procedure, response: dict, formats: Formats) -> str:
    """What the response tells: the clock's times before and now, the service switch's state."""
    if procedure is service.OPERATE and response:
        return f", {_STATES.get(response['STATE'], response['STATE'])}"
    if procedure is not procedures.SET_DATE_TIME or not response:
        return ""
    before, after = (formats.date(response[name]) or "not set" for name in ("BEFORE", "AFTER"))
    return f", {before} before, {after} now"
