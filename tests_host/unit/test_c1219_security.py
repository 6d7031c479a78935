"""ST40 to ST44: who may do what is said as it is, and passwords are told to nobody."""

import pytest

from c1219 import catalog, procedures
from c1219.decade4 import groups_of
from c1219.tables import Tables
from c1219.types import MANUFACTURER
from picometer.proof.meters import build
from picometer.virtual.host import provision
from picometer.virtual.mains import ConstantLoad
from tests_host.unit.c1219_device import BillingDevice, fields, whole, write

ISC, ONP, IAR = -3, -4, -5
LEVELS = (0, 1, 2, 3)
ENTRY = 21
READER, FIELD, MASTER, MODULE = range(4)
ROOM = 2048


@pytest.fixture
def device():
    return BillingDevice()


@pytest.fixture
def tables(device):
    return Tables(device)


def entries(tables):
    """(number with MANUFACTURER, is it a procedure, fields) of each entry of ST44."""
    found = []
    for entry in fields(tables, 44)["ACCESS_CONTROL"]:
        what = entry["ACCESS_TABLE_DEF"]
        number = what["NUMBER"] | (MANUFACTURER if what["MFG_FLAG"] else 0)
        found.append((number, bool(what["PROCEDURE"]), entry))
    return found


def permits(entry, way, level):
    """Whether an entry lets a level read or write, as any client would understand it."""
    anyone = entry["ACCESS_TABLE_DEF"]["ANYONE_READS" if way == "READ" else "ANYONE_WRITES"]
    groups = groups_of(level) if level else 0
    return bool(anyone or entry[way] & groups)


def test_dimensions_are_those_of_the_tables_they_size(tables):
    assert whole(tables, 40) == whole(tables, 41)
    count = len(entries(tables))
    assert whole(tables, 41) == bytes((4, 20, 0, 0, count, 0))
    assert tables.size(42) == 4 * ENTRY and tables.size(43) == 8
    assert tables.size(44) == len(whole(tables, 44)) == 4 * count <= 512


def test_every_table_and_procedure_has_one_entry_in_order(tables, device):
    named = [(is_procedure, number) for number, is_procedure, _ in entries(tables)]
    served = [(False, table.number) for table in catalog.ALL if table.number in tables._served]
    offered = [(True, procedure.number) for procedure, _ in device.procedures]
    assert named == sorted(served + offered)


@pytest.mark.parametrize("level", LEVELS)
def test_what_st44_says_of_reading_is_what_the_meter_does(tables, level):
    allowed = set()
    for number, is_procedure, entry in entries(tables):
        if not is_procedure:
            result = whole(tables, number, level)
            assert (result != ISC) == permits(entry, "READ", level), number
            allowed |= {number} if result != ISC else set()
    assert {0, 1, 3, 5, 7, 8, 23, 28, 52} <= allowed  # what every client needs
    assert ({32, 33, 41, 44} <= allowed) == (level > 0)
    assert (42 in allowed) == (level == 3)


@pytest.mark.parametrize("level", LEVELS)
def test_what_st44_says_of_writing_is_what_the_meter_does(tables, device, level):
    device.refusal = -99
    for number, is_procedure, entry in entries(tables):
        if is_procedure:
            continue
        if number == 7:
            result = 0
            assert permits(entry, "WRITE", level)
        else:
            octets = device.stored.get(number, bytes(7))
            result = write(tables, number, octets, level=level)
            assert (result in (-99, ONP)) == permits(entry, "WRITE", level), (number, result)
            assert result in (-99, ONP, ISC, IAR)
        assert (result == IAR) == (entry["WRITE"] == 0), number


@pytest.mark.parametrize("level", LEVELS)
def test_what_st44_says_of_procedures_is_what_the_meter_does(tables, device, level):
    for number, is_procedure, entry in entries(tables):
        if is_procedure:
            assert write(tables, 7, number.to_bytes(2, "little") + b"\1", level=level) == 0
            result = whole(tables, 8)[3]
            allowed = result != procedures.NO_AUTHORISATION
            assert allowed == permits(entry, "WRITE", level) == permits(entry, "READ", level)


def test_the_default_is_that_nobody_may_anything(tables):
    for name, is_procedure in (("TABLE_DEFAULT", 0), ("PROCEDURE_DEFAULT", 1)):
        entry = fields(tables, 43)[name]
        assert entry["ACCESS_TABLE_DEF"]["PROCEDURE"] == is_procedure
        assert not any(permits(entry, way, level) for way in ("READ", "WRITE") for level in LEVELS)


def test_one_port_and_the_other_say_the_same(tables):
    assert whole(Tables(BillingDevice(), None, tables), 44) == whole(tables, 44)


# --- in a meter ---

WORDS = (b"READER'S", b"FIELD'S 2", b"MASTER'S 3 OF 20 ...", b"MODULE'S")


@pytest.fixture
def host():
    host = build(ConstantLoad(0))
    names = ("password_1", "password_2", "password_3", "password_module")
    provision(host.board.fram, **dict(zip(names, WORDS, strict=True)))
    host.boot()
    return host


def of(host, port="optical"):
    """The tables of a port."""
    return getattr(host.meter, port).link._session._tables


