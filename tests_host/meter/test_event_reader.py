"""`picometer events` says what the log of a meter says, and finds whatever is not as written."""

import pytest

from c1219 import accountability, decade7
from picometer.reader.event_log import lines, read_log
from tests_host.meter.process import RunningMeter, picometer
from tests_host.meter.sealed_bench import SealedBench
from tests_host.meter.test_command import fails

PASSWORD = ("--password", "PICOMETER")
# Of the tables that tell of entries: octets before them, and of each.
_TABLES = {decade7.ST76.number: (11, 16), accountability.EVENT_RECORDS.number: (2, 216)}


def offset_of_zone(minutes):
    return bytes((0, 0, 0, 0)) + minutes.to_bytes(2, "little", signed=True)


class Line:
    """A client some of whose answers are altered on the way."""

    def __init__(self, client):
        self._client = client
        self.read = client.read
        self.room = client.room
        self.alter = lambda octets, table, width: octets

    def read_offset(self, table, offset, count):
        octets = self._client.read_offset(table, offset, count)
        head, width = _TABLES.get(table, (offset + 1, 0))
        if offset >= head:
            at = offset - head
            whole = bytes(at) + octets
            return self.alter(whole, table, width)[at : at + count]
        return octets


@pytest.fixture
def bench():
    bench = SealedBench()
    for minutes in (60, 120, 180):
        assert bench.write("optical", 53, offset_of_zone(minutes)) == 0
    return bench


def test_a_log_is_read_in_words_and_its_chain_holds(bench):
    bench.do("cover open")
    sources = bench.octets(32)
    assert bench.write("optical", 32, sources[:6] + b"\x06XYZ" + sources[10:]) == 0
    with bench.client() as client:
        log, tables = read_log(client)
        text = list(lines(log, tables))
    assert (log.broken, log.why) == (0, "")
    assert [entry.sequence for entry in log.entries] == [1, 2, 3, 4, 5]
    assert text[:3] == [
        "cycle 1: 5 of 50 used, entry 5 is the last",
        "set to be sealed, seal open, was opened 1 times",
        "0 procedures refused under the seal",
    ]
    assert "end device programmed, optical port, level 3, ST53, user 7, firmware" in text[3]
    assert text[4].strip() == "TIME_ZONE_OFFSET 0 -> 60"
    assert text[9].split("  ")[-1].startswith("seal opened, seal, seal open")
    assert "level 3, seal open, ST32" in text[10]
    assert text[11].strip().startswith("from octet 6 on 0572")


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.full)])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_entry_with_any_octet_altered_on_the_way_is_named(bench, place, every):
    with bench.client() as client:
        line = Line(client)
        for wanted, (_, size) in _TABLES.items():
            for at in range(place * size, (place + 1) * size, every):

                def alter(octets, table, width, wanted=wanted, at=at):
                    altered = bytearray(octets)
                    if table == wanted and at < len(altered):
                        altered[at] ^= 0x04
                    return bytes(altered)

                line.alter = alter
                log, _ = read_log(line)
                assert log.broken == place + 1, (wanted, at)
                assert log.why


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_an_entry_that_is_left_out_is_named(bench, lost):
    with bench.client() as client:
        line = Line(client)
        line.alter = lambda o, _, width: o[: lost * width] + o[(lost + 1) * width :] + bytes(width)
        log, _ = read_log(line)
    assert log.broken == lost + 1


def test_an_entry_that_the_memory_has_lost_is_named_by_the_meter_and_by_the_reader(bench):
    ring = bench.log.ring
    bench.host.board.fram.memory[ring._base + 2 % ring.slots * ring._size + 60] ^= 1
    bench.run(250)
    assert bench.log.broken == 2
    with bench.client() as client:
        assert read_log(client)[0].broken == 2


def test_a_meter_in_a_state_file_is_as_sealed_as_it_was_left(tmp_path):
    run = ("run", "--headless", "--speed", "max", "--duration", "3", "--watts", "480")
    sealed, other = tmp_path / "sealed", tmp_path / "other"
    assert picometer(*run, "--state", sealed, "--sealed").returncode == 0
    with RunningMeter("--tcp", "127.0.0.1:0", "--state", sealed) as meter:
        assert "ISC" in fails("do", meter.urls[0], "unseal", *PASSWORD)
    assert picometer(*run, "--state", sealed, "--sealed").returncode == 0
    assert picometer(*run, "--state", other).returncode == 0
    assert "not sealed" in fails(*run, "--state", other, "--sealed")


def test_the_command_seals_clears_and_tells(tmp_path):
    control = tmp_path / "control"
    with RunningMeter("--tcp", "127.0.0.1:0", "--control", control, "--sealed") as meter:
        (url,) = meter.urls
        assert "ISC" in fails("do", url, "unseal", *PASSWORD)
        assert "no authorisation" in fails("do", url, "clear-events", *PASSWORD)
        picometer("control", control, "seal", "open")
        done = picometer("do", url, "save", "unseal", "clear-events", "seal", *PASSWORD)
        assert done.stdout.splitlines()[1:] == [
            "unseal: completed",
            "clear-events: completed",
            "seal: completed",
        ]
        picometer("control", control, "seal", "close")
        told = picometer("events", url, *PASSWORD)
        assert (told.returncode, told.stderr) == (0, "")
        told = told.stdout.splitlines()
        assert told[0] == "cycle 3: 0 of 50 used, entry 4 is the last"
        assert told[4].strip() == "not set -> set"
        assert "ISC" in fails("events", url)
