"""Procedures: who may run what, how ST8 tells, and that a bad one changes nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from c1219 import procedures as p
from c1219.tables import Tables
from c1219.types import MANUFACTURER, NotReady
from psem import codes
from psem.session import Session
from tests_host.unit.c1219_device import BillingDevice, whole
from tests_host.unit.psem_bench import read_request, write_request

ONP, IAR = -4, -5
NOTHING_YET = b"\0\0\0\6"


@pytest.fixture
def device():
    return BillingDevice()


@pytest.fixture
def tables(device):
    return Tables(device)


def ask(tables, number, parameters=b"", level=3, seq=77, selector=0):
    """Write ST7 and read ST8: result code and response data."""
    head = (number | selector << 12).to_bytes(2, "little") + bytes([seq])
    octets = b"??" + head + parameters
    assert tables.write(7, -1, octets, 2, len(octets) - 2, level) == 0
    response = whole(tables, 8)
    assert response[:3] == head
    return response[3], response[4:]


def test_before_the_first_there_is_nothing(tables):
    assert whole(tables, 8) == NOTHING_YET
    assert whole(tables, 7) == bytes(3 + 8)


@pytest.mark.parametrize("procedure", p.PROCEDURES, ids=lambda procedure: procedure.name)
def test_each_has_its_level_and_is_run_once(tables, device, procedure):
    parameters = {4: b"\2", 5: b"\2\1\0", 6: b"\1", 9: b"\1", 10: bytes(8)}.get(
        procedure.number, b""
    )
    for level in range(4):
        expected = p.COMPLETED if level >= procedure.level else p.NO_AUTHORISATION
        assert ask(tables, procedure.number, parameters, level) == (expected, b"")
    assert [number for number, _ in device.ran] == [procedure.number] * (4 - procedure.level)


@pytest.mark.parametrize("number", [13, 18, 1000, 2047, MANUFACTURER | 6])
def test_others_are_unrecognised(tables, device, number):
    assert ask(tables, number) == (p.UNRECOGNISED, b"")
    assert device.ran == []


@pytest.mark.parametrize(
    ("number", "parameters"),
    [
        (6, ""),
        (6, "00"),
        (6, "03"),
        (6, "10"),
        (6, "0101"),
        (9, "04"),
        (9, "80"),
        (9, ""),
        (5, "0201"),
        (7, "01"),
        (10, "02 07021e 000000 00"),
        (10, "02 5a0101 000000 00"),
        (10, "01 070201 180000 00"),
        (10, "03 070201 000060 00"),
        (10, "08 070201 000000 00"),
        (10, "03 070201 0000"),
    ],
)
def test_impossible_parameters_are_refused(tables, device, number, parameters):
    assert ask(tables, number, bytes.fromhex(parameters)) == (p.INVALID_PARAMETER, b"")
    assert device.ran == []


@pytest.mark.parametrize(
    ("number", "octets", "values"),
    [
        (6, "02", {"ED_MODE": {"TEST_MODE_FLAG": 1}}),
        (9, "03", {"ACTION": {"DEMAND_RESET": 1, "SELF_READ": 1}}),
        (9, "00", {"ACTION": {}}),
        (5, "020a01", {"LIST": 2, "ENTRIES_READ": 266}),
        (3, "", {}),
    ],
)
def test_what_runs_it_gets_the_parameters_by_name(tables, device, number, octets, values):
    assert ask(tables, number, bytes.fromhex(octets))[0] == p.COMPLETED
    parameters = {
        name: {bit: v for bit, v in value.items() if v} if isinstance(value, dict) else value
        for name, value in device.ran[0][1].items()
    }
    assert (device.ran[0][0], parameters) == (number, values)


def test_zeros_after_the_parameters_do_not_matter(tables, device):
    assert ask(tables, 7, b"\0")[0] == p.COMPLETED
    assert ask(tables, 6, b"\2" + bytes(7))[0] == p.COMPLETED
    assert device.ran[1][1]["ED_MODE"]["TEST_MODE_FLAG"] == 1


def test_only_what_the_mask_names_must_exist(tables, device):
    assert ask(tables, 10, bytes.fromhex("01 000000 173b3b 00"))[0] == p.COMPLETED
    assert ask(tables, 10, bytes.fromhex("02 590c1f ffffff 00"))[0] == p.COMPLETED
    assert device.ran[1][1]["DATE_TIME"] == bytes.fromhex("590c1fffffff")
    assert device.ran[1][1]["SET_MASK"] == {"SET_TIME": 0, "SET_DATE": 1, "SET_QUAL": 0}


def test_response_data_follow_the_result(tables, device):
    device.response = {"SUCCESS": {"DEMAND_RESET": 1}}
    assert ask(tables, 9, b"\1") == (p.COMPLETED, b"\1")
    before, after = bytes((7, 2, 1, 8, 45, 0)), bytes((7, 2, 1, 8, 45, 1))
    device.response = {"BEFORE": before, "AFTER": after}
    assert ask(tables, 10, b"\1" + after + b"\0") == (p.COMPLETED, before + after)
    device.response = {}
    device.result = p.CONFLICT
    assert ask(tables, 6, b"\2") == (p.CONFLICT, b"")


def test_a_device_that_is_not_ready_is_a_matter_of_time(tables, device):
    device.result = NotReady()
    assert ask(tables, 9, b"\1") == (p.TIMING, b"")
    device.result = p.COMPLETED
    assert whole(tables, 8)[3] == p.TIMING and len(device.ran) == 1


def test_a_long_procedure_is_asked_again_until_it_is_completed(tables, device):
    device.result = p.ACCEPTED
    assert ask(tables, 9, b"\2") == (p.ACCEPTED, b"")
    assert device.ran[1] == (9, None)
    device.result = NotReady()
    assert whole(tables, 8)[3] == p.ACCEPTED
    device.result = p.COMPLETED
    device.response = {"SUCCESS": {"SELF_READ": 1}}
    for _ in range(2):
        assert whole(tables, 8) == b"\11\0\115\0\2"
    assert len(device.ran) == 4


def test_a_new_request_takes_the_place_of_a_running_one(tables, device):
    device.result = p.ACCEPTED
    ask(tables, 9, b"\2")
    device.result = p.COMPLETED
    assert ask(tables, 7, seq=78) == (p.COMPLETED, b"")
    assert [number for number, _ in device.ran] == [9, 9, 7]


@pytest.mark.parametrize(
    ("selector", "result", "posted"),
    [
        (0, p.COMPLETED, True),
        (0, p.ACCEPTED, True),
        (1, p.COMPLETED, False),
        (1, p.ACCEPTED, False),
        (1, p.CONFLICT, True),
        (2, p.COMPLETED, False),
        (2, p.CONFLICT, False),
        (3, p.COMPLETED, True),
        (3, p.ACCEPTED, True),
    ],
)
def test_the_selector_says_what_is_posted(tables, device, selector, result, posted):
    device.result = result
    head = (7 | selector << 12).to_bytes(2, "little") + b"\5"
    assert tables.write(7, -1, head, 0, 3, 3) == 0
    assert device.ran[0][0] == 7
    assert whole(tables, 8) == (head + bytes([result]) if posted else NOTHING_YET)


def test_an_unknown_selector_runs_nothing(tables, device):
    assert ask(tables, 7, selector=4) == (p.INVALID_PARAMETER, b"")
    assert device.ran == []


@pytest.mark.parametrize(
    ("offset", "octets"), [(-1, b"\7\0"), (-1, b""), (1, b"\7\0\5"), (-1, b"\7\0\5" + bytes(9))]
)
def test_a_request_of_another_size_is_not_possible(tables, device, offset, octets):
    assert tables.write(7, offset, octets, 0, len(octets), 3) == ONP
    assert device.ran == []


def test_st8_is_not_written(tables):
    assert tables.write(8, -1, bytes(4), 0, 4, 3) == IAR


def test_parameters_are_not_shown_again(tables):
    ask(tables, 10, bytes.fromhex("03 070201 000000 00"))
    assert whole(tables, 7) == b"\12\0\115" + bytes(8)


def test_the_next_client_sees_nothing_of_the_last_one_s(tables, device):
    device.result = p.ACCEPTED
    ask(tables, 9, b"\1")
    tables.logoff()
    ran = len(device.ran)
    assert whole(tables, 8) == NOTHING_YET and len(device.ran) == ran
    assert whole(tables, 7) == bytes(11)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=12), st.integers(0, 3))
def test_any_request_is_answered_by_a_result_code(octets, level):
    device = BillingDevice()
    tables = Tables(device)
    answer = tables.write(7, -1, octets, 0, len(octets), level)
    if not 3 <= len(octets) <= 11:
        assert answer == ONP
        return
    assert answer == 0
    response = whole(tables, 8)
    if octets[1] >> 4 in (1, 2):
        assert response == NOTHING_YET or response[3] >= 2
    else:
        assert response[:3] == octets[:3] and response[3] in (0, 2, 5, 6)
        assert len(device.ran) == (response[3] == 0)


def test_over_the_session_a_bad_procedure_is_a_good_write(tables, device):
    session = Session(tables)
    session.max_packet = 1024
    out = bytearray(1024)

    def answer(message):
        return bytes(out[: session.handle(message, 0, len(message), out)])

    answer(bytes([codes.IDENTIFY]))
    answer(bytes([codes.LOGON, 0, 2]) + b" " * codes.USER_LENGTH)
    for parameters, result in ((b"\1", p.NO_AUTHORISATION), (b"\1", p.COMPLETED)):
        assert answer(write_request(7, b"\6\0\11" + parameters)) == bytes([codes.OK])
        assert answer(read_request(8))[3:7] == b"\6\0\11" + bytes([result])
        device.passwords[b"secret"] = 3
        answer(bytes([codes.SECURITY]) + b"secret".ljust(codes.PASSWORD_LENGTH))
    assert device.ran[0][0] == 6 and len(device.ran) == 1
