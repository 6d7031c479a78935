"""The C12.18 application layer of a meter: service sequence states and services.

A session turns one request into one response. Tables, rights and their rules belong to `tables`:

    tables.extent(table, offset, count, level)               octets that a read would give; count
                                                             -1 is the rest of the table
    tables.read(table, offset, count, buf, at, level)        octets read into buf from `at`
    tables.piece(table)                                      octets to be read at a time, 0 for all
    tables.write(table, offset, data, at, count, level)      0; offset -1 is the whole table. More
                                                             than 0 when it takes longer
    tables.write_on()                                        as `write`, another step of that
    tables.locate(table, indices, count, octets)             offset and octets of so many elements
                                                             by index; count 0: what octets take
    tables.authorise(user_id, password, at, length)          access level, 0 for a wrong password,
                                                             or a refusal to look at one now
    tables.default_table                                     the table of Read Default
    tables.refused(table, code)                              a write was refused before `write`
    tables.logoff()                                          the session has ended or was lost

where `table` is the raw 16-bit identifier and a refusal is a negative response code of
`psem.codes`. A refused write has changed nothing.

A short answer is read at once, or piece by piece before the first octet of it leaves. A long one
is read while it is sent, packet by packet, and is of as many moments. When that fails on the way,
what is left is zeros and the checksum of the data is wrong: it is too late for a response code.

The services of C12.21 answer SNS.
"""

from micropython import const

from psem import codes
from psem.crc import checksum

BASE = 1
"""Nobody is connected: Identification is awaited."""
ID = 2
"""Identified: parameters of the link may be negotiated, Logon is awaited."""
SESSION = 4
"""Logged on: tables may be read and written as far as the access level allows."""

_ANY_STATE = const(7)
_ANY_LENGTH = const(0)
_READ_INDEX = const(0x31)  # stands for 31 to 39
_WRITE_INDEX = const(0x41)
_DATA_AT = const(3)  # in the response to a read: code, count high, count low, data
_READ_OVERHEAD = const(4)  # the same and the checksum
_LONGEST = const(65535)  # octets that one read can ask for and answer


