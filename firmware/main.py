"""The first step of an image after boot: meters, unless a prompt is wanted.

/service asks for the prompt, for flashing, at one start: a power cut in the middle of service
leaves a meter that meters.
"""

import os
import sys


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
    # The image alone meters. A file must not take the place of a built-in module, and looking for
    # one takes 1.5 ms with each import.
    sys.path[:] = (".frozen",)
    from firmware.start import run

    run()


if __name__ == "__main__":
    main()
