"""What a ST12 unit of measure means, in words and as a power of ten."""

from dataclasses import dataclass

from c1219.quantities import NFS_TEMPERATURE

_EXPONENTS = (0, 2, 3, 6, 9, -2, -3, -6)
# Confidence as in c1219.quantities: high for power, medium for V and A, low for the rest.
_SYMBOLS = {0: "W", 1: "var", 2: "VA", 8: "V", 12: "A", 20: "°", 24: "", 33: "Hz"}
_WORDS = {8: "voltage", 12: "current", 20: "phase angle", 24: "power factor", 33: "frequency"}
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
    return Unit(" ".join(filter(None, words)), symbol, _EXPONENTS[uom["MULTIPLIER"]])
