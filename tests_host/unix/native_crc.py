"""The native check codes equal their plain twins. Runs on MicroPython only."""

from array import array

import micropython

from journal import crc as seal
from journal import crc_plain as seal_plain
from journal import crc_viper as seal_viper
from psem import crc, crc_plain, crc_viper
from tests_host.pure.lcg import Lcg


def test_what_is_served_here_is_native():
    assert crc.crc16 is crc_viper.crc16 and crc.checksum is crc_viper.checksum
    assert seal.seal is seal_viper.seal


def test_crc16_of_any_part_of_any_buffer_from_any_start():
    random = Lcg(21)
    for length in list(range(20)) + [63, 64, 65, 255, 1024]:
        buf = random.octets(length + 8)
        start = random.below(8)
        register = random.below(0x10000)
        expected = crc_plain.crc16(buf, start, start + length, register)
        assert crc_viper.crc16(buf, start, start + length, register) == expected
        assert crc_viper.crc16(bytearray(buf), start, start + length, register) == expected
        assert crc_viper.crc16(buf, 0, length) == crc_plain.crc16(buf, 0, length)
    assert crc_viper.crc16(b"abc", 3, 1) == 0xFFFF  # nothing


def test_crc16_of_every_octet_on_every_register_octet():
    one = bytearray(1)
    for octet in range(256):
        one[0] = octet
        for register in (octet, octet ^ 0xFF, 0x8000, 0xFFFF, octet << 8):
            expected = crc_plain.crc16(one, 0, 1, register)
            assert crc_viper.crc16(one, 0, 1, register) == expected


def test_checksum_of_any_part():
    random = Lcg(22)
    for length in list(range(20)) + [255, 256, 257, 2000]:
        buf = random.octets(length + 8)
        start = random.below(8)
        expected = crc_plain.checksum(buf, start, start + length)
        assert crc_viper.checksum(buf, start, start + length) == expected
    ones = b"\xff" * 1000
    assert crc_viper.checksum(ones, 0, 1000) == crc_plain.checksum(ones, 0, 1000)


def test_seals_are_those_of_the_built_in_crc():
    random = Lcg(23)
    for words in list(range(12)) + [30, 126]:
        native = array("I", [random.extreme(32) for _ in range(words + 2)])
        plain = native[:]
        seal_viper.seal(native, words)
        seal_plain.seal(plain, words)
        assert native == plain
        assert seal_viper.is_sealed(plain, words)
        native[words] ^= 1 << random.below(31)
        kept = native[:]
        assert not seal_viper.is_sealed(native, words) and native == kept


def test_they_allocate_nothing():
    buf = bytes(range(256)) * 4
    record = array("I", (0xFFFFFFFF for _ in range(32)))
    crc16, checksum, close, is_closed = crc.crc16, crc.checksum, seal.seal, seal.is_sealed
    sealed = True
    micropython.heap_lock()
    try:
        for i in range(200):
            crc16(buf, i, 1000)
            checksum(buf, i, 1000)
            record[3] = i
            close(record, 30)
            sealed = sealed and is_closed(record, 30)
    finally:
        micropython.heap_unlock()
    assert sealed