def level(host, password, port="optical"):
    return of(host, port).authorise(7, password, 0, len(password))


def security(*words):
    """ST42 with these passwords, padded with NULs as some clients do."""
    groups = (groups_of(1), groups_of(2), groups_of(3), groups_of(2))
    return b"".join(
        word.ljust(20, b"\0") + bytes((g,)) for word, g in zip(words, groups, strict=True)
    )


def test_st42_is_zeros_for_a_master_and_nothing_for_others_whole_or_in_part(host):
    tables = of(host)
    assert whole(tables, 42, 3) == bytes(84)
    for who in LEVELS:
        if who < 3:
            assert whole(tables, 42, who) == ISC
        for offset in range(0, 84):
            buf = bytearray(b"\xa5" * 100)
            assert tables.read(42, offset, 1, buf, 0, who) == (1 if who == 3 else ISC)
            assert buf == (b"\0" if who == 3 else b"\xa5") + b"\xa5" * 99


def test_what_st42_reads_as_changes_no_password_when_it_is_written_back(host):
    assert write(of(host), 42, whole(of(host), 42, 3), level=3) == ONP
    assert [level(host, word) for word in WORDS[:3]] == [1, 2, 3]


def test_only_a_master_writes_st42_and_then_the_passwords_are_the_new_ones(host):
    new = (b"one", b"two", b"three", b"four")
    for who in (0, 1, 2):
        assert write(of(host), 42, security(*new), level=who) == ISC
    assert write(of(host, "module"), 42, security(*new), level=2) == ISC
    assert [level(host, word) for word in WORDS[:3]] == [1, 2, 3]
    assert write(of(host), 42, security(*new), level=3) == 0
    host.cut()
    host.boot()
    assert [level(host, word) for word in new[:3]] == [1, 2, 3]
    assert level(host, new[MODULE].ljust(20), "module") == 2
    assert level(host, WORDS[MODULE], "module") == 0
    assert level(host, WORDS[MASTER]) == 0


def test_one_password_is_changed_by_offset_and_the_others_stay(host):
    assert write(of(host), 42, b"ANOTHER".ljust(20), offset=FIELD * ENTRY, level=3) == 0
    assert [level(host, word) for word in (WORDS[READER], b"ANOTHER", WORDS[MASTER])] == [1, 2, 3]
    assert level(host, WORDS[MODULE], "module") == 2
    # A part of one, as its octets lie: padded with spaces.
    assert write(of(host), 42, b"x", offset=FIELD * ENTRY + 7, level=3) == 0
    assert level(host, b"ANOTHERx") == 2


def test_groups_cannot_be_changed(host):
    image = bytearray(security(*WORDS))
    for at in (20, 41, 62, 83):
        for bit in range(8):
            changed = bytearray(image)
            changed[at] ^= 1 << bit
            assert write(of(host), 42, changed, level=3) == ONP
            assert write(of(host), 42, changed[at : at + 1], offset=at, level=3) == ONP
    assert write(of(host), 42, image[20:21], offset=20, level=3) == 0
    assert [level(host, word) for word in WORDS[:3]] == [1, 2, 3]


@pytest.mark.parametrize("empty", [bytes(20), b" " * 20, b" \0" * 10])
def test_an_empty_password_lets_nobody_log_on_and_the_master_s_cannot_be_emptied(host, empty):
    assert write(of(host), 42, empty, offset=READER * ENTRY, level=3) == 0
    assert write(of(host), 42, empty, offset=MODULE * ENTRY, level=3) == 0
    assert write(of(host), 42, empty, offset=MASTER * ENTRY, level=3) == ONP
    for password in (empty, b"", WORDS[READER], b"\0"):
        assert level(host, password) == 0
    assert level(host, empty, "module") == 0
    assert level(host, WORDS[MASTER]) == 3


def test_passwords_that_the_memory_does_not_take_are_the_old_ones(host):
    memory = host.meter.configuration._journal._memory
    deaf = type("Deaf", (), {"write": lambda *_: None, "readinto": memory.readinto})()
    host.meter.configuration._journal._memory = deaf
    assert write(of(host), 42, security(b"1", b"2", b"3", b"4"), level=3) == -1
    assert [level(host, word) for word in WORDS[:3]] == [1, 2, 3]


def test_no_table_shows_any_part_of_a_password(host):
    """All that a master can read, after passwords have passed through in every way there is."""
    secrets = (*WORDS, b"WRONG ONE", b"IN A PROCEDURE")
    tables = of(host)
    for word in WORDS[:2]:
        level(host, word)
    level(host, b"WRONG ONE")
    level(host, WORDS[MASTER])
    assert write(tables, 42, security(*WORDS), level=3) == 0
    assert write(tables, 42, security(*WORDS)[:-1], level=3) == ONP
    assert write(tables, 7, b"\x0a\0\1IN A ", level=3) == 0
    for table in catalog.ALL:
        octets = whole(tables, table.number, 3)
        if octets not in (ISC, IAR):
            for secret in secrets:
                for part in (secret[i : i + 4] for i in range(len(secret) - 3)):
                    assert part not in octets, (table.number, part)
