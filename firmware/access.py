"""Wrong passwords: after three in a row a port takes none for a while, and longer each time."""

from array import array

from micropython import const

from journal import BAD, Journal
from ticks import elapsed

FREE = const(3)  # wrong passwords in a row without a delay
STEPS = const(8)  # doublings until the delay is the longest
_FIRST_MS = const(5000)
_LONGEST_MS = const(900000)
_FORGOTTEN_MS = const(86400000)  # without a wrong one
_LOOK_MS = const(60000)  # far more often than ticks need it
_MOST = const(0x3FFFFFFF)

_PORTS = const(2)  # numbered from 1 on, as c1219.events numbers sources
_WORDS = const(8)
_TOTAL = const(2)  # added to a port: how many wrong ones it has ever seen


def delay_ms(wrong):
    """How long a port takes no password after so many wrong ones in a row."""
    if wrong < FREE:
        return 0
    return min(_LONGEST_MS, _FIRST_MS << min(wrong - FREE, STEPS))


class Access:
    """Counts wrong passwords of each port on `memory`, in `slots` of 32 octets at `base`.

    The count is kept before the client is answered, so that a power cut gives nobody new tries:
    after a start the delay begins anew. It is forgotten with a right password of the port's
    highest level, because who knows a lower one could else guess on for ever, and after a day of
    running without a wrong one.

    ticks_ms  time

    closed  no port takes any password: the memory that they are in is absent
    """

    def __init__(self, memory, base, slots, ticks_ms):
        self.closed = False
        self._record = array("I", bytes(4 * _WORDS))
        self._journal = Journal(memory, base, slots, self._record)
        self.ticks_ms = ticks_ms
        self._since = array("I", (0,) * (1 + _PORTS))  # tick of the latest wrong one
        self._locked = bytearray(1 + _PORTS)

    def load(self):
        """Take up what is known. A record that is there and not valid counts as a delay earned."""
        if self._journal.load() == BAD:
            for port in range(1, 1 + _PORTS):
                self._record[port] = FREE
        for port in range(1, 1 + _PORTS):
            self._begin(port)

    def in_a_row(self, port):
        """Wrong passwords since the last that made them forgotten."""
        return self._record[port]

    def total(self, port):
        """Wrong passwords ever, up to 2^30 - 1."""
        return self._record[_TOTAL + port]

    def is_locked(self, port):
        """Whether the port takes no password now, neither a wrong nor a right one."""
        self._look(port, self.ticks_ms())
        return self.closed or self._locked[port] != 0

    def wrong(self, port):
        """A wrong password was given. Returns how many in a row that makes."""
        record = self._record
        record[port] = min(record[port] + 1, _MOST)
        record[_TOTAL + port] = min(record[_TOTAL + port] + 1, _MOST)
        self._journal.append()  # when it fails the count stands for as long as the power does
        self._begin(port)
        return record[port]

    def right(self, port):
        """A password of the port's highest level was given."""
        if self._record[port]:
            self._record[port] = 0
            self._journal.append()

    def step(self, now_ms):
        """Look at the time."""
        for port in range(1, 1 + _PORTS):
            self._look(port, now_ms)
        return _LOOK_MS

    def _begin(self, port):
        self._since[port] = self.ticks_ms()
        self._locked[port] = delay_ms(self._record[port]) > 0

    def _look(self, port, now_ms):
        passed = elapsed(now_ms, self._since[port])
        if self._locked[port]:
            if passed >= delay_ms(self._record[port]):
                self._locked[port] = 0
        elif self._record[port] and passed >= _FORGOTTEN_MS:
            self.right(port)
