"""`picometer events`: a meter's event log in words, its chain checked."""

import click

from picometer.errors import UserError

from .client import open_session
from .command import BAUDS
from .decode import MalformedTable, UnsupportedFormat
from .errors import ReaderError
from .event_log import lines, read_log


@click.command()
@click.argument("url")
@click.option("--user", default="PICOMETER", show_default=True, help="Name at logon.")
@click.option("--password", help="It is not for everybody to read.")
@click.option("--baud", type=int, default=9600, show_default=True, help="Rate to negotiate.")
def events(url, user, password, baud) -> None:
    """Read the event log of the Picometer at URL: what changed, when, by whom, and how seal and
    log stand.

    The chain of the entries is checked; the first that is not as it was written is named, with
    exit status 2. Nothing is marked as read.
    """
    if baud not in BAUDS:
        raise UserError(f"--baud {baud}: one of {', '.join(map(str, BAUDS))}")
    try:
        with open_session(url, user=user, password=password, bauds=(baud,)) as client:
            log, tables = read_log(client)
            text = list(lines(log, tables))
    except (ReaderError, UnsupportedFormat, MalformedTable) as error:
        raise UserError(f"{url}: {error}") from error
    click.echo("\n".join(text))
    if log.broken:
        raise UserError(f"{url}: the event log is broken at entry {log.broken}: {log.why}")
