"""The meter's own glass: six large digits, three small ones, annunciators, load emulator."""

from display.glass import Glass

# One line per HT1621 address from 0 on: the segments on D0, D1, D2 and D3 (COM0 to COM3).
# Digits 1 to 6 are the large ones from the left, 7 to 9 the small ones.
GLASS = Glass(
    """
    1d 1e 1g 1f
    P1 1c 1b 1a
    2d 2e 2g 2f
    P2 2c 2b 2a
    3d 3e 3g 3f
    P3 3c 3b 3a
    4d 4e 4g 4f
    P4 4c 4b 4a
    5d 5e 5g 5f
    P5 5c 5b 5a
    6d 6e 6g 6f
    MINUS 6c 6b 6a
    7d 7e 7g 7f
    DEL 7c 7b 7a
    8d 8e 8g 8f
    REC 8c 8b 8a
    9d 9e 9g 9f
    NET 9c 9b 9a
    NOR ALT TEST EOI
    kWh kW V A
    Hz PF ERR BAT
    LEFT S1 S2 S3
    S4 S5 S6 RIGHT
    L1 L2 OPEN CLOSED
    SEAL CLOCK DEV .
    """,
    digits="123456",
    code="789",
)
