"""ST42 as the configuration keeps it: who may log on, and with which groups."""

from micropython import const

from c1219.decade4 import PASSWORD_LENGTH, groups_of

TABLE = const(42)

# Fields of the configuration and their access levels, in the order of ST42.
_FIELDS = (("password_1", 1), ("password_2", 2), ("password_3", 3), ("password_module", 2))
GROUPS = bytes([groups_of(level) for _, level in _FIELDS])

_ENTRY = PASSWORD_LENGTH + 1
_PADDING = b" \0"


def changed(configuration, image):
    """Which of them a validated ST42 changes: a bit each, in one octet."""
    before = octets(configuration)
    bits = 0
    for i in range(len(_FIELDS)):
        at = i * _ENTRY
        if _stripped(before, at) != _stripped(image, at):
            bits |= 1 << i
    return bytes((bits,))


def octets(configuration):
    """All of ST42, for offset writes: nobody may be shown it."""
    image = bytearray()
    for i in range(len(_FIELDS)):
        image += configuration.get(_FIELDS[i][0])
        image.append(GROUPS[i])
    return image


def change(configuration, image):
    """Keep a validated ST42: False, and all passwords stand as before, when that fails.

    Padding is kept as spaces, with which an offered password is compared.
    """
    before = octets(configuration)
    _put(configuration, image)
    if configuration.save():
        return True
    _put(configuration, before)
    configuration.save()  # should they have been written all the same, they count no more
    return False


def _put(configuration, image):
    for i in range(len(_FIELDS)):
        configuration.put(_FIELDS[i][0], _stripped(image, i * _ENTRY))


def _stripped(image, at):
    return bytes(image[at : at + PASSWORD_LENGTH]).rstrip(_PADDING)
