"""How a command gets into a meter: where it is, as whom, with which password, at which rate."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

import click

from picometer.errors import UserError
from picometer.files import read_text
from psem import codes

from .client import Client, open_session
from .errors import ReaderError

PASSWORD_VARIABLE = "PICOMETER_PASSWORD"
HOW = f"--password-file FILE, --ask-password or {PASSWORD_VARIABLE}"
_OFTEN = (9600, 19200, 38400, 57600, 115200)
BAUDS = tuple(baud for baud in _OFTEN if baud in codes.RATES.values())


@dataclass(frozen=True)
class Access:
    """A meter and what is needed to log on there, checked.

    password  None for none
    baud      rate to negotiate
    """

    url: str
    user: str
    password: str | None
    baud: int

    @contextmanager
    def session(self) -> Iterator[Client]:
        """A session with the meter, logged on. Raises UserError of the port or the meter, which
        says how to give a password if it takes one.
        """
        try:
            with open_session(self.url, 0, self.user, self.password, (self.baud,)) as client:
                yield client
        except ReaderError as error:
            if not getattr(error, "lacks_rights", False):
                raise
            raise ReaderError(f"{error}; {self.remedy}") from error

    @property
    def remedy(self) -> str:
        """What to do when rights are lacking."""
        if self.password is None:
            return f"give a password: {HOW}"
        return "it takes a password of a higher level"


def password_options(purpose: str) -> Callable:
    """Options by which the wrapped command gets its argument `password`: a text or None.

    purpose  what a password is for, in the help
    """

    def decorate(command: Callable) -> Callable:
        @click.option("--password", metavar="TEXT", help=f"{purpose} Others may see it here.")
        @click.option("--password-file", metavar="FILE", help="The password is its first line.")
        @click.option("--ask-password", is_flag=True, help="Ask for it; it is not shown.")
        @wraps(command)
        def with_password(*, password, password_file, ask_password, **given):
            return command(password=_password(password, password_file, ask_password), **given)

        return with_password

    return decorate


def access_options(purpose: str, rate: bool = True) -> Callable:
    """The argument URL and the options by which the wrapped command gets its `access`.

    purpose  what a password is for, in the help
    rate     whether a rate may be chosen
    """

    def decorate(command: Callable) -> Callable:
        @click.argument("url")
        @click.option("--user", default="PICOMETER", show_default=True, help="Name at logon.")
        @password_options(purpose)
        @wraps(command)
        def with_access(*, url, user, password, baud=codes.BASE_BAUD, **given):
            check_user(user)
            if baud not in BAUDS:
                raise UserError(f"--baud {baud}: one of {', '.join(map(str, BAUDS))}")
            return command(access=Access(url, user, password, baud), **given)

        if not rate:
            return with_access
        option = click.option(
            "--baud", type=int, default=codes.BASE_BAUD, show_default=True, help="To negotiate."
        )
        return option(with_access)

    return decorate


def check_user(user: str) -> None:
    """UserError if no meter can be told this name."""
    _check("--user", user, codes.USER_LENGTH)


def read_password(option: str, file: str) -> str:
    """The first line of a file that `option` has named, as a password. Raises UserError."""
    lines = read_text(Path(file)).splitlines()
    if not lines or not lines[0]:
        raise UserError(f"{option} {file}: its first line is empty")
    _check(f"{option} {file}", lines[0], codes.PASSWORD_LENGTH, shown=False)
    return lines[0]


def _password(password: str | None, file: str | None, ask: bool) -> str | None:
    given = [
        name for name, value in (("--password", password), ("--password-file", file)) if value
    ]
    given += ["--ask-password"] if ask else []
    if len(given) > 1:
        raise UserError(f"{' and '.join(given)} exclude each other")
    if file is not None:
        return read_password("--password-file", file)
    option = "--password"
    if ask:
        option, password = "--ask-password", click.prompt("Password", hide_input=True, err=True)
    elif password is None:
        option, password = PASSWORD_VARIABLE, os.environ.get(PASSWORD_VARIABLE)
    if password is not None:
        _check(option, password, codes.PASSWORD_LENGTH, shown=False)
    return password


def _check(option: str, text: str, most: int, shown: bool = True) -> None:
    where = f"{option} {text}" if shown else option
    if len(text) > most:
        raise UserError(f"{where}: at most {most} characters")
    if not text.isascii() or not (text.isprintable() or not text):
        raise UserError(f"{where}: plain ASCII characters only")
