"""Legally relevant: what turns the metering chip's counts into registers."""
