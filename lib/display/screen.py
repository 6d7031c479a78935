"""Screen: numbers, letters and annunciators as bits of an LCD controller's display RAM."""

from . import font
from .glass import ADDRESSES, NOWHERE


class Screen:
    """What one LCD shows. Drawing allocates nothing; it changes `image` and no hardware.

    image       32 bytes, one per address, the low four bits are the controller's D0 to D3

    Texts are bytes (b"dEL"), whose elements cost no memory to read. What the glass lacks is
    left out, except a sign or a decimal point: without those a number would read as another.
    """

    def __init__(self, glass):
        self.glass = glass
        self._drawn = bytearray(ADDRESSES)
        self._all = False
        self._covered = False
        self.image = self._drawn

    def all_on(self, on=True):
        """Show every segment of the glass, or again what has been drawn meanwhile."""
        self._all = on
        self._choose()

    def cover(self, on=True):
        """The same once more for who lays it over whatever is shown: either suffices."""
        self._covered = on
        self._choose()

    def _choose(self):
        self.image = self.glass.full if self._all or self._covered else self._drawn

    def clear(self):
        """Switch every segment off."""
        for i in range(ADDRESSES):
            self._drawn[i] = 0

    def clear_digits(self):
        """Switch digits, points, sign and ID code off, leaving the annunciators."""
        for i in range(len(self.glass.digits)):
            self._digit(i, font.BLANK)
            self._put(self.glass.points[i], False)
        self.code(b"")
        self.annunciator("MINUS", False)

    def number(self, value, digits=6, decimals=0, zeros=True, base=10):
        """Show a whole number on the right; returns False, showing dashes, if it does not fit.

        value       what to show, in units of 10^-decimals
        digits      how many digits the number has: 1 to the glass's own
        zeros       leading zeros, as mechanical registers have them
        base        10, 8 for codes whose digits add 1, 2 and 4, or 16

        A minus sign takes the leftmost digit of a glass that has none of its own.
        """
        glass = self.glass
        left = len(glass.digits) - digits
        negative = value < 0
        if negative:
            value = -value
        for i in range(len(glass.digits)):
            self._digit(i, font.BLANK)
            self._put(glass.points[i], False)
        own_sign = glass.annunciators["MINUS"] != NOWHERE
        self.annunciator("MINUS", negative)
        first = left + 1 if negative and not own_sign and left == 0 else left
        i = len(glass.digits) - 1
        while i >= first:
            if zeros or value or i >= len(glass.digits) - 1 - decimals:
                self._digit(i, font.DIGITS[value % base])
            value //= base
            i -= 1
        if negative and not own_sign:
            self._digit(first - 1, font.MINUS)
        point = len(glass.digits) - 1 - decimals
        if value or decimals and glass.points[point] == NOWHERE:
            self.dashes(digits)
            return False
        if decimals:
            self._put(glass.points[point], True)
        return True

    def groups(self, value, digits, size):
        """Show decimal digits with a point after each `size` of them, as in dates and times.

        Those are separators: a glass that lacks one leaves it out.
        """
        if not self.number(value, digits):
            return
        points = self.glass.points
        i = len(points) - size
        while i > len(points) - digits:
            self._put(points[i - 1], True)
            i -= size

    def dashes(self, digits=6):
        """Show that there is a value but no number for it: over range, or not known."""
        count = len(self.glass.digits)
        for i in range(count):
            self._digit(i, font.MINUS if i >= count - digits else font.BLANK)
            self._put(self.glass.points[i], False)
        self.annunciator("MINUS", False)

    def text(self, text):
        """Show letters from the left, best effort; "." lights the point before it."""
        glass = self.glass
        at = 0
        for i in range(len(glass.digits)):
            self._digit(i, font.BLANK)
            self._put(glass.points[i], False)
        for i in range(len(text)):
            if text[i] == 0x2E:
                if at:
                    self._put(glass.points[at - 1], True)
            elif at < len(glass.digits):
                self._digit(at, font.shape(text[i]))
                at += 1

    def code(self, text):
        """Show an item's ID code on the small digits, from the left."""
        code = self.glass.code
        for i in range(len(code)):
            self._shape(code[i], font.shape(text[i]) if i < len(text) else font.BLANK)

    def annunciator(self, name, on):
        """Switch one of glass.ANNUNCIATORS; KeyError for any other name."""
        self._put(self.glass.annunciators[name], on)

    def emulator(self, segment, on):
        """Switch a segment of the load emulator, counted from the left, from 0."""
        self._put(self.glass.emulator[segment], on)

    def _digit(self, index, shape):
        self._shape(self.glass.digits[index], shape)

    def _shape(self, places, shape):
        for i in range(7):
            self._put(places[i], shape >> i & 1)

    def _put(self, place, on):
        if place == NOWHERE:
            return
        if on:
            self._drawn[place >> 2] |= 1 << (place & 3)
        else:
            self._drawn[place >> 2] &= ~(1 << (place & 3))
