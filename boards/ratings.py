"""The approved services as data: approval AE-2041 Rev.3, section 1 (service configurations).

`Kh` values are this project's choice for solid-state meters; the approval names none
(reference: metrology notes, section 2.4). Full scale of the metering chip is laid out at
twice the nominal voltage and twice the class current, so that rated load is 50 % of each.
"""

from metrology.approval import CANADA, PROFILES

AX = "AX"
AXR = "AXR"
AX_SD = "AX-SD"
AXR_SD = "AXR-SD"
MODELS = (AX, AXR, AX_SD, AXR_SD)
SWITCHED = (AX_SD, AXR_SD)  # those with a service switch
_NO_SWITCH = (AX, AXR)


class Rating:
    """One service: what the nameplate says and what turns chip counts into energy.

    name            FORM-VOLTS-CLASS, as `--service` takes it; with /APPROVAL if that is not CA
    form            ANSI form designation
    coils           2: half the sum of both coils (1.5 element, form 2S); 1: coil A alone
    volts           nominal, V rms
    class_amps      maximum current, A rms
    test_amps       TA, A rms
    kh_mwh          watt-hour constant in mWh per pulse (Kh 1.0 is 1000); divides 10^6
    models          the models approved with it
    approval        profile of metrology.approval: which demand intervals it may have
    """

    def __init__(
        self, name, form, coils, volts, class_amps, test_amps, kh_mwh, models, approval=CANADA
    ):
        self.name = name
        self.form = form
        self.coils = coils
        self.volts = volts
        self.class_amps = class_amps
        self.test_amps = test_amps
        self.kh_mwh = kh_mwh
        self.models = models
        self.approval = approval

    def under(self, approval):
        """The same service under another approval profile."""
        return Rating(
            self.name + "/" + approval,
            self.form,
            self.coils,
            self.volts,
            self.class_amps,
            self.test_amps,
            self.kh_mwh,
            self.models,
            approval,
        )

    @property
    def rated_watts(self):
        """Nominal volts times class amps, W."""
        return self.volts * self.class_amps

    @property
    def full_scale_watts(self):
        """Power of one coil that gives the chip's full-scale power code, W."""
        return self.full_scale_volts * self.full_scale_amps

    @property
    def full_scale_volts(self):
        """V rms that gives the chip's full-scale voltage code."""
        return 2 * self.volts

    @property
    def full_scale_amps(self):
        """A rms that gives the chip's full-scale current code."""
        return 2 * self.class_amps


# name, form, coils, volts, class amps, test amps, mWh of Kh, approved with a service switch
SERVICES = (
    ("2S-240-200", "2S", 2, 240, 200, 30, 1000, True),
    ("2S-240-320", "2S", 2, 240, 320, 50, 2000, False),
    ("4S-240-20", "4S", 2, 240, 20, 2.5, 100, False),
    ("1S-120-100", "1S", 1, 120, 100, 15, 1000, True),
    ("3S-120-10", "3S", 1, 120, 10, 2.5, 100, False),
    ("3S-240-20", "3S", 1, 240, 20, 2.5, 100, False),
)


def rating(name):
    """The Rating called `name`.

    "2S-240-200/LAB" is the first one under the approval profile LAB; without a profile it is CA.
    Raises KeyError for an unknown service or profile.
    """
    service, slash, approval = name.partition("/")
    for row in SERVICES:
        if row[0] == service and not slash:
            return _made(row)
        if row[0] == service and approval in PROFILES and approval != CANADA:
            return _made(row).under(approval)
    raise KeyError(name)


def _made(row):
    return Rating(*row[:-1], MODELS if row[-1] else _NO_SWITCH)
