"""Wireshark's dissector of C12.22, which is not ours, reads what our client and our meter say."""

import pytest

from picometer.proof.meters import PASSWORD, build, counts_per_kwh, registers
from picometer.reader.client import Client
from picometer.reader.errors import ServiceError
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from tests_host.interop.dissector import TSHARK, Tap, dissect
from tests_host.meter.test_recorder import Meter

pytestmark = pytest.mark.skipif(TSHARK is None, reason="tshark (Wireshark) is not installed")

OK, ERR, SNS, ISC, ONP, IAR, ISSS = 0, 1, 2, 3, 4, 5, 10
WORDS = {
    OK: "OK",
    ERR: "Error",
    SNS: "Service Not Supported",
    ISC: "Insufficient Security Clearance",
    ONP: "Operation Not Possible",
    IAR: "Inappropriate Action Requested",
    ISSS: "Invalid Service Sequence State",
}
GOOD = 1  # of a checksum
NAME = b"NOT THIS NAME".ljust(20)


@pytest.fixture(scope="module")
def host():
    host = build(ConstantLoad(7200.0))
    host.run_until(3 * NS_PER_S)
    return host


@pytest.fixture
def client(host):
    """Logged on with all rights."""
    client = Client(SimPort(host))
    client.identify()
    client.negotiate()
    client.logon(1, "TEST")
    client.security(PASSWORD.decode())
    yield client
    client.terminate()
    client.port.close()


def checksum(octets):
    return -sum(octets) % 256


def counted(octets):
    """Data as an answer to a read has it."""
    return len(octets).to_bytes(2, "big") + octets + bytes((checksum(octets),))


def written(service, table, data, **more):
    """Fields of a write of `data`, checksum of the whole of it, as is right."""
    fields = {"cmd": service, "write.table": table, "write.size": len(data), "write.data": data}
    more = {name.replace("_", "."): value for name, value in more.items()}
    return fields | {"write.chksum": checksum(data), "write.chksum.status": GOOD} | more


def clean(pairs):
    """No complaint, and not one octet of any message left over."""
    for seen in (seen for pair in pairs for seen in pair):
        assert (seen.complaints, seen.left) == ([], 0), seen
    return pairs


def good_as_table_data(*reads):
    """What was read, in tables of those numbers, is right as what is written, too.

    The dissector looks into counts and checksums of writes only; those of reads are the same.
    """
    seen = dissect(*(b"\x40" + table.to_bytes(2, "big") + said[1:] for table, said, _ in reads))
    for (table, _, data), one in zip(reads, seen, strict=True):
        assert (one.fields, one.left, one.complaints) == (written(0x40, table, data), 0, [])


def test_a_session_from_identification_to_termination_is_what_it_means(host):
    client = Client(SimPort(host))
    tap = Tap(client)
    client.identify()
    client.negotiate(512, 20, bauds=(9600,))
    client.logon(258, "TEST")
    client.security("PICOMETER")
    client.wait(30)
    client.logoff()
    client.terminate()
    client.port.close()
    requests, responses = zip(*tap.seen(), strict=True)
    assert [(seen.title, seen.fields) for seen in requests] == [
        ("Identify", {"cmd": 0x20}),
        (
            "Negotiate (pkt size 512, num pkts 20, with 1 baud rates)",
            {"cmd": 0x60, "negotiate.pktsize": 512, "negotiate.numpkts": 20},
        ),
        (
            'Logon (id 258, user "TEST      ")',
            {"cmd": 0x50, "logon.id": 258, "logon.user": "TEST      "},
        ),
        (
            'Security (password "PICOMETER           ")',
            {"cmd": 0x51, "security.password": "PICOMETER           "},
        ),
        ("Wait (30 seconds)", {"cmd": 0x70, "wait.seconds": 30}),
        ("Logoff", {"cmd": 0x52}),
        ("Terminate", {"cmd": 0x21}),
    ]
    # The dissector has no field for the rates that Negotiate counts: one octet.
    assert [seen.left for seen in requests] == [0, 1, 0, 0, 0, 0, 0]
    said = [b"\x00\x02\x00\x00", b"\x02\x00\x14\x06"]
    assert [seen.fields for seen in responses] == [
        *({"err": OK, "data": data} for data in said),
        *[{"err": OK}] * 5,
    ]
    assert [seen.title for seen in responses] == ["OK"] * 7
    assert not any(seen.complaints for seen in requests + responses)


