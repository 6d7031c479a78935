"""`picometer dev rp2040`: an RP2040 with nothing around it, its USB port on a PTY."""

import signal
from pathlib import Path

import click

from picometer.rp2040.emulator import Emulator
from picometer.rp2040.usb_pty import UsbPty, run_paced
from picometer.toolchain import TerminalReport, build_plain, ensure


@click.command()
@click.argument("image", required=False, type=click.Path(path_type=Path))
@click.option("--pty", default="/tmp/picometer-usb", show_default=True, help="Link to the PTY.")
@click.option("--max", "flat_out", is_flag=True, help="As fast as it goes, not in real time.")
@click.option("--flash", type=click.Path(path_type=Path), help="File that keeps the flash.")
def rp2040(image: Path | None, pty: str, flat_out: bool, flash: Path | None) -> None:
    """Run IMAGE (a .bin; MicroPython for the Pico unless told) on an emulated RP2040."""
    report = TerminalReport()
    paths = ensure({"rp2040js"} if image else {"rp2040js", "rp2"}, log=report)
    if flash and flash.is_file():
        start = flash
    else:
        start = image or build_plain(paths, report=report).bin
    emulator = Emulator(paths.rp2040js, start)
    emulator.on_reset = lambda cause: click.echo(f"reset: {cause}", err=True)
    port = UsbPty(emulator, Path(pty))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    emulator.power_on()
    click.echo(f"USB serial port: {port.link}")
    try:
        run_paced(emulator, port, None if flat_out else 1.0, lambda: True)
    except KeyboardInterrupt:
        if flash:
            emulator.save_flash(flash.resolve())
    finally:
        port.close()
        emulator.close()
