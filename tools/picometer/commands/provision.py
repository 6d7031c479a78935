"""`picometer provision`: a meter gets its identity and its passwords through the optical port."""

import json
import os
from pathlib import Path

import click

from picometer.errors import UserError
from picometer.provision.identity import check_identity, read_identity
from picometer.provision.passwords import FIELDS as PASSWORDS
from picometer.provision.passwords import generate, weakness
from picometer.provision.session import enter
from picometer.provision.session import provision as give
from picometer.terminal import say
from picometer.virtual.options import DEFAULT_MODEL, DEFAULT_SERVICE

from .options import password_options

_LABELS = {
    "password_1": "Password of level 1, reader",
    "password_2": "Password of level 2, field",
    "password_3": "Password of level 3, factory",
    "password_module": "Password of the module slot",
}


@click.command()
@click.argument("url")
@click.argument("file", type=click.Path(path_type=Path), required=False, metavar="[FILE.toml]")
@click.option("--generate", "make", is_flag=True, help="Make the passwords that FILE has not.")
@click.option("--save", type=click.Path(path_type=Path), help="Write all that into a new file.")
@password_options("Of level 3, when the meter has one.")
@click.option("--seal", is_flag=True, help="Turn on the security setting when that is done.")
@click.option("--insecure", is_flag=True, help="Take weak passwords: for development.")
def provision(url, file, make, save, password, seal, insecure) -> None:
    """Give the meter at URL what FILE.toml says, or what is answered: identity and passwords.

    A meter that never had a password takes them while its seal is open. Passwords that are
    made are shown once, before the meter has them, and only if it lets this command in. Model,
    service and serial number hold from the meter's next start. With --seal sealed parameters
    cannot be changed any more while the seal is closed.
    """
    fields = read_identity(file, insecure) if file is not None else _ask(make, insecure)
    if make:
        check_identity(fields, insecure=insecure)
        enter(url, fields, password)
    made = [name for name in PASSWORDS if not fields.get(name)] if make else []
    fields |= {name: generate() for name in made}
    check_identity(fields, insecure=insecure)
    if not insecure and not fields.get("password_3"):
        _check_against(password, fields)
    if password is None and not fields.get("password_3"):
        raise UserError("provision: without password_3 nobody could ever program the meter")
    if save is not None:
        _save(save, fields)
    for name in made:
        say(f'{name} = "{fields[name]}"')
    for line in give(url, fields, password, seal):
        say(line)


def _check_against(password: str | None, fields: dict[str, str]) -> None:
    """No other level gets the password of level 3, which stays."""
    for name in PASSWORDS:
        if password and fields.get(name, "").lower() == password.lower():
            raise UserError(f"{name} is that of password_3")


def _ask(make: bool, insecure: bool) -> dict[str, str]:
    """What a person answers; passwords are not shown, and asked for twice."""
    fields = {
        "model": click.prompt("Model", DEFAULT_MODEL),
        "service": click.prompt("Service", DEFAULT_SERVICE),
        "serial": click.prompt("Serial number"),
    }
    fields["device_id"] = click.prompt("Device identification", fields["serial"])
    fields["utility"] = click.prompt("Utility's text", "", show_default=False)
    check_identity(fields)
    if not make:
        for name, label in _LABELS.items():
            fields[name] = _ask_password(label, name, fields, insecure)
    return fields


def _ask_password(label: str, name: str, fields: dict[str, str], insecure: bool) -> str:
    wanted = name == "password_3"
    while True:
        given = click.prompt(
            label if wanted else f"{label} (empty: none)",
            default=None if wanted else "",
            show_default=False,
            hide_input=True,
            confirmation_prompt=True,
        )
        if not given or insecure:
            return given
        why = weakness(given, fields)
        if not why and given.lower() in (fields.get(other, "").lower() for other in PASSWORDS):
            why = "is that of another level"
        if not why:
            return given
        click.echo(f"It {why}.", err=True)


def _save(path: Path, fields: dict[str, str]) -> None:
    """A new file that only its owner reads, of the form that is read; never over another one."""
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in fields.items())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            os.unlink(path)
            raise
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error
