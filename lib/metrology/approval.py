"""Approval profiles: which demand intervals a meter may bill by.

    CA   Canada: billing demand over no less than 15 minutes (S-E-06, clause 5.15.3, as bulletin
         E-34 quotes it)
    LAB  no approval: whatever demand can be measured over. For laboratories, proofs and tests, and
         for countries with other rules

Test mode has the same intervals under both, those that approval AE-2041 Rev.3 has.
"""

from .demand import is_interval

CANADA = "CA"
LABORATORY = "LAB"
PROFILES = (CANADA, LABORATORY)

CANADIAN_INTERVALS = (15, 20, 30, 60)  # minutes
TEST_INTERVALS = (1, 5, 10, 15)


def is_billing_interval(approval, interval, subinterval):
    """Whether a meter may bill demand over `interval` minutes in steps of `subinterval`.

    approval  CANADA or LABORATORY
    """
    if approval == CANADA and interval not in CANADIAN_INTERVALS:
        return False
    return is_interval(interval, subinterval)
