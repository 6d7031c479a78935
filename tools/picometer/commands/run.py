"""`picometer run`: brings up the virtual meter."""

import json
import selectors
import sys
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from boards.ratings import Rating
from picometer.errors import UserError
from picometer.files import check_target, replaced
from picometer.reader.access import read_password
from picometer.terminal import say
from picometer.virtual.controls import Controls, parse_at
from picometer.virtual.host import Host
from picometer.virtual.keys import Keys, usable
from picometer.virtual.lcd_svg import render
from picometer.virtual.made import make_board
from picometer.virtual.options import (
    DEFAULT_MODEL,
    DEFAULT_SERVICE,
    SERVICES,
    LoadChoice,
    choose_load,
    choose_rating,
    parse_duration,
    parse_speed,
    parse_start,
)
from picometer.virtual.outside import Selector, open_outside
from picometer.virtual.pace import Line, Pacer
from picometer.virtual.report import Tally
from picometer.virtual.simulate import Plug, schedule, simulate
from picometer.virtual.state import StateFile
from picometer.virtual.view import TerminalView, why_not

from .hosts import host_factory

if TYPE_CHECKING:
    from picometer.rp2040.bootsel import BootselDrive
    from picometer.rp2040.emulator import Emulator
    from picometer.rp2040.usb_pty import UsbPty

_SERIAL = b"PM00000001"


@click.command()
@click.option("--model", metavar="NAME", help="AX, AXR, AX-SD or AXR-SD. [default: AX]")
@click.option("--service", metavar="NAME", help=f"{', '.join(SERVICES)}. [default: 2S-240-200]")
@click.option("--load", metavar="FILE.csv", help="Load recording. [default: a household]")
@click.option("--watts", type=float, help="Constant load instead; negative is received.")
@click.option("--var", type=float, default=0.0, help="Its reactive power, positive inductive.")
@click.option("--volts", type=float, help="Service voltage. [default: nominal, or the file's]")
@click.option("--hz", type=float, default=60.0, show_default=True, help="Line frequency.")
@click.option("--start", metavar="ISO-TIME", help="Set the clock. [default: the load's start]")
@click.option("--speed", default="1", metavar="N|max", help="Simulated seconds a second.")
@click.option("--duration", type=float, metavar="SIM-SECONDS", help="Stop after this.")
@click.option("--state", metavar="FRAM-FILE", help="Keep the FRAM in this file.")
@click.option("--pty", metavar="LINK", help="Optical port as a pseudo terminal.")
@click.option("--tcp", metavar="HOST:PORT", help="Optical port as a TCP port.")
@click.option("--module-pty", metavar="LINK", help="Module slot as a pseudo terminal.")
@click.option("--module-tcp", metavar="HOST:PORT", help="Module slot as a TCP port.")
@click.option("--line-pace", is_flag=True, help="Bytes take their time at the negotiated rate.")
@click.option("--password", metavar="TEXT", help="Highest access level. [default: PICOMETER]")
@click.option("--password-file", metavar="FILE", help="It is the first line of FILE.")
@click.option("--module-password", metavar="TEXT", help="Of the module slot. [default: MODULE]")
@click.option("--module-password-file", metavar="FILE", help="It is the first line of FILE.")
@click.option("--unprovisioned", is_flag=True, help="A new meter has no identity or password.")
@click.option("--sealed", is_flag=True, help="Set the meter to be sealed; its seal is closed.")
@click.option("--control", metavar="PATH", help="Take lines for the switches at this socket.")
@click.option("--at", metavar="SECONDS:CONTROL", multiple=True, help="Do it at that instant.")
@click.option("--headless", is_flag=True, help="No terminal view.")
@click.option("--report", metavar="FILE.json", help="Write the energies at the end.")
@click.option("--lcd", metavar="FILE.svg", help="Draw the display at the end.")
@click.option("--rp2040", is_flag=True, help="Run the RP2040 image on an emulated chip.")
@click.option("--image", metavar="FILE.uf2", help="That image. [default: built from the sources]")
@click.option("--usb", metavar="LINK", help="Its USB serial port as a pseudo terminal.")
@click.option("--drive", metavar="FOLDER", help="Shows its BOOTSEL drive.")
def run(model, service, load, watts, var, volts, hz, start, **options) -> None:
    """Run a virtual meter: the real firmware on a simulated board. Ctrl-C pulls the plug."""
    choice = LoadChoice(load, watts, var, volts, hz)
    with ExitStack() as stack:
        _run(stack, model, service, choice, parse_start(start), options)


