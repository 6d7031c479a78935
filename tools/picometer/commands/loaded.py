"""Groups of commands whose files are loaded when they are asked for."""

import importlib
from typing import Any

import click

from picometer.interruptible import silently


class LoadedGroup(click.Group):
    """A group that imports the file of a command when the command is used or listed.

    A command starts sooner this way, and needs only what it uses itself.

    package  name of the package that has the files
    files    command: its file, which has the command under the same name, with _ for -
    """

    def __init__(self, *args: Any, package: str, files: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._package = package
        self._files = files

    def list_commands(self, context: click.Context) -> list[str]:
        """Names of the commands, sorted."""
        return sorted(self._files)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command, loaded; None if there is none of this name."""
        if name not in self._files:
            return None
        with silently():
            module = importlib.import_module(f"{self._package}.{self._files[name]}")
        return getattr(module, name.replace("-", "_"))
