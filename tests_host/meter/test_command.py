"""The command line: what it brings up, keeps and refuses."""

import json
import re
import socket

import pytest

from picometer.virtual.host import configured
from picometer.virtual.lcd import digits_text
from picometer.virtual.state import StateFile
from tests_host.meter.process import RunningMeter, picometer


def fails(*arguments):
    """The one line that a refused command prints."""
    done = picometer(*arguments)
    assert done.returncode == 2, done
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("picometer: "), done.stderr
    return lines[0]


def test_a_run_reports_its_integers(tmp_path):
    report = tmp_path / "r.json"
    done = picometer(
        *("run", "--watts", "36000", "--duration", "20", "--speed", "max", "--headless"),
        *("--report", report, "--lcd", tmp_path / "lcd.svg"),
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(report.read_text())
    assert (
        list(figures)
        == (
            "simulated_s mains_delivered_uwh mains_received_uwh register_delivered_uwh "
            "register_received_uwh ticks rejected_ticks chip_resets power_cuts"
        ).split()
    )
    assert all(isinstance(value, int) for value in figures.values())
    assert figures["simulated_s"] == 20
    assert figures["mains_delivered_uwh"] == 200_000_000
    assert figures["register_delivered_uwh"] == pytest.approx(200e6, rel=0.02)
    assert 198 <= figures["ticks"] <= 200
    assert (tmp_path / "lcd.svg").read_text().startswith("<")


def test_registers_and_clock_go_on_from_a_state_file(tmp_path):
    state, report = tmp_path / "fram", tmp_path / "r.json"
    seen = []
    for _ in range(3):
        options = ("--state", state, "--report", report, "--watts", "36000", "--speed", "max")
        assert picometer("run", *options, "--duration", 5, "--headless").returncode == 0
        seen.append(json.loads(report.read_text()))
    registers = [figures["register_delivered_uwh"] for figures in seen]
    assert registers[0] < registers[1] < registers[2]
    assert registers[2] == pytest.approx(150e6, rel=0.08)
    assert {figures["simulated_s"] for figures in seen} == {5}


def test_a_new_meter_is_given_its_passwords_and_keeps_them(tmp_path):
    options = ("run", "--headless", "--speed", "max", "--duration", "0.1", "--state")
    for name, given, stored in (
        ("a", (), ("PICOMETER", "MODULE")),
        ("b", ("--password", "TOP", "--module-password", "SLOT"), ("TOP", "SLOT")),
        ("b", ("--password", "OTHER", "--module-password", "OTHER"), ("TOP", "SLOT")),
    ):
        assert picometer(*options, tmp_path / name, *given).returncode == 0
        state = StateFile(str(tmp_path / name))
        assert (configured(state, "password_3"), configured(state, "password_module")) == stored
        state.close()


def test_ctrl_c_is_a_power_cut_and_a_killed_process_loses_no_register(tmp_path):
    state, report, link = tmp_path / "fram", tmp_path / "r.json", tmp_path / "port"
    options = ("--state", state, "--watts", "36000", "--pty", link, "--report", report)
    with RunningMeter(*options, "--speed", "20") as meter:
        read = picometer("read", meter.urls[0], "23", "--json")
        assert read.returncode == 0, read.stderr
        assert meter.interrupt() == 0
    first = json.loads(report.read_text())
    assert first["power_cuts"] == 1
    assert not link.exists() and not link.is_symlink()
    with RunningMeter(*options, "--speed", "20") as meter:
        picometer("read", meter.urls[0], "23")
        meter.kill()
    link.unlink()
    picometer("run", "--headless", "--state", state, "--duration", 0.2, "--report", report)
    second = json.loads(report.read_text())
    assert second["register_delivered_uwh"] > first["register_delivered_uwh"] > 0


def test_a_meter_is_read_over_tcp_by_one_client_after_another():
    with RunningMeter("--tcp", "127.0.0.1:0", "--watts", "7200") as meter:
        for _ in range(3):
            done = picometer("read", meter.urls[0])
            assert done.returncode == 0, done.stderr
            assert re.search(r"active power net +7(199\.9|200\.0)", done.stdout)
        everything = picometer("read", meter.urls[0], "all", "--json")
        tables = json.loads(everything.stdout)
        assert [table["table"] for table in tables][:4] == ["ST0", "ST1", "ST2", "ST3"]


def test_wrong_arguments_are_one_line_and_status_2(tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("time,active_kw,reactive_kvar,volts,amps\n2007-02-01T00:00,x,0,240,1\n")
    other = tmp_path / "other"
    other.write_bytes(b"picometer state 999\n{}\n".ljust(4096 + 262144, b"\0"))
    strange = tmp_path / "strange"
    strange.write_bytes(b"something else entirely")
    before = other.read_bytes(), strange.read_bytes()
    assert "AZ" in fails("run", "--model", "AZ")
    assert "2S-240-9" in fails("run", "--service", "2S-240-9")
    assert "not approved" in fails("run", "--model", "AX-SD", "--service", "2S-240-320")
    assert "nowhere.csv" in fails("run", "--load", tmp_path / "nowhere.csv")
    assert "line 2" in fails("run", "--load", bad)
    assert "exclude" in fails("run", "--load", bad, "--watts", "3")
    assert "--speed" in fails("run", "--speed", "quick")
    assert "duration" in fails("run", "--duration", "-1")
    assert "--start" in fails("run", "--start", "yesterday")
    assert "A" in fails("run", "--watts", "1e9")
    assert "another version" in fails("run", "--state", other)
    assert "not a picometer state file" in fails("run", "--state", strange)
    assert "no such option" in fails("run", "--colour").lower()
    assert "cannot be written" in fails("run", "--report", tmp_path / "no" / "r.json")
    assert (other.read_bytes(), strange.read_bytes()) == before


def test_a_port_in_use_or_a_path_taken_is_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert "in use" in fails("run", "--tcp", f"127.0.0.1:{port}")
    taken = tmp_path / "taken"
    taken.write_text("mine")
    state = tmp_path / "state"
    assert "taken" in fails("run", "--pty", taken, "--state", state)
    assert taken.read_text() == "mine" and not state.exists()


def test_a_state_file_in_use_or_of_another_meter_is_one_line(tmp_path):
    state = tmp_path / "fram"
    with RunningMeter("--state", state, "--tcp", "127.0.0.1:0"):
        assert "in use" in fails("run", "--state", state)
    assert "2S-240-200" in fails("run", "--state", state, "--service", "1S-120-100")


def test_a_meter_that_cannot_be_reached_is_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert str(port) in fails("read", f"socket://127.0.0.1:{port}")
    assert "nothing" in fails("read", tmp_path / "nothing")
    assert "not a table number" in fails("read", "socket://127.0.0.1:1", "twenty")


def test_the_display_is_drawn_from_ram_alone():
    assert digits_text(bytes(32), True).strip() == ""
