"""How commands begin and end: signals, terminals, clocks, and who may read what they leave."""

import json
import os
import pty
import signal
import stat
import subprocess
import time
from datetime import datetime, timedelta

import pytest

from picometer.proof.meters import build
from picometer.reader.client import Client
from picometer.reader.clock import ClockSetter
from picometer.reader.formats import OURS
from picometer.reader.procedure import Caller
from picometer.virtual.clock import NS_PER_S, SimClock
from picometer.virtual.ds3231 import Ds3231
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from picometer.virtual.state import StateFile
from tests_host.meter.process import COMMAND, ENVIRONMENT, RunningMeter, picometer


def _clock(path):
    """What a state file says the clock showed, and when that was, by this computer."""
    state = StateFile(str(path))
    kept = dict(state._kept)
    state.close()
    chip = Ds3231(SimClock())
    chip.load(kept["rtc"], 0)
    return chip.now(), kept["saved"]


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGKILL])
def test_the_clock_of_a_state_file_goes_on_however_the_run_ended(tmp_path, number):
    path = tmp_path / "state"
    start = datetime(2026, 3, 1, 12)
    options = ("--state", path, "--watts", "1", "--start", start.isoformat(), "--speed", "20")
    before = time.time()
    with RunningMeter(*options, "--tcp", "127.0.0.1:0") as meter:
        time.sleep(2)
        meter._process.send_signal(number)
        meter._process.wait(20)
    shown, saved = _clock(path)
    assert before < saved <= time.time()
    assert shown > start + timedelta(seconds=10)  # at 20 seconds a second
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    report = tmp_path / "report"
    again = ("run", "--headless", "--state", path, "--duration", 0.2, "--report", report)
    assert picometer(*again).returncode == 0
    later, _ = _clock(path)
    assert shown <= later < shown + timedelta(minutes=2)
    assert json.loads(report.read_text())["power_cuts"] == 0


_INTERRUPTED_AT = """
import os, signal, sys

class Interrupter:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)

# Whoever runs the tests in the background may have had SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
from picometer.cli import main
sys.meta_path.insert(0, Interrupter())
main(["run", "--headless", "--watts", "1", "--duration", "1000"])
"""


@pytest.mark.parametrize(
    "module",
    ["picometer.commands", "click", "picometer.commands.run", "rich.console", "serial"],
)
def test_ctrl_c_while_a_command_is_loading_ends_it_silently(module):
    """Whatever it is loading: only Python's own start is out of our hands."""
    command = (COMMAND[0], "-c", _INTERRUPTED_AT, module)
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def _on_terminal(columns, *arguments, **environment):
    """What a command shows on a terminal of so many columns."""
    master, slave = pty.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    process = subprocess.Popen(
        (*COMMAND, *map(str, arguments)),
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=slave,
        env=ENVIRONMENT | environment,
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            data = os.read(master, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data
    os.close(master)
    return process.wait(30), shown.decode("utf-8", errors="replace")


_SHORT = ("run", "--watts", "1", "--duration", "0.2", "--tcp", "127.0.0.1:0")


@pytest.mark.parametrize(
    ("columns", "environment", "why"),
    [
        (70, {"TERM": "xterm"}, "70 columns"),
        (100, {"TERM": "dumb"}, "dumb"),
        (100, {"TERM": "xterm", "PYTHONIOENCODING": "ascii"}, "encoding"),
    ],
)
def test_a_terminal_that_cannot_show_the_view_shows_where_the_ports_are(columns, environment, why):
    status, shown = _on_terminal(columns, *_SHORT, **environment)
    lines = shown.splitlines()
    assert status == 0 and why in lines[0]
    assert lines[1].startswith("optical port: socket://") and len(lines) == 2


def test_a_terminal_that_can_shows_the_view():
    status, shown = _on_terminal(100, *_SHORT, TERM="xterm")
    assert status == 0 and "╭" in shown and "no view" not in shown


@pytest.mark.parametrize("baud", [300, 9600, 115200])
@pytest.mark.parametrize("fraction", [0.0, 0.4, 0.97])
def test_the_clock_is_set_to_the_time_that_it_is_when_the_request_arrives(baud, fraction):
    host = build(ConstantLoad(100.0))
    host.run_until(5 * NS_PER_S)
    began = datetime(2026, 3, 1, 12) + timedelta(seconds=fraction)

    def now():
        return began + timedelta(microseconds=host.board.clock.now_ns // 1000)

    def wait(seconds):
        host.run_until(host.board.clock.now_ns + round(seconds * NS_PER_S))

    client = Client(SimPort(host))
    client.identify()
    client.negotiate(bauds=(baud,))
    client.logon()
    client.security("PICOMETER")
    ClockSetter(client, Caller(client, wait), OURS, now, wait).set_to_now("set-time")
    client.terminate()
    wait(3)
    late = abs((host.board.rtc.now() - now()).total_seconds())
    assert late < (0.5 if baud == 300 else 0.06)


def test_passwords_are_made_only_if_the_meter_lets_the_command_in(tmp_path):
    identity, kept = tmp_path / "meter.toml", tmp_path / "kept.toml"
    identity.write_bytes(b'\xef\xbb\xbfserial = "PM00000042"\r\n')
    with RunningMeter("--tcp", "127.0.0.1:0", "--watts", "1") as meter:
        options = ("provision", meter.urls[0], identity, "--generate", "--save", kept)
        done = picometer(*options)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1 and "the meter has a password" in done.stderr
    assert not kept.exists()
