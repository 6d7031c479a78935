"""The firmware's meter as the tools know it, once it has started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # names and types only: importing them is the firmware's own affair
    from audit.log import EventLog
    from boards.pico_meter.board import Board
    from boards.ratings import Rating
    from c1219.tables import Tables
    from firmware.access import Access
    from firmware.billing import Billing
    from firmware.clock import Clock
    from firmware.configuration import Configuration
    from firmware.display import Display
    from firmware.guard import Guard
    from firmware.health import Health
    from firmware.history import History
    from firmware.load_profile import LoadProfile
    from firmware.log import Log
    from firmware.maintenance import Maintenance
    from firmware.optical import Optical
    from firmware.pending import Pending
    from firmware.program import Program
    from firmware.record_list import ReadMarks
    from firmware.scheduler import Scheduler
    from firmware.service_switch import ServiceSwitch
    from firmware.settings import Settings
    from firmware.storage import Storage
    from metrology.constants import Constants
    from metrology.modes import Pages


class RunningMeter(Protocol):
    """`firmware.meter.Meter` after its start: the parts that proofs and pictures look at."""

    access: Access
    billing: Billing
    board: Board
    clock: Clock
    configuration: Configuration
    constants: Constants
    display: Display
    event_log: EventLog
    guard: Guard
    health: Health
    history: History
    load_profile: LoadProfile
    log: Log
    maintenance: Maintenance
    marks: ReadMarks
    optical: Optical
    pages: Pages
    pending: Pending
    program: Program
    rating: Rating
    safe: bool
    scheduler: Scheduler
    service_switch: ServiceSwitch
    settings: Settings
    storage: Storage
    tables: Tables

    def start(self) -> None: ...

    def run(self) -> None: ...
