"""The six-digit HT1621 module sold as PDC-6X1: digits, three decimal points, a battery.

The map is the one that public drivers for this module agree on (confidence medium: modules
with other glasses are sold under the same picture; check with the segment test).
"""

from display.glass import Glass

# One line per HT1621 address from 0 on: the segments on D0, D1, D2 and D3. The module counts
# its digits from the right. The bars above the battery symbol are left unused.
GLASS = Glass(
    """
    P5 6c 6b 6a
    6d 6e 6g 6f
    P4 5c 5b 5a
    5d 5e 5g 5f
    P3 4c 4b 4a
    4d 4e 4g 4f
    BAT 3c 3b 3a
    3d 3e 3g 3f
    . 2c 2b 2a
    2d 2e 2g 2f
    . 1c 1b 1a
    1d 1e 1g 1f
    """,
    digits="123456",
)
