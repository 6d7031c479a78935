"""What runs the procedures of C12.19 on this meter, for the clients of one port."""

from c1219 import events
from c1219 import procedures as c
from c1219.dates import NO_TIME
from firmware import billing as b
from metrology.faults import LATCHED
from psem.codes import ISC

_RESULTS = {
    b.DONE: c.COMPLETED,
    b.LOCKED_OUT: c.TIMING,
    b.CONFLICT: c.CONFLICT,
    b.NOT_KEPT: c.CONFLICT,
    b.FORBIDDEN: c.NO_AUTHORISATION,
}


class Procedures:
    """Runners for `c1219.tables.Tables`, which checks rights and parameters first.

    device    firmware.device.Device of the port: knows the user
    billing   firmware.billing.Billing
    settings  firmware.settings.Settings
    log       firmware.log.Log
    faults    metrology.faults.FaultSet
    """

    def __init__(self, device, billing, settings, log, faults):
        self._device = device
        self._billing = billing
        self._settings = settings
        self._log = log
        self._faults = faults

    def offered(self):
        """Pairs of a declaration and what runs it."""
        return (
            (c.CHANGE_MODE, self._change_mode),
            (c.CLEAR_STD_STATUS, self._clear_status),
            (c.REMOTE_RESET, self._remote_reset),
            (c.SET_DATE_TIME, self._set_date_time),
        )

    def _change_mode(self, parameters, response):
        mode = parameters["ED_MODE"]
        if mode["METERING_FLAG"]:
            return _RESULTS[self._billing.leave_test(self._device)]
        if mode["TEST_MODE_FLAG"]:
            return _RESULTS[self._billing.enter_test(self._device)]
        return c.CONFLICT  # there is no shop and no factory mode

    def _clear_status(self, parameters, response):
        # What still stands comes back by itself.
        if self._faults.word & LATCHED:
            self._log.add(events.PROCEDURE_INVOKED, self._device, c.CLEAR_STD_STATUS.number)
        self._faults.withdraw(LATCHED)
        return c.COMPLETED

    def _remote_reset(self, parameters, response):
        action = parameters["ACTION"]
        done = {"DEMAND_RESET": 0, "SELF_READ": 0}
        result = c.COMPLETED
        if action["DEMAND_RESET"]:  # which takes a self read, too
            result = _RESULTS[self._billing.reset_demand(self._device)]
        elif action["SELF_READ"]:
            result = _RESULTS[self._billing.read_self(self._device)]
        else:
            return c.INVALID_PARAMETER
        if result == c.COMPLETED:
            done.update(action)
        response["SUCCESS"] = done
        return result

    def _set_date_time(self, parameters, response):
        mask = parameters["SET_MASK"]
        before = self._log.date_time()
        if before == NO_TIME and not (mask["SET_DATE"] and mask["SET_TIME"]):
            return c.CONFLICT  # there is nothing to take the other half from
        wanted = bytearray(before)
        if mask["SET_DATE"]:
            wanted[:3] = parameters["DATE_TIME"][:3]
        if mask["SET_TIME"]:
            wanted[3:] = parameters["DATE_TIME"][3:]
        if mask["SET_DATE"] or mask["SET_TIME"]:
            why = self._settings.set_clock(wanted, self._device)
            if why:
                return c.NO_AUTHORISATION if why == -ISC else c.CONFLICT
        response["BEFORE"] = before
        response["AFTER"] = self._log.date_time()
        return c.COMPLETED
