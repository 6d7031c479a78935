"""Every file and every octet of a build is of one part of the software, and a manifest says so."""

import hashlib
import re
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware import identity as firmware_identity
from picometer.build import manifest, parts, symbols
from picometer.build.board import SECTOR_BYTES, flash_map
from picometer.build.files import ROOT
from picometer.build.image import BOARD_DIR
from picometer.build.manifest import BLOCK_BYTES, BadManifest, Block
from picometer.build.parts import LEGAL, MEASUREMENT, REST, Part
from picometer.errors import UserError

SEGMENTS = [(100, LEGAL), (256, MEASUREMENT), (300, REST), (4096, LEGAL)]
DOCS = (ROOT / "docs" / "software.md").read_text()


# --- which part a file is of ---


def test_every_source_is_of_one_part_and_every_part_has_some():
    found = [parts.sources(part) for part in (MEASUREMENT, LEGAL, REST)]
    assert sorted(sum(found, [])) == parts.sources()
    assert all(found)


@pytest.mark.parametrize("begin", [*parts._MEASUREMENT, *parts._REST])
def test_every_line_of_the_table_names_something_and_is_documented(begin):
    assert any(path.startswith(begin) for path in parts.sources())
    assert f"`{begin}`" in DOCS


def test_what_protects_or_shows_is_legally_relevant():
    for path in (
        "firmware/software.py",
        "firmware/log.py",
        "lib/display/font.py",
        "lib/psem/crc.py",
    ):
        assert parts.part_of(path) == LEGAL
    assert parts.part_of("lib/nobody/thought_of.py") == LEGAL


def test_versions_are_those_that_the_firmware_tells():
    versions = tuple(parts.version_of(part) for part in (MEASUREMENT, LEGAL, REST))
    assert versions == firmware_identity.VERSIONS


def test_a_changed_source_changes_its_part_and_no_other(tmp_path):
    for path in parts.sources():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes((ROOT / path).read_bytes())
    before = [parts.source_digest(part, tmp_path) for part in range(3)]
    assert before == [parts.source_digest(part) for part in range(3)]
    with (tmp_path / "lib/metrology/tick.py").open("a") as file:
        file.write("\n")
    after = [parts.source_digest(part, tmp_path) for part in range(3)]
    assert [a == b for a, b in zip(before, after, strict=True)] == [False, True, True]


# --- the manifest of an image ---


def block():
    made = [Part((n, 7), bytes((n,)) * 32, bytes((n + 9,)) * 32) for n in range(3)]
    return Block(made, SEGMENTS)


def test_what_is_packed_is_unpacked():
    sector = manifest.pack(block())
    assert len(sector) == BLOCK_BYTES == SECTOR_BYTES
    assert manifest.unpack(sector) == block()


@given(at=st.integers(0, BLOCK_BYTES - 1), xor=st.integers(1, 255))
@settings(max_examples=200, deadline=None)
def test_a_manifest_with_any_octet_changed_is_none(at, xor):
    sector = bytearray(manifest.pack(block()))
    sector[at] ^= xor
    with pytest.raises(BadManifest):
        manifest.unpack(bytes(sector))


def test_more_segments_than_there_is_room_for_are_refused():
    many = [(n + 1, n % 2) for n in range(manifest.MOST_SEGMENTS + 1)]
    with pytest.raises(BadManifest, match="257 segments"):
        manifest.pack(Block(block().parts, many))


def test_each_octet_of_an_image_counts_in_its_part_alone():
    image = bytes(range(256)) * 16
    before = [manifest.part_digest(image, SEGMENTS, part) for part in range(3)]
    for at, part in ((0, LEGAL), (99, LEGAL), (100, MEASUREMENT), (299, REST), (4095, LEGAL)):
        changed = image[:at] + bytes((image[at] ^ 1,)) + image[at + 1 :]
        after = [manifest.part_digest(changed, SEGMENTS, number) for number in range(3)]
        assert [number for number in range(3) if before[number] != after[number]] == [part], at


def test_an_image_is_sealed_at_the_end_of_its_region():
    sealed = manifest.seal_image(b"\1" * 4000, 8192, SEGMENTS, ROOT)
    assert len(sealed) == 8192
    assert sealed[4000:4096] == b"\xff" * 96
    found = manifest.unpack(sealed[4096:])
    assert found.segments == SEGMENTS
    measurement = hashlib.sha256(sealed[100:256]).digest()
    assert found.parts[MEASUREMENT].sha256 == measurement
    assert found.parts[LEGAL].sources == parts.source_digest(LEGAL)
    with pytest.raises(BadManifest, match="room for 4096"):
        manifest.seal_image(b"\1" * 4097, 8192, SEGMENTS, ROOT)


def test_an_image_that_is_not_as_its_manifest_says_is_named():
    sealed = bytearray(manifest.seal_image(b"\1" * 4000, 8192, SEGMENTS, ROOT))
    assert [part.version for part in manifest.parts_of(sealed)] == list(firmware_identity.VERSIONS)
    sealed[200] ^= 1
    with pytest.raises(BadManifest, match="measurement"):
        manifest.parts_of(sealed)


