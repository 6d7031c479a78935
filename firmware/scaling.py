"""Integers as the display shows them: in units of 10^-decimals, divided by the multiplier's power.

`item` is a display.Item, of which digits, decimals, multiplier and modulus count. Energy is cut,
as a mechanical register does; power is rounded, half up, and only here. Long division by one digit
at a time keeps every step a small integer, so nothing here allocates.
"""

_TENS = (1, 10, 100, 1000, 10000, 100000, 1000000)


def whole(value, item):
    """A number of whole units, 0 to 2^30 - 1.

    What rolls over is cut to the item's digits first; what does not and is too large comes back
    as 10^digits, for which the display has no room.
    """
    places = item.decimals - item.multiplier
    if places < 0:
        return value // _TENS[-places]
    limit = _TENS[item.digits - places]
    if value >= limit:
        if not item.modulus:
            return _TENS[item.digits]
        value %= limit
    return value * _TENS[places]


def energy(kwh, counts, per_kwh, item):
    """A register of whole kWh and counts of the running one, cut."""
    places = item.decimals - item.multiplier
    kwh = whole(kwh, item)
    if places > 0 and kwh < _TENS[item.digits]:
        kwh += fraction(counts, per_kwh, places, False)
    return kwh


def net(kwh, counts, per_kwh, item):
    """The same of a difference, whose parts may have different signs; cut towards zero."""
    if kwh < 0 or kwh == 0 and counts < 0:
        return -_magnitude(-kwh, -counts, per_kwh, item)
    return _magnitude(kwh, counts, per_kwh, item)


def _magnitude(kwh, counts, per_kwh, item):
    if counts < 0:
        kwh -= 1
        counts += per_kwh
    return energy(kwh, counts, per_kwh, item)


def power(kw, counts, per_kwh, item):
    """A demand of whole kW and counts an hour, up to 2^30 - 1, rounded half up."""
    kw += counts // per_kwh
    counts %= per_kwh
    places = item.decimals - item.multiplier
    if places < 0:
        return whole(kw + _TENS[-places] // 2, item)
    kw = whole(kw, item)
    if kw < _TENS[item.digits]:
        kw += fraction(counts, per_kwh, places, True)
    return kw


def fraction(counts, per_unit, places, nearest):
    """counts / per_unit in units of 10^-places, cut or rounded half up; below 2^30 / 5 both."""
    value = 0
    while places > 0:
        counts *= 5
        value = value * 10 + counts // per_unit * 2
        counts = counts % per_unit * 2
        value += counts // per_unit
        counts %= per_unit
        places -= 1
    if nearest and counts * 2 >= per_unit:
        return value + 1
    return value


def decimal(value, exponent, item):
    """An integer in units of 10^exponent, rounded, half away from zero."""
    places = item.decimals - item.multiplier + exponent
    if places >= 0:
        return value * 10**places
    unit = 10**-places
    if value < 0:
        return -((-value + unit // 2) // unit)
    return (value + unit // 2) // unit
