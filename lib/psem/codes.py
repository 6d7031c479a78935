"""The numbers of C12.18: bytes of the link, services, responses and rates.

Plain integers without `const`, for the meter and for a reader on any Python.
"""

# Link
STP = 0xEE
ACK = 0x06
NAK = 0x15
MULTIPLE = 0x80  # control: one packet of a message of several
FIRST = 0x40  # control: the first of them
TOGGLE = 0x20  # control: flips with every new packet of a side
OVERHEAD = 8  # octets of a packet besides its data: six before, two of CRC after

# Defaults in Base state
BASE_BAUD = 9600
BASE_PACKET_SIZE = 64
BASE_PACKETS = 1
TRAFFIC_MS = 6000
RESPONSE_MS = 2000
INTER_CHARACTER_MS = 500
RETRIES = 3

# Services
IDENTIFY = 0x20
TERMINATE = 0x21
READ = 0x30  # and with the number of indices, 1 to 9, Partial read by index
READ_DEFAULT = 0x3E
READ_OFFSET = 0x3F
WRITE = 0x40  # likewise
WRITE_OFFSET = 0x4F
INDICES = 9  # the most of Partial read and write by index
LOGON = 0x50
SECURITY = 0x51
LOGOFF = 0x52
NEGOTIATE = 0x60  # plus the number of baud codes proposed, 0 to 11
NEGOTIATE_RATES = 11
WAIT = 0x70
FIRST_REQUEST = 0x20  # below it are responses

USER_LENGTH = 10
PASSWORD_LENGTH = 20

# Responses
OK = 0x00
ERR = 0x01  # error
SNS = 0x02  # service not supported
ISC = 0x03  # insufficient security clearance
ONP = 0x04  # operation not possible
IAR = 0x05  # inappropriate action requested
BSY = 0x06  # device busy
DNR = 0x07  # data not ready
DLK = 0x08  # data locked
RNO = 0x09  # renegotiate
ISSS = 0x0A  # invalid service sequence state

# Rates by baud code. 0A and 0B are as the edition of 2006 has them (medium confidence: one of
# three public sources reads them the other way round). What an optical head cannot follow is left
# out.
RATES = {
    0x01: 300,
    0x02: 600,
    0x03: 1200,
    0x04: 2400,
    0x05: 4800,
    0x06: 9600,
    0x07: 14400,
    0x08: 19200,
    0x09: 28800,
    0x0A: 57600,
    0x0B: 38400,
    0x0C: 115200,
}


def baud_code(rate):
    """The code of `rate`, or 0 (externally defined) when it has none."""
    for code in RATES:
        if RATES[code] == rate:
            return code
    return 0
