"""The hands at the virtual meter: what keys, the control port and scripts can do, in one table."""

import json
import math
from dataclasses import dataclass, replace

from boards.pico_meter import pins
from picometer.errors import UserError

from .board import VirtualBoard
from .clock import NS_PER_S
from .lcd import draw
from .options import LoadChoice, choose_load
from .service_switch import ServiceSwitch

DONE = "ok"
PRESS_S = 0.5
_LONGEST_S = 1e6


class ControlError(Exception):
    """A line that asks for nothing that can be done; the message is one line."""


@dataclass(frozen=True)
class Switch:
    """A switch or sense input: its GPIO, and what its closed and open positions are called."""

    gpio: int
    closed: str
    open: str
    by_hand: bool = False  # can be pressed for a time


# Seal and cover have a contact each, in series: the loop is closed while both are.
SWITCHES = {
    "lever": Switch(pins.LEVER, "on", "off", by_hand=True),
    "magnet": Switch(pins.MAGNET, "on", "off", by_hand=True),
    "test": Switch(pins.TEST_SWITCH, "on", "off"),
    "seal": Switch(pins.SEAL_LOOP, "closed", "open"),
    "cover": Switch(pins.SEAL_LOOP, "closed", "open"),
    "power": Switch(pins.POWER_FAIL, "fail", "good"),
}
_SYNONYMS = {"close": "closed"}
# Of the service switch: members of its model, set by their names.
ILLS = ("welded", "stuck", "misled")
_CONTACTS = ("open", "closed")
_BACKFEED = ("on", "off")
_SERVICE = "service " + "|".join((*_CONTACTS, "good", *ILLS))


@dataclass(frozen=True)
class Action:
    """A line that was understood: what, how, and for how long or how much."""

    what: str
    how: str = ""
    amount: float = 0.0


def usage() -> list[str]:
    """One line for each thing that can be done."""
    lines = []
    for name, switch in SWITCHES.items():
        press = "press [SECONDS]|" if switch.by_hand else ""
        lines.append(f"{name} {press}{switch.closed}|{switch.open}|toggle")
    return [*lines, _SERVICE, "backfeed on|off", "load WATTS", "status"]


def parse(line: str) -> Action:
    """The action that a line asks for; ControlError when it is none."""
    what, *words = line.split() or ["none"]
    if what in SWITCHES:
        return _parse_switch(what, words)
    if what == "service":
        return _parse_choice(what, words, (*_CONTACTS, "good", *ILLS))
    if what == "backfeed":
        return _parse_choice(what, words, _BACKFEED)
    if what == "load":
        if len(words) != 1:
            raise ControlError("load: takes the watts")
        return Action(what, amount=_number("load", words[0]))
    if what == "status":
        if words:
            raise ControlError("status: takes nothing")
        return Action(what)
    known = ", ".join((*SWITCHES, "service", "backfeed", "load", "status"))
    raise ControlError(f"no control {what}; there are {known}")


def _parse_choice(what: str, words: list[str], choices: tuple[str, ...]) -> Action:
    how = _SYNONYMS.get(words[0], words[0]) if len(words) == 1 else ""
    if how not in choices:
        raise ControlError(f"{what}: it is {what} {'|'.join(choices)}")
    return Action(what, how)


def _parse_switch(what: str, words: list[str]) -> Action:
    switch = SWITCHES[what]
    how = _SYNONYMS.get(words[0], words[0]) if words else ""
    if how == "press" and switch.by_hand and len(words) <= 2:
        seconds = _number(what, words[1]) if len(words) == 2 else PRESS_S
        if not 0 < seconds <= _LONGEST_S:
            raise ControlError(f"{what}: not between 0 and {_LONGEST_S:.0f} seconds: {words[1]}")
        return Action(what, how, seconds)
    if how in (switch.closed, switch.open, "toggle") and len(words) == 1:
        return Action(what, how)
    (choices,) = [line for line in usage() if line.startswith(what + " ")]
    raise ControlError(f"{what}: it is {choices}")


