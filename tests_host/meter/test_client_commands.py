"""`picometer do` and `picometer program`: a running meter does it, or says why not."""

import json

import pytest

from tests_host.meter.process import RunningMeter, picometer
from tests_host.meter.test_command import fails

PASSWORD = ("--password", "PICOMETER")


@pytest.fixture
def meter(tmp_path):
    options = ("--watts", "36000", "--speed", "20", "--start", "2026-03-01T12:00")
    with RunningMeter(*options, "--pty", tmp_path / "port") as running:
        yield running.urls[0]


def done(*arguments):
    """What a command that succeeds prints."""
    ran = picometer(*arguments)
    assert (ran.returncode, ran.stderr) == (0, ""), ran
    return ran.stdout.splitlines()


def fields(url, *tables):
    """The fields of tables, by the command that reads them."""
    ran = picometer("read", url, *tables, "--json", *PASSWORD)
    assert ran.returncode == 0, ran.stderr
    return [report["fields"] for report in json.loads(ran.stdout)]


def test_procedures_are_run_in_their_order_and_logged_with_their_source(meter):
    assert done(
        *("do", meter, "set-time", "2027-05-06T07:08:09", "demand-reset", "self-read"),
        *("test-mode", "on", "mark-read", "history", "clear-status", *PASSWORD),
    )[1:] == [
        "demand-reset: completed",
        "self-read: completed",
        "test-mode on: completed",
        "mark-read history: completed",
        "clear-status: completed",
    ]
    status, self_reads, log = fields(meter, "3", "26", "74")
    assert status["ED_MODE"]["TEST_MODE_FLAG"] == 1
    assert len(self_reads["SELF_READS_ENTRIES"]) == 2
    events = [entry["EVENT"] for entry in log["ENTRIES"] if entry["SOURCE"] == "optical port"]
    assert events == [
        "time changed, stamp is the old time",
        "time changed, stamp is the new time",
        "demand reset",
        "self read",
        "test mode started",
    ]
    assert log["ENTRIES"][-1]["HISTORY_TIME"].startswith("2027-05-06T07:08:")
    assert done("do", meter, "test-mode", "off", *PASSWORD) == ["test-mode off: completed"]
    assert fields(meter, "3")[0]["ED_MODE"]["METERING_FLAG"] == 1


def test_setting_the_clock_says_what_it_was_and_is(meter):
    (line,) = done("do", meter, "set-time", "2027-05-06T07:08:09", *PASSWORD)
    assert line.startswith("set-time: completed, 2026-03-01T12:")
    assert line.endswith(" before, 2027-05-06T07:08:09 now")


def test_what_the_meter_refuses_is_one_line_with_its_code_and_nothing_follows(meter):
    assert "no authorisation" in fails("do", meter, "demand-reset", "self-read")
    done("do", meter, "demand-reset", *PASSWORD)
    ran = picometer("do", meter, "self-read", "demand-reset", "test-mode", "on", *PASSWORD)
    assert ran.returncode == 2 and ran.stdout == "self-read: completed\n"
    assert len(ran.stderr.splitlines()) == 1
    assert "demand-reset refused: timing constraint" in ran.stderr
    assert "invalid parameter" in fails("do", meter, "set-time", "1999-12-31T23:59", *PASSWORD)
    assert fields(meter, "3")[0]["ED_MODE"]["TEST_MODE_FLAG"] == 0


