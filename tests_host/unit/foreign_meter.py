"""A C12.18 meter of other make: a few tables behind a small responder of its own."""

import socket
import threading

_STP, _ACK, _NAK = 0xEE, 0x06, 0x15
_OK, _ERR, _SNS, _ISC, _ONP, _IAR = 0, 1, 2, 3, 4, 5


def crc(octets):
    """CRC-16/X-25, bit by bit."""
    value = 0xFFFF
    for octet in octets:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return (value ^ 0xFFFF).to_bytes(2, "little")


class ForeignMeter:
    """Takes bytes, gives bytes.

    tables      octets by number
    identity    answer to Identification
    negotiates  whether it knows Negotiate; if not, packets stay at 64 octets
    multiple    whether a message may be longer than one packet
    offsets     whether it reads by offset
    security    response code to Security
    refused     response codes of tables that are not given
    written     what was written: (table, octets)
    """

    def __init__(self, tables, identity=b"\x00\x00\x02\x00\x00", **options):
        self.tables = dict(tables)
        self.identity = identity
        self.negotiates = options.pop("negotiates", False)
        self.multiple = options.pop("multiple", False)
        self.offsets = options.pop("offsets", True)
        self.security = options.pop("security", _SNS)
        self.refused = options.pop("refused", {})
        assert not options, options
        self.written = []
        self.requests = []
        self._begin()

    def _begin(self):
        self._size = 64
        self._buffer = bytearray()
        self._toggle = 0
        self._pending = []

    def feed(self, data):
        """What comes back for `data`."""
        self._buffer += data
        out = b""
        while self._buffer:
            if self._buffer[0] == _ACK:
                del self._buffer[0]
                if self._pending:
                    self._pending.pop(0)
                    out += self._pending[0] if self._pending else b""
            elif self._buffer[0] == _NAK:
                del self._buffer[0]
                out += self._pending[0] if self._pending else b""
            elif self._buffer[0] != _STP:
                del self._buffer[0]
            else:
                length = int.from_bytes(self._buffer[4:6], "big")
                if len(self._buffer) < 6 or len(self._buffer) < length + 8:
                    break
                frame = bytes(self._buffer[: length + 8])
                del self._buffer[: length + 8]
                out += self._take(frame)
        return out

    def _take(self, frame):
        if crc(frame[:-2]) != frame[-2:]:
            return bytes([_NAK])
        self._pending = self._packets(self.answer(frame[6:-2]))
        return bytes([_ACK]) + self._pending[0]

    def _packets(self, message):
        room = self._size - 8
        slices = [message[i : i + room] for i in range(0, len(message), room)]
        packets = []
        for i, data in enumerate(slices):
            control = 0x80 | (0x40 if i == 0 else 0) if len(slices) > 1 else 0
            head = bytes([_STP, 0, control | self._toggle, len(slices) - 1 - i])
            head += len(data).to_bytes(2, "big") + data
            packets.append(head + crc(head))
            self._toggle ^= 0x20
        return packets

    def answer(self, request):
        """The response to a request."""
        self.requests.append(request)
        service = request[0]
        if service == 0x20:
            return self.identity
        if service == 0x21:
            self._size = 64
            return bytes([_OK])
        if 0x60 <= service <= 0x6B:
            if not self.negotiates:
                return bytes([_SNS])
            self._size = min(1024, int.from_bytes(request[1:3], "big"))
            return bytes([_OK]) + self._size.to_bytes(2, "big") + b"\x01\x06"
        if service == 0x50:
            return bytes([_OK])
        if service == 0x51:
            return bytes([self.security])
        if service in (0x30, 0x3F, 0x40):
            return self._access(service, request)
        return bytes([_SNS])

    def _access(self, service, request):
        number = int.from_bytes(request[1:3], "big")
        if number in self.refused:
            return bytes([self.refused[number]])
        if service == 0x40:
            count = int.from_bytes(request[3:5], "big")
            self.written.append((number, request[5 : 5 + count]))
            return bytes([_OK])
        if number not in self.tables:
            return bytes([_IAR])
        octets = self.tables[number]
        if service == 0x3F:
            if not self.offsets:
                return bytes([_SNS])
            offset = int.from_bytes(request[3:6], "big")
            count = int.from_bytes(request[6:8], "big")
            if offset + count > len(octets):
                return bytes([_ONP])
            octets = octets[offset : offset + count]
        if len(octets) + 4 > self._size - 8 and not self.multiple:
            return bytes([_ONP])
        checksum = -sum(octets) & 0xFF
        return bytes([_OK]) + len(octets).to_bytes(2, "big") + octets + bytes([checksum])


class ForeignPort:
    """The port of a meter in this process, like pyserial's. `echo`: the probe reflects."""

    def __init__(self, meter, echo=False):
        self.meter = meter
        self.timeout = None
        self.baudrate = 9600
        self._echo = echo
        self._received = bytearray()

    def write(self, data):
        if self._echo:
            self._received += data
        self._received += self.meter.feed(data)
        return len(data)

    def read(self, size=1):
        data = bytes(self._received[:size])
        del self._received[:size]
        return data

    def reset_input_buffer(self):
        if not self._echo:  # an echo may come late
            self._received.clear()

    def close(self):
        pass


class Served:
    """Something that feeds on bytes at a TCP port; a context manager that gives the URL.

    make  makes it anew for each connection
    """

    def __init__(self, make):
        self._make = make
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self.url

    def __exit__(self, *_):
        self._server.close()

    def _serve(self):
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            fed = self._make()
            with client:
                try:
                    while data := client.recv(4096):
                        client.sendall(fed.feed(data))
                except OSError:
                    continue