def _run(stack: ExitStack, model, service, choice: LoadChoice, start, options) -> None:
    speed, duration = parse_speed(options["speed"]), parse_duration(options["duration"])
    for path in filter(None, (options["report"], options["lcd"])):
        check_target(Path(path))
    make_host = host_factory(options["rp2040"], options["image"])
    for name in ("usb", "drive"):
        if options[name] and not options["rp2040"]:
            raise UserError(f"--{name} requires --rp2040")
    # Everything that can be wrong is found before the state file is touched.
    choose_load(choice, choose_rating(model or DEFAULT_MODEL, service or DEFAULT_SERVICE))
    script = [parse_at(text, duration) for text in options["at"]]
    identity = _identity(options)
    selector = stack.enter_context(Selector())
    outside = open_outside(stack, selector, options)
    state = _state(stack, options["state"])
    board, rating = make_board(state, model, service, choice, start, identity)
    controls = Controls(board, choice)
    if outside.control is not None:
        outside.control.do = controls.do
    schedule(controls, script, say)
    if state is not None:
        state.follow_clock(board)
        stack.callback(state.save_clock, board)
    host = make_host(board)
    stack.callback(host.close)
    usb, drive = _usb(stack, host, options["usb"]), _drive(stack, host, options["drive"])
    title = f"{rating.name} {rating.volts} V CL{rating.class_amps} Kh {rating.kh_mwh / 1000:g}"
    places = outside.places()
    if usb is not None:
        places.append(("USB serial port", str(usb.link)))
    plug = Plug()
    view, keys = _view(options["headless"], controls, plug, selector, title, places)
    # The emulated UART takes the line's time by itself.
    line_pace = options["line_pace"] and not options["rp2040"]
    lines = [Line(board.optical, outside.optical), Line(board.module, outside.module)]

    def make_pacer(tick: Callable[[], None]) -> Pacer:
        return Pacer(board, selector, lines, speed, line_pace, tick, host.advance_to)

    def look(pacer: Pacer) -> None:
        if usb is not None and usb.serve(0):
            pacer.hold()
        if drive is not None:
            drive.serve()
        if view is not None:
            view.tick()

    with view or nullcontext(), keys or nullcontext():
        tally = simulate(host, plug, duration, look, make_pacer)
    _write_results(tally, rating, options)


def _view(
    headless: bool,
    controls: Controls,
    plug: Plug,
    selector: selectors.BaseSelector,
    title: str,
    places: list[tuple[str, str]],
) -> tuple[TerminalView | None, Keys | None]:
    """The view and the keys that work it; without a view, says where the ports are."""
    if not _has_view(headless):
        for label, where in places:
            say(f"{label}: {where}")
        return None, None
    keys = None
    if usable(sys.stdin):
        keys = Keys(sys.stdin.fileno(), selector, controls.do, plug.pull)
    worked = keys is not None
    return TerminalView(controls.board, controls, f"Picometer {title}", places, worked), keys


def _has_view(headless: bool) -> bool:
    """Whether standard output is to show the view; says so if a terminal cannot."""
    if headless or not sys.stdout.isatty():
        return False
    why = why_not(Console())
    if why:
        say(f"no view: {why}; Ctrl-C pulls the plug")
    return not why


def _usb(stack: ExitStack, host: Host, link: str | None) -> "UsbPty | None":
    """The emulated chip's USB serial port, if a link to it is wanted."""
    if link is None:
        return None
    from picometer.rp2040.usb_pty import UsbPty

    port = UsbPty(_emulator(host), Path(link))
    stack.callback(port.close)
    return port


def _drive(stack: ExitStack, host: Host, folder: str | None) -> "BootselDrive | None":
    """The folder that shows the emulated chip's BOOTSEL drive, if one is named."""
    if folder is None:
        return None
    from picometer.rp2040.bootsel import BootselDrive

    drive = BootselDrive(_emulator(host), Path(folder))
    stack.callback(drive.close)
    return drive


def _emulator(host: Host) -> "Emulator":
    from picometer.rp2040.host import Rp2040Host

    if not isinstance(host, Rp2040Host):
        raise UserError("--usb and --drive require --rp2040")
    return host.emulator


def _state(stack: ExitStack, path: str | None) -> StateFile | None:
    if path is None:
        return None
    state = StateFile(path)
    stack.callback(state.close)
    return state


def _identity(options) -> dict[str, bytes] | None:
    """What a new meter is given besides what it is; None when that is nothing at all."""
    if options["unprovisioned"]:
        if options["sealed"]:
            raise UserError("--sealed and --unprovisioned exclude each other")
        return None
    return {
        "serial": _SERIAL,
        "device_id": _SERIAL,
        "password_3": _secret(options, "password", "PICOMETER"),
        "password_module": _secret(options, "module_password", "MODULE"),
        "security": bytes((options["sealed"],)),
    }


def _secret(options, name: str, default: str) -> bytes:
    """A password as given, or as a file has it."""
    option = "--" + name.replace("_", "-")
    given, file = options[name], options[f"{name}_file"]
    if file is None:
        return _ascii(option, default if given is None else given)
    if given is not None:
        raise UserError(f"{option} and {option}-file exclude each other")
    return read_password(f"{option}-file", file).encode()


def _ascii(option: str, password: str) -> bytes:
    try:
        value = password.encode("ascii")
    except UnicodeEncodeError as error:
        raise UserError(f"{option}: plain ASCII only") from error
    if not 0 < len(value.rstrip()) <= 20:
        raise UserError(f"{option}: 1 to 20 characters")
    return value


def _write_results(tally: Tally, rating: Rating, options) -> None:
    if options["report"]:
        _write(options["report"], json.dumps(tally.report(rating), indent=1) + "\n")
    if options["lcd"]:
        _write(options["lcd"], render(tally.lcd_ram, tally.lcd_on))


def _write(path: str, text: str) -> None:
    with replaced(Path(path)) as file:
        file.write(text)
