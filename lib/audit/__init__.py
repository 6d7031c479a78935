"""What makes a meter accountable: rights of its parameters, and the event log that shows changes.

    rights    which parameter is open, event-protected, sealed or read-only: one table
    entry     the layout of an entry of the event log
    log       the event log: Type A, chained, on any byte-addressable memory

Sources: S-EG-06 (event loggers, category A, as shared by several manuals; medium confidence), OIML
D 31:2023 6.2.3 and 6.3.4 (high confidence).
"""
