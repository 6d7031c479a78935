"""Who may read and write what, and what a table may hold: told without any declaration."""

from hypothesis import strategies as st

NEVER = 9

# Who may read and write, by the issue of rights: identity, registers and clock are public.
READS = dict.fromkeys((0, 1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 15, 16, 20, 21, 22, 23, 25, 26), 0)
READS |= dict.fromkeys((27, 28, 50, 51, 52, 53, 55, 2048, 2049, 2052, 2055), 0)
READS |= dict.fromkeys((30, 31, 32, 33, 34, 40, 41, 43, 44, 70, 71, 72, 73, 74, 75, 76, 2050), 1)
READS[42] = 3
SIZES = {5: 20, 6: 230, 13: 8, 32: 288, 33: 73, 34: 67, 53: 6, 2048: 2}  # writable, level 2
PENDABLE = (13, 33, 34, 53)
READ_ONLY = (0, 1, 3, 23, 28, 44, 74, 2050)
ABSENT = (9, 45, 99, 2040, 4000)
# Numbers, not characters, in ST6.
_ST6_NUMBERS = (182, 183, 188, 189)


def is_text(octets, numbers=()):
    return all(o == 0 or 0x20 <= o <= 0x7E for i, o in enumerate(octets) if i not in numbers)


def is_demand(octets):
    sub, count = octets[4:6]
    return octets[6:] == octets[4:6] and sub * count in (15, 20, 30, 60) and count <= 15


def is_offset(octets):
    hours, minutes, seconds, summer = octets[:4]
    zone = int.from_bytes(octets[4:], "little", signed=True)
    in_day = hours < 24 and minutes < 60 and seconds < 60
    return in_day and summer <= 120 and -720 <= zone <= 840


# Whether a table may become this; what is not named here may be refused or taken.
MAY_BE = {
    5: is_text,
    6: lambda octets: is_text(octets, _ST6_NUMBERS),
    13: is_demand,
    53: is_offset,
    2048: lambda octets: octets[0] in (1, 5, 10, 15) and 1 <= octets[1] <= 99,
}

_texts = st.text("AZaz 09~", max_size=20).map(lambda text: text.encode().ljust(20))
_demands = st.sampled_from(
    [(15, 1), (5, 3), (1, 15), (60, 1), (5, 1), (7, 1), (45, 1), (2, 30), (0, 0)]
)
_offsets = st.tuples(st.sampled_from([0, 2, 23, 24]), st.sampled_from([0, 60, 120, 121]))


@st.composite
def contents(draw, table):
    """Octets for a table, good ones and bad ones."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.binary(min_size=SIZES[table], max_size=SIZES[table]))
    if table == 5:
        return draw(_texts)
    if table == 6:
        return draw(_texts) * 9 + bytes(10) + draw(_texts) * 2
    if table == 13:
        return bytes([1, 0, 0, 0, *draw(_demands) * 2][:4]) + bytes(draw(_demands)) * 2
    if table == 53:
        hours, summer = draw(_offsets)
        zone = draw(st.sampled_from([0, -300, 840, 841, -721]))
        return bytes([hours, 0, 0, summer]) + zone.to_bytes(2, "little", signed=True)
    if table == 2048:
        return bytes([draw(st.sampled_from([1, 5, 10, 15, 2])), draw(st.integers(0, 101))])
    return draw(st.binary(min_size=SIZES[table], max_size=SIZES[table]))
