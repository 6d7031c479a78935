"""Manifests: what the software of a build is, part by part, for the meter and for its reader.

An image carries its manifest in the last sector of its region of the flash, the block:

    octets  little-endian
    0       "PMSW"
    4       1, the format; number of parts, 3; number of segments as UINT16
    8       of each part: version, revision, 2 zeros, SHA-256 of the part, SHA-256 of its sources
    212     of each segment: the offset of its end in the flash * 256 + its part, UINT32
    ...     zeros
    3936    zeros: room for the signature of what is before
    4064    SHA-256 of all before

Segments follow one another from the first octet of the flash to this sector, so that each octet is
of one part. The SHA-256 of a part is that of its segments, one after the other. Behind the image
the flash is erased, which belongs to the image.

Sources that run themselves, as in the virtual meter, have it as a text, `software.txt`: see
`files_source`. Standard library only, like `files`.
"""

import hashlib
import json
import struct
from dataclasses import dataclass
from pathlib import Path

from picometer.build.parts import (
    NAMES,
    Part,
    files_digest,
    part_of,
    source_digest,
    sources,
    version_of,
)

FILE_NAME = "software.txt"
RELEASE_NAME = "picometer.json"
# Forms in which the software runs.
IMAGE, PRODUCTION, SOURCES = "image", "production", "sources"

BLOCK_BYTES = 4096  # a sector
MAGIC = b"PMSW"
FORMAT = 1
PARTS_AT, SEGMENTS_AT, SIGNATURE_AT, DIGEST_AT = 8, 212, 3936, 4064
MOST_SEGMENTS = 256
_HEAD = struct.Struct("<4sBBH")
_PART = struct.Struct("<BBH32s32s")
_HEX = 64

Segments = list[tuple[int, int]]  # end, part


@dataclass(frozen=True)
class Block:
    """The manifest of an image."""

    parts: list[Part]
    segments: Segments


class BadManifest(ValueError):
    """It is none, or damaged; says why."""


def pack(block: Block) -> bytes:
    """The sector."""
    head = _HEAD.pack(MAGIC, FORMAT, len(block.parts), len(block.segments))
    parts = b"".join(_PART.pack(*p.version, 0, p.sha256, p.sources) for p in block.parts)
    words = [end << 8 | part for end, part in block.segments]
    body = head + parts + struct.pack(f"<{len(words)}I", *words)
    if len(words) > MOST_SEGMENTS:
        raise BadManifest(f"{len(words)} segments, and there is room for {MOST_SEGMENTS}")
    body = body.ljust(DIGEST_AT, b"\0")
    return body + hashlib.sha256(body).digest()


def unpack(sector: bytes) -> Block:
    """What `pack` packed; BadManifest."""
    if len(sector) != BLOCK_BYTES or sector[:4] != MAGIC:
        raise BadManifest("no manifest")
    if hashlib.sha256(sector[:DIGEST_AT]).digest() != sector[DIGEST_AT:]:
        raise BadManifest("damaged manifest")
    _, form, parts, count = _HEAD.unpack_from(sector)
    if (form, parts) != (FORMAT, len(NAMES)) or count > MOST_SEGMENTS:
        raise BadManifest(f"a manifest of format {form}, and {FORMAT} is known")
    found = []
    for number in range(parts):
        version, revision, _, sha256, sources = _PART.unpack_from(
            sector, PARTS_AT + number * _PART.size
        )
        found.append(Part((version, revision), sha256, sources))
    words = struct.unpack_from(f"<{count}I", sector, SEGMENTS_AT)
    return Block(found, [(word >> 8, word & 0xFF) for word in words])


def part_digest(image: bytes, segments: Segments, part: int) -> bytes:
    """SHA-256 of a part's segments of an image, in their order."""
    total = hashlib.sha256()
    start = 0
    for end, of in segments:
        if of == part:
            total.update(image[start:end])
        start = end
    return total.digest()


