"""What a meter is given once: MT11, and the way in before there are passwords.

A meter that nobody has given a password lets anybody in who has its seal open, with a blank one:
there is no default that everybody knows. The first password that is stored ends that for good.
"""

from micropython import const

from boards import ratings
from c1219 import events
from metrology.faults import CONFIGURATION_BAD
from psem.codes import ERR

TABLE = const(0x80B)  # MT11
_FIELDS = ("model", "service", "serial")  # of the configuration, in the order of the table
_PASSWORDS = ("password_1", "password_2", "password_3", "password_module")
_PADDING = b" \0"


class Provisioning:
    """MT11 as the configuration record keeps it.

    configuration  firmware.configuration.Configuration
    faults         those of the meter, metrology.faults
    guard          firmware.guard.Guard
    """

    def __init__(self, configuration, faults, guard):
        self._configuration = configuration
        self._faults = faults
        self._guard = guard

    def approved(self, model, service):
        """Whether there is such a service, and such a model with it; padding is dropped."""
        try:
            rating = ratings.rating(service.rstrip(_PADDING).decode())
        except KeyError:
            return False
        return model.rstrip(_PADDING).decode() in rating.models

    def octets(self):
        """All of MT11."""
        image = b""
        for name in _FIELDS:
            image += self._configuration.get(name)
        return image

    def change(self, image, actor):
        """Keep a validated MT11, to be of use from the next start on: 0, or -ERR or what the guard
        says, and then all stands as before.
        """
        before = self.octets()
        image = self._padded(image)
        why = self._guard.change(events.PROGRAMMED, actor, TABLE, before, image)
        if why:
            return why
        self._put(image)
        if self._configuration.save():
            return 0
        self._put(before)
        self._configuration.save()  # should it have been written all the same, it counts no more
        return -ERR

    @property
    def welcomes(self):
        """Whether the blank password opens everything now.

        Not when a record was there and is lost: its passwords may come back, and whoever damages
        it must not gain by that.
        """
        if not self._guard.seal_open or self._faults.word & CONFIGURATION_BAD:
            return False
        for name in _PASSWORDS:
            if self._configuration.get(name).strip(_PADDING):
                return False
        return True

    def _padded(self, image):
        # With spaces, whatever it came with: what is kept is what the event log says.
        padded = b""
        for name in _FIELDS:
            size = len(self._configuration.get(name))
            text = bytes(image[len(padded) : len(padded) + size]).rstrip(_PADDING)
            padded += text + b" " * (size - len(text))
        return padded

    def _put(self, image):
        at = 0
        for name in _FIELDS:
            size = len(self._configuration.get(name))
            self._configuration.put(name, bytes(image[at : at + size]).rstrip(_PADDING))
            at += size