def _number(what: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise ControlError(f"{what}: not a number: {text}") from error
    if not math.isfinite(value):
        raise ControlError(f"{what}: not a finite number: {text}")
    return value


class Controls:
    """Performs actions on a board, at the simulated instant at which it is asked to.

    choice  the load as the command was asked for it: another one keeps its volts, var and hertz
    """

    def __init__(self, board: VirtualBoard, choice: LoadChoice) -> None:
        self.board = board
        self._choice = choice
        self._releases: dict[str, list] = {}
        self._open: set[str] = set()  # contacts, of those in series on one line

    def do(self, line: str) -> str:
        """Perform a line; the answer is one line too. ControlError when it cannot be done."""
        return self.perform(parse(line))

    def perform(self, action: Action) -> str:
        """Perform an action; DONE, or what it asked for."""
        if action.what == "status":
            return json.dumps(self.status(), ensure_ascii=False)
        if action.what == "load":
            self.board.mains.change(self._load(action.amount))
        elif action.what in ("service", "backfeed"):
            self._disturb(self._service_switch(), action)
        else:
            self._move(action)
        return DONE

    def check(self, action: Action) -> None:
        """ControlError when `perform` would refuse it."""
        if action.what == "load":
            self._load(action.amount)
        elif action.what in ("service", "backfeed"):
            self._service_switch()

    def position(self, name: str) -> str:
        """What the present position of a switch is called."""
        switch = SWITCHES[name]
        opened = self.board.pin_read(switch.gpio)
        if len(_in_series(switch.gpio)) > 1:
            opened = name in self._open
        return switch.open if opened else switch.closed

    def status(self) -> dict:
        """Switches, the module's lines, the meter's clock, the load, and the LCD as the terminal
        view draws it.
        """
        board = self.board
        return {
            "switches": {name: self.position(name) for name in SWITCHES},
            **self._service(),
            "module": {"power_fail": board.slot.power_fail, "resets": board.slot.resets},
            "simulated_s": round(board.clock.now_ns / NS_PER_S, 3),
            "clock": board.rtc.now().isoformat(),
            "watts": board.mains.present().milliwatts / 1000,
            "lcd": draw(board.lcd.ram, board.lcd.on),
        }

    def _service(self) -> dict:
        switch = self.board.service_switch
        if switch is None:
            return {}
        contacts = _CONTACTS[switch.closed]
        ills = [name for name in ILLS if getattr(switch, name)]
        return {"service": {"contacts": contacts, "live": switch.is_live(), "ills": ills}}

    def _service_switch(self) -> ServiceSwitch:
        if self.board.service_switch is None:
            raise ControlError("this model has no service switch")
        return self.board.service_switch

    def _disturb(self, switch: ServiceSwitch, action: Action) -> None:
        if action.what == "backfeed":
            switch.backfed = action.how == "on"
        elif action.how in _CONTACTS:
            switch.move(action.how == "closed")
        elif action.how in ILLS:
            setattr(switch, action.how, True)
        else:
            for name in ILLS:
                setattr(switch, name, False)

    def _load(self, watts: float):
        choice = replace(self._choice, path=None, watts=watts)
        try:
            return choose_load(choice, self.board.rating)
        except UserError as error:
            raise ControlError(str(error)) from error

    def _move(self, action: Action) -> None:
        name, switch = action.what, SWITCHES[action.what]
        clock = self.board.clock
        release = self._releases.pop(name, None)
        if release is not None:
            clock.cancel(release)
        if action.how == "press":
            when = clock.now_ns + round(action.amount * NS_PER_S)
            self._releases[name] = clock.call_at(
                when, lambda: self.board.switch(switch.gpio, closed=False)
            )
        closed = action.how in (switch.closed, "press")
        if action.how == "toggle":
            closed = self.position(name) == switch.open
        (self._open.discard if closed else self._open.add)(name)
        self.board.switch(switch.gpio, not self._open & _in_series(switch.gpio))


def _in_series(gpio: int) -> set[str]:
    """The switches whose contacts are in series on a line."""
    return {name for name, switch in SWITCHES.items() if switch.gpio == gpio}


def parse_at(text: str, duration: float | None) -> tuple[int, Action]:
    """--at SECONDS:LINE as nanoseconds of the run and an action; UserError when it is none."""
    seconds, colon, line = text.partition(":")
    try:
        moment = _number("--at", seconds)
        if not colon:
            raise ControlError("--at: not SECONDS:CONTROL")
        if not 0 <= moment < (1e10 if duration is None else duration):
            raise ControlError("--at: not within the run")
        return round(moment * NS_PER_S), parse(line)
    except ControlError as error:
        raise UserError(f"--at {text}: {error}") from error
