"""`picometer dev toolchain`: MicroPython and the emulator, for `make toolchain`."""

import click

from picometer.toolchain import PARTS, TerminalReport, build_plain, ensure

PLAIN = "plain"


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice([*PARTS, PLAIN]))
@click.option(
    "--micropython",
    metavar="FOLDER",
    help="A MicroPython checkout to use (or environment variable MICROPYTHON).",
)
@click.option("--print", "wanted", is_flag=True, help="Print the paths as NAME=PATH on stdout.")
def toolchain(parts: tuple[str, ...], micropython: str | None, wanted: bool) -> None:
    """Get and build what runs and emulates MicroPython; PARTS limits it to some.

    "plain" is the RP2040 image of the Raspberry Pi Pico as MicroPython comes.
    """
    report = TerminalReport()
    chosen = set(parts or PARTS)
    needed = (chosen - {PLAIN}) | ({"rp2"} if PLAIN in chosen else set())
    paths = ensure(needed, log=report, micropython=micropython)
    found = dict(paths.found)
    if PLAIN in chosen:
        found["plain_image"] = build_plain(paths, report=report).bin
    for name, path in found.items():
        if wanted:
            click.echo(f"{name.upper()}={path}")
        else:
            report.have(name.replace("_", " "), path)
