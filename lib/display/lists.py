"""Display lists as data: which quantities are shown, in which order and for how long."""


class Item:
    """One screen of a display list.

    code            ID code, up to three characters as bytes
    quantity        what to show: handed to the value source as it is
    annunciators    names lit while the item is shown
    digits          digits of the number, 1 to 6
    decimals        digits right of the decimal point
    zeros           leading zeros
    rolls           True: like a mechanical register, show the value modulo 10^digits;
                    False: show dashes when it does not fit
    """

    def __init__(
        self, code, quantity, annunciators=(), digits=6, decimals=0, zeros=True, rolls=False
    ):
        self.code = code
        self.quantity = quantity
        self.annunciators = annunciators
        self.digits = digits
        self.decimals = decimals
        self.zeros = zeros
        self.modulus = 10**digits if rolls else 0


class DisplayList:
    """Items, at least one, shown one after the other, again and again.

    annunciator     lit while the list is shown: NOR, ALT or TEST
    on_time         how long an item is shown, in tenths of a second
    off_time        how long the digits stay blank after it, in tenths of a second
    """

    def __init__(self, items, annunciator="NOR", on_time=60, off_time=0):
        if not items:
            raise ValueError("a display list needs an item")
        self.items = items
        self.annunciator = annunciator
        self.on_time = on_time
        self.off_time = off_time


def normal_list(delivered, received, net, codes=(b"dEL", b"rEC", b"nEt"), digits=6, decimals=0):
    """The Normal list: kWh delivered, received and net, 6 s each.

    The first three name the quantities to the value source, which gives them in units of
    10^-decimals kWh. Delivered and received roll over; net has a sign and an end.
    """
    return DisplayList(
        (
            Item(codes[0], delivered, ("DEL", "kWh"), digits, decimals, True, True),
            Item(codes[1], received, ("REC", "kWh"), digits, decimals, True, True),
            Item(codes[2], net, ("NET", "kWh"), digits, decimals, True, False),
        )
    )
