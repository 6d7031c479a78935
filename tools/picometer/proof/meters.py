"""Virtual meters for proofs: built, provisioned, and held against the truth."""

from dataclasses import dataclass
from datetime import datetime

from boards.ratings import Rating, rating
from metrology import page as p
from metrology.constants import Constants
from picometer.virtual.board import VirtualBoard
from picometer.virtual.host import CPythonHost, provision, stored_page

DEFAULT_SERVICE = "2S-240-200"
PASSWORD = b"PICOMETER"


@dataclass
class Registers:
    """Both registers in counts of the metering chip, from the newest page in the FRAM."""

    delivered: int
    received: int

    @property
    def net(self) -> int:
        return self.delivered - self.received


def build(load, service: str = DEFAULT_SERVICE, model: str = "AX", **board_options) -> CPythonHost:
    """A provisioned virtual meter at `load`, not booted yet."""
    board = VirtualBoard(rating=rating(service), load=load, **board_options)
    board.rtc.set(datetime(2007, 2, 1))
    provision(
        board.fram,
        model=model.encode(),
        service=service.encode(),
        serial=b"PM00000001",
        device_id=b"PM00000001",
        password_3=PASSWORD,
    )
    return CPythonHost(board)


def counts_per_kwh(of: Rating) -> int:
    """The constant of a rating."""
    return Constants(of.coils, of.full_scale_watts, of.rated_watts, of.kh_mwh).counts_per_kwh


def registers(board: VirtualBoard) -> Registers:
    """What the FRAM holds; zero when nothing was ever written."""
    page = stored_page(board.fram)
    if page is None:
        return Registers(0, 0)
    kwh = counts_per_kwh(board.rating)
    return Registers(
        page[p.DELIVERED_KWH] * kwh + page[p.DELIVERED_COUNTS],
        page[p.RECEIVED_KWH] * kwh + page[p.RECEIVED_COUNTS],
    )


def counted(board: VirtualBoard) -> int:
    """Net counts that the metering chip has ever counted, as the rating weighs them."""
    both = board.rating.coils == 2
    return board.afe.counted_a + (board.afe.counted_b if both else 0)
