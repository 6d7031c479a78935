"""A device for the tables to ask: every value settable, stored tables in memory."""

from boards.ratings import rating


class FakeDevice:
    def __init__(self, service="2S-240-200"):
        self.model = b"AX-SD"
        self.serial = b"PM00000042"
        self.version = (1, 2, 3, 4)
        self.rating = rating(service)
        self.mode = 1
        self.status1 = 0
        self.status_mfg = 0
        self.quantities = [0] * 9
        self.stored = {5: b"METER 7".ljust(20), 6: b"OWNER".ljust(230)}
        self.refusal = 0
        self.passwords = {b"secret": 2}
        self.asked = []

    def quantity(self, q):
        return self.quantities[q]

    def read_stored(self, number, offset, count, buf, at):
        octets = self.stored[number][offset : offset + count]
        assert len(octets) == count, "asked beyond the table"
        buf[at : at + count] = octets

    def write_stored(self, number, image):
        if not self.refusal:
            self.stored[number] = bytes(image)
        return self.refusal

    def password_level(self, password):
        self.asked.append(password)
        return self.passwords.get(password, 0)


def whole(tables, number, level=0):
    """All octets of a table, or the negative response code."""
    buf = bytearray(2000)
    count = tables.read(number, 0, -1, buf, 0, level)
    return bytes(buf[:count]) if count >= 0 else count
