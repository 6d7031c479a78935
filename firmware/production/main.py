"""The first step of a production image: meters. Whatever ends that restarts the processor.

Such an image has no file system and no prompt; boards/pico_meter/production.h says what else.
"""

import sys

sys.path[:] = (".frozen",)

from firmware.start import run  # noqa: E402

run()
