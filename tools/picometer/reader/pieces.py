"""Tables that do not fit one answer, read piece by piece."""

from collections.abc import Callable

from psem import codes

from .errors import ServiceError

_LONGEST = 1 << 16  # octets: some meters give zeros for ever, behind the end of a table
_TOO_LONG = (codes.ONP, codes.RNO)
_BEHIND_THE_END = (codes.ONP, codes.RNO, codes.IAR)


def is_too_long(error: ServiceError) -> bool:
    """Whether a refused read may do in smaller pieces."""
    return error.code in _TOO_LONG


def in_pieces(
    piece: Callable[[int, int, int], bytes],
    number: int,
    size: int | None,
    room: int,
    start: int = 0,
) -> bytes:
    """`size` octets of table `number` from `start` on; None reads to the end of the table.

    piece  reads from a table and an offset so many octets
    room   octets to ask for at first; fewer if the meter refuses that

    Raises ServiceError if the meter refuses even one octet, and what `piece` raises.
    """
    octets = b""
    count = max(1, room)
    most = _LONGEST if size is None else size
    while len(octets) < most:
        asked = min(count, most - len(octets))
        try:
            got = piece(number, start + len(octets), asked)
        except ServiceError as error:
            if error.code not in _BEHIND_THE_END or (asked == 1 and not octets):
                raise
            if asked == 1:
                if size is None:
                    break
                raise
            count = asked // 2
            continue
        octets += got
        if not got or (size is None and len(got) < asked):
            break
    return octets
