"""A device for the tables to ask: fixed values, stored tables in memory."""

from boards.ratings import rating

PASSWORD = b"secret"


class Device:
    """See c1219.tables for what the members mean."""

    model = b"AX-SD"
    serial = b"PM00000042"
    version = (1, 2, 3, 4)
    mode = 1
    status1 = 0x0041
    status_mfg = 0

    def __init__(self):
        self.rating = rating("2S-240-200")
        self.stored = {5: b"METER 7" + b" " * 13, 6: b"OWNER" + b" " * 225}

    def quantity(self, which):
        """Values of every size and sign, beyond the small integers too."""
        return (0, 1, -1, 123456789, -123456789, (1 << 31) - 1, -(1 << 31), 240000, 60000)[
            which % 9
        ]

    def read_stored(self, number, offset, count, buf, at):
        """Copy octets."""
        buf[at : at + count] = self.stored[number][offset : offset + count]

    def write_stored(self, number, image):
        """Keep the table."""
        self.stored[number] = bytes(image)
        return 0

    def authorised(self, user_id, level):
        """Nothing depends on it here."""

    def password_level(self, password):
        """2 with the password."""
        return 2 if password == PASSWORD else 0
