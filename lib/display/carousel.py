"""Carousel: walks through a display list in injected time and draws what is due."""

from micropython import const

_TICKS_MASK = const(0x3FFFFFFF)  # the millisecond counter may wrap at 2^30, as on the RP2040
_STEP_MS = const(100)
_CODE_MS = const(1500)
_FAULT_CODE = b"Er"
_FAULT_DIGITS = const(6)

# Phases of a screen.
_IDLE = const(0)  # before the first step
_TEST = const(1)  # every segment on
_CODE = const(2)  # the ID code in the large digits, where a glass has no small ones
_VALUE = const(3)
_OFF = const(4)  # blank between two items


class Carousel:
    """Shows the segment test, then the items of a list and, as one more item, the fault code.

    On a glass without small digits an item opens with its ID code in the large ones for 1.5 s.

    value           value(quantity) gives the number to show as a whole number of 10^-decimals
                    units between -2^30 and 2^30 - 1, or None when it is not known (dashes)
    faults          bits 0 to 17, settable at any time. Shown as "Er" and six octal digits, so
                    that codes in one digit add up; ERR is lit while any is set
    fatal           the bits of `faults` that keep the display on the fault code
    test_time       length of the segment test in tenths of a second; 0 for none
    """

    def __init__(self, screen, display_list, value, fatal=0, test_time=30):
        self._screen = screen
        self._list = display_list
        self._value = value
        self._test_ms = test_time * 100
        self.faults = 0
        self.fatal = fatal
        self._phase = _IDLE
        self._since = 0
        self._duration = 0
        self._index = -1  # of the item shown; len(items) is the fault code
        self._shown = None  # the number now on the digits
        self._fresh = False  # whether _shown has been drawn

    def select(self, display_list):
        """Leave the list that is shown and begin another with the next step."""
        self._leave()
        self._screen.annunciator(self._list.annunciator, False)
        self._list = display_list
        self._index = -1
        if self._phase != _IDLE:
            self._phase = _OFF
            self._duration = 0

    def segment_test(self):
        """Begin again with the segment test at the next step."""
        self._leave()
        self._index = -1
        self._phase = _IDLE

    def step(self, now_ms):
        """Draw what is due at `now_ms`; returns in how many ms to call again, at most 100.

        Does not allocate, unless `value` does.
        """
        self._screen.annunciator("ERR", self.faults != 0)
        elapsed = (now_ms - self._since) & _TICKS_MASK
        if self._phase == _IDLE:
            self._screen.all_on(True)
            self._enter(_TEST, self._test_ms, now_ms)
            elapsed = 0
        if elapsed >= self._duration:
            self._advance(now_ms)
            elapsed = 0
        elif self._phase != _TEST and self._misplaced():
            self._begin(now_ms)
            elapsed = 0
        if self._phase == _VALUE:
            self._refresh()
        rest = self._duration - elapsed
        return rest if rest < _STEP_MS else _STEP_MS

    def _on_fault(self):
        return self._index == len(self._list.items)

    def _misplaced(self):
        """Whether an item is shown during a fatal fault, or a fault code that is gone."""
        if self._on_fault():
            return self.faults == 0
        return self.faults & self.fatal != 0

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
        """The index after the present one: the fault code comes last, if there is one."""
        items = len(self._list.items)
        if self.faults & self.fatal:
            return items
        index = self._index + 1
        if index > items or index == items and not self.faults:
            return 0
        return index

    def _begin(self, now_ms):
        """Show what follows, with its code and annunciators; the number comes with _refresh."""
        screen = self._screen
        self._leave()
        screen.all_on(False)
        screen.annunciator(self._list.annunciator, True)
        self._index = self._following()
        self._fresh = False
        code = _FAULT_CODE
        if not self._on_fault():
            item = self._list.items[self._index]
            code = item.code
            self._annunciators(item, True)
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
        if 0 <= self._index and not self._on_fault():
            self._annunciators(self._list.items[self._index], False)

    def _annunciators(self, item, on):
        names = item.annunciators
        for i in range(len(names)):
            self._screen.annunciator(names[i], on)

    def _refresh(self):
        """Draw the number that is due, if the digits do not show it already."""
        if self._on_fault():
            if not self._fresh or self._shown != self.faults:
                self._screen.number(self.faults, _FAULT_DIGITS, 0, True, 8)
            self._shown = self.faults
            self._fresh = True
            return
        item = self._list.items[self._index]
        value = self._value(item.quantity)
        if self._fresh and value == self._shown:
            return
        self._shown = value
        self._fresh = True
        if value is None:
            self._screen.dashes(item.digits)
            return
        if item.modulus:
            value %= item.modulus
        self._screen.number(value, item.digits, item.decimals, item.zeros)
