"""The board of a run: a new meter, or the one that a state file has."""

from datetime import datetime

from boards.ratings import SWITCHED, Rating
from picometer.errors import UserError

from .board import VirtualBoard
from .host import configured, is_left_sealed, provision
from .options import (
    DEFAULT_MODEL,
    DEFAULT_SERVICE,
    DEFAULT_START,
    LoadChoice,
    choose_load,
    choose_rating,
    play,
)
from .state import StateFile


def make_board(
    state: StateFile | None,
    model: str | None,
    service: str | None,
    choice: LoadChoice,
    start: datetime | None,
    identity: dict[str, bytes] | None,
) -> tuple[VirtualBoard, Rating]:
    """The board, provisioned if its FRAM is new, and its rating.

    state           None for a board without a file
    model, service  None for the stored or default ones
    start           None for the stored clock, or the start of the load
    identity        what a new meter is provisioned with; None leaves it unprovisioned

    UserError if the state file is another meter's.
    """
    fresh = state is None or configured(state, "service") is None
    if state is not None and not fresh:
        model = _same("model", model, configured(state, "model"))
        service = _same("service", service, configured(state, "service"))
        sealed = identity is not None and identity["security"] == b"\1"
        if sealed and not is_left_sealed(state):
            raise UserError("the state file is of a meter that is not sealed: picometer do seal")
    rating = choose_rating(model or DEFAULT_MODEL, service or DEFAULT_SERVICE)
    load = choose_load(choice, rating)
    board = VirtualBoard(rating=rating, switched=(model or DEFAULT_MODEL) in SWITCHED)
    if state is not None:
        state.connect(board)
    if fresh:
        if identity is not None:
            named = {"model": (model or DEFAULT_MODEL).encode(), "service": rating.name.encode()}
            provision(board.fram, **named, **identity)
        board.rtc.set(start or getattr(load, "start", DEFAULT_START).replace(tzinfo=None))
    elif start is not None:
        board.rtc.set(start)
    board.mains.change(play(load, board.rtc.now()))
    return board, rating


def _same(what: str, asked: str | None, stored: str | None) -> str | None:
    if asked not in (None, stored):
        raise UserError(f"the state file is of {what} {stored}, not {asked}")
    return stored
