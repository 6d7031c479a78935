"""Display lists as data: which quantities are shown, in which order and for how long."""

from micropython import const

# What an item's integer is.
NUMBER = const(0)  # a number of so many decimals
PAIRS = const(1)  # two or three times two digits: 12.34.56 is 123456
TRIPLES = const(2)  # three and three digits: 001.002 is 1002
OCTAL = const(3)
HEX = const(4)
SEGMENTS = const(5)  # nothing: every segment of the glass is lit


class Item:
    """One screen of a display list.

    code            ID code, up to three characters as bytes
    quantity        what to show: the value source knows it
    annunciators    names lit while the item is shown
    digits          digits of the number, 1 to 6
    decimals        digits right of the decimal point
    zeros           leading zeros
    rolls           True: like a mechanical register, show the value modulo 10^digits;
                    False: show dashes when it does not fit
    multiplier      the number shown stands for 10^multiplier as much: the value source's
    kind            NUMBER, or one of the other constants of this module, which have no decimals
                    and all their zeros
    """

    def __init__(
        self,
        code,
        quantity,
        annunciators=(),
        digits=6,
        decimals=0,
        zeros=True,
        rolls=False,
        multiplier=0,
        kind=NUMBER,
    ):
        self.code = code
        self.quantity = quantity
        self.annunciators = annunciators
        self.kind = kind
        self.multiplier = multiplier
        self.form(digits, decimals, zeros, rolls)

    def form(self, digits, decimals, zeros, rolls):
        """Set how an item of this kind is drawn; does not allocate."""
        self.digits = digits & ~1 if self.kind == PAIRS else digits
        self.decimals = decimals
        self.zeros = zeros
        self.modulus = 10**digits if rolls else 0


class DisplayList:
    """Items, at least one, shown one after the other, again and again.

    annunciator     lit while the list is shown: NOR, ALT or TEST. With NOR the fault code is one
                    more item; TEST flashes
    on_time         how long an item is shown, in tenths of a second
    off_time        how long the digits stay blank after it, in tenths of a second
    hold            minutes after which a list that runs once is left at the latest, 0 to 15;
                    0: when it has ended
    """

    def __init__(self, items, annunciator="NOR", on_time=60, off_time=0, hold=0):
        if not items:
            raise ValueError("a display list needs an item")
        self.items = items
        self.annunciator = annunciator
        self.on_time = on_time
        self.off_time = off_time
        self.hold = hold
        self.faults = annunciator == "NOR"
        self.flashes = annunciator == "TEST"


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
