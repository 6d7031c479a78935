"""Why a demand interval cannot be: one line for whoever asked for it."""

from metrology.approval import CANADA, CANADIAN_INTERVALS, is_billing_interval
from metrology.demand import SUBINTERVALS


def refusal(interval: int, subinterval: int, approval: str) -> str | None:
    """Why a meter under `approval` may not measure over these minutes; None if it may."""
    if is_billing_interval(approval, interval, subinterval):
        return None
    asked = f"a demand interval of {interval} minutes in steps of {subinterval}"
    if not 1 <= subinterval <= interval or interval % subinterval:
        return f"{asked}: the steps do not divide the interval"
    if interval > 60 or 60 % interval:
        return f"{asked}: does not divide the hour"
    if interval > SUBINTERVALS * subinterval:
        count = interval // subinterval
        return f"{asked}: a window of {count} subintervals, more than {SUBINTERVALS}"
    *most, last = map(str, CANADIAN_INTERVALS)
    allowed = f"{', '.join(most)} and {last} minutes"
    return f"{asked}: approval {CANADA} has {allowed}, others need another in the rating"
