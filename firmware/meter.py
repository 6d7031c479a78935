"""The meter: meters first, then brings up everything else, and runs it."""

from firmware.core import Core


class Meter(Core):
    """Everything that runs: `start()`, then `run()`."""

    def start(self):
        """Meter, then bring up the port and the display.

        The other duties are imported only here, one at a time with ticks taken in between:
        on an RP2040 that takes a third of a second. The watchdog, which nothing stops again,
        guards it.
        """
        board = self._board
        self.metering.start(board.ticks_ms(), self._gap_ms)
        self.scheduler.catch_up()
        feed = board.watchdog()
        board.extend()
        watched = [self._metering_index, self._storage_index]
        watched.append(self._add_port(board))
        if not self.safe:
            self._add_inputs_and_clock(board)
            watched.append(self._add_display(board))
        self._add_supervision(watched, feed)

    def run(self):
        """For ever."""
        self.scheduler.run()

    def _gap_ms(self):
        from firmware.clock import Clock

        self._board.extend()
        return Clock(self._board.rtc, self.storage).gap_ms()

    def _add_port(self, board):
        from c1219.tables import Tables
        from firmware.device import Device
        from firmware.readings import Readings

        self.scheduler.catch_up()
        from firmware.optical import Optical
        from psem.link import Link
        from psem.session import Session

        self.scheduler.catch_up()
        readings = Readings(
            self.storage.page, self.constants, self.rating, self.afe, board.ticks_ms
        )
        device = Device(self.configuration, self.rating, readings, self.storage.faults)
        session = Session(Tables(device))
        self.scheduler.catch_up()
        link = Link(session, buffer_size=4096)
        self.optical = Optical(board.optical_uart, link, board.sleep_us)
        index = self.scheduler.add(self.optical.step)
        self._serve(board, board.OPTICAL, index)
        return index

    def _serve(self, board, port, index):
        """Have input at a port, which duty `index` reads, make that duty due."""
        self.scheduler.on_input[port] = index
        board.listen(port)

    def _add_inputs_and_clock(self, board):
        from firmware.clock import Clock
        from firmware.inputs import Inputs

        self.inputs = Inputs(board.inputs, board.active, self.storage.faults)
        self.clock = Clock(board.rtc, self.storage)
        self.scheduler.add(self.inputs.step)
        self.scheduler.add(self.clock.step)
        self.scheduler.catch_up()

    def _add_display(self, board):
        from firmware.display import Display

        self.scheduler.catch_up()
        self.display = Display(board.lcd, board.glass, self.storage, self.constants, self.inputs)
        self.display.start(board.ticks_ms())
        index = self.scheduler.add(self.display.step)
        self.scheduler.catch_up()
        return index

    def _add_supervision(self, watched, feed):
        from firmware.supervision import Supervision

        supervision = Supervision(self.metering, self.health, self.scheduler.runs, watched, feed)
        self.scheduler.add(supervision.step)
