"""The first step after boot: chooses the firmware, and runs it unless a prompt is wanted.

/active names the folder that holds the firmware in use; without it the firmware lies at the
top, or is frozen into the image. /service asks for the prompt, for flashing, at one start: a
power cut in the middle of service leaves a meter that meters.

Flashing replaces this file on its own, before /active, so all that it may ask of any firmware
is `firmware.start.run()`.
"""

import gc
import os
import sys

# Files that are loaded leave holes of a kilobyte in the heap, with code between them. Collected
# this often, they are used again; otherwise stock MicroPython runs out of whole kilobytes.
_LOADING_BYTES = 16384


def choose():
    """Import from the folder that /active names, which lies ahead of everything."""
    if sys.path[0] == ".frozen":
        # The image alone meters. A file must not take the place of a built-in module, and looking
        # for one takes 1.5 ms with each import.
        sys.path[:] = (".frozen",)
        return
    try:
        with open("/active") as file:
            folder = "/" + file.read().strip()
        os.stat(folder + "/firmware")
    except OSError:
        return
    sys.path.insert(0, folder + "/lib")
    sys.path.insert(0, folder)


def service():
    """Whether /service asks for the prompt; it has then been heard."""
    try:
        os.remove("/service")
    except OSError:
        return False
    return True


def main():
    """Run the meter, for ever, or return to the prompt."""
    if service():
        print("service mode: reset to meter again")
        return
    choose()
    if sys.path[0] != ".frozen":
        gc.threshold(_LOADING_BYTES)
    from firmware.start import run

    run()


if __name__ == "__main__":
    main()
