"""Whoever runs the virtual meter works its switches: by script, by control port and by keys."""

import fcntl
import json
import os
import select
import subprocess
import termios
import time

import pytest

from firmware.inputs import LEVER, MAGNET
from metrology.faults import SWITCH_STUCK
from picometer.proof.meters import build
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.controls import Controls, parse
from picometer.virtual.lcd import decode
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.options import LoadChoice
from tests_host.meter.process import COMMAND, ENVIRONMENT, RunningMeter, picometer
from tests_host.meter.test_command import fails


class Watched:
    """A meter that notes every change its inputs duty tells of, and does lines at instants."""

    def __init__(self):
        self.seen = []
        self.host = build(ConstantLoad(7200.0))
        self.controls = Controls(self.host.board, LoadChoice())
        self.host._on_boot = self.booted

    def booted(self, meter):
        start = meter.start

        def listening():
            start()
            assert not any(map(meter.inputs.is_known, range(len(meter.inputs.state))))
            self.told = meter.inputs.on_change
            meter.inputs.on_change = self.changed

        meter.start = listening

    def changed(self, index, state):
        self.seen.append((self.host.board.clock.now_ns, index, state))
        self.told(index, state)

    def at(self, seconds, line):
        action = parse(line)
        self.host.board.clock.call_at(
            round(seconds * NS_PER_S), lambda: self.controls.perform(action)
        )

    def run(self, seconds):
        self.host.run_until(round(seconds * NS_PER_S))

    @property
    def faults(self):
        return self.host.meter.storage.faults.word


@pytest.mark.parametrize("begin", [5.0, 5.013, 5.0271, 5.04, 5.0999])
def test_a_press_of_a_tenth_of_a_second_reaches_the_firmware_once(begin):
    meter = Watched()
    meter.at(begin, "lever press 0.1")
    meter.run(7)
    assert [(index, state) for _, index, state in meter.seen] == [(LEVER, 1), (LEVER, 0)]
    pressed, released = (when for when, _, _ in meter.seen)
    assert 0 < pressed - begin * NS_PER_S < 100 * NS_PER_MS
    assert 0 < released - (begin + 0.1) * NS_PER_S < 100 * NS_PER_MS


@pytest.mark.slow
def test_a_lever_held_for_five_minutes_is_one_press_and_a_fault_until_it_is_released():
    meter = Watched()
    meter.at(5, "lever press 300")
    meter.run(64)
    assert meter.faults == 0
    meter.run(66)
    assert meter.faults == SWITCH_STUCK
    seen = set()
    for second in range(66, 106):
        meter.run(second)
        reading = decode(meter.host.board.lcd.ram, meter.host.board.lcd.on)
        seen.add((reading.code_text, reading.text))
    assert ("Er ", "400000") in seen and any(code == "dEL" for code, _ in seen)
    meter.run(304)
    assert [entry[1:] for entry in meter.seen] == [(LEVER, 1)] and meter.faults == SWITCH_STUCK
    meter.at(310, "lever press")
    meter.run(320)
    assert [entry[1:] for entry in meter.seen] == [(LEVER, 1), (LEVER, 0)] * 2
    assert meter.faults == 0


def test_a_magnet_there_at_power_up_was_held_by_nobody():
    meter = Watched()
    meter.controls.do("magnet on")
    meter.at(20, "magnet off")
    meter.at(30, "magnet press")
    meter.run(40)
    assert [entry[1:] for entry in meter.seen] == [(MAGNET, 1), (MAGNET, 0)]
    assert meter.seen[0][0] >= 30 * NS_PER_S


def test_actions_of_the_command_line_happen_at_their_instants():
    options = ("run", "--headless", "--speed", "max", "--watts", "480", "--duration", "12")
    script = ("--at", "9:status", "--at", "5:seal open", "--at", "9.5:seal close")
    script += ("--at", "4:load -960", "--at", "11:status", "--at", "4.9:status")
    done = picometer(*options, *script)
    assert (done.returncode, done.stderr) == (0, "")
    early, middle, late = (json.loads(line) for line in done.stdout.splitlines())
    assert [s["simulated_s"] for s in (early, middle, late)] == [4.9, 9, 11]
    assert [s["switches"]["seal"] for s in (early, middle, late)] == ["closed", "open", "closed"]
    assert ["SEAL" in s["lcd"][1] for s in (early, middle, late)] == [False, True, False]
    assert early["watts"] == -960


