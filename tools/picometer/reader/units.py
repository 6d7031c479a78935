"""What a ST12 unit of measure means, in words and as a power of ten."""

from dataclasses import dataclass

from c1219.quantities import NFS_TEMPERATURE

_EXPONENTS = (0, 2, 3, 6, 9, -2, -3, -6)
# Confidence as in c1219.quantities: high for power, medium for V and A, low for the rest.
_SYMBOLS = {
    **{0: "W", 1: "var", 2: "VA", 3: "VA", 6: "var", 7: "VA"},
    **{8: "V", 9: "V", 10: "V²", 11: "V", 12: "A", 13: "A", 14: "A²", 15: "A"},
    **{16: "%", 17: "%", 18: "%", 19: "%", 20: "°", 21: "°", 22: "°", 24: "", 25: "", 33: "Hz"},
}
_WORDS = {
    3: "phasor apparent power",
    6: "phasor reactive power",
    7: "distortion apparent power",
    8: "voltage",
    9: "average voltage",
    10: "voltage squared",
    11: "instantaneous voltage",
    12: "current",
    13: "average current",
    14: "current squared",
    15: "instantaneous current",
    16: "voltage distortion",
    17: "current distortion",
    18: "voltage distortion",
    19: "current distortion",
    20: "phase angle",
    21: "phase angle",
    22: "phase angle",
    24: "power factor",
    25: "phasor power factor",
    33: "frequency",
}
# Prefixes for what is counted in more than units, of units that take them.
_PREFIXES = {3: "k", 6: "M", 9: "G"}
_PREFIXED = frozenset(("W", "Wh", "var", "varh", "VA", "VAh", "V", "A", "Hz"))
# Codes that do not follow the standard: those of our own meter.
_OWN_SYMBOLS = {NFS_TEMPERATURE: "°C"}
_OWN_WORDS = {NFS_TEMPERATURE: "temperature"}
_POWERS = {0: "active", 1: "reactive", 2: "apparent"}
_SEGMENTS = ("", "A-B", "B-C", "C-A", "neutral-ground", "A-N", "B-N", "C-N")
_ENERGY_BASES = (0, 5)
_DEMAND_BASES = (3, 4, 6)
_QUADRANTS = {(1, 0, 0, 1): "delivered", (0, 1, 1, 0): "received"}


@dataclass(frozen=True)
class Unit:
    """A quantity in words, the symbol of its unit, and 10**exponent of that unit per count."""

    label: str
    symbol: str
    exponent: int


def unit_of(uom: dict[str, int]) -> Unit:
    """The Unit of a decoded UOM_ENTRY; an ID_CODE not known is named by its number."""
    code = uom["ID_CODE"]
    words = []
    symbol = (_OWN_SYMBOLS if uom["NFS"] else _SYMBOLS).get(code, f"ID {code}")
    if uom["NFS"]:
        words.append(_OWN_WORDS.get(code, f"quantity {code}"))
    elif code in _POWERS:
        words.append(_POWERS[code])
        if uom["TIME_BASE"] in _ENERGY_BASES:
            words.append("energy")
            symbol += "h"
        else:
            words.append("demand" if uom["TIME_BASE"] in _DEMAND_BASES else "power")
    else:
        words.append(_WORDS.get(code, f"quantity {code}"))
    quadrants = (uom["Q1"], uom["Q2"], uom["Q3"], uom["Q4"])
    words.append("net" if uom["NET_FLOW"] else _QUADRANTS.get(quadrants, ""))
    words.append(_SEGMENTS[uom["SEGMENTATION"]])
    exponent = _EXPONENTS[uom["MULTIPLIER"]]
    if exponent in _PREFIXES and symbol in _PREFIXED:
        symbol, exponent = _PREFIXES[exponent] + symbol, 0
    return Unit(" ".join(filter(None, words)), symbol, exponent)
