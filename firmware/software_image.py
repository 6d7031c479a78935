"""What an image consists of, by the manifest at the end of its region of the flash.

The manifest's layout: picometer.build.manifest. Segments follow one another from the first octet
of the flash to the manifest; each is of one part.
"""

from micropython import const

_HEAD = const(8)  # octets: magic, format, number of parts, number of segments
_FORMAT = b"PMSW\x01\x03"
_COUNT_AT = const(6)
_PART_OCTETS = const(68)
_SHA256_AT = const(4)  # of a part's
_SEGMENTS_AT = const(212)
_MOST_SEGMENTS = const(256)
_DIGEST_AT = const(4064)
_DIGEST = const(32)
_LEGAL = const(1)  # part that octets are of which nothing is known about


class ImageSource:
    """See firmware.software; `flash` is as boards.pico_meter.flash has it."""

    def __init__(self, flash):
        self._flash = flash
        self._word = bytearray(4)
        self._part = -1
        self._count = 0  # segments; none while the manifest is not trusted
        self._next = 0  # segment to look at
        self._reached = 0  # end of the one before
        self._at = self._end = 0  # what is left of the present one
        self._filled = 0

    def begin(self, stream):
        """See firmware.software."""
        self._part = stream - 1
        self._next = self._reached = 0
        self._at = self._end = 0
        if stream == 0:
            self._next = self._count
            self._at = self._flash.manifest_at
            self._end = self._at + _DIGEST_AT
        elif self._count == 0 and self._part == _LEGAL:
            self._end = self._flash.manifest_at

    def fill(self, buf):
        """See firmware.software."""
        # In small functions, whose frames need no heap: see firmware.scheduler.
        self._filled = 0
        while self._filled < len(buf) and (self._at < self._end or self._find()):
            self._put(buf)
        return self._filled

    def _put(self, buf):
        count = min(self._end - self._at, len(buf) - self._filled)
        self._flash.copy(self._at, buf, self._filled, count)
        self._at += count
        self._filled += count

    def expected(self, stream):
        """See firmware.software."""
        if stream == 0:
            return self._octets(_DIGEST_AT, _DIGEST)
        return self._octets(_HEAD + (stream - 1) * _PART_OCTETS + _SHA256_AT, _DIGEST)

    def trust(self, good):
        """See firmware.software."""
        count = self._octets(_COUNT_AT, 2)
        count = count[0] | count[1] << 8
        good = good and self._octets(0, len(_FORMAT)) == _FORMAT and count <= _MOST_SEGMENTS
        self._count = count if good else 0

    def _find(self):
        # The next segment of the part.
        while self._next < self._count:
            start = self._reached
            self._read_word(_SEGMENTS_AT + 4 * self._next)
            word = self._word
            self._reached = word[1] | word[2] << 8 | word[3] << 16
            self._next += 1
            if word[0] == self._part:
                self._at = start
                self._end = self._reached
                return True
        return False

    def _read_word(self, at):
        self._flash.copy(self._flash.manifest_at + at, self._word, 0, 4)

    def _octets(self, at, count):
        octets = bytearray(count)
        self._flash.copy(self._flash.manifest_at + at, octets, 0, count)
        return bytes(octets)