class Session:
    """One client's session at the optical port.

    `max_baud` is the fastest rate the port can follow. After each request the link takes from
    here: `state`, `packet_size`, `packets`, `baud` (wanted once the response is acknowledged) and
    `traffic_ms` (the channel traffic time-out until the next request), and `streaming`: the answer
    is not in `out` but to be had from `fill`.
    """

    def __init__(self, tables, max_baud=115200):
        self.max_baud = max_baud
        self.max_packet = codes.BASE_PACKET_SIZE  # what the link can hold; the link sets it
        self._tables = tables
        self.state = BASE
        self.streaming = False
        self._set_base()

    def _set_base(self):
        self.packet_size = codes.BASE_PACKET_SIZE
        self.packets = codes.BASE_PACKETS
        self.baud = codes.BASE_BAUD
        self.traffic_ms = codes.TRAFFIC_MS
        self.user_id = 0
        self.level = 0
        self._whole = 0  # octets of a read that is under way
        self._writing = False  # a write is under way

    def reset(self):
        """Back to Base state: default link parameters, no user, no rights."""
        logged_on = self.state == SESSION
        self.state = BASE
        self._set_base()
        if logged_on:
            self._tables.logoff()

    def handle(self, buf, start, length, out):
        """Answer the request buf[start:start+length] into `out`; return the response's length.

        0 means that the answer takes longer: call `go_on` until it returns the length. When
        `streaming` is true then, call `fill` for the octets.

        A refused request changes nothing and is answered by its response code alone. A request of
        the wrong length is refused with ERR, one in the wrong state with ISSS, an unknown one
        with SNS in any state.
        """
        self.traffic_ms = codes.TRAFFIC_MS
        self.streaming = False
        self._whole = 0
        result = self._serve(buf, start, length, out)
        if result > 0:
            return result
        if self._whole or self._writing:
            return 0
        out[0] = -result
        return 1

    def go_on(self, out):
        """Read another piece, or write on, of what `handle` has begun; returns as it does."""
        if self._writing:
            return self._write_on(out)
        at = self._done
        count = self._piece(self._whole - at)
        count = self._tables.read(
            self._table, self._offset + at, count, out, _DATA_AT + at, self.level
        )
        if count < 0:
            self._whole = 0
            out[0] = -count
            return 1
        self._done = at + count
        if self._done < self._whole:
            return 0
        return _finish_read(out, self._whole)

    def _write_on(self, out):
        result = self._tables.write_on()
        if result > 0:
            return 0
        self._writing = False
        out[0] = -result
        return 1

    def _piece(self, left):
        piece = self._tables.piece(self._table)
        return min(piece, left) if piece else left

    def fill(self, buf, at, room):
        """Put the next octets of a streamed answer at buf[at...]; returns how many.

        That is `room`, or fewer where the table has pieces. A negative response code when there
        is no answer after all, which is possible only at its beginning. `room` is 8 or more the
        first time, and never more than what is left of the answer.
        """
        begun = at
        if self._done < 0:
            at += _DATA_AT
        done = max(0, self._done)
        count = self._piece(min(room - (at - begun), self._whole - done))
        if count:
            result = self._read_on(buf, at, done, count)
            if result < 0:
                return result
            self._sum = (self._sum + checksum(buf, at, at + count)) & 0xFF
            at += count
            done += count
        if self._done < 0:
            buf[begun] = codes.OK
            buf[begun + 1] = self._whole >> 8
            buf[begun + 2] = self._whole & 0xFF
        self._done = done
        if done == self._whole and at - begun < room:
            buf[at] = self._sum ^ 0xFF if self._failed else self._sum
            at += 1
        return at - begun

    def _read_on(self, buf, at, done, count):
        result = 0
        if not self._failed:
            result = self._tables.read(
                self._table, self._offset + done, count, buf, at, self.level
            )
            if result < 0 and self._done < 0:
                return result
            self._failed = result != count
        if self._failed:
            for i in range(at, at + count):
                buf[i] = 0
        return count

    def _serve(self, buf, start, length, out):
        # A service returns the length of what it put into `out`, 0 for a plain OK, or a negative
        # response code.
        if length == 0:
            return -codes.ERR
        entry = _SERVICES.get(_service(buf[start]))
        if entry is None:
            return -codes.SNS
        if not entry[0] & self.state:
            return -codes.ISSS
        if entry[1] != _ANY_LENGTH and entry[1] != length:
            return -codes.ERR
        return entry[2](self, buf, start, length, out)

    # Connection

    def _identify(self, buf, start, length, out):
        # Standard C12.18 in the edition of 2006 (02 00: medium confidence, no client acts on it)
        # with an empty feature list, which the edition of 1996 spells with the same bytes. The
        # standard has it in base state only; a client that was cut off does not know of another.
        self.reset()
        self.state = ID
        out[0] = codes.OK
        out[1] = 0
        out[2] = 2
        out[3] = 0
        out[4] = 0
        return 5

    def _negotiate(self, buf, start, length, out):
        if length != 4 + (buf[start] & 0x0F):
            return -codes.ERR
        size = _word(buf, start + 1)
        packets = buf[start + 3]
        if packets == 0:
            return -codes.ERR
        baud = 0
        for i in range(start + 4, start + length):
            rate = codes.RATES.get(buf[i], 0)
            if baud < rate <= self.max_baud:
                baud = rate
        if baud:
            self.baud = baud
        # As many packets as the client can take: clients do not fall back to partial reads when
        # a table does not fit.
        self.packets = packets
        self.packet_size = min(max(size, codes.BASE_PACKET_SIZE), self.max_packet)
        out[0] = codes.OK
        out[1] = self.packet_size >> 8
        out[2] = self.packet_size & 0xFF
        out[3] = packets
        out[4] = codes.baud_code(self.baud)
        return 5

    def _wait(self, buf, start, length, out):
        # A request to hold the channel longer; a shorter time does not cut the default one.
        self.traffic_ms = max(codes.TRAFFIC_MS, 1000 * buf[start + 1])
        return 0

    def _terminate(self, buf, start, length, out):
        self.reset()
        return 0

    # Users

    def _logon(self, buf, start, length, out):
        # Any user is welcome; rights come with the password only.
        self.user_id = _word(buf, start + 1)
        self.state = SESSION
        return 0

    def _security(self, buf, start, length, out):
        # Security sets the rights, so a wrong password leaves none. The standard lists ERR, BSY
        # and ISSS for this service: of these only ERR says "wrong password".
        level = self._tables.authorise(self.user_id, buf, start + 1, codes.PASSWORD_LENGTH)
        self.level = max(level, 0)
        if level == 0:
            return -codes.ERR
        return min(level, 0)

    def _logoff(self, buf, start, length, out):
        self.state = ID
        self.user_id = 0
        self.level = 0
        self._tables.logoff()
        return 0

    # Tables

    def _read(self, buf, start, length, out):
        return self._fetch(_word(buf, start + 1), 0, -1, out)

    def _read_default(self, buf, start, length, out):
        return self._fetch(self._tables.default_table, 0, -1, out)

    def _read_offset(self, buf, start, length, out):
        offset = buf[start + 3] << 16 | _word(buf, start + 4)
        return self._fetch(_word(buf, start + 1), offset, _word(buf, start + 6), out)

    def _read_index(self, buf, start, length, out):
        end = start + 3 + 2 * (buf[start] & 0x0F)
        if start + length != end + 2:
            return -codes.ERR
        table = _word(buf, start + 1)
        indices = _words(buf, start + 3, end)
        offset, octets = self._tables.locate(table, indices, _word(buf, end))
        return octets if octets < 0 else self._fetch(table, offset, octets, out)

    def _fetch(self, table, offset, count, out):
        whole = self._tables.extent(table, offset, count, self.level)
        if whole < 0:
            return whole
        room = (self.packet_size - codes.OVERHEAD) * self.packets
        if whole > _LONGEST or whole + _READ_OVERHEAD > room:
            return -codes.ONP
        self._table = table
        self._offset = offset
        self._whole = whole
        if whole + _READ_OVERHEAD > len(out):
            self.streaming = True
            self._done = -1  # not even the head
            self._sum = 0
            self._failed = False
            return whole + _READ_OVERHEAD
        self._done = 0
        if self._piece(whole) < whole:
            return 0
        self._whole = 0
        # The one moment at which the table is looked at: its length may be another by now.
        count = self._tables.read(table, offset, count, out, _DATA_AT, self.level)
        return count if count < 0 else _finish_read(out, count)

    def _write(self, buf, start, length, out):
        return self._store(buf, start, length, 5, -1)

    def _write_offset(self, buf, start, length, out):
        if length < 6:
            return -codes.ERR
        offset = buf[start + 3] << 16 | _word(buf, start + 4)
        return self._store(buf, start, length, 8, offset)

    def _write_index(self, buf, start, length, out):
        head = 5 + 2 * (buf[start] & 0x0F)
        count = length - head - 1
        if count < 0:
            return -codes.ERR
        table = _word(buf, start + 1)
        indices = _words(buf, start + 3, start + head - 2)
        # As many elements as the octets make, and they must be whole.
        offset, octets = self._tables.locate(table, indices, 0, count)
        if octets < 0:
            self._tables.refused(table, -octets)
            return octets
        return self._store(buf, start, length, head, offset)

    def _store(self, buf, start, length, head, offset):
        # `head` octets, of which the last two count the data, then the data and its checksum.
        count = length - head - 1
        at = start + head
        if count < 0 or _word(buf, at - 2) != count:
            return -codes.ERR
        if checksum(buf, at, at + count) != buf[at + count]:
            self._tables.refused(_word(buf, start + 1), codes.ERR)
            return -codes.ERR
        result = self._tables.write(_word(buf, start + 1), offset, buf, at, count, self.level)
        self._writing = result > 0
        return min(result, 0)


