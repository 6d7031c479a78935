"""The whole metering tick in one native function, for the registers of an RP2040.

Reading, judging and billing are one function because a call costs more than all three. It
does to the count what `ade7953.vote.judge` and `tick.bill` do; a test compares them. Only
for MicroPython with viper integers of 32 bits.

Everything it needs is in one `array('i')`, the work block. With its word SPI 0 no bus is
read: the five raw words are taken from the block, for tests and for other transports.

Registers: RP2040 datasheet, 4.4.4 (SPI) and 2.3.1.7 (SIO), solid.
"""

# ruff: noqa: F821, C901  ptr32 is the native compiler's; one call is the point
import micropython
from micropython import const

# Words of the work block.
NET = const(0)  # out: counts of the last billed tick, positive delivered
MOVED = const(1)  # of coil A, and of coil B: in and out
LIMIT = const(3)  # the most counts one coil can have counted
COUNTS_PER_KWH = const(4)
COILS = const(5)
SPI = const(6)  # base address of the SPI peripheral, or 0
SELECT = const(7)  # the chip select's bit in the SIO
HEADER = const(8)  # five frame headers of 24 bits: A, B, status, A, B
RAW = const(13)  # what the five frames brought, 24 bits each
WORDS = const(18)

# What follows repeats constants of other files: native code compiles in only its own file's.
_DELIVERED_KWH = const(2)
_DELIVERED_COUNTS = const(3)
_RECEIVED_KWH = const(4)
_RECEIVED_COUNTS = const(5)
_LAST_A = const(6)
_LAST_B = const(7)
_INTERVAL_DELIVERED = const(14)
_INTERVAL_RECEIVED = const(15)
_COUNTER_MASK = const(0x3FFFFFFF)

_FAULT_RESET = const(1)
_FAULT_BUS = const(2)
_FAULT_NOISE = const(3)
_IMPOSSIBLE = const(16)
_UNUSUAL = const(17)
_UNKNOWN = const(0x10000000)
_STEADY = const(32)

_WSMP = const(1 << 17)
_RESET = const(1 << 20)
_ALWAYS_0 = const(3 << 22)
_MASK = const(0xFFFFFF)
_SLACK = const(64)
_SPAN = const(128)

_DATA = const(2)  # SSPDR, in words from the base
_STATUS = const(3)  # SSPSR
_EMPTY_BUSY = const(0x11)  # transmit FIFO empty, busy
_EMPTY = const(0x01)
_RECEIVED = const(0x04)  # receive FIFO not empty
_OUT_SET = const(5)  # GPIO_OUT_SET, in words from the SIO
_OUT_CLR = const(6)
_FIFO = const(8)
_POLLS = const(2000)  # of one frame: half a millisecond; at 5 MHz it takes 10 us


@micropython.viper
def tick(work: ptr32, page: ptr32) -> int:
    """Sample the chip and bill into `page`. BILLED, IMPOSSIBLE, UNUSUAL or a fault code.

    A fault leaves page and NET as they were. An SPI peripheral that does not get on with a
    frame is given up as FAULT_BUS.
    """
    spi = ptr32(work[SPI])
    i = work[SPI]
    if i:
        i = 0xD0
        sio = ptr32(i << 24)  # made at run time: as a constant it would be an object
        select = work[SELECT]
        i = _FIFO
        while i:  # what an interrupted transfer left behind
            if not spi[_STATUS] & _RECEIVED:
                break
            spi[_DATA]
            i -= 1
        i = 0
        while i < 5:
            word = work[HEADER + i]
            sio[_OUT_CLR] = select
            spi[_DATA] = word >> 16  # the peripheral takes the low eight bits
            spi[_DATA] = word >> 8
            spi[_DATA] = word
            spi[_DATA] = 0
            spi[_DATA] = 0
            spi[_DATA] = 0
            left = _POLLS
            while (spi[_STATUS] & _EMPTY_BUSY) != _EMPTY:
                left -= 1
                if left == 0:
                    sio[_OUT_SET] = select
                    return _FAULT_BUS
            sio[_OUT_SET] = select
            spi[_DATA]
            spi[_DATA]
            spi[_DATA]
            word = spi[_DATA]
            word = word << 8 | spi[_DATA]
            work[RAW + i] = word << 8 | spi[_DATA]
            i += 1

    word = work[RAW + 2]
    if word & _ALWAYS_0:
        return _FAULT_BUS
    if word & _RESET:
        return _FAULT_RESET
    if not word & _WSMP:
        return _FAULT_BUS
    # Zero and all ones must be there twice: a frame that the chip did not hear reads so.
    a = work[RAW]
    word = work[RAW + 3]
    if (word - a + _SLACK) & _MASK > _SPAN:
        return _FAULT_NOISE
    if (a + 1) & _MASK <= 1:
        if a != word:
            return _FAULT_NOISE
    b = work[RAW + 1]
    word = work[RAW + 4]
    if (word - b + _SLACK) & _MASK > _SPAN:
        return _FAULT_NOISE
    if (b + 1) & _MASK <= 1:
        if b != word:
            return _FAULT_NOISE

    # The 24-bit difference in the upper bits, and back with its sign.
    da = (a - page[_LAST_A]) << 8 >> 8
    db = 0
    if work[COILS] == 2:
        db = (b - page[_LAST_B]) << 8 >> 8
    counts = da
    i = 0
    while i < work[COILS]:
        word = work[MOVED + i]
        if word != _UNKNOWN:
            counts -= word
            if counts < 0:
                counts = 0 - counts
            if word < 0:
                word = 0 - word
            if counts > (word >> 2) + _STEADY:
                return _UNUSUAL
        counts = db
        i += 1
    limit = work[LIMIT]
    if da > limit:
        return _IMPOSSIBLE
    if da + limit < 0:
        return _IMPOSSIBLE
    if db > limit:
        return _IMPOSSIBLE
    if db + limit < 0:
        return _IMPOSSIBLE
    work[MOVED] = da
    work[MOVED + 1] = db
    counts = da + db
    page[_LAST_A] = a
    page[_LAST_B] = b
    work[NET] = counts
    if counts > 0:
        page[_INTERVAL_DELIVERED] = (page[_INTERVAL_DELIVERED] + counts) & _COUNTER_MASK
        counts += page[_DELIVERED_COUNTS]
        limit = work[COUNTS_PER_KWH]
        while counts >= limit:
            counts -= limit
            page[_DELIVERED_KWH] += 1
        page[_DELIVERED_COUNTS] = counts
    elif counts < 0:
        page[_INTERVAL_RECEIVED] = (page[_INTERVAL_RECEIVED] - counts) & _COUNTER_MASK
        counts = page[_RECEIVED_COUNTS] - counts
        limit = work[COUNTS_PER_KWH]
        while counts >= limit:
            counts -= limit
            page[_RECEIVED_KWH] += 1
        page[_RECEIVED_COUNTS] = counts
    return 0
