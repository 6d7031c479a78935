"""Registers of test mode: those of the running test, or else of the latest one; and of all."""

from metrology import demand_register
from metrology.page import (
    DELIVERED_KWH,
    DEMAND_INTERVAL,
    DEMAND_LAST,
    DEMAND_MAXIMUM,
    DEMAND_SUBINTERVAL,
    TEST_REGISTERS,
    TEST_SECONDS,
    TESTS,
)


class TestRegisters:
    """`direction` is 0 delivered, 1 received.

    pages      metrology.modes.Pages
    constants  metrology.constants.Constants of the rating
    billing    firmware.billing.Billing: how long the test goes on
    """

    def __init__(self, pages, constants, billing):
        self._page = pages.test
        self._kept = pages.billing
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
        return self._milliwatthours(self._page, DELIVERED_KWH + 2 * direction)

    @property
    def tests(self):
        """How often test mode was ever entered, modulo 2^30."""
        return self._kept[TESTS]

    @property
    def seconds_ever(self):
        """Seconds in test mode, up to 2^30 - 1."""
        return self._kept[TEST_SECONDS]

    def energy_ever(self, direction):
        """mWh of all tests, rounded down."""
        return self._milliwatthours(self._kept, TEST_REGISTERS + 2 * direction)

    def _milliwatthours(self, page, at):
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
