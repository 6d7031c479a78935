"""termineter 1.0.6 reads, resets, tests and programs a meter that bills, at either port."""

import json
import re
import shutil

import pytest

from tests_host.interop.driver import reading, running, tables, termineter, writing
from tests_host.meter.process import RunningMeter, picometer

pytestmark = pytest.mark.slow

STABLE = (13, 25, 26, 30, 31, 32, 33, 34, 50, 51, 53, 70, 71, 72, 73, 74, 2048)
KW = 36_000
COMPLETED = "Procedure completed"
TIMING = "Timing constraint, procedure was ignored"
CONFLICT = "Procedure conflicts with current device setup, procedure was ignored"
INVALID = "Invalid parameter for known procedure, procedure was ignored"
NO_AUTHORISATION = "No authorization for requested procedure, procedure was ignored"
ONP = "onp (Operation Not Possible)"
ISC = "isc (Insufficient Security Clearance)"


@pytest.fixture(scope="session")
def billed(tmp_path_factory):
    """The memory of a meter after half an hour at 36 kW and a demand reset 70 s ago."""
    state = tmp_path_factory.mktemp("billed") / "fram"
    done = picometer(
        *("run", "--headless", "--watts", KW, "--start", "2026-03-01T12:00", "--speed", "max"),
        *("--duration", 1900, "--at", "1830:lever press", "--state", state),
    )
    assert done.returncode == 0, done.stderr
    return state


@pytest.fixture
def meter(billed, tmp_path):
    """That meter, running on, with both ports."""
    for file in billed.parent.iterdir():
        shutil.copy(file, tmp_path)
    options = ("--watts", KW, "--state", tmp_path / billed.name, "--pty", tmp_path / "optical")
    with RunningMeter(*options, "--module-pty", tmp_path / "module", ports=2) as meter:
        # The power failure is logged when the clock has settled.
        for _ in range(50):
            if len(by_us(meter.urls[0], 74)[74]["fields"]["ENTRIES"]) == 5:
                break
        yield meter


@pytest.fixture(params=["optical port", "communication port"])
def port(meter, request):
    """A port, what may change something there, and what the history log calls it."""
    if request.param == "optical port":
        return meter.urls[0], "PICOMETER", request.param
    return meter.urls[1], "MODULE", request.param


def by_us(url, *numbers):
    """What our own reader makes of tables: reports by number."""
    password = "MODULE" if str(url).endswith("module") else "PICOMETER"
    done = picometer("read", url, *numbers, "--json", "--password", password)
    assert done.returncode == 0, done.stderr
    return dict(zip(numbers, json.loads(done.stdout), strict=True))


def done(url):
    """Entries of the history log that are no refusals."""
    entries = by_us(url, 74)[74]["fields"]["ENTRIES"]
    return [entry for entry in entries if not entry["EVENT"].endswith("refused")]


def octets_by_us(url, *numbers):
    return [bytes.fromhex(report["octets"]) for report in by_us(url, *numbers).values()]


def results(output):
    """What run_procedure said of each procedure."""
    return re.findall(r"Received response from procedure: (.*)", output)


def number(octets, at, width):
    return int.from_bytes(octets[at : at + width], "little", signed=True)


def test_every_table_of_billing_is_read_with_its_contents(port):
    url, password, _ = port
    before = octets_by_us(url, 23, 28, 52, 2049, 2050)
    wanted = reading(*STABLE, 23, 28, 52, 55, 2049, 2050)
    read = tables(termineter(url, *wanted, password=password))
    after = octets_by_us(url, 23, 28, 52, 2049, 2050)
    stable = dict(zip(STABLE, read, strict=False))
    assert stable == dict(zip(STABLE, octets_by_us(url, *STABLE), strict=True))
    registers, present, clock, state, test, diagnostics = read[len(STABLE) :]

    # Registers: a reset, then delivered, received and net, then the demands of a new period.
    assert before[0][0] == registers[0] == after[0][0] == 1
    for at in (1, 7, 13):
        assert number(before[0], at, 6) <= number(registers, at, 6) <= number(after[0], at, 6)
    delivered, received, net = (number(registers, at, 6) for at in (1, 7, 13))
    assert delivered == pytest.approx(KW * 1900 / 3600, rel=0.1)
    assert (received, net) == (0, delivered)
    # At the demand reset, 1830 s after the start: the block from 12:15 to 12:30.
    previous = stable[25]
    assert previous[:5] == bytes((26, 3, 1, 12, 30)) and previous[5] == 0
    assert number(previous, 6, 6) == pytest.approx(KW * 1830 / 3600, rel=0.01)
    assert previous[24:29] == bytes((26, 3, 1, 12, 30))
    maximum = number(previous, 41, 4)
    assert maximum == pytest.approx(KW, rel=0.001)
    assert (number(previous, 29, 6), number(previous, 35, 6)) == (0, maximum)  # cumulative
    assert number(registers, 24, 6) == number(registers, 30, 6) == maximum
    assert not any(registers[19:24]) and number(registers, 36, 4) == 0
    # One self read, which the demand reset has taken, of the same registers.
    assert stable[26][1] == 1 and previous[6:] in stable[26]
    assert stable[13] == bytes((1, 0, 0, 0, 15, 1, 15, 1))
    assert stable[30] == stable[31] and stable[31][:3] == bytes((7, 48, 0))
    assert stable[2048] == bytes((5, 30))
    assert not any(test[:2]) and not any(test[4:])  # there has been none
    assert clock[:5] in (before[2][:5], after[2][:5]) and clock[:4] == bytes((26, 3, 1, 12))
    assert clock[6] == state[6] == 0  # a Sunday
    assert before[2][:6] <= clock[:6] <= state[:6] <= after[2][:6]
    assert number(before[4], 8, 4) <= number(diagnostics, 8, 4) <= number(after[4], 8, 4)  # ticks
    assert diagnostics[:4] == bytes(4)  # no faults
    assert len(present) == len(before[1])
    values = by_us(url, 28)[28]["readings"]
    assert {r["label"]: float(r["value"]) for r in values}["active power net"] == pytest.approx(
        KW, rel=0.002
    )


