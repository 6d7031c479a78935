"""ANSI C12.19 tables: each declared once, for the meter that serves it and the tool that reads it.

types      what an octet means, and the Table declaration
codec      any window of a table's octets from its values, and values from octets
quantities what the meter measures, and the units it says it in
dates      what is a date, a time of day, a day of the week
decade0..7 the declarations, one file per decade
lists      what lists of entries begin with
sources    what declarations of several decades have their values from
events     the events of the history log
catalog    all of them by number, and the dimensions they need from each other
procedures the procedures declared, and what the firmware supplies to run one
dispatcher the procedure a session asked for, and its response
tables     the answers to a session: read, write, authorise
writing    a write, in steps; pending: what a pending table begins with; index: access by index
device     what the firmware supplies

Nothing here knows a protocol, a pin or a clock.
"""

from .types import NotReady

__all__ = ("NotReady",)
