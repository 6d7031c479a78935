"""Carousel: walks through a display list in injected time and draws what is due."""

from micropython import const

from ticks import elapsed

from .lists import HEX, NUMBER, OCTAL, PAIRS, SEGMENTS, TRIPLES

_STEP_MS = const(200)
_CODE_MS = const(1500)
_FLASH_MS = const(512)  # a part of the period of ticks, so that it goes on where they wrap
_MINUTE_MS = const(60000)
_FAULT_CODES = (b"Er", b"Er2")
_FAULT_DIGITS = const(6)
_FAULT_BITS = const(18)  # of a code: three for each digit
_FAULT_MASK = const(0x3FFFF)
_HOME = const(-1)  # in place of the following item: the list that runs once has ended

# Phases of a screen.
_IDLE = const(0)  # before the first step
_TEST = const(1)  # every segment on
_CODE = const(2)  # the ID code in the large digits, where a glass has no small ones
_VALUE = const(3)
_OFF = const(4)  # blank between two items


class Carousel:
    """Shows the segment test, then the items of a list and, as one or two more, the fault codes.

    On a glass without small digits an item opens with its ID code in the large ones for 1.5 s.
    Another list can be shown in place of the first, or run once before it comes back. Only a
    list that lights NOR has fault codes as items.

    value           value(item) gives the number to show as a whole number of 10^-decimals
                    units between -2^30 and 2^30 - 1, or None when it is not known (dashes)
    faults          bits 0 to 29, settable at any time. Bits 0 to 17 are shown as "Er" and six
                    octal digits, so that codes in one digit add up; bits 18 to 29 likewise as
                    "Er2". Neither is shown that is 0. ERR is lit while any is set
    fatal           those of bits 0 to 17 that keep the display on the fault code: a list that
                    runs once is left, and none begins
    test_time       length of the segment test in tenths of a second; 0 for none
    """

    def __init__(self, screen, display_list, value, fatal=0, test_time=30):
        self._screen = screen
        self._home = display_list  # shown for ever
        self._list = display_list  # shown now
        self._value = value
        self._test_ms = test_time * 100
        self.faults = 0
        self.fatal = fatal
        self._phase = _IDLE
        self._since = 0
        self._duration = 0
        self._entered = 0  # when the list that runs once began
        self._stays = False  # the item stays until it is told to go on
        self._index = -1  # of the item shown; len(items) is the fault code, one more the second
        self._item = None  # the item shown, when one is
        self._shown = None  # the number now on the digits
        self._fresh = False  # whether _shown has been drawn

    def select(self, display_list):
        """Leave what is shown and begin another list, for ever, with the next step."""
        self._home = display_list
        self._change(display_list)

    def once(self, display_list, now_ms):
        """Begin a list with the next step; when it has ended the present one begins again.

        Not before the segment test at the start is over, and not while a fault is fatal.
        """
        if self._phase > _TEST and not self.faults & self.fatal:
            self._change(display_list)
            self._entered = now_ms

    def next(self, stay=False):
        """Go on to the following item with the next step; `stay`: until told to go on again."""
        if self._phase > _TEST:
            self._stays = stay
            self._due()

    @property
    def away(self):
        """Whether a list is shown that runs once."""
        return self._list is not self._home

    def segment_test(self):
        """Begin again with the segment test at the next step."""
        self._leave()
        self._index = -1
        self._phase = _IDLE

    def step(self, now_ms):
        """Draw what is due at `now_ms`; returns in how many ms to call again, at most 200.

        Does not allocate, unless `value` does.
        """
        screen = self._screen
        screen.annunciator("ERR", self.faults != 0)
        if self._list is not self._home and self._is_over(now_ms):
            self._change(self._home)
        rest = self._go_on(now_ms)
        if self._phase == _VALUE:
            self._refresh()
        screen.all_on(self._phase == _TEST or self._is_segments())
        if self._list.flashes:
            return self._flash(now_ms, rest)
        return rest

    def _go_on(self, now_ms):
        """Enter the phase that is due; returns the ms left of it, at most 200."""
        passed = elapsed(now_ms, self._since)
        if self._phase == _IDLE:
            self._enter(_TEST, self._test_ms, now_ms)
            passed = 0
        if self._phase != _TEST and self._misplaced():
            self._begin(now_ms)
            passed = 0
        elif self._stays and self._phase == _VALUE:
            self._since = now_ms  # for as long as it stays
            return _STEP_MS
        elif passed >= self._duration:
            self._advance(now_ms)
            passed = 0
        rest = self._duration - passed
        return rest if rest < _STEP_MS else _STEP_MS

    def _flash(self, now_ms, rest):
        into = now_ms % (2 * _FLASH_MS)
        self._screen.annunciator(self._list.annunciator, into < _FLASH_MS)
        left = _FLASH_MS - into % _FLASH_MS
        return left if left < rest else rest

    def _is_over(self, now_ms):
        """Whether a list that runs once is to be left before its end."""
        hold = self._list.hold
        if hold and elapsed(now_ms, self._entered) >= hold * _MINUTE_MS:
            return True
        return self.faults & self.fatal != 0

    def _change(self, display_list):
        self._leave()
        self._screen.annunciator(self._list.annunciator, False)
        self._list = display_list
        self._stays = False
        self._index = -1
        if self._phase != _IDLE:
            self._due()

    def _due(self):
        self._phase = _OFF
        self._duration = 0

    def _on_fault(self):
        return self._index >= len(self._list.items)

    def _code(self):
        """The fault code shown, when one is."""
        if self._index == len(self._list.items):
            return self.faults & _FAULT_MASK
        return self.faults >> _FAULT_BITS

    def _is_segments(self):
        """Whether the item shown is the test of all segments."""
        item = self._item
        return self._phase == _VALUE and item is not None and item.kind == SEGMENTS

    def _misplaced(self):
        """Whether an item is shown during a fatal fault, or a fault code that is gone."""
        if self.faults & self.fatal:
            return self._index != len(self._list.items)
        return self._on_fault() and (self._code() == 0 or not self._list.faults)

    def _enter(self, phase, duration, now_ms):
        self._phase = phase
        self._duration = duration
        self._since = now_ms

    def _advance(self, now_ms):
        """The phase has lasted its time: go on to the next one."""
        if self._phase == _CODE:
            self._enter(_VALUE, self._list.on_time * 100 - _CODE_MS, now_ms)
        elif self._phase == _VALUE and self._list.off_time:
            self._leave()
            self._enter(_OFF, self._list.off_time * 100, now_ms)
        else:
            self._begin(now_ms)

    def _following(self):
        """The index after the present one: the fault codes come last, if there are any."""
        items = len(self._list.items)
        if self.faults & self.fatal:
            return items
        index = self._index + 1
        if index < items:
            return index
        if self._list.faults:
            if index == items and self.faults & _FAULT_MASK:
                return items
            if index <= items + 1 and self.faults >> _FAULT_BITS:
                return items + 1
        return _HOME if self._list is not self._home else 0

    def _begin(self, now_ms):
        """Show what follows, with its code and annunciators; the number comes with _refresh."""
        screen = self._screen
        self._leave()
        index = self._following()
        if index == _HOME:
            self._change(self._home)
            index = self._following()
        self._index = index
        screen.annunciator(self._list.annunciator, True)
        self._fresh = False
        if self._on_fault():
            self._open(_FAULT_CODES[index - len(self._list.items)], now_ms)
        else:
            item = self._item = self._list.items[index]
            self._annunciators(item, True)
            self._open(item.code, now_ms)

    def _open(self, code, now_ms):
        screen = self._screen
        on_ms = self._list.on_time * 100
        if len(screen.glass.code) or on_ms <= _CODE_MS:
            screen.code(code)
            self._enter(_VALUE, on_ms, now_ms)
        else:
            screen.text(code)
            self._enter(_CODE, _CODE_MS, now_ms)

    def _leave(self):
        """Take what is shown off the screen."""
        self._screen.clear_digits()
        if self._item is not None:
            self._annunciators(self._item, False)
            self._item = None

    def _annunciators(self, item, on):
        names = item.annunciators
        for i in range(len(names)):
            self._screen.annunciator(names[i], on)

    def _refresh(self):
        """Draw the number that is due, if the digits do not show it already."""
        item = self._item
        if item is None:
            code = self._code()
            if not self._fresh or self._shown != code:
                self._screen.number(code, _FAULT_DIGITS, 0, True, 8)
            self._shown = code
            self._fresh = True
            return
        value = self._value(item)
        if self._fresh and value == self._shown:
            return
        self._shown = value
        self._fresh = True
        self._draw(item, value)

    def _draw(self, item, value):
        screen = self._screen
        kind = item.kind
        if value is None:
            screen.dashes(item.digits)
        elif kind == NUMBER:
            if item.modulus:
                value = value % item.modulus if value >= 0 else -(-value % item.modulus)
            screen.number(value, item.digits, item.decimals, item.zeros)
        elif kind == OCTAL:
            screen.number(value, item.digits, 0, True, 8)
        elif kind == HEX:
            screen.number(value, item.digits, 0, True, 16)
        elif kind == PAIRS:
            screen.groups(value, item.digits, 2)
        elif kind == TRIPLES:
            screen.groups(value, item.digits, 3)
