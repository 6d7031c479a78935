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
_LEVELS = {service.LEVEL_OFF: s.OPEN, service.LEVEL_ON: s.CLOSE}


class ServiceProcedures:
    """Runners for `c1219.tables.Tables`.

    switch  firmware.service_switch.ServiceSwitch
    device  firmware.device.Device of the port: knows the user
    """

    def __init__(self, switch, device):
        self._switch = switch
        self._device = device
        self._number = 0

    def offered(self):
        """Pairs of a declaration and what runs it."""
        return (
            (service.OPERATE, self._operate),
            (service.MODULE_RESET, self._reset_module),
            (service.DIRECT_LOAD_CONTROL, self._control),
        )

    def _operate(self, parameters, response):
        if parameters is not None:
            refusal = self._ask(parameters["ACTION"])
            if refusal:
                return refusal
        outcome = self._switch.outcome(self._number)
        if outcome != s.UNDER_WAY:
            response["STATE"] = self._switch.state
        return _RESULTS[outcome]

    def _control(self, parameters, response):
        if parameters is not None:
            action = _LEVELS.get(parameters["LEVEL"], -1)
            if action < 0 or parameters["HOUR"] or parameters["MINUTE"] or parameters["SECOND"]:
                return c.CONFLICT
            refusal = self._ask(action)
            if refusal:
                return refusal
        return _RESULTS[self._switch.outcome(self._number)]

    def _ask(self, action):
        # 0, or why not.
        number = self._switch.ask(action, self._device)
        if number < 0:
            return c.TIMING if number == -s.BUSY else c.CONFLICT
        self._number = number
        return 0

    def _reset_module(self, parameters, response):
        self._switch.module.ask()
        self._switch.wake()
        return c.COMPLETED
