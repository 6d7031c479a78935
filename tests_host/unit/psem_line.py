"""A line between the reader's client and a meter on the bench that does to bytes what lines do."""

from collections import Counter, deque

from picometer.reader.client import Client
from tests_host.unit.psem_bench import Bench, FakeTables

LOSE, TWICE, REPLAY = "lose", "twice", "replay"
_PACE_MS = 1  # a character, about


class CountingTables(FakeTables):
    """Notes every write that is executed."""

    def __init__(self):
        super().__init__()
        self.written = Counter()

    def write(self, table, offset, data, at, count, level):
        result = super().write(table, offset, data, at, count, level)
        if result == 0:
            self.written[bytes(data[at : at + count])] += 1
        return result


class Line:
    """A pyserial-like port. Bytes keep their order, and take a millisecond each.

    `faults` maps the index of a byte, both directions counted together as they are sent, to what
    becomes of it: LOSE, TWICE, REPLAY of all that its sender has sent since it began, an int that
    garbles it, or a float of milliseconds by which it and all behind it are late.
    """

    def __init__(self, bench, faults):
        self.bench = bench
        self.faults = faults
        self.timeout = 1
        self.baudrate = 9600
        self.carried = 0
        self.elapsed_ms = 0
        self._to_meter = deque()
        self._to_client = deque()
        self._sent = {id(self._to_meter): b"", id(self._to_client): b""}
        self._inbox = bytearray()

    def clear(self):
        """What is late comes now; from now on nothing happens to any byte."""
        self.faults = {}
        while self._to_meter or self._to_client:
            self._pass(1)

    def write(self, data):
        self._sent[id(self._to_meter)] = b""
        for byte in data:
            self._send(byte, self._to_meter)
        self._pass(len(data) * _PACE_MS)
        return len(data)

    def read(self, size=1):
        left = round(self.timeout * 1000)
        while len(self._inbox) < size and left > 0:
            self._pass(1)
            left -= 1
        taken = bytes(self._inbox[:size])
        del self._inbox[:size]
        return taken

    def reset_input_buffer(self):
        self._inbox.clear()

    def close(self):
        pass

    def silence(self, ms):
        """Nobody sends anything."""
        self._pass(ms)

    def _send(self, byte, queue):
        before = self._sent[id(queue)]
        fault = self.faults.get(self.carried)
        self.carried += 1
        last = queue[-1][0] if queue else self.elapsed_ms
        when = max(last, self.elapsed_ms) + _PACE_MS
        bytes_sent = [byte]
        if fault == LOSE:
            bytes_sent = []
        elif fault == TWICE:
            bytes_sent = [byte, byte]
        elif fault == REPLAY:
            bytes_sent = [byte, *before, byte]
        elif isinstance(fault, float):
            when += int(fault)
        elif fault is not None:
            bytes_sent = [byte ^ fault]
        queue.extend((when, b) for b in bytes_sent)
        self._sent[id(queue)] = before + bytes([byte])

    def _pass(self, ms):
        for _ in range(ms):
            self.elapsed_ms += 1
            while self._to_meter and self._to_meter[0][0] <= self.elapsed_ms:
                self.bench.put([self._to_meter.popleft()[1]])
            due = self.bench.link.next_ms(self.bench.now)
            if 0 <= due <= 1:
                self.bench.wait(1)
            else:
                self.bench.now = self.bench.now + 1 & 0x3FFFFFFF
            output = self.bench.take()
            if output:
                self._sent[id(self._to_client)] = b""
            for byte in output:
                self._send(byte, self._to_client)
            while self._to_client and self._to_client[0][0] <= self.elapsed_ms:
                self._inbox.append(self._to_client.popleft()[1])


def connect(faults, start_ms=0):
    """A bench whose tables count writes, a line to it, and a client at the other end."""
    bench = Bench(start_ms)
    bench.tables = CountingTables()
    bench.session._tables = bench.tables
    line = Line(bench, faults)
    return bench, line, Client(line)
