"""Behavioural model of the ADE7953 metering chip, at the level of bus bytes and pins."""

from .chip import Ade7953
from .signal import Scatter

__all__ = ["Ade7953", "Scatter"]
