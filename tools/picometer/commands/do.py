"""`picometer do`: a meter's procedures, in words."""

import click

from picometer.reader.access import Access
from picometer.reader.actions import parse, perform
from picometer.terminal import say

from .options import access_options


@click.command("do")
@access_options("Without it a meter does little.", rate=False)
@click.argument("words", nargs=-1, required=True, metavar="ACTION...")
def do(access: Access, words: tuple[str, ...]) -> None:
    """Run procedures of the C12.18 meter at URL, one after the other, and say how each went.

    \b
    demand-reset             save and begin anew the maximum demand; takes a self read, too
    self-read                save the registers
    test-mode on|off         enter or leave test mode
    set-time [ISO-TIME|now]  set the clock to a local time; now is this computer's
    mark-read events|self-reads|profile|history|all
                             mark every entry of a list as read
    profile start|stop       record the load profile, or do not
    clear-status             clear the faults that stay until service
    clear-own-status         clear those that the standard does not know
    diagnostics              check what can be checked while metering
    save                     write the configuration anew
    activate-pending         have all pending tables hold from now on
    clear-pending            forget them
    warm-start               restart the processor when the session has ended
    clear-data               registers to zero, with the seal open
    cold-start               that, everything as programmed out of the box, and a restart
    service open|close|arm|disarm
                             the service switch; armed, the customer's lever may close it
    module-reset             reset the communication module
    seal                     set the meter to be sealed, which begins a new cycle of the event log
    unseal                   set it not to be, with the seal open
    clear-events             begin a new cycle of the event log, with the seal open

    The first that the meter refuses ends it: one line and exit status 2.
    """
    requests = parse(words)
    with access.session() as client:
        for line in perform(client, requests):
            say(line)
