"""Every command, whatever it is given: one line, exit status 2, and nothing is lost by it."""

import os
import random
import stat
from pathlib import Path

import pytest

from picometer import commands
from picometer.reader import link
from tests_host.unit.foreign_meter import ForeignMeter, Served
from tests_host.unit.test_foreign_meters import LE

NOBODY = "127.0.0.1:1"
RUN = ("run", "--headless", "--speed", "max", "--duration", "0.1", "--watts", "1")


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Nobody answers within a moment, where there is nobody; and no password is in the air."""
    monkeypatch.setattr(link, "ACK_S", 0.05)
    monkeypatch.setattr(link, "PACKET_S", 0.5)
    monkeypatch.setattr(link, "GAP_S", 0.05)
    monkeypatch.delenv("PICOMETER_PASSWORD", raising=False)


@pytest.fixture
def fails(capsys):
    """The one line of a command that cannot be done."""

    def run(*arguments):
        status = commands.perform([str(each) for each in arguments])
        out, err = capsys.readouterr()
        assert (status, out) == (2, ""), (arguments, status, out, err)
        assert err.count("\n") == 1 and err.startswith("picometer: "), (arguments, err)
        assert "mistake of picometer" not in err, (arguments, err)
        return err

    return run


@pytest.fixture
def does(capsys):
    """What a command prints that can be done."""

    def run(*arguments):
        status = commands.perform([str(each) for each in arguments])
        out, err = capsys.readouterr()
        assert (status, err) == (0, ""), (arguments, out, err)
        return out

    return run


# --- input files ---


def _missing(path):
    return path


def _folder(path):
    path.mkdir()
    return path


def _of(octets):
    def make(path):
        path.write_bytes(octets)
        return path

    return make


def _unreadable(path):
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    path.touch(0o000)
    return path


INPUTS = {
    "missing": _missing,
    "a folder": _folder,
    "unreadable": _unreadable,
    "empty": _of(b""),
    "binary": _of(random.Random(1).randbytes(5000)),
    "a byte order mark alone": _of(b"\xef\xbb\xbf"),
    "UTF-16": _of("time,active_kw\n".encode("utf-16")),
    "NULs": _of(bytes(5000)),
    "endless": lambda path: Path("/dev/zero"),
    "one long line": _of(b"x" * 3_000_000),
    "a number": _of(b"1\n"),
    "a list": _of(b"[1, 2]\n"),
    "deep": _of(b"[" * 100_000),
    "other types": _of(b'{"format": 1, "software": {"image": []}, "serial": 5}'),
}
READERS = {
    "load": lambda path: (*RUN[:-2], "--load", path),
    "state": lambda path: (*RUN, "--state", path),
    "identity": lambda path: ("provision", NOBODY, path),
    "manifest": lambda path: ("verify", NOBODY, "--manifest", path),
    "tree": lambda path: ("flash", "--port", "/dev/none", "--tree", path),
    "configuration": lambda path: ("flash", "--port", "/dev/none", "--configuration", path),
    "uf2": lambda path: ("flash-uf2", "--image", path),
    "password": lambda path: ("read", NOBODY, "--password-file", path),
    "password of a run": lambda path: (*RUN, "--password-file", path),
    "control": lambda path: ("control", path, "status"),
}
_FINE = {("state", "missing"), ("state", "empty"), ("identity", "empty")}
_FINE |= {("identity", "a byte order mark alone")}
_FINE |= {
    (name, text)
    for name in READERS
    if name.startswith("password")
    for text in ("a number", "a list")
}


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("reader", READERS)
def test_an_input_file_that_will_not_do(fails, tmp_path, reader, kind):
    if (reader, kind) in _FINE:
        return
    path = INPUTS[kind](tmp_path / "given")
    before = path.read_bytes() if path.is_file() else None
    line = fails(*READERS[reader](path))
    assert NOBODY not in line or reader == "password"
    assert path.read_bytes() == before if before is not None else True
    assert sorted(tmp_path.iterdir()) == (
        [path] if path.parent == tmp_path and path.exists() else []
    )


# --- output files ---


@pytest.fixture
def foreign():
    with Served(lambda: ForeignMeter(LE, negotiates=True)) as url:
        yield url


def _no_folder(path):
    return path / "not there" / "file"


def _read_only(path):
    if os.geteuid() == 0:
        pytest.skip("root writes everything")
    path.write_text("old")
    path.chmod(0o400)
    return path


OUTPUTS = {
    "no folder": _no_folder,
    "a folder": _folder,
    "read-only": _read_only,
    "full": lambda path: Path("/dev/full"),
}
WRITERS = {
    "report": lambda url, path: (*RUN, "--report", path),
    "picture": lambda url, path: (*RUN, "--lcd", path),
    "profile": lambda url, path: ("profile", url, "--csv", path),
}


@pytest.mark.parametrize("kind", OUTPUTS)
@pytest.mark.parametrize("writer", WRITERS)
def test_an_output_file_that_cannot_be_written(fails, foreign, tmp_path, writer, kind):
    path = OUTPUTS[kind](tmp_path / "wanted")
    fails(*WRITERS[writer](foreign, path))
    if kind == "read-only":
        assert path.read_text() == "old"


def test_an_export_is_replaced_when_it_is_whole_and_not_before(fails, does, foreign, tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("yesterday's\n")
    path.chmod(0o640)
    link = tmp_path / "link.csv"
    link.symlink_to(path)
    fails("profile", NOBODY, "--csv", path)
    refused = {64: 3}
    with Served(lambda: ForeignMeter(LE, negotiates=True, refused=refused)) as url:
        fails("profile", url, "--csv", path)
    assert path.read_text() == "yesterday's\n"
    assert does("profile", foreign, "--csv", link) == ""
    assert path.read_text().startswith("end,active energy delivered kWh,")
    assert len(path.read_text().splitlines()) == 1 + 7
    assert link.is_symlink() and stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["export.csv", "link.csv"]


# --- ports ---


class _Silent:
    def feed(self, data):
        return b""


class _Echo:
    def feed(self, data):
        return data


class _Garbage:
    """Much more than was asked for, again and again, and now and then what begins a packet."""

    def __init__(self, octets=None):
        self._octets = octets or random.Random(2).randbytes(20_000)

    def feed(self, data):
        return self._octets


PORTS = {
    "silent": _Silent,
    "echo": _Echo,
    "garbage": _Garbage,
    "acknowledgements": lambda: _Garbage(b"\x06" * 20_000),
    "beginnings of packets": lambda: _Garbage(b"\x06\xee\x00\x00\x00\x00\x02\xee" * 2000),
    "refusals": lambda: _Garbage(b"\x15" * 20_000),
}
CLIENTS = {
    "read": lambda url: ("read", url),
    "read all": lambda url: ("read", url, "all", "--json"),
    "profile": lambda url: ("profile", url),
    "events": lambda url: ("events", url),
    "do": lambda url: ("do", url, "self-read"),
    "set-time": lambda url: ("do", url, "set-time"),
    "program": lambda url: ("program", url, "--demand-interval", 15),
    "verify": lambda url: ("verify", url, "--manifest", _RELEASE),
}
_RELEASE = Path(__file__).parent / "release.json"


@pytest.mark.parametrize("client", [name for name in CLIENTS if name != "verify"])
@pytest.mark.parametrize("port", PORTS)
def test_a_port_without_a_meter(fails, client, port):
    with Served(PORTS[port]) as url:
        assert url in fails(*CLIENTS[client](url))


@pytest.mark.parametrize("client", [name for name in CLIENTS if name != "verify"])
@pytest.mark.parametrize("url", [NOBODY, "/dev/null", "nothing", "http://x", "socket://", "COM1"])
def test_a_url_that_is_no_port(fails, client, url):
    fails(*CLIENTS[client](url))


@pytest.mark.parametrize("client", [name for name in CLIENTS if name != "verify"])
@pytest.mark.parametrize(
    "option",
    [
        ("--user", "ELEVENCHARS"),
        ("--user", "Ł"),
        ("--password", "123456789012345678901"),
        ("--password", "Ł"),
        ("--password", "a\x1bb"),
        ("--password", "A", "--password-file", "x"),
        ("--password-file", "/dev/null"),
    ],
)
def test_a_name_or_password_that_no_meter_takes(fails, client, option):
    line = fails(*CLIENTS[client](NOBODY), *option)
    assert option[0] in line and "\x1b" not in line


ARGUMENTS = [
    ("read",),
    ("nothing",),
    ("read", NOBODY, "²"),
    ("read", NOBODY, "99999999999999999999"),
    ("read", NOBODY, "MT2048"),
    ("read", NOBODY, "--baud", "38401"),
    ("profile", NOBODY, "--set", "5"),
    ("prove", "household", "--seconds", "0"),
    ("prove", "nothing"),
    *((*RUN, "--hz", hz) for hz in ("0", "-60", "1e-300", "nan", "inf")),
    *((*RUN[:-1], watts) for watts in ("nan", "inf", "1e300", "-1e300")),
    *((*RUN, "--volts", volts) for volts in ("nan", "-1", "1e300")),
    (*RUN, "--var", "nan"),
    (*RUN, "--duration", "nan"),
    (*RUN, "--speed", "nan"),
    (*RUN, "--tcp", "127.0.0.1:99999"),
    (*RUN, "--at", "x"),
    (*RUN, "--at", "0.05:nothing"),
]


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=" ".join)
def test_arguments_that_make_no_sense(fails, arguments):
    fails(*arguments)


def test_no_arguments_at_all_are_answered_with_help(does):
    text = does()
    assert text == does("--help")
    assert "  read " in text and len(text.splitlines()) > 10


# --- what it says ---


def test_what_was_read_is_shown_and_what_was_refused_is_named(capsys):
    refused = {3: 3, 28: 5}
    with Served(lambda: ForeignMeter(LE, negotiates=True, refused=refused)) as url:
        assert commands.perform(["read", url]) == 0
        out, err = capsys.readouterr()
        assert "MODEL-7" in out and "1234567 kWh" in out and err == ""
        assert "ST3 cannot be read at this access level" in out and "ST28 cannot be read" in out
        assert commands.perform(["read", url, "1", "3"]) == 2
        out, err = capsys.readouterr()
        assert "MODEL-7" in out and "ST3 cannot be read" in err and "--password-file" in err


class _Dying(ForeignMeter):
    """Falls silent when table 5 is read."""

    def feed(self, data):
        if b"\x30\x00\x05" in data:
            self.dead = True
        return b"" if getattr(self, "dead", False) else super().feed(data)


def test_what_was_read_before_the_line_failed_is_shown(capsys):
    with Served(lambda: _Dying(LE, negotiates=True)) as url:
        assert commands.perform(["read", url, "all"]) == 2
    out, err = capsys.readouterr()
    assert "MODEL-7" in out
    assert err.count("\n") == 1 and "no answer" in err


def test_the_event_log_of_another_meter_is_shown_without_a_chain(does, foreign):
    out = does("events", foreign)
    assert "demand reset  user 2, argument 0102, unread" in out


def test_a_password_comes_from_a_file_the_environment_or_a_prompt(
    does, fails, monkeypatch, tmp_path
):
    file = tmp_path / "secret"
    file.write_text("FROM FILE\n")
    given = []

    class Meter(ForeignMeter):
        def answer(self, request):
            if request[0] == 0x51:
                given.append(request[1:].rstrip())
            return super().answer(request)

    with Served(lambda: Meter(LE, negotiates=True, security=0)) as url:
        does("read", url, "5", "--password-file", file)
        monkeypatch.setenv("PICOMETER_PASSWORD", "FROM ENV")
        does("read", url, "5")
        does("read", url, "5", "--password", "GIVEN")
        monkeypatch.setattr("click.prompt", lambda *_, **__: "ASKED")
        does("read", url, "5", "--ask-password")
    assert given == [b"FROM FILE", b"FROM ENV", b"GIVEN", b"ASKED"]
    with Served(lambda: Meter(LE, negotiates=True, security=1)) as url:
        assert "does not take this password" in fails("read", url, "5")


def test_a_mistake_of_the_program_is_one_line_too(monkeypatch, capsys):
    monkeypatch.setattr(commands.cli, "main", lambda **_: 1 // 0)
    assert commands.perform(["read"]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1 and "ZeroDivisionError" in line
    monkeypatch.setenv("PICOMETER_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        commands.perform(["read"])
