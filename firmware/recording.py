"""Makes the recorder of a meter whose model has one; imported only there."""

from firmware.device import measured
from firmware.profile_channels import Channels
from firmware.profile_store import ProfileStore
from firmware.recorder import Recorder


def recorder_of(meter, board):
    """A Recorder that has not started.

    meter  firmware.meter.Meter with everything but the ports brought up
    """
    layout = board.layout
    channels = Channels(meter.constants, meter.readings, measured(meter.rating))
    store = ProfileStore(
        board.fram, layout.PROFILE, layout.RECORDER, layout.RECORDER_SLOTS, channels.head
    )
    return Recorder(
        store,
        channels,
        layout.PROFILE_OCTETS,
        meter.program,
        meter.pages,
        meter.clock,
        meter.marks,
        meter.storage.faults,
    )
