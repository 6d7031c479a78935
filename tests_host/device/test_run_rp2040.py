"""`picometer run --rp2040`: the command of the virtual meter, with the image in it."""

import json
import time

import pytest
import serial

from tests_host.meter.process import RunningMeter, picometer


def test_a_run_reports_and_goes_on_from_a_state_file(image, tmp_path):
    state, report = tmp_path / "fram", tmp_path / "r.json"
    seen = []
    for _ in range(2):
        done = picometer(
            *("run", "--rp2040", "--image", image, "--headless", "--watts", "36000"),
            *("--speed", "max", "--duration", "4", "--state", state, "--report", report),
        )
        assert done.returncode == 0, done.stderr
        seen.append(json.loads(report.read_text()))
    assert [figures["simulated_s"] for figures in seen] == [4, 4]
    assert all(33 <= figures["ticks"] <= 40 for figures in seen)
    first, second = (figures["register_delivered_uwh"] for figures in seen)
    assert second > 1.8 * first > 0


def test_ports_serve_a_client_and_a_terminal_and_ctrl_c_pulls_the_plug(image, tmp_path):
    report, usb = tmp_path / "r.json", tmp_path / "usb"
    options = ("--rp2040", "--image", image, "--watts", "36000", "--usb", usb)
    with RunningMeter(*options, "--pty", tmp_path / "port", "--report", report) as meter:
        # It gives up sooner than a slow machine has started the emulated chip.
        for _ in range(20):
            read = picometer("read", meter.urls[0], "1", "23")
            if read.returncode == 0:
                break
        assert "PICO" in read.stdout, read.stderr
        with serial.Serial(str(usb), timeout=0.1) as terminal:
            heard = b""
            end = time.monotonic() + 30
            while b">>>" not in heard and time.monotonic() < end:
                terminal.write(b"\x03")
                heard += terminal.read(1000)
        assert b"KeyboardInterrupt" in heard and b">>>" in heard
        assert meter.interrupt() == 0
    assert json.loads(report.read_text())["power_cuts"] == 1
    assert not usb.is_symlink()


@pytest.mark.parametrize("text", ["absent", "damaged", "another"])
def test_an_image_that_is_none_is_one_clear_line_and_touches_nothing(image, tmp_path, text):
    file, state = tmp_path / "image.uf2", tmp_path / "fram"
    if text == "damaged":
        file.write_bytes(image.read_bytes()[:-512])
    elif text == "another":
        file.write_text("not an image")
    options = ("--rp2040", "--image", file, "--state", state, "--headless")
    done = picometer("run", *options)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and str(file) in done.stderr
    assert not state.exists()


def test_options_of_the_image_ask_for_it(tmp_path):
    for option in (("--usb", tmp_path / "usb"), ("--image", tmp_path / "image")):
        done = picometer("run", "--headless", *option)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "--rp2040" in done.stderr
