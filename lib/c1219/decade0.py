"""Decade 0, general configuration: ST0 to 8 (layouts: high confidence, ST4 medium)."""

from micropython import const

from .codec import set_of
from .pending import EVENT, SELECTOR_BITS
from .sources import length_of, of_device  # noqa: F401  declarations name it
from .types import FIXED, PROCEDURE, PROGRAMMER, PUBLIC, STORED, Table

MANUFACTURER_CODE = const(b"PICO")
ELECTRIC = const(2)

_FORMAT_CONTROL_1 = const(
    ("UINT8", (("DATA_ORDER", 0, 1), ("CHAR_FORMAT", 1, 3), ("MODEL_SELECT", 4, 3)))
)
_FORMAT_CONTROL_2 = const(
    (
        "UINT8",
        (
            ("TM_FORMAT", 0, 3),
            ("DATA_ACCESS_METHOD", 3, 2),
            ("ID_FORM", 5, 1),
            ("INT_FORMAT", 6, 2),
        ),
    )
)
_FORMAT_CONTROL_3 = const(("UINT8", (("NI_FORMAT1", 0, 4), ("NI_FORMAT2", 4, 4))))
_ISO_646 = const(0x02)
_DISCRETE_OCTETS = const(0x02)
_FULL_OFFSET_AND_INDEX = const(0x18)
_INT48_AND_INT32 = const(0x8A)  # NI_INT48 for NI_FMAT1, NI_INT32 for NI_FMAT2

# The sets that follow are sized by this head, so a reader decodes it first.
GENERAL_HEAD = (
    ("FORMAT_CONTROL_1", _FORMAT_CONTROL_1, 1, _ISO_646),
    ("FORMAT_CONTROL_2", _FORMAT_CONTROL_2, 1, _DISCRETE_OCTETS | _FULL_OFFSET_AND_INDEX),
    ("FORMAT_CONTROL_3", _FORMAT_CONTROL_3, 1, _INT48_AND_INT32),
    ("DEVICE_CLASS", "STRING", 4, MANUFACTURER_CODE),
    ("NAMEPLATE_TYPE", "UINT8", 1, ELECTRIC),
    ("DEFAULT_SET_USED", "UINT8", 1, 0),
    ("MAX_PROC_PARM_LENGTH", "UINT8", 1, "_parameter_length"),
    ("MAX_RESP_DATA_LEN", "UINT8", 1, "_response_length"),
    ("STD_VERSION_NO", "UINT8", 1, 2),  # the 2008 edition
    ("STD_REVISION_NO", "UINT8", 1, 0),
    ("DIM_STD_TBLS_USED", "UINT8", 1, ("length_of", "std_tables")),
    ("DIM_MFG_TBLS_USED", "UINT8", 1, ("length_of", "mfg_tables")),
    ("DIM_STD_PROC_USED", "UINT8", 1, ("length_of", "std_procedures")),
    ("DIM_MFG_PROC_USED", "UINT8", 1, ("length_of", "mfg_procedures")),
    ("DIM_MFG_STATUS_USED", "UINT8", 1, 1),  # with none, ST3 is too short for known clients
    ("NBR_PENDING", "UINT8", 1, ("length_of", "pending")),
)


def _parameter_length(t, n):
    return t.procedures.parameter_length


def _response_length(t, n):
    return t.procedures.response_length


def _set(t, name):
    return getattr(t, name)


ST0 = Table(
    0,
    "GEN_CONFIG_TBL",
    GENERAL_HEAD
    + (
        ("STD_TBLS_USED", "SET", "DIM_STD_TBLS_USED", ("_set", "std_tables")),
        ("MFG_TBLS_USED", "SET", "DIM_MFG_TBLS_USED", ("_set", "mfg_tables")),
        ("STD_PROC_USED", "SET", "DIM_STD_PROC_USED", ("_set", "std_procedures")),
        ("MFG_PROC_USED", "SET", "DIM_MFG_PROC_USED", ("_set", "mfg_procedures")),
        ("STD_TBLS_WRITE", "SET", "DIM_STD_TBLS_USED", ("_set", "std_writable")),
        ("MFG_TBLS_WRITE", "SET", "DIM_MFG_TBLS_USED", ("_set", "mfg_writable")),
    ),
    globals(),
    octets=FIXED,
)


def _padded(text, width):
    if len(text) > width:
        raise ValueError("%r is longer than %d octets" % (text, width))
    return text + b" " * (width - len(text))


def _model(t, n):
    return _padded(t.device.model, 8)


def _version(t, i):
    return t.device.version[i]


def _serial(t, n):
    return _padded(t.device.serial, 16)


