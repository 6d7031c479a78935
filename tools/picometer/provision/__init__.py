"""Gives a meter its identity and its passwords."""
