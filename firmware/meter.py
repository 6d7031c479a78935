"""The meter: builds the duties on a board and runs them."""

from ade7953 import Settings
from ade7953.registers import CF_ACTIVE_A, CF_ACTIVE_SUM
from boards import ratings
from c1219.tables import Tables
from firmware.clock import Clock
from firmware.configuration import Configuration
from firmware.device import Device
from firmware.display import Display
from firmware.health import Health
from firmware.inputs import Inputs
from firmware.metering import Metering
from firmware.optical import Optical
from firmware.readings import Readings
from firmware.scheduler import Scheduler
from firmware.storage import Storage
from firmware.supervision import Supervision
from journal import BAD, EMPTY
from metrology import faults as f
from metrology.constants import Constants
from metrology.ticker import ticker
from psem.link import Link
from psem.session import Session

DEFAULT_MODEL = b"AX"
DEFAULT_SERVICE = b"2S-240-200"


class Meter:
    """Everything that runs: `start()`, then `run()`."""

    def __init__(self, board):
        layout = board.layout
        self._board = board
        self.storage = Storage(
            board.fram,
            (layout.REGISTERS, layout.REGISTERS_RESERVE),
            layout.REGISTER_SLOTS,
        )
        self.storage.start()
        faults = self.storage.faults
        if not board.files_mounted():
            faults.set(f.FILES_ABSENT)
        self.health = Health(self.storage.page)
        self.safe = self.health.start(board.reset_by_watchdog())
        self.storage.write()  # whatever fails from here on has been counted
        if self.safe:
            faults.set(f.SAFE_MODE)
        self.configuration = Configuration(
            board.fram, layout.CONFIGURATION, layout.CONFIGURATION_SLOTS
        )
        self.rating = self._rating(faults)
        rating = self.rating
        self.constants = Constants(
            rating.coils, rating.full_scale_watts, rating.rated_watts, rating.kh_mwh
        )
        self.afe = board.afe(
            Settings(
                cf1den=self.constants.cf1den,
                source=CF_ACTIVE_SUM if rating.coils == 2 else CF_ACTIVE_A,
            )
        )
        self.scheduler = Scheduler(board.ticks_ms, board.wait, self._failed)
        self.metering = Metering(
            self.afe,
            ticker(self.afe, self.storage.page, self.constants, board.afe_registers),
            self.storage,
            self.constants,
            self._ticked,
        )
        self.clock = Clock(board.rtc, self.storage)
        self.inputs = Inputs(board.inputs, board.active)
        self.display = Display(board.lcd, board.glass, self.storage, self.constants, self.inputs)
        readings = Readings(self.storage.page, self.constants, rating, self.afe, board.ticks_ms)
        device = Device(self.configuration, rating, readings, faults)
        self.optical = Optical(
            board.optical_uart, Link(Session(Tables(device)), buffer_size=4096), board.sleep_us
        )
        add = self.scheduler.add
        watched = [add(self.metering.step), add(self.storage.step), add(self.optical.step)]
        self._storage_index = watched[1]
        self.scheduler.on_input = watched[2]
        if not self.safe:
            add(self.inputs.step)
            add(self.clock.step)
            watched.append(add(self.display.step))
        self._watched = watched

    def start(self):
        """Bring up chip and display; the watchdog comes last, and nothing stops it again."""
        board = self._board
        now = board.ticks_ms()
        self.metering.start(now, self.clock.gap_ms())
        if not self.safe:
            self.display.start(now)
        supervision = Supervision(
            self.metering, self.health, self.scheduler.runs, self._watched, board.watchdog()
        )
        self.scheduler.add(supervision.step)

    def run(self):
        """For ever."""
        step = self.scheduler.run_once
        while True:
            step()

    def _rating(self, faults):
        found = self.configuration.load()
        if found == BAD:
            faults.set(f.CONFIGURATION_BAD)
        elif found == EMPTY:
            faults.set(f.UNPROGRAMMED)
            self.configuration.put("model", DEFAULT_MODEL)
            self.configuration.put("service", DEFAULT_SERVICE)
        try:
            return ratings.rating(self.configuration.text("service"))
        except KeyError:
            faults.set(f.CONFIGURATION_BAD)
            return ratings.rating(DEFAULT_SERVICE.decode())

    def _ticked(self):
        self.storage.request()
        self.scheduler.wake(self._storage_index)

    def _failed(self, index, error):
        self.health.failed(index, error)
        self.storage.faults.set(f.TASK_FAILED)
