"""Sets a meter's clock, by this computer's at the instant when the meter takes the time."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from c1219 import decade5, procedures

from .client import Client
from .errors import ReaderError
from .formats import Formats
from .procedure import Caller

_LOOKS = 3
_TRIES = 3
_SPARE_S = 0.05
_LATE_S = 0.5


class ClockSetter:
    """Sets the clock of a meter in a client's session.

    now   the local time, naive
    wait  lets so many seconds go by
    """

    def __init__(
        self,
        client: Client,
        caller: Caller,
        formats: Formats,
        now: Callable[[], datetime] = datetime.now,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._caller = caller
        self._formats = formats
        self._now = now
        self._wait = wait

    def set_to(self, moment: datetime, name: str) -> tuple[int, dict[str, Any]]:
        """Set it to a local time; what Caller.run returns and raises."""
        parameters = {
            "SET_MASK": {"SET_TIME": 1, "SET_DATE": 1},
            "DATE_TIME": self._formats.local_time(moment),
            "TIME_DATE_QUAL": {},
        }
        return self._caller.run(procedures.SET_DATE_TIME, parameters, name)

    def set_to_now(self, name: str) -> tuple[int, dict[str, Any]]:
        """Set it to this computer's time, as a whole second begins.

        The request leaves as much earlier as it takes to the meter, half of what a short read
        takes there and back. It is sent again if something held it up. Raises what Caller.run
        does, and ReaderError if it was held up each time.
        """
        there_and_back = min(self._look() for _ in range(_LOOKS))
        for _ in range(_TRIES):
            ahead = there_and_back / 2
            target = self._next_second(ahead + _SPARE_S)
            self._wait(max(0.0, (target - self._now()).total_seconds() - ahead))
            sent = self._now()
            done = self.set_to(target, name)
            if (self._now() - sent).total_seconds() < 3 * there_and_back + _LATE_S:
                return done
        raise ReaderError(f"{name}: the line held up the time each time it was sent")

    def _look(self) -> float:
        """Seconds that a short read takes there and back."""
        began = self._now()
        self._client.read(decade5.ST52.number)
        return (self._now() - began).total_seconds()

    def _next_second(self, ahead: float) -> datetime:
        """The next whole second that is at least so many seconds away."""
        soonest = self._now() + timedelta(seconds=ahead)
        return soonest.replace(microsecond=0) + timedelta(seconds=1)
