"""`picometer run`: brings up the virtual meter."""

import json
import selectors
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from boards.ratings import SWITCHED
from picometer.errors import UserError
from picometer.files import check_target, replaced
from picometer.reader.access import read_password
from picometer.terminal import say

from .board import VirtualBoard
from .clock import NS_PER_S
from .controls import DONE, Action, ControlError, Controls, parse_at
from .host import CPythonHost, Host, configured, is_left_sealed, provision
from .keys import Keys, usable
from .lcd_svg import render
from .options import (
    DEFAULT_MODEL,
    DEFAULT_SERVICE,
    DEFAULT_START,
    SERVICES,
    LoadChoice,
    choose_load,
    choose_rating,
    parse_duration,
    parse_speed,
    parse_start,
    play,
)
from .outside import open_outside
from .pace import Line, Pacer
from .power import PowerCut
from .report import Tally
from .state import StateFile
from .view import TerminalView, why_not

_FOREVER_NS = 1 << 62
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
    if options["usb"] and not options["rp2040"]:
        raise UserError("--usb is of --rp2040")
    # Everything that can be wrong is found before the state file is touched.
    choose_load(choice, choose_rating(model or DEFAULT_MODEL, service or DEFAULT_SERVICE))
    script = [parse_at(text, duration) for text in options["at"]]
    identity = _identity(options)
    selector = stack.enter_context(selectors.DefaultSelector())
    outside = open_outside(stack, selector, options)
    state = _state(stack, options["state"])
    board, rating = _board(state, model, service, choice, start, identity)
    controls = Controls(board, choice)
    if outside.control is not None:
        outside.control.do = controls.do
    _schedule(controls, board, script)
    if state is not None:
        state.follow_clock(board)
        stack.callback(state.save_clock, board)
    host = make_host(board)
    stack.callback(host.close)
    usb = _usb(stack, host, options["usb"])
    title = f"{rating.name} {rating.volts} V CL{rating.class_amps} Kh {rating.kh_mwh / 1000:g}"
    places = outside.places()
    if usb is not None:
        places.append(("USB serial port", str(usb.link)))
    interrupted: list[bool] = []
    view, keys = None, None
    if _has_view(options["headless"]):
        if usable(sys.stdin):
            keys = Keys(
                sys.stdin.fileno(), selector, controls.do, lambda: interrupted.append(True)
            )
        view = TerminalView(board, controls, f"Picometer {title}", places, keys is not None)
    else:
        for label, where in places:
            say(f"{label}: {where}")
    # The emulated UART takes the line's time by itself.
    line_pace = options["line_pace"] and not options["rp2040"]
    lines = [Line(board.optical, outside.optical), Line(board.module, outside.module)]

    def pacer(tick) -> Pacer:
        return Pacer(board, selector, lines, speed, line_pace, tick, host.advance_to)

    with view or nullcontext(), keys or nullcontext():
        tally = _simulate(host, pacer, duration, interrupted, view, usb)
    if options["report"]:
        _write(options["report"], json.dumps(tally.report(rating), indent=1) + "\n")
    if options["lcd"]:
        _write(options["lcd"], render(tally.lcd_ram, tally.lcd_on))


def _has_view(headless: bool) -> bool:
    """Whether standard output is to show the view; says so if a terminal cannot."""
    if headless or not sys.stdout.isatty():
        return False
    why = why_not(Console())
    if why:
        say(f"no view: {why}; Ctrl-C pulls the plug")
    return not why


def _simulate(host: Host, make_pacer, duration, interrupted: list, view, usb) -> Tally:
    """Run to the end: the duration, or Ctrl-C, which cuts the power."""
    board = host.board
    restore = [
        (name, signal.signal(name, lambda *_: interrupted.append(True)))
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP)
    ]

    def tick() -> None:
        if interrupted:
            board.cut()
        if usb is not None and usb.serve(0):
            pacer.hold()
        if view is not None:
            view.tick()

    tally = Tally(board)
    pacer = make_pacer(tick)
    end_ns = _FOREVER_NS if duration is None else round(duration * NS_PER_S)
    try:
        host.run_until(board.clock.now_ns + end_ns)
        tally.finish()
    except PowerCut:
        tally.finish(power_cuts=1)
    finally:
        for name, handler in restore:
            signal.signal(name, handler)
    return tally


def _schedule(controls: Controls, board: VirtualBoard, script: list[tuple[int, Action]]) -> None:
    """Have the scripted actions done at their instants, those of one instant in their order."""
    for after_ns, action in script:
        try:
            controls.check(action)
        except ControlError as error:
            raise UserError(f"--at: {error}") from error
        board.clock.call_at(board.clock.now_ns + after_ns, partial(_do, controls, action))


def _do(controls: Controls, action: Action) -> None:
    answer = controls.perform(action)
    if answer != DONE:
        say(answer)


def host_factory(rp2040: bool, image: str | None) -> Callable[[VirtualBoard], Host]:
    """What makes the host that was asked for; an image is found, built and checked at once."""
    if not rp2040:
        if image:
            raise UserError("--image is of --rp2040")
        return CPythonHost
    # Loaded for this only: a virtual meter alone starts sooner.
    from picometer.rp2040.host import prepare
    from picometer.toolchain import TerminalReport

    return prepare(Path(image) if image else None, TerminalReport())


def _usb(stack: ExitStack, host: Host, link: str | None):
    """The emulated chip's USB serial port, if a link to it is wanted."""
    if link is None:
        return None
    from picometer.rp2040.usb_pty import UsbPty

    port = UsbPty(host.emulator, Path(link))
    stack.callback(port.close)
    return port


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


def _board(state, model, service, choice, start, identity):
    """The board, provisioned if its FRAM is new; UserError when it is another meter's."""
    fresh = state is None or configured(state, "service") is None
    if not fresh:
        model = _same("model", model, configured(state, "model"))
        service = _same("service", service, configured(state, "service"))
        sealed = identity is not None and identity["security"] == b"\1"
        if sealed and not is_left_sealed(state):
            raise UserError("the state file is of a meter that is not sealed: picometer do seal")
    rating = choose_rating(model or DEFAULT_MODEL, service or DEFAULT_SERVICE)
    load = choose_load(choice, rating)
    board = VirtualBoard(rating=rating, switched=(model or DEFAULT_MODEL) in SWITCHED)
    if state is not None:
        state.connect(board)
    if fresh:
        if identity is not None:
            named = {"model": (model or DEFAULT_MODEL).encode(), "service": rating.name.encode()}
            provision(board.fram, **named, **identity)
        board.rtc.set(start or getattr(load, "start", DEFAULT_START).replace(tzinfo=None))
    elif start is not None:
        board.rtc.set(start)
    board.mains.change(play(load, board.rtc.now()))
    return board, rating


def _same(what: str, asked: str | None, stored: str) -> str:
    if asked not in (None, stored):
        raise UserError(f"the state file is of {what} {stored}, not {asked}")
    return stored


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


def _write(path: str, text: str) -> None:
    with replaced(Path(path)) as file:
        file.write(text)