ST1 = Table(
    1,
    "GENERAL_MFG_ID_TBL",
    (
        ("MANUFACTURER", "STRING", 4, MANUFACTURER_CODE),
        ("ED_MODEL", "STRING", 8, "_model"),
        ("HW_VERSION_NUMBER", "UINT8", 1, ("_version", 0)),
        ("HW_REVISION_NUMBER", "UINT8", 1, ("_version", 1)),
        ("FW_VERSION_NUMBER", "UINT8", 1, ("_version", 2)),
        ("FW_REVISION_NUMBER", "UINT8", 1, ("_version", 3)),
        ("MFG_SERIAL_NUMBER", "STRING", 16, "_serial"),
    ),
    globals(),
)


# Nameplate codes: of frequency and elements medium confidence (frequency 0 DC, 1 25 Hz, 2 50, 3 50
# or 60, 4 60, 5 400; elements 0 none, 1 1, 2 2, 3 2 1/2, 4 3, 5 6, 6 1 1/2), the others low: those
# of a 240 V form 2S meter are as a meter in service gives them (base type 1, accuracy class not
# stated, 240 V is 5).
_ELEMENTS_BITS = const(
    (
        ("FREQUENCY", 0, 3),
        ("NBR_OF_ELEMENTS", 3, 3),
        ("BASE_TYPE", 6, 4),
        ("ACCURACY_CLASS", 10, 6),
    )
)
_VOLTS_BITS = const((("ELEMENT_VOLTS", 0, 4), ("SUPPLY_VOLTS", 4, 4)))
_60_HZ = const(0x0004)
_ONE_ELEMENT = const(0x0008)
_ONE_AND_A_HALF = const(0x0030)  # two current coils and one voltage: 2S, 4S
_SOCKET = const(0x0040)
_ELEMENT_VOLTS = {120: 3, 240: 5}  # 0: not stated


def _number(value, width=6):
    """Decimal text as the nameplate has it, padded with NULs as meters in service do."""
    text = str(value).encode()
    return text + b"\0" * (width - len(text))


