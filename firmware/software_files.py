"""What software that runs from files consists of, by the manifest beside them.

The manifest is text (picometer.build.manifest): a line for the format; of each part its number,
version and SHA-256; of each file the number of its part and its path; and the SHA-256 of the lines
before. The octets of a part are those of its files in the order of their paths, each behind its
path and a line feed. The files are what the next start will load: what runs was loaded from them.
"""

import sys
from binascii import hexlify, unhexlify

from micropython import const

_LAST_LINE = const(65)  # SHA-256, hexadecimal, and a line feed
_DIGEST = const(32)
_MAIN = "main.py"  # lies at the top, whatever folder the firmware is in
_END = const(2)  # whence a seek counts
_ZERO = const(0x30)  # the digit
_SPACE = const(0x20)


class FilesSource:
    """See firmware.software. A file that is not there, or cannot be read, has no octets.

    folder    that the paths are below; "" for the one that the firmware was loaded from
    manifest  path of the manifest; a name in that folder when `folder` is ""
    """

    def __init__(self, folder, manifest):
        self._main = folder + "/" + _MAIN
        if not folder:
            folder = sys.path[0]
            manifest = folder + "/" + manifest
        self._folder = folder
        self._manifest = manifest
        self._good = False  # the manifest
        self._stream = 0
        self._left = 0  # octets of the manifest before its last line that are to be read
        self._at = 0  # where its next line begins
        self._expected = bytes(_DIGEST)
        self._file = None

    def begin(self, stream):
        """See firmware.software."""
        self._close()
        self._stream = stream
        self._at = 0
        self._expected = bytes(_DIGEST)
        if stream == 0:
            self._file = _opened(self._manifest)
            self._left = self._size()

    def fill(self, buf):
        """See firmware.software."""
        if self._stream == 0:
            count = self._read(buf) if self._left >= len(buf) else self._read(self._rest(buf))
            self._left -= count
            return count
        count = self._read(buf)
        if count == 0:
            path = self._next()
            if path is not None:
                count = len(path) + 1
                buf[:count] = path + b"\n"
        return count

    def expected(self, stream):
        """See firmware.software."""
        if stream == 0:
            self._expected = self._last_line()
        self._close()
        return self._expected

    def _last_line(self):
        # Zeros, which no file has for its SHA-256, when it is not to the letter what it should be.
        try:
            line = self._file.read(_LAST_LINE)
            digest = unhexlify(line[:-1])
        except (OSError, ValueError, AttributeError):
            return bytes(_DIGEST)
        return digest if hexlify(digest) + b"\n" == line else bytes(_DIGEST)

    def trust(self, good):
        """See firmware.software."""
        self._good = good

    def _next(self):
        # Opens the part's next file and returns its path, or None when that was the last.
        self._close()
        if not self._good:
            return None
        manifest = _opened(self._manifest)
        if manifest is None:
            return None
        manifest.seek(self._at)
        path = self._find(manifest)
        manifest.close()
        if path is not None:
            name = path.decode()
            self._file = _opened(self._main if name == _MAIN else self._folder + "/" + name)
        return path

    def _find(self, manifest):
        # The path in the next line that has one; what the part is to be stands before.
        while True:
            line = manifest.readline()
            self._at += len(line)
            if not line.endswith(b"\n") or len(line) == _LAST_LINE:
                return None
            if line[0] - _ZERO == self._stream - 1 and line[1] == _SPACE:
                words = line.split()
                if len(words) == 2:
                    return words[1]
                self._expected = unhexlify(words[2])

    def _read(self, buf):
        if self._file is None:
            return 0
        try:
            return self._file.readinto(buf)
        except OSError:
            return 0

    def _rest(self, buf):
        return memoryview(buf)[: max(0, self._left)]

    def _size(self):
        if self._file is None:
            return 0
        size = self._file.seek(0, _END)
        self._file.seek(0)
        return size - _LAST_LINE

    def _close(self):
        if self._file is not None:
            self._file.close()
        self._file = None


def _opened(path):
    try:
        return open(path, "rb")
    except OSError:
        return None
