"""What the virtual meter tells of its software, at its port, on its display, and to `verify`."""

import json
from functools import partial
from pathlib import Path

import pytest

from boards.pico_meter import layout
from c1219 import events
from firmware import identity as firmware_identity
from firmware.software import ALTERED, GOOD
from metrology.faults import SOFTWARE_ALTERED
from picometer.build import manifest, parts
from picometer.build.files import ROOT
from picometer.build.files_source import FilesSource
from picometer.proof.meters import build, counted, registers, settle
from picometer.reader.client import Client
from picometer.reader.decode import TableReader
from picometer.reader.verified import judge
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.lcd import decode
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from tests_host.meter.process import RunningMeter, picometer

MT10 = 2048 + 10
ROM_FAILURE = 0x0010
TICK = ROOT / "lib/metrology/tick.py"
PASS_S = 30 * 60
FILES = ("lib/metrology/tick.py", "firmware/meter.py", "firmware/module_reset.py")


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Some files, one of each part, that the firmware takes for what it was loaded from."""
    for path in FILES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes((ROOT / path).read_bytes())
    of = {path: parts.part_of(path) for path in FILES}
    assert sorted(of.values()) == [0, 1, 2]
    manifest.write_files(tmp_path, tmp_path, of, ROOT)
    source = partial(FilesSource, tmp_path, tmp_path / manifest.FILE_NAME)
    monkeypatch.setattr(firmware_identity, "FILES", source)
    return tmp_path


def flip(path, at=100):
    octets = bytearray(path.read_bytes())
    octets[at] ^= 0x01
    path.write_bytes(octets)


def started(**options):
    host = build(ConstantLoad(7200.0), **options)
    host.run_until(3 * NS_PER_S)
    return host


def told(host):
    """ED_STD_STATUS1 and the fields of MT10, by the optical port."""
    client = Client(SimPort(host))
    client.identify()
    client.negotiate()
    client.logon()
    status = int.from_bytes(client.read(3)[1:3], "little")
    fields = TableReader(client.read).report(MT10).fields
    client.terminate()
    return status, fields


def states(fields):
    return [fields["MANIFEST_STATE"], *(part["STATE"] for part in fields["PARTS"])]


def history(host):
    found = []
    for i in range(host.meter.history.valid):
        entry = host.meter.history.entry(i)
        found.append((entry.code, entry.argument[2]))
    return found


def test_it_tells_all_of_it_to_everybody(tree):
    status, fields = told(started())
    assert status & ROM_FAILURE == 0
    assert states(fields) == [GOOD] * 4
    assert (fields["FORM"], fields["PASSES"]) == (2, 1)
    wanted = manifest.files_parts(tree, {path: parts.part_of(path) for path in FILES}, ROOT)
    for part, found in zip(wanted, fields["PARTS"], strict=True):
        assert found["COMPUTED"] == found["EXPECTED"] == part.sha256.hex()
        assert found["SOURCES"] == part.sources.hex()
        assert (found["VERSION"], found["REVISION"]) == part.version


@pytest.mark.parametrize("part", range(3))
def test_what_was_altered_before_the_start_is_found_at_once(tree, part):
    flip(tree / FILES[part])
    host = started()
    status, fields = told(host)
    assert status & ROM_FAILURE
    wanted = [GOOD] * 4
    wanted[1 + parts.part_of(FILES[part])] = ALTERED
    assert states(fields) == wanted
    assert (events.ROM_FAILURE, 1 + parts.part_of(FILES[part])) in history(host)


def test_what_is_altered_while_it_meters_is_found_within_the_hour_and_metering_goes_on(tree):
    host = started()
    flip(tree / FILES[0])
    host.run_until(host.board.clock.now_ns + 2 * PASS_S * NS_PER_S)
    status, fields = told(host)
    assert status & ROM_FAILURE
    assert states(fields) == [GOOD, ALTERED, GOOD, GOOD]
    assert history(host).count((events.ROM_FAILURE, 1)) == 1
    settle(host)
    assert registers(host.board).net == counted(host.board) > 0


@pytest.mark.full
def test_the_fault_goes_when_all_of_it_is_as_it_was_built_again(tree):
    flip(tree / FILES[1])
    host = started()
    assert host.meter.storage.faults.word & SOFTWARE_ALTERED
    flip(tree / FILES[1])
    host.run_until(host.board.clock.now_ns + 2 * PASS_S * NS_PER_S)
    assert host.meter.storage.faults.word & SOFTWARE_ALTERED == 0


def test_the_display_says_so(tree):
    (tree / manifest.FILE_NAME).unlink()
    host = started()
    seen = set()
    for second in range(4, 60):
        host.run_until(second * NS_PER_S)
        reading = decode(host.board.lcd.ram, host.board.lcd.on)
        seen.add((reading.code_text.strip(), reading.text))
        lit = reading.annunciators
    assert ("Er2", "000100") in seen
    assert "ERR" in lit


def test_identity_is_kept_over_starts(tree):
    host = started()
    kept = host.board.fram.memory[layout.IDENTITY : layout.IDENTITY + 256]
    assert any(kept)
    host.cut()
    host.run_until(host.board.clock.now_ns + 3 * NS_PER_S)
    assert host.board.fram.memory[layout.IDENTITY : layout.IDENTITY + 256] == kept


# --- picometer verify ---


def released(folder):
    path = folder / manifest.RELEASE_NAME
    made = manifest.files_parts(ROOT, {"lib/metrology/tick.py": 0}, ROOT)
    manifest.release(path, manifest.IMAGE, made, ROOT)  # and what runs here, the sources
    return path


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("port")
    with RunningMeter("--watts", "100", "--pty", folder / "port") as running:
        yield running.urls[0]


def test_a_meter_of_the_release_is_verified(url, tmp_path):
    ran = picometer("verify", url, "--manifest", released(tmp_path))
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = ran.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(parts.NAMES)
    assert all(line.endswith(": as released") for line in lines)


def test_a_meter_of_another_release_is_not(url, tmp_path):
    path = released(tmp_path)
    told = json.loads(path.read_text())
    told["software"]["sources"]["measurement"]["sha256"] = "00" * 32
    path.write_text(json.dumps(told))
    ran = picometer("verify", url, "--manifest", path)
    assert ran.returncode == 1
    assert [line.endswith("as released") for line in ran.stdout.splitlines()] == [0, 1, 1]
    assert "the release has 1.0 00000000" in ran.stdout.splitlines()[0]


@pytest.mark.parametrize("text", [None, "{}"])
def test_a_manifest_that_is_none_is_one_line(url, tmp_path, text):
    path = tmp_path / "none.json"
    if text is not None:
        path.write_text(text)
    ran = picometer("verify", url, "--manifest", path)
    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) == 1 and str(path) in ran.stderr


def a_meter(state=GOOD, manifest_state=GOOD, form=1):
    part = {"VERSION": 1, "REVISION": 0, "STATE": state, "COMPUTED": "11" * 32}
    return {"FORM": form, "MANIFEST_STATE": manifest_state, "PARTS": [part] * 3}


RELEASE = {"image": [parts.Part((1, 0), bytes([0x11]) * 32, bytes(32))] * 3}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (a_meter(state=0), "not known yet"),
        (a_meter(state=ALTERED), "altered, says the meter"),
        (a_meter(manifest_state=ALTERED), "manifest in the meter: altered"),
        (a_meter(form=2), "nothing for the form"),
        (a_meter(form=0), "nothing for the form"),
    ],
)
def test_what_the_meter_itself_finds_wrong_is_said(fields, said):
    lines, good = judge(fields, RELEASE)
    assert not good and any(said in line for line in lines)


def test_what_is_right_is_good():
    assert judge(a_meter(), RELEASE)[1]


def test_docs_name_the_release_manifest():
    assert manifest.RELEASE_NAME in Path(ROOT / "docs" / "software.md").read_text()
