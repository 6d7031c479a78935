"""The meter as the C12.19 tables see it."""

from micropython import const

from metrology.faults import status1

VERSION = (1, 0, 0, 1)  # hardware version and revision, firmware version and revision

_METERING_MODE = const(0x01)
_ERR = const(1)
_DEVICE_ID = const(5)
_UTILITY = const(6)
_STORED = {_DEVICE_ID: "device_id", _UTILITY: "utility"}
_PASSWORDS = ("password_3", "password_2", "password_1")  # highest level first


class Device:
    """What `c1219.Tables` asks of the firmware."""

    def __init__(self, configuration, rating, readings, faults):
        self.rating = rating
        self.version = VERSION
        self.mode = _METERING_MODE
        self.quantity = readings.quantity
        self._configuration = configuration
        self._faults = faults

    @property
    def model(self):
        """ED_MODEL, up to 8 characters."""
        return self._configuration.text("model").encode()

    @property
    def serial(self):
        """Serial number, up to 16 characters."""
        return self._configuration.text("serial").encode()

    @property
    def status1(self):
        """ED_STD_STATUS1 of ST3."""
        return status1(self._faults.word)

    @property
    def status_mfg(self):
        """Manufacturer status: nothing yet."""
        return 0

    def read_stored(self, number, offset, count, buf, at):
        """Copy octets of ST5 or ST6."""
        value = self._configuration.get(_STORED[number])
        buf[at : at + count] = value[offset : offset + count]

    def write_stored(self, number, image):
        """Keep ST5 or ST6; -ERR when the memory does not take it, and the old one stands."""
        name = _STORED[number]
        old = self._configuration.get(name)
        self._configuration.put(name, bytes(image))
        if self._configuration.save():
            return 0
        self._configuration.put(name, old)
        return -_ERR

    def password_level(self, password):
        """Access level of a password without padding: 1 to 3, or 0 when it is none.

        Every password is compared over its whole length, whatever matches.
        """
        level = 0
        for i in range(len(_PASSWORDS)):
            known = self._configuration.get(_PASSWORDS[i])
            offered = password + b" " * (len(known) - len(password))
            difference = len(offered) ^ len(known)
            blank = True
            for j in range(len(known)):
                difference |= known[j] ^ offered[j]
                blank = blank and known[j] in (0x00, 0x20)
            if difference == 0 and not blank and level == 0:
                level = len(_PASSWORDS) - i
        return level
