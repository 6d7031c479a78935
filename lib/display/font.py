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

# The characters from the first to the last; "." is drawn by the decimal points.
_TABLE = (
    b"\x40\x00\x52"  # - . /
    b"\x3f\x06\x5b\x4f\x66\x6d\x7d\x07\x7f\x6f"  # 0 to 9
    b"\0\0\0\0\0\0\0"
    b"\x77\x7c\x39\x5e\x79\x71\x3d\x76\x06\x1e\x75\x38\x37"  # A b C d E F G H I J K L M
    b"\x54\x3f\x73\x67\x50\x6d\x78\x3e\x1c\x7e\x64\x6e\x5b"  # n O P q r S t U v W X y Z
    b"\0\0\0\0\x08\0"  # _
    b"\x77\x7c\x58\x5e\x79\x71\x3d\x74\x04\x1e\x75\x38\x37"  # A b c d E F G h i J K L M
    b"\x54\x5c\x73\x67\x50\x6d\x78\x1c\x1c\x7e\x64\x6e\x5b"  # n o P q r S t u v W X y Z
)


def shape(character):
    """The segments of an ASCII code; what has no shape is blank."""
    if _FIRST <= character <= _LAST:
        return _TABLE[character - _FIRST]
    return BLANK
