"""Makes the recorder of a meter whose model has one; imported only where it is."""

from firmware.load_profile import LoadProfile
from firmware.profile_channels import Channels
from firmware.profile_check import ProfileCheck
from firmware.profile_store import ProfileStore
from firmware.readings import measured
from firmware.recorder import Recorder


def recorder_of(meter, board):
    """A Recorder that has not started, and the LoadProfile that it records.

    meter  firmware.meter.Meter with everything but the ports brought up
    """
    layout = board.layout
    channels = Channels(meter.constants, meter.readings, measured(meter.rating))
    store = ProfileStore(
        board.fram, layout.PROFILE, layout.RECORDER, layout.RECORDER_SLOTS, channels.head
    )
    size = layout.PROFILE_OCTETS
    recorder = Recorder(
        store,
        ProfileCheck(store, board.fram),
        channels,
        size,
        meter.program,
        meter.pages,
        meter.clock,
        meter.marks,
        meter.storage.faults,
    )
    return recorder, LoadProfile(recorder, store, size, meter.program, meter.pages, meter.marks)
