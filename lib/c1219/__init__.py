"""ANSI C12.19 tables: each declared once, for the meter that serves it and the tool that reads it.

types      what an octet means, and the Table declaration
codec      any window of a table's octets from its values, and values from octets
quantities what the meter measures, and the units it says it in
decade0..2 the declarations, one file per decade
catalog    all of them by number, and the dimensions they need from each other
tables     the answers to a session: read, write, authorise

Nothing here knows a protocol, a pin or a clock.
"""

from .tables import NotReady, Tables

__all__ = ("NotReady", "Tables")