def _thousandths(value):
    text = "%d.%03d" % (value // 1000, value % 1000)
    while text.endswith("0") and not text.endswith(".0"):
        text = text[:-1]
    return text


def _kh(t, n):
    return _number(_thousandths(t.device.rating.kh_mwh))


def _form(t, n):
    """The form's number to the right, as in "    2" for form 2S."""
    text = t.device.rating.form.rstrip("S").encode()
    return b" " * (5 - len(text)) + text


def _elements(t, n):
    both = t.device.rating.coils == 2
    return _60_HZ | (_ONE_AND_A_HALF if both else _ONE_ELEMENT) | _SOCKET


def _volts(t, n):
    return _ELEMENT_VOLTS.get(t.device.rating.volts, 0)


def _class_amps(t, n):
    return _number(t.device.rating.class_amps)


def _test_amps(t, n):
    return _number(t.device.rating.test_amps)


ST2 = Table(
    2,
    "DEVICE_NAMEPLATE_TBL",
    (
        ("E_KH", "STRING", 6, "_kh"),  # Wh per pulse
        ("E_KT", "STRING", 6, "_kh"),  # in test mode: the same
        ("E_INPUT_SCALAR", "UINT8", 1, 1),
        ("E_ED_CONFIG", "STRING", 5, "_form"),
        ("E_ELEMENTS", ("UINT16", _ELEMENTS_BITS), 1, "_elements"),
        ("E_VOLTS", ("UINT8", _VOLTS_BITS), 1, "_volts"),
        ("E_CLASS_MAX_AMPS", "STRING", 6, "_class_amps"),
        ("E_TA", "STRING", 6, "_test_amps"),
    ),
    globals(),
    octets=FIXED,
)

ED_MODE_BITS = const(
    (
        ("METERING_FLAG", 0, 1),
        ("TEST_MODE_FLAG", 1, 1),
        ("METER_SHOP_MODE_FLAG", 2, 1),
        ("FACTORY_FLAG", 3, 1),
    )
)
ED_STD_STATUS1_BITS = const(
    (
        ("UNPROGRAMMED_FLAG", 0, 1),
        ("CONFIGURATION_ERROR_FLAG", 1, 1),
        ("SELF_CHK_ERROR_FLAG", 2, 1),
        ("RAM_FAILURE_FLAG", 3, 1),
        ("ROM_FAILURE_FLAG", 4, 1),
        ("NONVOL_MEM_FAILURE_FLAG", 5, 1),
        ("CLOCK_ERROR_FLAG", 6, 1),
        ("MEASUREMENT_ERROR_FLAG", 7, 1),
        ("LOW_BATTERY_FLAG", 8, 1),
        ("LOW_LOSS_POTENTIAL_FLAG", 9, 1),
        ("DEMAND_OVERLOAD_FLAG", 10, 1),
        ("POWER_FAILURE_FLAG", 11, 1),
        ("TAMPER_DETECT_FLAG", 12, 1),
        ("REVERSE_ROTATION_FLAG", 13, 1),
    )
)


def _mfg_status(t, n):
    return bytes((t.device.status_mfg,))


ST3 = Table(
    3,
    "ED_MODE_STATUS_TBL",
    (
        ("ED_MODE", ("UINT8", ED_MODE_BITS), 1, ("of_device", "mode")),
        ("ED_STD_STATUS1", ("UINT16", ED_STD_STATUS1_BITS), 1, ("of_device", "status1")),
        ("ED_STD_STATUS2", "UINT8", 1, 0),
        # of the service switch: 0 it is open, 1 it is armed, 2 a fault of it stands
        ("ED_MFG_STATUS", "SET", "DIM_MFG_STATUS_USED", "_mfg_status"),
    ),
    globals(),
)


def _pending(t, n):
    return set_of(t.device.pending.numbers(), t.dims["DIM_STD_TBLS_USED"])


def _last_activation(t, n):
    return t.device.pending.last_activation


def _count_pending(t, n):
    return len(t.device.pending.numbers())


def _pending_event(t, n):
    numbers = t.device.pending.numbers()
    if n >= len(numbers):
        return _NO_PENDING
    event = t.device.pending.get(numbers[n])[:EVENT]
    return event + bytes((numbers[n] & 0xFF, numbers[n] >> 8))


_NO_PENDING = bytes(8)

# What it is made of has medium confidence; entries stand in the order of their tables.
ST4 = Table(
    4,
    "PENDING_STATUS_TBL",
    (
        ("STANDARD_PENDING", "SET", "DIM_STD_TBLS_USED", "_pending"),
        ("MFG_PENDING", "SET", "DIM_MFG_TBLS_USED", 0),
        ("LAST_ACTIVATION_DATE_TIME", "STIME_DATE", 1, "_last_activation"),
        ("NBR_PENDING_ACTIVATION", "UINT8", 1, "_count_pending"),
        (
            "PENDING_TABLES",
            (
                ("EVENT_SELECTOR", ("UINT8", SELECTOR_BITS)),
                ("EVENT_STORAGE", "BINARY", 5),
                ("TABLE_SELECTOR", "UINT16"),
            ),
            "NBR_PENDING",
            "_pending_event",
        ),
    ),
    globals(),
    needs="pending",
)

ST5 = Table(
    5,
    "DEVICE_IDENT_TBL",
    (("IDENTIFICATION", "STRING", 20),),
    write=PROGRAMMER,
    octets=STORED,
)

ST6 = Table(
    6,
    "UTIL_INFO_TBL",
    (
        ("OWNER_NAME", "STRING", 20),
        ("UTILITY_DIV", "STRING", 20),
        ("SERVICE_POINT_ID", "STRING", 20),
        ("ELEC_ADDR", "STRING", 20),
        ("DEVICE_ID", "STRING", 20),
        ("UTIL_SER_NO", "STRING", 20),
        ("CUSTOMER_ID", "STRING", 20),
        ("COORDINATE_1", "STRING", 10),
        ("COORDINATE_2", "STRING", 10),
        ("COORDINATE_3", "STRING", 10),
        ("TARIFF_ID", "STRING", 8),
        ("EX1_SW_VENDOR", "STRING", 4),
        ("EX1_SW_VERSION_NUMBER", "UINT8"),
        ("EX1_SW_REVISION_NUMBER", "UINT8"),
        ("EX2_SW_VENDOR", "STRING", 4),
        ("EX2_SW_VERSION_NUMBER", "UINT8"),
        ("EX2_SW_REVISION_NUMBER", "UINT8"),
        ("PROGRAMMER_NAME", "STRING", 10),
        ("MISC_ID", "STRING", 30),
    ),
    write=PROGRAMMER,
    octets=STORED,
)

PROCEDURE_BITS = const((("PROC_NBR", 0, 11), ("MFG_FLAG", 11, 1), ("SELECTOR", 12, 4)))

# Anybody may write it: each procedure has a level of its own, and ST8 tells of a refusal.
ST7 = Table(
    7,
    "PROC_INITIATE_TBL",
    (
        ("TABLE_IDB", ("UINT16", PROCEDURE_BITS)),
        ("SEQ_NBR", "UINT8"),
        ("PARM", "BINARY", "MAX_PROC_PARM_LENGTH"),
    ),
    write=PUBLIC,
    octets=PROCEDURE,
    needs="procedures",
)

# Its length is that of the latest response, for which a reader adds RESPONSE_LENGTH to the
# dimensions.
ST8 = Table(
    8,
    "PROC_RESPONSE_TBL",
    (
        ("TABLE_IDB", ("UINT16", PROCEDURE_BITS)),
        ("SEQ_NBR", "UINT8"),
        ("RESULT_CODE", "UINT8"),
        ("RESP_DATA", "BINARY", "RESPONSE_LENGTH"),
    ),
    octets=PROCEDURE,
    needs="procedures",
)

TABLES = (ST0, ST1, ST2, ST3, ST4, ST5, ST6, ST7, ST8)
