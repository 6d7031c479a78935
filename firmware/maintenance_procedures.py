"""Procedures whose work the maintenance duty does, and those of pending tables."""

from c1219 import procedures as c
from c1219.accountability import CLEAR_EVENT_LOG
from firmware.guard import ISC
from metrology.faults import MANUFACTURER_FLAGS


class MaintenanceProcedures:
    """Runners for `c1219.tables.Tables`, which checks rights and parameters first.

    device       firmware.device.Device of the port: knows the user
    maintenance  firmware.maintenance.Maintenance
    pending      firmware.pending.Pending
    faults       metrology.faults.FaultSet
    guard        firmware.guard.Guard
    """

    def __init__(self, device, maintenance, pending, faults, guard):
        self._device = device
        self._maintenance = maintenance
        self._pending = pending
        self._faults = faults
        self._guard = guard

    def offered(self):
        """Pairs of a declaration and what runs it."""
        return (
            (c.COLD_START, self._cold_start),
            (c.WARM_START, self._warm_start),
            (c.SAVE_CONFIGURATION, self._save),
            (c.CLEAR_DATA, self._clear_data),
            (c.CLEAR_MFG_STATUS, self._clear_status),
            (c.EXECUTE_DIAGNOSTICS, self._diagnose),
            (c.ACTIVATE_ALL_PENDING, self._activate),
            (c.CLEAR_ALL_PENDING, self._clear_pending),
            (CLEAR_EVENT_LOG, self._clear_events),
        )

    def _ask(self, procedure, parameters):
        if parameters is None:
            return self._maintenance.result()
        return self._maintenance.ask(procedure.number, self._device)

    def _cold_start(self, parameters, response):
        return self._ask(c.COLD_START, parameters)

    def _warm_start(self, parameters, response):
        return self._ask(c.WARM_START, parameters)

    def _save(self, parameters, response):
        return self._ask(c.SAVE_CONFIGURATION, parameters)

    def _clear_data(self, parameters, response):
        return self._ask(c.CLEAR_DATA, parameters)

    def _diagnose(self, parameters, response):
        return self._ask(c.EXECUTE_DIAGNOSTICS, parameters)

    def _activate(self, parameters, response):
        return self._ask(c.ACTIVATE_ALL_PENDING, parameters)

    def _clear_status(self, parameters, response):
        # What still stands comes back by itself.
        self._faults.withdraw(MANUFACTURER_FLAGS)
        return c.COMPLETED

    def _clear_events(self, parameters, response):
        why = self._guard.clear(self._device)
        if why == -ISC:
            return c.NO_AUTHORISATION
        return c.CONFLICT if why else c.COMPLETED

    def _clear_pending(self, parameters, response):
        return c.COMPLETED if self._pending.clear_all(self._device) else c.CONFLICT
