"""A device for the tables to ask: every value settable, stored tables in memory."""

from boards.ratings import rating
from c1219 import catalog, procedures, quantities
from c1219.codec import decode
from c1219.types import resolve
from metrology import demand


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

    def authorised(self, user_id, level):
        self.rights = (user_id, level)

    def password_level(self, password):
        self.asked.append(password)
        return self.passwords.get(password, 0)


def whole(tables, number, level=1):
    """All octets of a table, or the negative response code."""
    buf = bytearray(16000)
    count = tables.read(number, 0, -1, buf, 0, level)
    return bytes(buf[:count]) if count >= 0 else count


def fields(tables, number):
    """The decoded values of a table; of ST8 without response data."""
    parts = resolve(catalog.find(number).fields, dict(tables.dims, RESPONSE_LENGTH=0))
    return decode(parts, whole(tables, number))


def write(tables, number, octets, offset=-1, level=2):
    """The response code, negative, or 0."""
    return written(tables, number, offset, octets, 0, len(octets), level)


def written(tables, *arguments):
    """The same, of Tables.write and what follows."""
    result = tables.write(*arguments)
    while result > 0:
        result = tables.write_on()
    return result


DEMANDS = (quantities.DEMAND_DELIVERED, quantities.DEMAND_RECEIVED)
NONE = bytes(5)


class Registers:
    """What a demand reset saves, or the present."""

    def __init__(self):
        self.demand_resets = 0
        self.end_time = NONE
        self.quantities = [0] * 18
        self.maxima = dict.fromkeys(DEMANDS, 0)
        self.times = dict.fromkeys(DEMANDS, NONE)
        self.sums = dict.fromkeys(DEMANDS, 0)

    def quantity(self, q):
        return self.quantities[q]

    def maximum(self, q):
        return self.maxima[q]

    def maximum_time(self, q):
        return self.times[q]

    def cumulative(self, q):
        return self.sums[q]

    def continuous_cumulative(self, q):
        return self.sums[q] + self.maxima[q]


def display_source(item, digits=6, decimals=0, identity=b"dEL", multiplier=0):
    """Six octets of ST32."""
    return bytes([item]) + identity + bytes([digits | decimals << 3, multiplier])


def display_list(purpose, items, on=6, off=0, hold=0):
    """Three octets of ST33 or ST34."""
    return bytes([on | off << 4, hold | purpose << 4, items])


class BillingDevice(Registers, FakeDevice):
    """A device that offers everything; `ran` notes what procedures were run with."""

    is_demand_interval = staticmethod(demand.is_interval)

    def __init__(self):
        FakeDevice.__init__(self)
        Registers.__init__(self)
        self.measured = tuple(range(18))
        self.seconds_remaining = 0
        self.previous = Registers()
        self.now = bytes((7, 2, 1, 8, 45, 30))
        self.clock_flags = 0
        self.display_limits = (4, 6, 2, 2, 1)
        self.display_items = 9
        self.password_groups = bytes((0x03, 0x07, 0x0F, 0x07))
        # Stored tables at their largest; writes of less leave zeros behind.
        lists = display_list(1, 3) + display_list(2, 2) + bytes((0, 0, 1, 0, 2, 0, 1, 0, 3, 0))
        self.stored |= {
            13: bytes((1, 0, 0, 0)) + bytes((15, 1)) * 2,
            31: bytes((7, 4, 0, 6, 6, 0, 2, 2, 0, 1)),
            32: b"".join(display_source(item) for item in (1, 2, 3, 0)),
            33: lists + bytes(2),
            34: display_list(0, 2) + bytes((0, 0, 3, 0)),
            42: b"".join(bytes(20) + bytes((groups,)) for groups in self.password_groups),
            53: bytes((2, 0, 0, 60)) + (-300).to_bytes(2, "little", signed=True),
        }
        self.ran = []
        self.result = procedures.COMPLETED
        self.response = {}
        self.procedures = tuple(
            (procedure, self._runner(procedure)) for procedure in procedures.PROCEDURES
        )

    def _runner(self, procedure):
        def run(parameters, response):
            self.ran.append((procedure.number, parameters))
            response.update(self.response)
            if isinstance(self.result, Exception):
                raise self.result
            return self.result

        return run

    def date_time(self):
        return self.now

    def write_stored(self, number, image):
        if self.refusal:
            return self.refusal
        if number == 52:
            self.now = bytes(image[:6])
        else:
            self.stored[number] = bytes(image).ljust(len(self.stored[number]), b"\0")
        return 0
