"""What declarations of several decades name as the sources of their fields."""


def length_of(t, name):
    """How many there are of a member of the tables."""
    return len(getattr(t, name))


def of_device(t, name):
    """A member of the device."""
    return getattr(t.device, name)
