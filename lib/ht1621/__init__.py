"""HT1621: a segment LCD controller with 32 x 4 bits of display RAM, written over three wires.

Facts from the Holtek HT1621 datasheet (command summary, timing): confidence high.
A frame is clocked in on the rising edge of WR while CS is low: three bits of mode ID, then

- a command: ID 100, eight bits and one bit that does not matter;
- a write: ID 101, a six-bit address (high bit first), then nibbles (low bit first) for this
  address and the ones that follow.

At 3 V a WR half period must last 3.34 us. Two MicroPython pin calls take longer than that on
an RP2040 (confidence medium: measure again when this file becomes native code).
"""

from micropython import const

NIBBLES = const(32)

_ID_COMMAND = const(0x4)
_ID_WRITE = const(0x5)
_SYS_EN = const(0x01)
_LCD_ON = const(0x03)
_TIMER_DIS = const(0x04)
_WDT_DIS = const(0x05)
_TONE_OFF = const(0x08)
_RC_256K = const(0x18)
_BIAS_3_COM_4 = const(0x29)
_NEVER = const(0xFF)  # no nibble has this value: differs from whatever is to be shown

_START = bytes((_BIAS_3_COM_4, _RC_256K, _SYS_EN, _TIMER_DIS, _WDT_DIS, _TONE_OFF, _LCD_ON))


class Ht1621:
    """The controller behind three pins, each called as pin(level).

    An image is 32 bytes, one per address; the low four bits are D0 to D3. Nothing here
    allocates, and a whole refresh is 221 bit clocks: about 3 ms on an RP2040.
    """

    def __init__(self, cs, wr, data):
        self._cs = cs
        self._wr = wr
        self._data = data
        self._sent = bytearray([_NEVER] * NIBBLES)
        cs(1)
        wr(1)

    def start(self):
        """Set bias, duty and clock source and turn the LCD on. Forgets what was sent."""
        for i in range(len(_START)):
            self._cs(0)
            self._bits(_ID_COMMAND, 3)
            self._bits(_START[i] << 1, 9)
            self._cs(1)
        for i in range(NIBBLES):
            self._sent[i] = _NEVER

    def show(self, image):
        """Send every run of nibbles that differs from what was sent last."""
        sent = self._sent
        if image == sent:
            return
        address = 0
        while address < NIBBLES:
            if image[address] & 0x0F == sent[address]:
                address += 1
                continue
            self._cs(0)
            self._bits(_ID_WRITE, 3)
            self._bits(address, 6)
            while address < NIBBLES and image[address] & 0x0F != sent[address]:
                nibble = image[address] & 0x0F
                self._nibble(nibble)
                sent[address] = nibble
                address += 1
            self._cs(1)

    def refresh(self, image):
        """Start again and send all of it, once a minute: mends what static discharge has done."""
        self.start()
        self.show(image)

    def _bits(self, value, count):
        wr = self._wr
        data = self._data
        mask = 1 << (count - 1)
        while mask:
            wr(0)
            data(1 if value & mask else 0)
            wr(1)
            mask >>= 1

    def _nibble(self, value):
        wr = self._wr
        data = self._data
        for _ in range(4):
            wr(0)
            data(value & 1)
            wr(1)
            value >>= 1
