"""What needs no pseudo terminal works where Python has no fcntl, termios, tty, pty or signals."""

import sys

import pytest

from tests_host.benches import elsewhere
from tests_host.meter.process import RunningMeter, picometer

COMMAND = (sys.executable, elsewhere.__file__)
ON_TCP = ("--tcp", "127.0.0.1:0", "--watts", "1000")


def there(*arguments, **options):
    """Run the command there; what it did."""
    return picometer(*arguments, command=COMMAND, **options)


@pytest.fixture(scope="module")
def meter():
    with RunningMeter(*ON_TCP, command=COMMAND) as meter:
        yield meter.urls[0]


@pytest.mark.parametrize(
    ("command", "words", "shown"),
    [
        ("read", (), "ST23"),
        ("do", ("diagnostics",), "diagnostics: completed"),
        ("program", ("--test-interval", 5), "test interval 5 min"),
        ("events", (), "seal"),
    ],
)
def test_a_meter_on_tcp_is_read_and_programmed(meter, command, words, shown):
    password = () if command == "read" else ("--password", "PICOMETER")
    done = there(command, meter, *password, *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert shown in done.stdout


def test_the_software_of_a_meter_is_verified(meter, tmp_path):
    done = there("verify", meter, "--manifest", tmp_path / "absent")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("it comes with make uf2\n")


def test_a_new_meter_is_provisioned(tmp_path):
    identity, kept = tmp_path / "meter.toml", tmp_path / "kept.toml"
    identity.write_text('serial = "PM00000042"\n')
    options = ("--unprovisioned", "--at", "0:seal open")
    with RunningMeter(*ON_TCP, *options, command=COMMAND) as meter:
        done = there("provision", meter.urls[0], identity, "--generate", "--save", kept)
    assert (done.returncode, done.stderr) == (0, "")
    assert "password_3" in kept.read_text()


def test_a_meter_without_any_port_runs_and_is_drawn(tmp_path):
    face = tmp_path / "face.svg"
    done = there("run", "--headless", "--watts", 1, "--duration", 1, "--lcd", face)
    assert (done.returncode, done.stderr) == (0, "")
    assert face.read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("option", "why"),
    [("--pty", "termios"), ("--state", "fcntl"), ("--control", "Unix socket")],
)
def test_what_only_a_unix_can_do_is_one_line(tmp_path, option, why):
    done = there("run", "--headless", "--duration", 1, option, tmp_path / "there")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1 and why in done.stderr
