"""What a meter has where there is memory for it: see `Board.roomy`. Each is imported only here."""

# What it is made of, one file after the other.
OF_PORTS = (
    "c1219.decade3",
    "c1219.decade4",
    "c1219.decade6",
    "c1219.decade7",
    "c1219.manufacturer",
    "c1219.meter_facts",
    "c1219.service",
    "c1219.accountability",
    "c1219.software",
    "c1219.catalog",
    "c1219.index",
    "firmware.items",
    "firmware.passwords",
    "firmware.provisioning",
    "firmware.maintenance_procedures",
    "firmware.refusals",
    "firmware.audit_state",
    "firmware.full_device",
)
OF_RECORDER = (
    "metrology.profile",
    "firmware.profile_store",
    "firmware.profile_program",
    "firmware.profile_channels",
    "firmware.profile_check",
    "firmware.recorder",
    "c1219.procedures",
    "firmware.load_profile",
    "firmware.device",
    "firmware.recording",
)


def access(board, closed):
    """The lockout after wrong passwords, loaded; or closed to all of them."""
    from firmware.access import Access

    layout = board.layout
    lockout = Access(board.fram, layout.ACCESS, layout.ACCESS_SLOTS, board.ticks_ms)
    lockout.load()
    lockout.closed = closed
    return lockout


def pending(meter, board):
    """Pending tables, loaded."""
    from firmware.pending import Pending

    layout = board.layout
    return Pending(board.fram, layout.PENDING, layout.PENDING_SLOTS, meter)


def maintenance(meter, board):
    """The maintenance duty, with the meter's pending tables."""
    from firmware.clearing import Clearing
    from firmware.maintenance import Maintenance

    layout = board.layout
    page = meter.pages.billing
    clearing = Clearing(board.fram, layout.CLEARING, layout.CLEARING_SLOTS, page, meter.event_log)
    duty = Maintenance(meter, board, clearing)
    duty.pending = meter.pending
    return duty
