"""Output pins of a running chip at an instant: IRQ, ZX, ZX_I, REVP and their alternates."""

from . import registers as reg
from .metering import Metering

_OWN = {"ZX": 0, "ZX_I": 4, "REVP": 8}  # field of each pin in ALT_OUTPUT
_OTHERS = {"ZX": ("ZX_I", "REVP"), "ZX_I": ("ZX", "REVP"), "REVP": ("ZX", "ZX_I")}
_NOLOAD = {5: ("A", 0), 6: ("B", 0), 7: ("A", 1), 8: ("B", 1)}
_DATA_READY_NS = 280
_HALF_SECOND_NS = 500_000_000


class Pins:
    """Levels, read lazily. Alternates are taken to be high while their condition lasts."""

    def __init__(self, metering: Metering) -> None:
        self._metering = metering

    def irq(self, now_ns: int) -> int:
        metering = self._metering
        return 0 if metering.status_a(now_ns) & metering.stored["IRQENA"] else 1

    def level(self, pin: str, now_ns: int) -> int:
        """The level of "ZX", "ZX_I" or "REVP", whatever ALT_OUTPUT puts on it."""
        metering = self._metering
        metering.fold(now_ns)
        code = metering.stored["ALT_OUTPUT"] >> _OWN[pin] & 0xF
        if code in _NOLOAD:
            channel, quantity = _NOLOAD[code]
            return int(metering.channels[channel].noload[quantity])
        if code == 1:
            return int(metering.sag.present)
        if code == 9:
            samples = metering.samples
            return int(now_ns - samples.ns(samples.tick(now_ns)) < _DATA_READY_NS)
        if code == 0xA:
            return 0 if metering.status_b(now_ns) & metering.stored["IRQENB"] else 1
        if code in (0xB, 0xC):
            pin = _OTHERS[pin][code - 0xB]
        return self._own(pin, now_ns)

    def _own(self, pin: str, now_ns: int) -> int:
        metering = self._metering
        config = metering.stored["CONFIG"]
        if pin == "ZX":
            return metering.crossings["V"].level
        if pin == "ZX_I":
            return metering.crossings["B" if config & reg.CONFIG_ZX_I else "A"].level
        # High when reversed, as the CONFIG table has it; the text says the opposite.
        reversed_ = metering.pulses[1 if config & reg.CONFIG_REVP_CF else 0].reversed
        if reversed_ and config & reg.CONFIG_REVP_PULSE:
            return 1 - now_ns // _HALF_SECOND_NS % 2
        return int(reversed_)