def test_the_mode_is_set_to_test_and_back_but_not_by_the_module(port):
    url, password, name = port
    if password == "MODULE":
        output = termineter(
            url, "use set_meter_mode", "set MODE TEST", "run", *reading(3), password=password
        )
        assert tables(output)[0][0] == 1 and COMPLETED not in output
        assert "test mode started" not in [entry["EVENT"] for entry in done(url)]
        return
    output = termineter(
        url,
        *("use set_meter_mode", "set MODE TEST", "run", *reading(3, 2049)),
        *("use set_meter_mode", "set MODE SHOP", "run", "set MODE METERSHOP", "run", *reading(3)),
        *("use set_meter_mode", "set MODE METERING", "run", *reading(3, 2049)),
        password=password,
    )
    testing, test, still, metering, over = tables(output)
    assert (testing[0], still[0], metering[0]) == (2, 2, 1)
    assert 0 < number(test, 0, 2) <= 30 * 60 and test[2:4] == bytes((5, 5))
    assert number(over, 0, 2) == 0
    assert output.count(f"[+] {COMPLETED}") == 2
    assert f"[-] {CONFLICT}" in output and "unknown mode" in output
    log = done(url)[-2:]
    assert [(e["EVENT"], e["SOURCE"]) for e in log] == [
        ("test mode started", name),
        ("test mode stopped", name),
    ]


def test_a_demand_reset_is_taken_once_and_refused_within_the_lockout(port):
    url, password, name = port
    output = termineter(
        url,
        *("use remote_reset", "set SELF_READ True", "run", "set DEMAND True", "run"),
        # remote_reset says that it was successful whatever ST8 says: run_procedure tells.
        *("run", *running(9, b"\1"), *running(9, b"\3"), *running(9, b"\2"), *running(9, b"\4")),
        *reading(23, 26),
        password=password,
    )
    assert output.count("Successfully Reset The Meter") == 3
    assert results(output) == [TIMING, TIMING, COMPLETED, INVALID]
    assert re.findall(r"^0000    (\d\d) +\.$", output, re.M) == ["00", "00", "02"]
    registers, self_reads = tables(output)
    assert registers[0] == 2 and self_reads[1] == 4
    log = done(url)[-3:]
    assert [(e["EVENT"], e["SOURCE"]) for e in log] == [
        ("self read", name),
        ("demand reset", name),
        ("self read", name),
    ]
    levels = {entry["HISTORY_ARGUMENT"]["AUTHORITY"]["LEVEL"] for entry in log}
    assert levels == {3 if password == "PICOMETER" else 2}


def test_procedures_set_the_clock_and_mark_lists_as_read(port):
    url, password, name = port
    output = termineter(
        url,
        # Once it has been given parameters it cannot be given none again.
        *running(7),
        *running(10, b"\3" + bytes((27, 5, 6, 7, 8, 9, 0))),
        *running(10, b"\3" + bytes((26, 2, 30, 7, 8, 9, 0))),
        *(*running(5, b"\2\1\0"), *running(5, b"\2\1\0"), *running(4, b"\x08")),
        *reading(52, 26, 74),
        password=password,
    )
    assert results(output) == [COMPLETED, COMPLETED, INVALID, COMPLETED, INVALID, COMPLETED]
    clock, self_reads, log = tables(output)
    assert clock[:5] == bytes((27, 5, 6, 7, 8)) and 9 <= clock[5] <= 30
    assert clock[6] == 4  # a Thursday
    # Before and after, in the response.
    assert re.search(r"^0000    1a 03 01 0c( \w\w){2} 1b 05  06 07 08 \w\w ", output, re.M)
    assert number(self_reads, 6, 1) == 0 or number(self_reads, 1, 1) == 1
    entries = by_us(url, 74)[74]["fields"]["ENTRIES"]
    assert [entry["EVENT"] for entry in done(url) if entry["SOURCE"] == name] == [
        "time changed, stamp is the old time",
        "time changed, stamp is the new time",
        "list pointers updated",  # of the self reads: that the history is read, it does not log
    ]
    assert not any(entry["UNREAD"] for entry in entries)
    assert not any(entry["UNREAD"] for entry in by_us(url, 26)[26]["fields"]["SELF_READS_ENTRIES"])
    assert len(log) == len(octets_by_us(url, 74)[0])


