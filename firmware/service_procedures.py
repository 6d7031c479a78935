"""What runs the procedures of the service switch and the module slot, for one port's clients."""

from c1219 import procedures as c
from c1219 import service
from firmware import service_switch as s

_RESULTS = {
    s.UNDER_WAY: c.ACCEPTED,
    s.DONE: c.COMPLETED,
    s.REFUSED: c.CONFLICT,
    s.FAILED: c.CONFLICT,  # a fault and the log tell why
    s.REPLACED: c.TIMING,
}


class ServiceProcedures:
    """Runners for `c1219.Tables`.

    switch  firmware.service_switch.ServiceSwitch
    device  firmware.device.Device of the port: knows the user
    """

    def __init__(self, switch, device):
        self._switch = switch
        self._device = device
        self._number = 0

    def offered(self):
        """Pairs of a declaration and what runs it."""
        return (service.OPERATE, self._operate), (service.MODULE_RESET, self._reset_module)

    def _operate(self, parameters, response):
        switch = self._switch
        if parameters is not None:
            number = switch.ask(parameters["ACTION"], self._device)
            if number < 0:
                return c.TIMING if number == -s.BUSY else c.CONFLICT
            self._number = number
        outcome = switch.outcome(self._number)
        if outcome != s.UNDER_WAY:
            response["STATE"] = switch.state
        return _RESULTS[outcome]

    def _reset_module(self, parameters, response):
        self._switch.module.ask()
        self._switch.wake()
        return c.COMPLETED
