"""`picometer events`: a meter's event log in words, its chain checked."""

import click

from c1219 import decade7
from picometer.errors import UserError
from picometer.reader.access import Access
from picometer.reader.decode import TableReader
from picometer.reader.event_log import lines, read_log
from picometer.terminal import say

from .options import access_options


@click.command()
@access_options("It is not for everybody to read.")
def events(access: Access) -> None:
    """Read the event log of the C12.18 meter at URL: what changed, when and by whom.

    Of a Picometer, how seal and log stand is shown, too, and the chain of the entries is checked;
    the first that is not as it was written is named, with exit status 2. Nothing is marked as
    read.
    """
    with access.session() as client:
        tables = TableReader.of(client)
        if not tables.is_ours():
            say(_of_another(tables))
            return
        log, tables = read_log(client)
        text = list(lines(log, tables))
    say("\n".join(text))
    if log.broken:
        raise UserError(f"the event log is broken at entry {log.broken}: {log.why}").at(access.url)


def _of_another(tables: TableReader) -> str:
    """The event log of a meter of other make, which has no chain."""
    if decade7.ST76.number not in tables.tables_used():
        raise UserError("the meter has no event log")
    return tables.report(decade7.ST76.number).to_text()
