"""ANSI C12.18 for a meter: link and session as state machines without I/O.

    link = psem.link.Link(psem.session.Session(tables))

The port feeds received bytes and time in (`Link.receive`, `Link.step`) and writes `Link.tx` out.
Nothing is imported here, so that a reader may take `psem.codes` and `psem.crc` alone.
"""