@pytest.mark.parametrize(
    "words",
    [
        ("reset",),
        ("test-mode",),
        ("test-mode", "maybe"),
        ("set-time", "tomorrow"),
        ("set-time", "2026-02-30T00:00"),
        ("set-time", "2090-01-01T00:00"),
        ("set-time", "2026-01-01T00:00+01:00"),
        ("mark-read", "everything"),
        ("demand-reset", "twice"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_before_the_port_is_opened(words, tmp_path):
    line = fails("do", tmp_path / "no port", *words)
    assert "no port" not in line and words[-1] in line


def test_demand_and_test_mode_are_programmed_and_the_rest_stays(meter):
    before = fields(meter, "13")[0]
    assert done(
        *("program", meter, "--demand-interval", 15, "--subinterval", 5),
        *("--test-interval", 10, "--test-time-out", 99, *PASSWORD),
    ) == ["demand interval 15 min, subinterval 5 min", "test interval 10 min, time-out 99 min"]
    demand, test = fields(meter, "13", "MT0")
    assert demand["DEMAND_CONTROL"] == [{"SUB_INT": 5, "INT_MULTIPLIER": 3}] * 2
    assert test == {"INTERVAL": 10, "TIME_OUT": 99}
    del demand["DEMAND_CONTROL"], before["DEMAND_CONTROL"]
    assert demand == before
    assert done("program", meter, "--subinterval", 15, *PASSWORD) == [
        "demand interval 15 min, subinterval 15 min"
    ]
    done("program", meter, "--test-time-out", 30, *PASSWORD)
    done("program", meter, "--demand-interval", 60, *PASSWORD)
    demand, test = fields(meter, "13", "MT0")
    assert demand["DEMAND_CONTROL"] == [{"SUB_INT": 60, "INT_MULTIPLIER": 1}] * 2
    assert test == {"INTERVAL": 10, "TIME_OUT": 30}


def test_a_program_that_is_refused_is_one_line_with_its_code(meter):
    before = fields(meter, "13", "MT0")
    for options in (("--test-interval", 2), ("--test-time-out", 100)):
        assert "refused: ONP: operation not possible" in fails(
            "program", meter, *options, *PASSWORD
        )
    for minutes, why in (
        ((45,), "does not divide the hour"),
        ((0,), "do not divide the interval"),
        ((5,), "15, 20, 30 and 60 minutes"),
        ((12, "--subinterval", 3), "15, 20, 30 and 60 minutes"),
        ((60, "--subinterval", 1), "a window of 60 subintervals, more than 15"),
        ((20, "--subinterval", 1), "a window of 20 subintervals, more than 15"),
    ):
        assert why in fails("program", meter, "--demand-interval", *minutes, *PASSWORD)
    assert "ISC" in fails("program", meter, "--demand-interval", 15)
    assert "does not divide" in fails("program", meter, "--subinterval", 4, *PASSWORD)
    assert "nothing" in fails("program", meter, *PASSWORD)
    assert "256" in fails("program", meter, "--test-interval", 256, *PASSWORD)
    assert fields(meter, "13", "MT0") == before


def test_a_meter_of_no_approval_is_programmed_to_shorter_intervals(tmp_path):
    with RunningMeter("--service", "2S-240-200/LAB", "--pty", tmp_path / "port") as running:
        meter = running.urls[0]
        assert done("program", meter, "--demand-interval", 5, *PASSWORD) == [
            "demand interval 5 min, subinterval 5 min"
        ]
        assert "more than 15" in fails(
            *("program", meter, "--demand-interval", 60, "--subinterval", 1, *PASSWORD)
        )
        assert fields(meter, "MT7")[0]["SERVICE"] == "2S-240-200/LAB"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("month", "--interval", "60", "--subinterval", "1"), "60 subintervals, more than 15"),
        (("month", "--interval", "7"), "does not divide the hour"),
        (("household", "--subinterval", "4"), "do not divide the interval"),
    ],
)
def test_a_proof_over_an_interval_that_cannot_be_says_why(words, why):
    assert why in picometer("prove", *words).stderr


@pytest.mark.parametrize("restart", ["warm-start", "cold-start"])
def test_a_restart_is_completed_for_its_client_before_it_comes(tmp_path, restart):
    with RunningMeter("--watts", "100", "--pty", tmp_path / "port") as running:
        url = running.urls[0]
        assert done("do", url, restart, *PASSWORD) == [f"{restart}: completed"]
        log = fields(url, "74")[0]["ENTRIES"]
        assert "procedure invoked" in [entry["EVENT"] for entry in log]
