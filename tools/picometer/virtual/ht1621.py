"""An HT1621 LCD controller, bit by bit on its three wires.

Frames after Holtek's HT1621 data sheet: three mode bits (100 command, 101 write), then for
a command nine bits (the last one is ignored), for a write six address bits, most
significant first, and nibbles of data, least significant bit first, to successive addresses.
Reading back is left out: the RD wire is not connected on the meter.
"""

RAM_SIZE = 32

_ID_BITS = 3
_COMMAND = 0b100
_WRITE = 0b101
_COMMAND_BITS = 9
_ADDRESS_BITS = 6
_NIBBLE_BITS = 4

_SYS_DIS = 0x00
_SYS_EN = 0x01
_LCD_OFF = 0x02
_LCD_ON = 0x03
_BIAS_MASK = 0b1110_0000
_BIAS = 0b0010_0000


class Ht1621:
    """The chip on its wires: `cs(level)`, `wr(level)`, `data(level)`.

    DATA is taken at the rising edge of WR while CS is low.

    ram     one nibble per address, D0 (COM0) in bit 0
    on      oscillator running and LCD on: the glass shows the RAM
    bias    last bias and common command (abXc of 0010abXc), None before the first
    writes  nibbles written since construction
    """

    def __init__(self) -> None:
        self.ram = bytearray(RAM_SIZE)
        self.bias: int | None = None
        self.writes = 0
        self._powered = False
        self._running = False
        self._lcd_on = False
        self._data = 1
        self._wr = 1
        self._take = self._ignore
        self._shift = 0
        self._count = 0
        self._address = 0

    @property
    def on(self) -> bool:
        """The glass shows the RAM."""
        return self._running and self._lcd_on

    def power_on(self) -> None:
        """Supply on: oscillator and LCD off. (RAM contents are undefined; here zero.)"""
        self._powered = True
        self._take = self._ignore

    def power_off(self) -> None:
        """Supply off: everything lost."""
        self._powered = False
        self._running = self._lcd_on = False
        self.bias = None
        self.ram[:] = bytes(RAM_SIZE)
        self._take = self._ignore

    def cs(self, level: int) -> None:
        """Chip select, active low: begins or ends a frame."""
        self._shift = self._count = 0
        self._take = self._ignore if level or not self._powered else self._take_id

    def data(self, level: int) -> None:
        """The data wire."""
        self._data = level

    def wr(self, level: int) -> None:
        """The write clock: a rising edge takes one bit."""
        if level and not self._wr:
            self._shift = self._shift << 1 | self._data
            self._count += 1
            self._take()
        self._wr = level

    # What to do with the bits so far; each phase knows how many it needs.

    def _ignore(self) -> None:
        self._shift = self._count = 0

    def _take_id(self) -> None:
        if self._count == _ID_BITS:
            if self._shift == _COMMAND:
                self._take = self._take_command
            elif self._shift == _WRITE:
                self._take = self._take_address
            else:
                self._take = self._ignore
            self._shift = self._count = 0

    def _take_command(self) -> None:
        if self._count == _COMMAND_BITS:
            command = self._shift >> 1
            if command in (_SYS_DIS, _SYS_EN):
                self._running = command == _SYS_EN
            elif command in (_LCD_OFF, _LCD_ON):
                self._lcd_on = command == _LCD_ON
            elif command & _BIAS_MASK == _BIAS:
                self.bias = command & 0x0F
            self._shift = self._count = 0

    def _take_address(self) -> None:
        if self._count == _ADDRESS_BITS:
            self._address = self._shift % RAM_SIZE
            self._take = self._take_nibble
            self._shift = self._count = 0

    def _take_nibble(self) -> None:
        if self._count == _NIBBLE_BITS:
            self.ram[self._address] = _REVERSED[self._shift]
            self._address = (self._address + 1) % RAM_SIZE
            self.writes += 1
            self._shift = self._count = 0


_REVERSED = tuple(int(f"{nibble:04b}"[::-1], 2) for nibble in range(16))