def test_what_the_display_shows_is_understood(port):
    output = termineter(port[0], "use get_local_display_info", "run", password=port[1])
    counts = re.findall(r"number of items: (\d+)", output)
    assert re.findall(r"default list: +(\d) \((\w+)\)", output) == [
        ("1", "normal"),
        ("2", "alternate"),
        ("3", "test"),
    ]
    lists = by_us(port[0], 33)[33]["fields"]
    assert [int(count) for count in counts] == [
        entry["NBR_LIST_ITEMS"] for entry in lists["PRI_DISP_LISTS"]
    ]
    assert set(re.findall(r"on time: +(\d+) seconds", output)) == {"6"}
    sources = re.findall(r"\[\*\]   (\d+) +\(0x", output)
    assert [int(source) for source in sources] == lists["PRI_DISP_SOURCES"]
    # It looks for the flags of ST31 under names that it has not stored them by.
    assert output.count("(nonprogrammable)") == 9


def test_tables_are_programmed_and_what_cannot_be_is_refused(port):
    url, password, name = port
    sliding, test = bytes((1, 0, 0, 0, 5, 3, 5, 3)), bytes((10, 99))
    (lists,) = octets_by_us(url, 33)
    # The Normal list: two items for two seconds each, with a second between.
    shorter = bytes((0x12, 0x10, 2)) + lists[3:]
    output = termineter(
        url,
        *writing(5, b"FEEDER 7".ljust(20)),
        *writing(13, sliding),
        *writing(33, shorter),
        *writing(52, bytes((27, 5, 6, 7, 8, 9, 0))),
        *writing(2048, test),
        *writing(13, bytes((1, 0, 0, 0, 45, 1, 45, 1))),
        *writing(33, bytes((0x12, 0x10, 0)) + lists[3:]),
        *writing(52, bytes((27, 2, 30, 7, 8, 9, 0))),
        *writing(2048, bytes((2, 99))),
        *reading(5, 13, 33, 2048, 12),
        password=password,
    )
    assert output.count("Successfully Wrote Data") == 5
    assert output.count(ONP) == 4
    assert tables(output)[:4] == [b"FEEDER 7".ljust(20), sliding, shorter, test]
    reports = by_us(url, 12, 52, 74)
    bases = [unit["TIME_BASE"] for unit in reports[12]["fields"]["UOM_ENTRY"]]
    assert bases.count(4) == 0 and bases.count(3) > 0  # sliding demand
    assert reports[52]["fields"]["CLOCK_CALENDAR"].startswith("2027-05-06T07:08:")
    details = [
        entry["HISTORY_ARGUMENT"]["DETAIL"]
        for entry in reports[74]["fields"]["ENTRIES"]
        if entry["EVENT"] == "end device programmed" and entry["SOURCE"] == name
    ]
    assert details == [5, 13, 33, 2048]


def test_without_a_password_it_changes_nothing(port):
    url, _, name = port
    stable = [number for number in STABLE if number != 74]
    before = octets_by_us(url, *stable), done(url)
    output = termineter(
        url,
        *(*running(7), *running(9, b"\1"), *running(10, b"\3" + bytes((27, 5, 6, 7, 8, 9, 0)))),
        *(*writing(13, bytes((1, 0, 0, 0, 5, 3, 5, 3))), *writing(2048, bytes((5, 99)))),
        *("use set_meter_mode", "set MODE TEST", "run"),
    )
    assert results(output) == [NO_AUTHORISATION] * 3
    assert output.count(NO_AUTHORISATION) == 4 and output.count(ISC) == 2
    assert (octets_by_us(url, *stable), done(url)) == before
    log = by_us(url, 74)[74]["fields"]["ENTRIES"]
    refused = [(e["EVENT"], e["SOURCE"]) for e in log if e["EVENT"].endswith("refused")]
    assert refused == [
        *[("procedure refused", name)] * 3,
        *[("write refused", name)] * 2,
        ("procedure refused", name),
    ]


def test_neither_port_takes_the_others_password(meter):
    optical, module = meter.urls
    for url, password in ((optical, "MODULE"), (module, "PICOMETER")):
        # It goes on without rights, and without a word about it.
        output = termineter(url, *running(7), *writing(2048, bytes((5, 99))), password=password)
        assert results(output) == [NO_AUTHORISATION] and output.count(ISC) == 1
        refused = picometer("do", url, "self-read", "--password", password)
        assert refused.returncode == 2
        assert "does not take this password; each port has its own" in refused.stderr
    read = picometer("read", optical, 26, "--json")
    assert len(json.loads(read.stdout)[0]["fields"]["SELF_READS_ENTRIES"]) == 1
