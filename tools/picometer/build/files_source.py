"""Reads the octets of software that runs from its sources, by the text that `manifest` writes.

The octets of a part are those of its files in the order of their paths, each behind its path and
a line feed. The virtual meter on CPython looks at them; a board has an image. Standard library
only, like `files`.
"""

from collections.abc import Iterator
from pathlib import Path

_LAST_LINE = 65  # octets: SHA-256, hexadecimal, and a line feed
_NONE = bytes(32)  # which no octets have for their SHA-256


class FilesSource:
    """See firmware.software. A file that is not there, or cannot be read, has no octets.

    folder    that the paths are below
    manifest  its path
    """

    def __init__(self, folder: Path, manifest: Path) -> None:
        self._folder = folder
        self._manifest = manifest
        self._lines: list[bytes] = []  # of the manifest, once it has been found good
        self._body = b""  # what its SHA-256 is of
        self._pieces: Iterator[bytes] = iter(())
        self._piece = memoryview(b"")
        self._expected = _NONE

    def begin(self, stream: int) -> None:
        """See firmware.software."""
        self._expected = _NONE
        self._piece = memoryview(b"")
        self._pieces = self._of_part(stream - 1) if stream else self._of_manifest()

    def fill(self, buf: bytearray) -> int:
        """See firmware.software."""
        while not self._piece:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._piece = memoryview(piece)
        count = min(len(buf), len(self._piece))
        buf[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count

    def expected(self, stream: int) -> bytes:
        """See firmware.software."""
        return self._expected

    def trust(self, good: bool) -> None:
        """See firmware.software."""
        self._lines = self._body.split(b"\n") if good else []

    def _of_manifest(self) -> Iterator[bytes]:
        octets = _octets(self._manifest)
        self._body, last = octets[:-_LAST_LINE], octets[-_LAST_LINE:]
        self._expected = _digest_in(last)
        yield self._body

    def _of_part(self, number: int) -> Iterator[bytes]:
        # A line of the part has its number, then its version and SHA-256, or the path of a file.
        for line in self._lines:
            words = line.split()
            if words[:1] != [b"%d" % number]:
                continue
            if len(words) == 2:
                yield words[1] + b"\n"
                yield _octets(self._folder / words[1].decode())
            else:
                self._expected = bytes.fromhex(words[2].decode())


def _octets(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _digest_in(line: bytes) -> bytes:
    # _NONE when it is not to the letter what it should be.
    try:
        digest = bytes.fromhex(line.decode())
    except ValueError:
        return _NONE
    return digest if digest.hex().encode() + b"\n" == line else _NONE