def test_the_firmware_looks_for_it_where_the_build_puts_it():
    text = (BOARD_DIR / "flash.py").read_text()
    at = int(re.search(r"^MANIFEST_AT = const\((0x\w+)\)", text, re.M)[1], 16)
    assert at == flash_map(BOARD_DIR)[0].end - BLOCK_BYTES


# --- release manifests ---


def test_a_release_manifest_keeps_the_forms_of_the_same_sources(tmp_path):
    path = tmp_path / "picometer.json"
    made = manifest.files_parts(ROOT, {"lib/metrology/tick.py": MEASUREMENT}, ROOT)
    manifest.release(path, manifest.PRODUCTION, made, ROOT)
    manifest.release(path, manifest.IMAGE, made, ROOT)
    forms = manifest.read_release(path)
    assert set(forms) == {manifest.PRODUCTION, manifest.IMAGE, manifest.SOURCES}
    assert forms[manifest.PRODUCTION] == made
    other = [Part(part.version, part.sha256, bytes(32)) for part in made]
    manifest.release(path, manifest.IMAGE, other, ROOT)
    assert set(manifest.read_release(path)) == {manifest.IMAGE, manifest.SOURCES}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "software": 3}'])
def test_what_is_no_release_manifest_is_named(tmp_path, text):
    path = tmp_path / "picometer.json"
    path.write_text(text)
    with pytest.raises(BadManifest, match=re.escape(str(path))):
        manifest.read_release(path)


# --- where the parts lie in an ELF file ---


def elf(entries):
    """An ELF file with a symbol table: (name, address, size)."""
    names, table = b"\0", bytes(16)
    for name, address, size in entries:
        table += struct.pack("<IIIBBH", len(names), address, size, 1, 0, 1)
        names += name.encode() + b"\0"
    table_at, names_at = 52, 52 + len(table)
    sections = struct.pack("<10I", 0, 2, 0, 0, table_at, len(table), 1, 0, 4, 16)
    sections += struct.pack("<10I", 0, 3, 0, 0, names_at, len(names), 0, 0, 1, 0)
    head = b"\x7fELF\x01\x01".ljust(32, b"\0") + struct.pack("<I", names_at + len(names))
    head = head.ljust(48, b"\0") + struct.pack("<H", 2)
    return head.ljust(52, b"\0") + table + names + sections


class Source:
    def __init__(self, source, frozen):
        self.source, self.frozen = source, frozen


FILES = [
    Source("lib/metrology/tick.py", "metrology/tick.py"),
    Source("lib/metrology/tick_viper.py", "metrology/tick_viper.py"),
    Source("lib/pcf8574/__init__.py", "pcf8574/__init__.py"),
    Source("firmware/log.py", "firmware/log.py"),
]
SYMBOLS = [
    ("mp_vm", 0x100, 0x80),
    ("fun_data_metrology_tick_viper_metrology_slash_tick_viper_dot_py", 0x1A0, 0x20),
    ("frozen_module_pcf8574___init__", 0x200, 12),
    ("fun_data_pcf8574___init___Pcf8574", 0x20C, 5),
    ("frozen_module_metrology_tick_viper", 0x214, 12),
    ("frozen_module_metrology_tick", 0x240, 12),
    ("proto_fun_metrology_tick_bill", 0x24C, 12),
    ("__compound_literal.3", 0x258, 4),
    ("frozen_module_firmware_log", 0x280, 12),
]


def segments_of(tmp_path, entries, files=FILES):
    path = tmp_path / "a.elf"
    path.write_bytes(elf(entries))
    return symbols.segments(path, files, 0, 0x1000)


def test_modules_and_native_functions_are_found_and_all_else_is_legally_relevant(tmp_path):
    assert segments_of(tmp_path, SYMBOLS) == [
        (0x1A0, LEGAL),
        (0x1C0, MEASUREMENT),
        (0x200, LEGAL),
        (0x214, REST),
        (0x280, MEASUREMENT),
        (0x1000, LEGAL),
    ]


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        (SYMBOLS[:-1], "without firmware_log"),
        ([], "without firmware_log"),
        ([*SYMBOLS, ("fun_data_firmware_log_Log", 0x230, 4)], "lies within"),
        ([*SYMBOLS, ("proto_fun_metrology_tick_late", 0x20F, 4)], "lies within"),
    ],
)
def test_modules_that_do_not_lie_as_expected_end_the_build(tmp_path, entries, why):
    with pytest.raises(UserError, match=why):
        segments_of(tmp_path, entries)


def test_the_last_module_may_be_of_no_part_of_its_own(tmp_path):
    with pytest.raises(UserError, match="nothing tells where"):
        segments_of(tmp_path, [*SYMBOLS, ("frozen_module_zz", 0x300, 12)], [*FILES, _last()])


def _last():
    return Source("lib/metrology/zz.py", "zz.py")


@pytest.mark.parametrize("octets", [b"", b"\x7fELF\x02\x01" + bytes(60), b"\x7fELF\x01\x01"])
def test_a_file_that_is_no_elf_file_is_named(tmp_path, octets):
    path = tmp_path / "a.elf"
    path.write_bytes(octets)
    with pytest.raises(UserError, match="a.elf"):
        symbols.segments(path, FILES, 0, 0x1000)
