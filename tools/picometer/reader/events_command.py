"""`picometer events`: a meter's event log in words, its chain checked."""

import click

from picometer.errors import UserError
from picometer.terminal import say

from .access import Access, access_options
from .event_log import lines, read_log


@click.command()
@access_options("It is not for everybody to read.")
def events(access: Access) -> None:
    """Read the event log of the Picometer at URL: what changed, when, by whom, and how seal and
    log stand.

    The chain of the entries is checked; the first that is not as it was written is named, with
    exit status 2. Nothing is marked as read.
    """
    with access.session() as client:
        log, tables = read_log(client)
        text = list(lines(log, tables))
    say("\n".join(text))
    if log.broken:
        raise UserError(f"the event log is broken at entry {log.broken}: {log.why}").at(access.url)
