"""What connects a running virtual meter with this machine, opened before anything is touched."""

import selectors
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from picometer.errors import UserError

from .control import ControlPort
from .ports import Port, PortError, Tcp

_PATHS = ("--pty", "--module-pty", "--usb", "--control")


class Selector(selectors.DefaultSelector):
    """A selector that may have nothing to wait for, on Windows as well."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As of any selector; with nothing registered, time passes."""
        if self.get_map():
            return super().select(timeout)
        time.sleep(timeout or 0)
        return []


@dataclass
class Outside:
    """The far ends of both UARTs, and the control port if there is one."""

    optical: list[Port] = field(default_factory=list)
    module: list[Port] = field(default_factory=list)
    control: ControlPort | None = None

    def places(self) -> list[tuple[str, str]]:
        """What is connected, and where."""
        found = [("optical port", port.name) for port in self.optical]
        found += [("module port", port.name) for port in self.module]
        if self.control is not None:
            found.append(("control", self.control.name))
        return found


def open_outside(stack: ExitStack, selector, options: dict) -> Outside:
    """Open what the options ask for; `stack` closes it. UserError when it cannot be opened."""
    _check_distinct(options)
    outside = Outside()
    for ports, label, prefix in (
        (outside.optical, "optical port", ""),
        (outside.module, "module port", "module_"),
    ):
        _open(stack, selector, label, options[prefix + "pty"], _pty, ports.append)
        _open(stack, selector, label, options[prefix + "tcp"], Tcp, ports.append)

    def keep(port: ControlPort) -> None:
        outside.control = port

    _open(stack, selector, "control", options["control"], ControlPort, keep)
    return outside


def _pty(link: str, selector: selectors.BaseSelector) -> Port:
    from .pty_port import Pty  # not every system has pseudo terminals

    return Pty(link, selector)


def _open(stack, selector, label: str, where: str | None, kind, keep: Callable) -> None:
    if where is None:
        return
    try:
        port = kind(where, selector)
    except PortError as error:
        raise UserError(f"{label}: {error}") from error
    stack.callback(port.close)
    keep(port)


def _check_distinct(options: dict) -> None:
    """A second port at the same path would take the first one's place."""
    taken: dict[Path, str] = {}
    for option in _PATHS:
        path = options[option[2:].replace("-", "_")]
        if path is not None:
            before = taken.setdefault(Path(path).absolute(), option)
            if before != option:
                raise UserError(f"{option} {path}: is the path of {before} already")
