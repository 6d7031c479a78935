"""Seven-segment shapes of ASCII.

Bit 0 is segment a (top), then clockwise b, c, d, e, f; bit 6 is g (middle). Letters are
drawn as well as seven segments allow, each in the case that can be told from a digit where
there is one. K, M, V, W and X have no good shape and are conventional.
"""

from micropython import const

BLANK = const(0x00)
MINUS = const(0x40)
DIGITS = b"\x3f\x06\x5b\x4f\x66\x6d\x7d\x07\x7f\x6f\x77\x7c\x39\x5e\x79\x71"  # 0 to F

_FIRST = const(0x2D)  # "-"
_LAST = const(0x7A)  # "z"

# "-", ".", "/", the digits, then the letters; "." is drawn by the decimal points.
_PUNCTUATION = b"\x40\x00\x52"
_LETTERS = (
    b"\x77\x7c\x39\x5e\x79\x71\x3d\x76\x06\x1e\x75\x38\x37"  # A b C d E F G H I J K L M
    b"\x54\x3f\x73\x67\x50\x6d\x78\x3e\x1c\x7e\x64\x6e\x5b"  # n O P q r S t U v W X y Z
)
_LOWER_C = const(0x58)
_LOWER_H = const(0x74)
_LOWER_I = const(0x04)
_LOWER_O = const(0x5C)
_LOWER_U = const(0x1C)
_UNDERSCORE = const(0x08)


def _table():
    table = bytearray(_LAST - _FIRST + 1)
    for i in range(3):
        table[i] = _PUNCTUATION[i]
    for i in range(10):
        table[0x30 + i - _FIRST] = DIGITS[i]
    for i in range(26):
        table[0x41 + i - _FIRST] = _LETTERS[i]
        table[0x61 + i - _FIRST] = _LETTERS[i]
    for character, shape in (
        (0x5F, _UNDERSCORE),
        (0x63, _LOWER_C),
        (0x68, _LOWER_H),
        (0x69, _LOWER_I),
        (0x6F, _LOWER_O),
        (0x75, _LOWER_U),
    ):
        table[character - _FIRST] = shape
    return bytes(table)


_TABLE = _table()


def shape(character):
    """The segments of an ASCII code; what has no shape is blank."""
    if _FIRST <= character <= _LAST:
        return _TABLE[character - _FIRST]
    return BLANK
