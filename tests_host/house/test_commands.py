"""Every subcommand of `picometer` is found, in a file of commands/, and loads."""

import click
import pytest

import picometer.commands
from picometer.build.files import ROOT
from picometer.commands import cli
from picometer.commands.dev import dev
from picometer.commands.loaded import LoadedGroup

FOLDER = ROOT / "tools" / "picometer" / "commands"
SHARED = {"__init__", "loaded", "options", "hosts"}


def commands(group):
    """Name -> command, with those of groups below as "prove noise"."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {below}", each) for below, each in commands(command))


def test_every_command_loads_and_says_what_it_does():
    found = dict(commands(cli))
    assert {"run", "read", "flash-uf2", "prove edges", "dev build uf2", "dev toolchain"} < set(
        found
    )
    assert [name for name, command in found.items() if not command.help] == []


@pytest.mark.parametrize("folder, group", [(FOLDER, cli), (FOLDER / "dev", dev)])
def test_every_file_of_commands_is_reached(folder, group):
    assert isinstance(group, LoadedGroup)
    reached = set(group._files.values())
    below = {f"{name}_{sub}" for name in reached for sub in ("edges",)}
    files = {path.stem for path in folder.glob("*.py")}
    assert reached <= files | {"dev"}
    assert files - reached - below == SHARED & files


def test_an_unknown_command_is_one_line(capsys):
    assert picometer.commands.perform(["dev", "paint"]) == picometer.commands.FAILED
    assert capsys.readouterr().err == "picometer: No such command 'paint'.\n"


def test_no_module_is_a_command_of_its_own():
    assert list((ROOT / "tools").rglob("__main__.py")) == []