def test_tables_are_asked_for_and_answered_whole(client):
    tables = {0: "ST-0", 1: "ST-1", 23: "ST-23", 74: "ST-74", 2048: "MT-0", 2050: "MT-2"}
    tap = Tap(client)
    read = [client.read(table) for table in tables]
    default = client.read_default()
    *pairs, (request, response) = clean(tap.seen())
    assert (request.title, request.fields) == ("Default Read", {"cmd": 0x3E})
    assert response.fields == {"err": OK, "data": counted(default)}
    for (request, response), number, octets in zip(pairs, tables, read, strict=True):
        assert request.title == f"Full Read ({tables[number]})"
        assert request.fields == {"cmd": 0x30, "read.table": number}
        assert response.fields == {"err": OK, "data": counted(octets)}
    answers = [answer for _, answer in tap.said[:-1]]
    good_as_table_data(*zip(tables, answers, read, strict=True))


def test_the_registers_that_the_dissector_sees_are_the_meters(host, client):
    per_kwh = counts_per_kwh(host.board.rating)
    before = registers(host.board).delivered * 1000 // per_kwh
    tap = Tap(client)
    client.read(23)
    after = registers(host.board).delivered * 1000 // per_kwh
    ((_, response),) = clean(tap.seen())
    data = response.fields["data"]
    # The count of the data, that of demand resets, and then delivered energy in Wh.
    assert before <= int.from_bytes(data[3:9], "little") <= after
    assert 0 < before


def test_parts_of_tables_are_asked_for_and_answered(client):
    whole = {number: client.read(number) for number in (0, 1, 23)}
    parts = [(0, 0, 4), (1, 16, 16), (23, 1, 6), (23, len(whole[23]) - 1, 1)]
    tap = Tap(client)
    read = [client.read_offset(*part) for part in parts]
    pairs = clean(tap.seen())
    for (request, response), (number, offset, count) in zip(pairs, parts, strict=True):
        assert request.title == f"Partial Read Offset (ST-{number})"
        assert request.fields == {
            "cmd": 0x3F,
            "read.table": number,
            "read.offset": offset,
            "read.count": count,
        }
        if number != 23:
            octets = whole[number][offset : offset + count]
            assert response.fields == {"err": OK, "data": counted(octets)}
    answers = [answer for _, answer in tap.said]
    good_as_table_data(*zip((part[0] for part in parts), answers, read, strict=True))


def test_the_load_profile_is_read_by_offsets_of_three_octets():
    meter = Meter("AXR")
    meter.minutes(16)
    parts = [(0, 1500), (0x12345, 600), (meter.host.meter.tables.size(64) - 9, 9)]
    tap = Tap(meter.client)
    read = [meter.client.read_offset(64, *part) for part in parts]
    pairs = clean(tap.seen())
    assert any(read[0]) and parts[-1][0] > 0xFFFF
    for (request, response), (offset, count), octets in zip(pairs, parts, read, strict=True):
        assert request.title == "Partial Read Offset (ST-64)"
        assert request.fields == {
            "cmd": 0x3F,
            "read.table": 64,
            "read.offset": offset,
            "read.count": count,
        }
        assert response.fields == {"err": OK, "data": counted(octets)}
    answers = [answer for _, answer in tap.said]
    good_as_table_data(*((64, *both) for both in zip(answers, read, strict=True)))


def test_tables_are_written_whole_in_parts_and_for_later(client):
    name, division = b"FEEDER 7".ljust(20), b"NORTH DIVISION      "
    pending = bytes((2, 0, 0, 0, 0, 0)) + client.read(13)
    tap = Tap(client)
    client.write(5, name)
    client.write_offset(6, 20, division)
    client.write(0x1000 + 13, pending)
    pairs = clean(tap.seen())
    assert [(request.title, request.fields) for request, _ in pairs] == [
        ("Full Write (ST-5)", written(0x40, 5, name)),
        ("Partial Write Offset (ST-6)", written(0x4F, 6, division, write_offset=20)),
        ("Full Write (Pending ST-13)", written(0x40, 0x100D, pending)),
    ]
    assert [response.fields for _, response in pairs] == [{"err": OK}] * 3
    assert client.read(5) == name and client.read_offset(6, 20, 20) == division