def parts_of(image: bytes) -> list[Part]:
    """The parts of an image that has its manifest; BadManifest when it is not as that says."""
    block = unpack(image[-BLOCK_BYTES:])
    for number, part in enumerate(block.parts):
        if part_digest(image, block.segments, number) != part.sha256:
            raise BadManifest(f"altered: {NAMES[number]} is not what the manifest says")
    return block.parts


def seal_image(image: bytes, region: int, segments: Segments, root: Path) -> bytes:
    """A linked image, with erased flash behind it and its manifest at the end of its region."""
    room = region - BLOCK_BYTES
    if len(image) > room:
        raise BadManifest(f"{len(image)} bytes, and the board has room for {room}")
    image = image.ljust(room, b"\xff")
    parts = [
        Part(version_of(n, root), part_digest(image, segments, n), source_digest(n, root))
        for n in range(len(NAMES))
    ]
    return image + pack(Block(parts, segments))


def files_parts(folder: Path, files: dict[str, int], root: Path) -> list[Part]:
    """The parts of what runs from files: their paths below `folder`, and whose part each is."""
    return [
        Part(
            version_of(n, root),
            files_digest(folder, [path for path, part in files.items() if part == n]),
            source_digest(n, root),
        )
        for n in range(len(NAMES))
    ]


def write_files(
    out: Path, folder: Path, files: dict[str, int], root: Path | None = None
) -> list[Part]:
    """Write the manifest of files into the folder `out`; returns the parts.

    A line each for the format, each part (number, version, SHA-256), each file (number of its
    part, path), sorted, and the SHA-256 of the lines before.
    """
    parts = files_parts(folder, files, root or folder)
    lines = [f"picometer {FORMAT}\n"]
    lines += [f"{n} {p.version_text} {p.sha256.hex()}\n" for n, p in enumerate(parts)]
    lines += [f"{part} {path}\n" for path, part in sorted(files.items(), key=_by_part)]
    text = "".join(lines)
    text += hashlib.sha256(text.encode()).hexdigest() + "\n"
    (out / FILE_NAME).write_bytes(text.encode())
    return parts


def _by_part(file: tuple[str, int]) -> tuple[int, str]:
    return file[1], file[0]


def release(path: Path, form: str, parts: list[Part], root: Path) -> None:
    """Put one form of the software, and its sources, into the release manifest at `path`, JSON.

    Other forms stay when they were built of the same sources.
    """
    running = files_parts(root, {name: part_of(name) for name in sources(None, root)}, root)
    forms = _of_same_sources(path, parts) | {form: parts, SOURCES: running}
    told = {
        name: {
            NAMES[n]: {
                "version": part.version_text,
                "sha256": part.sha256.hex(),
                "sources": part.sources.hex(),
            }
            for n, part in enumerate(forms[name])
        }
        for name in sorted(forms)
    }
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps({"format": FORMAT, "software": told}, indent=2) + "\n")
    partial.replace(path)


def _of_same_sources(path: Path, parts: list[Part]) -> dict[str, list[Part]]:
    if not path.is_file():
        return {}
    try:
        forms = read_release(path)
    except BadManifest:
        return {}  # it is written anew
    made = [part.sources for part in parts]
    return {name: old for name, old in forms.items() if [p.sources for p in old] == made}


_LARGEST_RELEASE = 1 << 20  # octets, of which one has some thousands


def read_release(path: Path) -> dict[str, list[Part]]:
    """Form -> parts, of a release manifest; OSError, BadManifest."""
    try:
        with path.open("rb") as file:
            told = json.loads(file.read(_LARGEST_RELEASE))
        if told["format"] != FORMAT:
            raise BadManifest(f"{path}: format {told['format']}, and {FORMAT} is known")
        return {
            form: [_part(parts[name]) for name in NAMES]
            for form, parts in told["software"].items()
        }
    except BadManifest:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as e:
        raise BadManifest(f"{path}: no release manifest") from e


def _part(told: dict[str, str]) -> Part:
    version, revision = told["version"].split(".")
    digests = bytes.fromhex(told["sha256"]), bytes.fromhex(told["sources"])
    return Part((int(version), int(revision)), *digests)
