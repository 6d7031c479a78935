"""An I2C bus: two wires with pull-ups, which every chip and the master can only pull low.

Timing after NXP's UM10204: a chip takes a bit at the rising edge of SCL and changes its own at the
falling one; SDA that falls while SCL is high is a start, SDA that rises is a stop. A chip that is
left in the middle of an octet goes on pulling until it has got the clocks that it waits for.

Transactions that nothing disturbs are passed to the chips as a whole, which comes to the same.
"""

from collections.abc import Callable

from .i2c_chip import Chip


class I2cBus:
    """Chips by their 7-bit address; `i2c_chip.Chip` says what a chip's model has.

    scl, sda    levels of the wires
    held        something else than the master pulls SDA low
    stuck       True: SDA is shorted to ground
    addressed   every address that a master has sent since the bus was made
    """

    def __init__(self) -> None:
        self.stuck = False
        self.addressed: list[int] = []
        self._chips: dict[int, Chip] = {}
        self._master = {"scl": 1, "sda": 1}
        self._seen_sda = 1
        self._edges = 0  # of SCL, in the transaction under way
        self._listens = False  # the master leaves SDA to the chips
        self._plan: tuple[int, Callable[[], None]] | None = None

    def attach(self, device) -> None:
        """Wire `device` to the bus."""
        self._chips[device.i2c_address] = Chip(device)

    def detach(self, address: int) -> None:
        """Unsolder the chip with that address."""
        del self._chips[address]

    @property
    def scl(self) -> int:
        return self._master["scl"]

    @property
    def sda(self) -> int:
        return 0 if self.held else self._master["sda"]

    @property
    def held(self) -> bool:
        return self.stuck or any(chip.pulls for chip in self._chips.values())

    # The wires

    def drive_scl(self, level: int) -> None:
        """The master pulls SCL low (0), or lets it go."""
        if level == self._master["scl"]:
            return
        self._master["scl"] = level
        for chip in self._chips.values():
            chip.clock(level, self.sda)
        self._seen_sda = self.sda  # what changes with SCL low is neither start nor stop

    def drive_sda(self, level: int) -> None:
        """The master pulls SDA low (0), or lets it go."""
        self._master["sda"] = level
        sda = self.sda
        if sda == self._seen_sda:
            return
        self._seen_sda = sda
        if self.scl:
            for chip in self._chips.values():
                chip.stop() if sda else chip.start()

    def power_off(self) -> None:
        """The chips have no supply any more: none of them pulls."""
        for chip in self._chips.values():
            chip.reset()
        self._seen_sda = self.sda

    # Disturbances

    def break_off(self, edges: int, then: Callable[[], None] = lambda: None) -> None:
        """After so many edges of SCL in the next transaction its master lets go of both wires, and
        `then` is called.
        """
        self._plan = (edges, lambda: self._abandon(then))

    def glitch(self, edges: int) -> None:
        """After so many edges of SCL in the next transaction the chips see a pulse on SCL more
        than the master makes.
        """
        self._plan = (edges, self._spike)

    def leave_alone(self) -> None:
        """Take back a disturbance that has not happened yet."""
        self._plan = None

    def _abandon(self, then: Callable[[], None]) -> None:
        self._let_go()
        then()
        raise _Gone

    def _let_go(self) -> None:
        self.drive_sda(1)
        self.drive_scl(1)

    def _spike(self) -> None:
        level = self.scl
        for each in (1 - level, level):
            self.drive_scl(each)

    # Transactions of the peripheral

    def write(self, address: int, data: bytes) -> int | None:
        """A write transaction: bytes acknowledged, or None when the address is not."""
        chip = self._begin(address)
        if self._plan is not None:
            return self._clocked(lambda: self._write_bits(address, data))
        if chip is None:
            return None
        acknowledged = chip.device.i2c_write(data)
        return None if data and not acknowledged else acknowledged

    def read(self, address: int, n: int) -> bytes | None:
        """A read transaction: `n` bytes, or None when the address is not acknowledged."""
        chip = self._begin(address)
        if self._plan is not None and n:
            return self._clocked(lambda: self._read_bits(address, n))
        return None if chip is None else chip.device.i2c_read(n)

    def _begin(self, address: int) -> Chip | None:
        """The chip that answers to a start and `address`, if any."""
        self.addressed.append(address)
        if not self.sda:
            return None
        for chip in self._chips.values():
            chip.stop()
        return self._chips.get(address)

    def _clocked(self, transaction: Callable[[], int | bytes | None]):
        self._edges = 0
        try:
            return transaction()
        except _Lost:
            self._let_go()
            return None
        except _Gone:
            return None

    def _edge(self, level: int) -> None:
        self.drive_scl(level)
        self._edges += 1
        if self._plan is not None and self._edges == self._plan[0]:
            happens = self._plan[1]
            self._plan = None
            happens()

    def _bit(self, level: int) -> int:
        self.drive_sda(level)
        self._edge(1)
        sda = self.sda
        if level and not sda and not self._listens:
            raise _Lost
        self._edge(0)
        return sda

    def _start(self, address: int, reads: int) -> bool:
        if not self.sda:
            raise _Lost
        self.drive_sda(0)
        self._edge(0)
        return self._put(address << 1 | reads)

    def _put(self, octet: int) -> bool:
        """Send an octet; whether it is acknowledged."""
        self._listens = False
        for i in range(7, -1, -1):
            self._bit(octet >> i & 1)
        self._listens = True
        return not self._bit(1)

    def _stop(self) -> None:
        self.drive_sda(0)
        self._edge(1)
        self.drive_sda(1)

    def _write_bits(self, address: int, data: bytes) -> int | None:
        if not self._start(address, 0):
            self._stop()
            return None
        taken = 0
        for octet in data:
            if not self._put(octet):
                break
            taken += 1
        self._stop()
        return None if data and not taken else taken

    def _read_bits(self, address: int, n: int) -> bytes | None:
        if not self._start(address, 1):
            self._stop()
            return None
        self._listens = True
        found = bytearray()
        for left in range(n - 1, -1, -1):
            octet = 0
            for _ in range(8):
                octet = octet << 1 | self._bit(1)
            found.append(octet)
            self._bit(0 if left else 1)
        self._stop()
        return bytes(found)


class _Lost(Exception):
    """The master lets a wire go that stays low: it has lost the bus."""


class _Gone(Exception):
    """The master is no more."""