def test_a_running_meter_is_worked_from_another_terminal(tmp_path):
    path = tmp_path / "control"
    with RunningMeter("--tcp", "127.0.0.1:0", "--control", path, "--watts", "480") as meter:
        for words in (("seal", "open"), ("load", "-960"), ("lever", "press", "0.2")):
            done = picometer("control", path, *words)
            assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")
        status = json.loads(picometer("control", path, "status").stdout)
        assert status["switches"]["seal"] == "open" and status["watts"] == -960
        assert "there are" in fails("control", path, "door", "open")
        assert "in use" in fails("run", "--control", path)
        assert meter.interrupt() == 0
    assert not path.exists()
    assert str(path) in fails("control", path, "status")


def test_what_cannot_be_done_is_one_line_and_starts_nothing(tmp_path):
    state, taken, port = tmp_path / "state", tmp_path / "taken", tmp_path / "port"
    taken.write_text("mine")
    run = ("run", "--state", state)
    assert "--at" in fails(*run, "--at", "lever press")
    assert "no control door" in fails(*run, "--at", "1:door open")
    assert "within the run" in fails(*run, "--duration", "5", "--at", "5:lever press")
    assert "taken" in fails(*run, "--control", taken)
    assert "taken" in fails(*run, "--module-pty", taken)
    assert "module port" in fails(*run, "--module-tcp", "nowhere")
    assert "--pty" in fails(*run, "--pty", port, "--module-pty", port)
    assert "--module-password" in fails(*run, "--module-password", "x" * 21)
    assert not state.exists() and not port.is_symlink() and taken.read_text() == "mine"
    assert "A" in fails("run", "--at", "1:load 1e9")
    assert "missing" in fails("control", taken).lower()


class Terminal:
    """`picometer run` on a terminal of its own."""

    def __init__(self, *arguments):
        self.master, self.slave = os.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            (*COMMAND, "run", *map(str, arguments)),
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env={**ENVIRONMENT, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self.screen = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def shows(self, text):
        """Read on until `text` comes."""
        self.screen = ""
        end = time.monotonic() + 30
        while text not in self.screen and time.monotonic() < end:
            if select.select([self.master], [], [], 0.2)[0]:
                self.screen += os.read(self.master, 65536).decode(errors="replace")
        return text in self.screen

    def type(self, keys):
        os.write(self.master, keys.encode())

    def ended(self):
        """The exit status; the terminal is read meanwhile."""
        end = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < end:
            if select.select([self.master], [], [], 0.2)[0]:
                os.read(self.master, 65536)
        return self.process.poll()


def test_keys_work_the_switches_and_the_terminal_is_as_it_was():
    with Terminal("--watts", "480") as terminal:
        assert terminal.shows("s seal closed")
        assert termios.tcgetattr(terminal.slave) != terminal.before
        for key, shown in (
            ("s", "s seal open"),
            ("t", "t test on"),
            ("M", "m magnet on"),
            ("p", "p power fail"),
            ("l", "l lever on"),
        ):
            terminal.type(key)
            assert terminal.shows(shown)
        assert terminal.shows("l lever off")
        terminal.type("q")
        assert terminal.ended() == 0
        assert termios.tcgetattr(terminal.slave) == terminal.before


def test_a_meter_that_is_stopped_by_a_key_or_ends_by_itself_leaves_the_terminal_as_it_was():
    for arguments, key in ((("--watts", "480"), "\x1c"), (("--duration", "1"), "")):
        with Terminal(*arguments) as terminal:
            assert terminal.shows("t test off")
            terminal.type(key)
            assert terminal.ended() == 0
            assert termios.tcgetattr(terminal.slave) == terminal.before


def test_what_is_no_terminal_has_no_keys():
    done = picometer("run", "--speed", "max", "--duration", "1", "--watts", "480")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