@pytest.mark.parametrize(
    ("octets", "words", "manufacturer", "number", "parameters"),
    [
        (b"\x09\x00\x4d\x01", "SF-9", 0, 9, b"\x01"),
        (b"\x04\x00\x4e\x01", "SF-4", 0, 4, b"\x01"),
        (b"\x01\x08\x4f\x00", "MF-1", 1, 1, b"\x00"),
    ],
)
def test_procedures_are_called(client, octets, words, manufacturer, number, parameters):
    tap = Tap(client)
    client.write(7, octets)
    answer = client.read(8)
    (call, accepted), (_, response) = clean(tap.seen())
    assert call.title == f"Full Write (ST-7, {words})"
    assert call.fields == {
        "cmd": 0x40,
        "write.table": 7,
        "write.size": 4,
        "procedure.response": 0,
        "procedure.mfg": manufacturer,
        "procedure.num": number,
        "procedure.sequence": octets[2],
        "write.data": parameters,
        "write.chksum": checksum(octets),
        "write.chksum.status": GOOD,
    }
    assert accepted.fields == {"err": OK}
    assert response.fields == {"err": OK, "data": counted(answer)}
    assert answer[:3] == octets[:3]


def test_refusals_say_why_and_nothing_else(host):
    client = Client(SimPort(host))
    tap = Tap(client)
    client.identify()
    asked = [
        (lambda: client.read(1), ISSS),
        (lambda: client.logon(1, "TEST"), OK),
        (lambda: client.write(5, b"INTRUDER".ljust(20)), ISC),
        (lambda: client.read(42), ISC),
        (lambda: client.security("WRONG"), ERR),
        (lambda: client.security(PASSWORD.decode()), OK),
        (lambda: client.read(2000), IAR),
        (lambda: client.write(0, b"\0"), IAR),
        (lambda: client.write(5, b"SHORT"), ONP),
        (lambda: client.read_offset(1, 1000, 1), ONP),
        (lambda: client.request(b"\x22", "Disconnect"), SNS),
        (client.terminate, OK),
    ]
    for ask, code in asked:
        if code == OK:
            ask()
        else:
            with pytest.raises(ServiceError):
                ask()
    client.port.close()
    pairs = clean(tap.seen())[1:]
    assert [(response.title, response.fields) for _, response in pairs] == [
        (WORDS[code], {"err": code}) for _, code in asked
    ]
    titles = [request.title for request, _ in pairs]
    assert titles[3] == "Full Read (ST-42)"
    assert titles[6:] == [
        "Full Read (ST-2000)",
        "Full Write (ST-0)",
        "Full Write (ST-5)",
        "Partial Read Offset (ST-1)",
        "Disconnect",
        "Terminate",
    ]


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        (
            b"\x40\x00\x05" + counted(NAME)[:-1] + b"\x00",
            f"Bad checksum [should be {checksum(NAME):#04x}]",
        ),
        (b"\x40\x00\x05" + counted(NAME)[:-1], "C12.22 WRITE command truncated"),
        (b"\x4f\x00\x05\x00\x00", "C12.22 WRITE command truncated"),
        (b"\x3f\x00\x01\x00\x00", "C12.22 READ command truncated"),
        (b"\x51WRONG", "C12.22 SECURITY command truncated"),
    ],
)
def test_what_the_dissector_finds_wrong_the_meter_refuses(client, message, complaint):
    before = client.read(5)
    tap = Tap(client)
    with pytest.raises(ServiceError):
        client.request(message, "wrong")
    ((request, response),) = tap.seen()
    assert request.complaints[0] == complaint
    assert (response.fields, response.complaints) == ({"err": ERR}, [])
    assert client.read(5) == before != NAME