def _finish_read(out, count):
    # What stands around the data of a read; returns the length of the response.
    out[0] = codes.OK
    out[1] = count >> 8
    out[2] = count & 0xFF
    out[_DATA_AT + count] = checksum(out, _DATA_AT, _DATA_AT + count)
    return count + _READ_OVERHEAD


# code: (states, length of the request or any, service)
_SERVICES = {
    codes.IDENTIFY: (_ANY_STATE, 1, Session._identify),
    codes.TERMINATE: (_ANY_STATE, 1, Session._terminate),
    codes.READ: (SESSION, 3, Session._read),
    codes.READ_DEFAULT: (SESSION, 1, Session._read_default),
    codes.READ_OFFSET: (SESSION, 8, Session._read_offset),
    codes.WRITE: (SESSION, _ANY_LENGTH, Session._write),
    codes.WRITE_OFFSET: (SESSION, _ANY_LENGTH, Session._write_offset),
    _READ_INDEX: (SESSION, _ANY_LENGTH, Session._read_index),
    _WRITE_INDEX: (SESSION, _ANY_LENGTH, Session._write_index),
    codes.LOGON: (ID, 3 + codes.USER_LENGTH, Session._logon),
    codes.SECURITY: (SESSION, 1 + codes.PASSWORD_LENGTH, Session._security),
    codes.LOGOFF: (SESSION, 1, Session._logoff),
    codes.WAIT: (ID | SESSION, 2, Session._wait),
    codes.NEGOTIATE: (ID, _ANY_LENGTH, Session._negotiate),
}


def _service(code):
    # The services that count something in their low nibble are one each.
    kind = code & 0xF0
    if kind == codes.NEGOTIATE and code <= codes.NEGOTIATE + codes.NEGOTIATE_RATES:
        return kind
    if (kind == codes.READ or kind == codes.WRITE) and kind < code <= kind + codes.INDICES:
        return kind + 1
    return code


def _words(buf, at, end):
    return [_word(buf, i) for i in range(at, end, 2)]


def _word(buf, at):
    return buf[at] << 8 | buf[at + 1]
