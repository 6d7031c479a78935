"""Virtual meters for proofs: built, provisioned, and held against the truth."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import overload

from boards.ratings import SWITCHED, Rating, rating
from firmware.program import DEMAND
from metrology import page as p
from metrology.approval import CANADA, LABORATORY, is_billing_interval
from metrology.constants import Constants
from picometer.virtual.ade7953 import Scatter
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_MS
from picometer.virtual.fram import Fram
from picometer.virtual.host import CPythonHost, Host, program, provision, stored_page
from picometer.virtual.mains import ConstantLoad, Load

DEFAULT_SERVICE = "2S-240-200"
PASSWORD = b"PICOMETER"
HostFactory = Callable[[VirtualBoard], Host]
_SETTLE_NS = 300 * NS_PER_MS  # two ticks and a step that is in the way


@dataclass
class Registers:
    """Both registers in counts of the metering chip, from the newest page in the FRAM."""

    delivered: int
    received: int

    @property
    def net(self) -> int:
        return self.delivered - self.received


@overload
def build(
    load: Load,
    service: str = DEFAULT_SERVICE,
    model: str = "AX",
    *,
    demand: tuple[int, int] | None = None,
    fram: Fram | None = None,
    scatter: Scatter | None = None,
) -> CPythonHost: ...


@overload
def build(
    load: Load,
    service: str = DEFAULT_SERVICE,
    model: str = "AX",
    make_host: HostFactory = CPythonHost,
    demand: tuple[int, int] | None = None,
    fram: Fram | None = None,
    scatter: Scatter | None = None,
) -> Host: ...


def build(
    load: Load,
    service: str = DEFAULT_SERVICE,
    model: str = "AX",
    make_host: HostFactory = CPythonHost,
    demand: tuple[int, int] | None = None,
    fram: Fram | None = None,
    scatter: Scatter | None = None,
) -> Host:
    """A provisioned virtual meter at `load`, not booted yet.

    demand  minutes of the interval and of its subintervals; None for what it comes with. Lengths
            that no approved meter may bill by make it one of no approval
    """
    if demand is not None and not is_billing_interval(CANADA, *demand):
        service += "/" + LABORATORY
    switched = model in SWITCHED
    board = VirtualBoard(
        rating=rating(service), load=load, switched=switched, fram=fram, scatter=scatter
    )
    board.rtc.set(datetime(2007, 2, 1))
    provision(
        board.fram,
        model=model.encode(),
        service=service.encode(),
        serial=b"PM00000001",
        device_id=b"PM00000001",
        password_3=PASSWORD,
    )
    if demand is not None:
        interval, subinterval = demand
        lengths = bytes((subinterval, interval // subinterval)) * 2
        program(board.fram, {DEMAND: bytes((1, 0, 0, 0)) + lengths})
    return make_host(board)


def settle(host: Host) -> None:
    """Let the load end, and the meter bill and write down what it was."""
    host.board.mains.change(ConstantLoad(0))
    host.run_until(host.board.clock.now_ns + _SETTLE_NS)


def kept(board: VirtualBoard, word: int) -> int:
    """A word of the newest page in the FRAM; 0 when nothing was ever written."""
    page = stored_page(board.fram)
    return 0 if page is None else page[word]


def counts_per_kwh(of: Rating) -> int:
    """The constant of a rating."""
    return Constants(of.coils, of.full_scale_watts, of.kh_mwh).counts_per_kwh


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
