"""Registers of test mode: those of the running test, or else of the latest one."""

from metrology import demand_register
from metrology.page import (
    DELIVERED_KWH,
    DEMAND_INTERVAL,
    DEMAND_LAST,
    DEMAND_MAXIMUM,
    DEMAND_SUBINTERVAL,
)


class TestRegisters:
    """`direction` is 0 delivered, 1 received.

    pages      metrology.modes.Pages
    constants  metrology.constants.Constants of the rating
    billing    firmware.billing.Billing: how long the test goes on
    """

    def __init__(self, pages, constants, billing):
        self._page = pages.test
        self._constants = constants
        self._billing = billing

    @property
    def seconds_left(self):
        """Until test mode ends by itself; 0 when no test runs."""
        return self._billing.test_left_s

    @property
    def interval(self):
        """Minutes of the test's demand interval."""
        return self._page[DEMAND_INTERVAL]

    @property
    def subinterval(self):
        """Minutes of its subinterval."""
        return self._page[DEMAND_SUBINTERVAL]

    def energy(self, direction):
        """mWh since the test began, rounded down."""
        page = self._page
        at = DELIVERED_KWH + 2 * direction
        return self._constants.microwatthours(page[at], page[at + 1]) // 1000

    def present(self, direction):
        """Demand of the running interval so far: W."""
        return self._watts(demand_register.present(self._page, direction))

    def last(self, direction):
        """Demand of the last full interval: W."""
        return self._watts(self._page[DEMAND_LAST + direction])

    def maximum(self, direction):
        """The greatest demand since the test began: W."""
        return self._watts(self._page[DEMAND_MAXIMUM + direction])

    def _watts(self, counts):
        return demand_register.counts_to_watts(self._constants, counts)
