"""What the display shows until it is programmed: the octets of ST31 to ST34.

Literals lie in flash, and take none of the meter's memory. Every source names an ITEM of
firmware/items.py by its number.
"""

# Octets of a source, sources, items of primary lists, primary lists, items of secondary lists and
# secondary lists; what the meter has room for.
ST31 = b"\x07\x30\0\x06\x20\0\x03\x20\0\x01"
# NBR_DISP_SOURCES, NBR_PRI_DISP_LIST_ITEMS, NBR_PRI_DISP_LISTS, NBR_SEC_DISP_LIST_ITEMS and
# NBR_SEC_DISP_LISTS: what the meter has room for (ST30).
LIMITS = (ST31[1], ST31[4], ST31[6], ST31[7], ST31[9])

# ITEM, ID code, FORMAT (digits, 8 for each decimal, 40 leading zeros, 80 roll-over), MULTIPLIER.
# The comments begin with the ITEM.
ST32 = (
    # Normal
    b"\x04dEL\xc6\0"  # 4 kWh delivered
    b"\x05rEC\xc6\0"  # 5 kWh received
    b"\x06nEt\x46\0"  # 6 kWh net
    b"\x0bPH \x1e\0"  # 11 maximum kW delivered
    # Alternate
    b"\x01   \x06\0"  # 1 segment test
    b"\x02dAt\x06\0"  # 2 date
    b"\x03Hr \x06\0"  # 3 time
    b"\x0dPHd\x06\0"  # 13 date of the maximum
    b"\x0fPHt\x04\0"  # 15 its time
    b"\x07Pr \x1e\0"  # 7 present kW delivered
    b"\x1bLdE\xc6\0"  # 27 at the last demand reset: kWh delivered
    b"\x1cLrE\xc6\0"  # 28 and received
    b"\x1eLPH\x1e\0"  # 30 and the maximum kW delivered
    b"\x15rES\x86\0"  # 21 number of demand resets
    b"\x16rEd\x06\0"  # 22 date of the last one
    b"\x33SoF\x06\0"  # 51 firmware version
    b"\x68HA1\x06\0"  # 104 hash of the measurement software
    b"\x73HA2\x06\0"  # 115 of the other legally relevant software
    b"\x40LoG\x86\0"  # 64 events logged
    b"\x41Er \x06\0"  # 65 fault code
    # Test
    b"\x28tdE\x9e\0"  # 40 test kWh delivered
    b"\x29trE\x9e\0"  # 41 test kWh received
    b"\x2btPr\x1e\0"  # 43 present test kW delivered
    b"\x2ftPH\x1e\0"  # 47 maximum test kW delivered
    b"\x31tin\x04\0"  # 49 time left in the interval
    b"\x32toU\x04\0"  # 50 time until the test ends
    # GyrBox
    b"\x43U  \x0e\0"  # 67 V
    b"\x44AA \x16\0"  # 68 A of coil A
    b"\x45Ab \x16\0"  # 69 A of coil B
    b"\x47PA \x1e\0"  # 71 kW of coil A
    b"\x48Pb \x1e\0"  # 72 kW of coil B
    b"\x46P  \x1e\0"  # 70 kW of both
    b"\x4cPFA\x1e\0"  # 76 power factor of coil A
    b"\x4dPFb\x1e\0"  # 77 of coil B
    b"\x4eAnA\x0e\0"  # 78 degrees by which the current of coil A is behind
    b"\x4fAnb\x0e\0"  # 79 of coil B
    b"\x50Fr \x16\0"  # 80 Hz
    b"\x51tC \x0e\0"  # 81 degrees Celsius
    b"\x52dr \x16\0"  # 82 ppm between the clock and the metering time base
    b"\x53CHP\x86\0"  # 83 resets of the metering chip
    b"\x55rEJ\x86\0"  # 85 samples refused
    b"\x5aL0 \x86\0"  # 90 optical port: packets received
    b"\x5cL2 \x86\0"  # 92 wrong CRC
    b"\x62L8 \x86\0"  # 98 sent again
    b"\x63L9 \x86\0"  # 99 sessions lost
    b"\x57CrA\x86\0"  # 87 crashes
    b"\x58Err\x86\0"  # 88 errors
    b"\x59ErL\x04\0"  # 89 the last of them
)

# On and off time (6 s, none), purpose, how many items; then the places of the items in ST32.
ST33 = (
    b"\x06\x10\x04"  # Normal
    b"\x06\x20\x10"  # Alternate
    b"\x06\x30\x06"  # Test
    b"\0\0\x01\0\x02\0\x03\0\x04\0\x05\0\x06\0\x07\0"
    b"\x08\0\x09\0\x0a\0\x0b\0\x0c\0\x0d\0\x0e\0\x0f\0"
    b"\x10\0\x11\0\x12\0\x13\0\x14\0\x15\0\x16\0\x17\0"
    b"\x18\0\x19\0\0\0\0\0\0\0\0\0\0\0\0\0"
)

# The same; the last item is the fault code of the Alternate list.
ST34 = (
    b"\x06\0\x17"  # GyrBox
    b"\x1a\0\x1b\0\x1c\0\x1d\0\x1e\0\x1f\0\x20\0\x21\0"
    b"\x22\0\x23\0\x24\0\x25\0\x26\0\x27\0\x28\0\x29\0"
    b"\x2a\0\x2b\0\x2c\0\x2d\0\x2e\0\x2f\0\x13\0\0\0"
    b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
)
