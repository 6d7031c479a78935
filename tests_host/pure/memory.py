"""A memory of bytes that can stop taking writes, for journals."""

from struct import pack


class Cut(Exception):
    """The power went during a write."""


class Memory:
    """`write` takes `budget` more bytes and then raises Cut; None: any number."""

    def __init__(self, size):
        self.data = bytearray(size)
        self.budget = None

    def write(self, address, buf):
        octets = b"".join([pack("<I", word) for word in buf])
        room = len(octets)
        if self.budget is not None:
            room = min(room, self.budget)
            self.budget -= room
        self.data[address : address + room] = octets[:room]
        if room < len(octets):
            raise Cut

    def readinto(self, address, buf):
        for i in range(len(buf)):
            at = address + 4 * i
            low = self.data[at] | self.data[at + 1] << 8
            buf[i] = low | (self.data[at + 2] | self.data[at + 3] << 8) << 16
