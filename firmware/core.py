"""What a meter is before anything else: registers, the metering chip, and what keeps them."""

from micropython import const

from ade7953 import Settings
from ade7953.registers import CF_ACTIVE_A, CF_ACTIVE_SUM
from boards import ratings
from firmware.configuration import Configuration
from firmware.forget import forget
from firmware.health import Health
from firmware.metering import Metering
from firmware.scheduler import Scheduler
from firmware.storage import Storage
from metrology import faults as f
from metrology.constants import Constants
from metrology.modes import Pages
from metrology.page import zero_registers
from metrology.ticker import ticker

_OF_SETTINGS = ("ade7953.register_map",)
_METERING_AND_STORAGE = const(2)  # the first duties
DEFAULT_MODEL = b"AX"
DEFAULT_SERVICE = b"2S-240-200"


class Core:
    """The first two duties, metering and storage, on a scheduler that takes more.

    memory    the board's fram.Fram
    pages     metrology.modes.Pages
    billing   firmware.billing.Billing, once there is one
    recorder  firmware.recorder.Recorder, once there is one

    Nothing is imported here that the first tick can do without: energy that the chip counts
    before it is kept only as long as the power stays.
    """

    def __init__(self, board):
        layout = board.layout
        self.board = board
        self.memory = board.fram
        self.storage = storage_of(board)
        self.storage.start()
        faults = self.storage.faults
        if not board.files_mounted():
            faults.set(f.FILES_ABSENT)
        self.health = Health(self.storage.page)
        self.safe = self.health.start(board.reset_by_watchdog())
        self.storage.write()  # whatever fails from here on has been counted
        if self.safe:
            faults.set(f.SAFE_MODE)
        self.pages = Pages(self.storage.page)
        self.billing = None
        self.recorder = None
        self.configuration = Configuration(
            board.fram, layout.CONFIGURATION, layout.CONFIGURATION_SLOTS
        )
        self._configure(faults)
        rating = self.rating = rating_of(self.configuration, faults)
        self.constants = constants_of(rating)
        if zero_registers(self.storage.page, self.constants.counts_per_kwh):
            faults.set(f.MEMORY_LOST)
        self.afe = board.afe(
            Settings(
                cf1den=self.constants.cf1den,
                source=CF_ACTIVE_SUM if rating.coils == 2 else CF_ACTIVE_A,
            )
        )
        forget(_OF_SETTINGS)
        self.scheduler = Scheduler(board.ticks_ms, board.wait, self._failed)
        self.metering = Metering(
            self.afe,
            ticker(self.afe, self.pages.billing, self.constants, board.afe_registers),
            self.pages,
            self.storage,
            self._ticked,
        )
        self.metering_index = self.scheduler.add(self.metering.step)
        self.storage_index = self.scheduler.add(self.storage.step)

    def _configure(self, faults):
        configuration = self.configuration
        absent = self.storage.absent
        if absent:
            configuration.put("security", b"\1")  # what cannot be read opens nothing
        else:
            configuration.take_up(faults)
        if absent or faults.word & f.UNPROGRAMMED:
            configuration.put("model", DEFAULT_MODEL)
            configuration.put("service", DEFAULT_SERVICE)

    def _ticked(self, now_ms):
        if self.billing is not None:
            self.billing.ticked(now_ms)
        if self.recorder is not None:
            self.recorder.ticked(now_ms)
        self.storage.request()
        self.scheduler.wake(self.storage_index)

    def let_through(self):
        """From within a long step: meter, and keep what was metered."""
        self.scheduler.let_through(_METERING_AND_STORAGE)

    def _failed(self, index, error):
        self.health.failed(index, error)
        self.storage.faults.set(f.TASK_FAILED)


def storage_of(board):
    """The firmware.storage.Storage of a board's memory, not started."""
    layout = board.layout
    return Storage(
        board.fram,
        (layout.REGISTERS, layout.REGISTERS_RESERVE),
        layout.REGISTER_SLOTS,
        layout.WITNESSES,
    )


def rating_of(configuration, faults):
    """The boards.ratings.Rating that a configuration names; the default one, and a fault, when
    there is no such rating.
    """
    try:
        return ratings.rating(configuration.text("service"))
    except KeyError:
        faults.set(f.CONFIGURATION_BAD)
        return ratings.rating(DEFAULT_SERVICE.decode())


def constants_of(rating):
    """The metrology.constants.Constants of a boards.ratings.Rating."""
    return Constants(rating.coils, rating.full_scale_watts, rating.kh_mwh)
