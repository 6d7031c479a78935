"""Arguments and options that several commands share."""

import os
from collections.abc import Callable
from functools import wraps

import click

from picometer.errors import UserError
from picometer.reader.access import (
    BAUDS,
    PASSWORD_VARIABLE,
    Access,
    check_password,
    check_user,
    read_password,
)
from psem import codes


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
        check_password(option, password)
    return password
