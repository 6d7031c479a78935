"""A run of the virtual meter: to its duration, or until its power is cut."""

import signal
from collections.abc import Callable
from functools import partial

from picometer.errors import UserError

from .clock import NS_PER_S
from .controls import DONE, Action, ControlError, Controls
from .host import Host
from .pace import Pacer
from .power import PowerCut
from .report import Tally

_FOREVER_NS = 1 << 62
# Whoever ends the process cuts the power of the meter. Windows has not all of them.
_PLUGS = ("SIGINT", "SIGTERM", "SIGQUIT", "SIGHUP")


class Plug:
    """The meter's plug, which a key or a signal pulls; the run looks at it."""

    def __init__(self) -> None:
        self.pulled = False

    def pull(self, *_: object) -> None:
        """Cut the power at the next look."""
        self.pulled = True


def simulate(
    host: Host,
    plug: Plug,
    seconds: float | None,
    look: Callable[[Pacer], None],
    make_pacer: Callable[[Callable[[], None]], Pacer],
) -> Tally:
    """Run a host and return what it came to.

    seconds     None: until the plug is pulled
    look        called about fifty times a second of real time
    make_pacer  makes the pacer, given what it is to call then
    """
    board = host.board
    names = [name for name in _PLUGS if hasattr(signal, name)]
    numbers = [getattr(signal, name) for name in names]
    restore = [(number, signal.signal(number, plug.pull)) for number in numbers]

    def tick() -> None:
        if plug.pulled:
            board.cut()
        look(pacer)

    tally = Tally(board)
    pacer = make_pacer(tick)
    end_ns = _FOREVER_NS if seconds is None else round(seconds * NS_PER_S)
    try:
        host.run_until(board.clock.now_ns + end_ns)
        tally.finish()
    except PowerCut:
        tally.finish(power_cuts=1)
    finally:
        for number, handler in restore:
            signal.signal(number, handler)
    return tally


def schedule(
    controls: Controls,
    script: list[tuple[int, Action]],
    say: Callable[[str], None],
) -> None:
    """Have the scripted actions done at their instants, those of one instant in their order.

    What they answer goes to `say`. UserError for an action that this board cannot do.
    """
    for after_ns, action in script:
        try:
            controls.check(action)
        except ControlError as error:
            raise UserError(f"--at: {error}") from error
        clock = controls.board.clock
        clock.call_at(clock.now_ns + after_ns, partial(_do, controls, action, say))


def _do(controls: Controls, action: Action, say: Callable[[str], None]) -> None:
    answer = controls.perform(action)
    if answer != DONE:
        say(answer)
