"""Between hand and eye: what the switches do, and what the display tells of it."""

from c1219 import events
from firmware import billing as b
from firmware.inputs import LEVER, MAGNET, SEAL_OPEN, TEST_SWITCH
from firmware.log import Actor

_LEVER = Actor(events.SOURCE_LEVER)
_TEST_SWITCH = Actor(events.SOURCE_TEST_SWITCH)


def _nobody(state, now_ms):
    pass


def _no_seal():
    pass


class Switches:
    """Hears of `firmware.inputs.Inputs`.

    The lever closes a service switch that is armed. Else it resets the demand; in test mode it
    begins the test's interval anew. The test switch has the meter in test mode while it is closed,
    unless another way out was taken meanwhile.

    service_switch  firmware.service_switch.ServiceSwitch, or None
    magnet          magnet(state, now_ms): the display's, where there is one
    seal            seal(): called when the seal has been opened or closed
    """

    def __init__(self, billing, ticks_ms, service_switch=None):
        self.magnet = _nobody
        self.seal = _no_seal
        self._billing = billing
        self._ticks_ms = ticks_ms
        self._service_switch = service_switch

    def changed(self, index, state):
        """Input `index` is `state` now."""
        billing = self._billing
        if index == LEVER and state:
            self._lever()
        elif index == TEST_SWITCH:
            if state:
                billing.enter_test(_TEST_SWITCH)
            else:
                billing.leave_test(_TEST_SWITCH)
        elif index == MAGNET:
            self.magnet(state, self._ticks_ms())
        elif index == SEAL_OPEN:
            self.seal()

    def _lever(self):
        # What is refused, as a reset within the lockout or a close onto voltage, is not told.
        switch = self._service_switch
        if switch is not None and switch.kept.armed:
            switch.ask(events.SWITCH_CLOSE, _LEVER)
        elif self._billing.testing:
            self._billing.restart_test()
        else:
            self._billing.reset_demand(_LEVER)


class Shown:
    """Hears of `firmware.billing.Billing`, and has the display show it."""

    def __init__(self, billing, display, ticks_ms):
        self._billing = billing
        self._display = display
        self._ticks_ms = ticks_ms

    def event(self, what):
        """`what` has happened: INTERVAL_ENDED, RESET_DONE or MODE_CHANGED of billing."""
        now_ms = self._ticks_ms()
        if what == b.INTERVAL_ENDED:
            self._display.end_of_interval(now_ms)
        elif what == b.RESET_DONE:
            self._display.confirm(now_ms)
        else:
            self._display.test(self._billing.testing)
