"""What a session with a meter needs: where it is, as whom, with which password, at which rate."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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


def check_user(user: str) -> None:
    """UserError if no meter can be told this name."""
    _check("--user", user, codes.USER_LENGTH)


def read_password(option: str, file: str) -> str:
    """The first line of a file that `option` has named, as a password. Raises UserError."""
    lines = read_text(Path(file)).splitlines()
    if not lines or not lines[0]:
        raise UserError(f"{option} {file}: its first line is empty")
    check_password(f"{option} {file}", lines[0])
    return lines[0]


def check_password(option: str, password: str) -> None:
    """UserError, without the password, if no meter can have it."""
    _check(option, password, codes.PASSWORD_LENGTH, shown=False)


def _check(option: str, text: str, most: int, shown: bool = True) -> None:
    where = f"{option} {text}" if shown else option
    if len(text) > most:
        raise UserError(f"{where}: at most {most} characters")
    if not text.isascii() or not (text.isprintable() or not text):
        raise UserError(f"{where}: plain ASCII characters only")
