"""A small image with its manifest, and the duty on its own, for CPython and MicroPython alike."""

from array import array
from hashlib import sha256
from struct import pack

from firmware.record import Record
from firmware.software import IMAGE, PARTS, STREAMS, Software
from metrology import page as p
from metrology.faults import FaultSet

BLOCK = 4096


def manifest_of(copy, segments):
    """The sector that describes what `copy(at, buf, start, count)` gives: (end, part) in order."""
    parts = b""
    for part in range(PARTS):
        total = sha256()
        start = 0
        for end, of in segments:
            while of == part and start < end:
                buf = bytearray(min(512, end - start))
                copy(start, buf, 0, len(buf))
                total.update(buf)
                start += len(buf)
            start = end
        parts += bytes((1, part, 0, 0)) + total.digest() + bytes(32)
    words = array("I", [end << 8 | part for end, part in segments])
    body = pack("<4sBBH", b"PMSW", 1, PARTS, len(segments)) + parts + bytes(words)
    body += bytes(BLOCK - 32 - len(body))
    return body + sha256(body).digest()


class Flash:
    """An image of so many octets, none of which lies in memory; `changed` are others there."""

    def __init__(self, segments):
        self.manifest_at = segments[-1][0]
        self.changed = {}
        self._manifest = b""
        self._manifest = manifest_of(self.copy, segments)

    def copy(self, at, buf, start, count):
        manifest = at - self.manifest_at
        if manifest >= 0:
            buf[start : start + count] = self._manifest[manifest : manifest + count]
        else:
            for i in range(count):
                buf[start + i] = (at + i) * 7 & 0xFF
        for place in self.changed:
            if at <= place < at + count:
                buf[start + place - at] ^= self.changed[place]


class Log:
    """Log and guard, which keep what the duty tells; `answer` is what `record` answers."""

    def __init__(self):
        self.entries = []
        self.changes = []
        self.answer = 0

    def date_time(self):
        return bytes((7, 2, 1, 12, 0, 0))

    def add(self, code, actor, detail=0):
        self.entries.append((code, detail))
        return True

    def record(self, code, actor, parameter, old, new):
        self.changes.append((code, old, new))
        return self.answer


class Bench:
    """The duty over `source`, with all that it is built on; `memory` is a pure.memory.Memory."""

    def __init__(self, source, memory, form=IMAGE):
        self.faults = FaultSet(p.new_page(), p.FAULTS)
        self.log = Log()
        fields = (("versions", 2 * PARTS), ("digests", 32 * PARTS), ("altered", 1))
        self.record = Record(memory, 0, 2, 32, fields, b"\0")
        self.software = Software(form, source, self.record, self.faults, self.log, self.log)

    def look(self):
        """One pass; the state of each stream."""
        passes = self.software.passes
        left = 100000
        while left and self.software.passes == passes:
            self.software.step(0)
            left -= 1
        assert left, "no end of the pass"
        return [self.software.states[i] for i in range(STREAMS)]
