"""`picometer prove seal`: a sample of it holds, and finds a meter out that does otherwise."""

import pytest

from audit.log import EventLog
from c1219 import events
from firmware.billing import Billing
from firmware.device import Device
from firmware.guard import Guard
from firmware.log import Actor, Log
from firmware.pending import Pending
from firmware.settings import Settings
from picometer.proof.seal import prove_seal
from picometer.proof.seal_attacks import prove_attacks
from picometer.proof.seal_requests import understood
from tests_host.meter.process import picometer


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.full)])
def test_mutated_sessions_change_nothing_beyond_rights_and_nothing_without_an_entry(seed):
    result = prove_seal(2000, seed)
    assert result.good, "\n".join(result.wrong)
    assert result.sessions == 2000 and result.changes > 500
    assert result.protected > 200 and result.refused > 200 and result.full > 0
    assert min(result.levels) > 50 and result.seals > 5


@pytest.mark.full
def test_a_hundred_thousand_sessions():
    result = prove_seal(100_000, 3)
    assert result.good, "\n".join(result.wrong)


def test_the_same_seed_is_the_same_run():
    assert prove_seal(150, 7) == prove_seal(150, 7)


def _no_entry(self, code, actor, number, old=b"", new=b""):
    return -self.refusal(number)


def _wrong_old(self, code, actor, number, old=b"", new=b""):
    return _change(self, code, actor, number, new if old else old, old if old else new)


def _entry_for_nothing(self, code, actor, number, old=b"", new=b""):
    _change(self, events.PROGRAMMED, actor, 53, b"\0", b"\1")
    return _change(self, code, actor, number, old, new)


def _all_levels(self, password):
    return 3 if password else 0


def _clear(self, actor):
    facts = self._facts(events.LOG_CLEARED, actor, 0, b"", b"")
    return self._events.begin_cycle(facts)


def _put(self, number, octets, actor):
    return 0 if self._record.change(number, b"\x01" + octets) else -1


def _nothing_kept(self, number, image, actor):
    return 0


def _whoever_asks(self, actor):
    return _enter_test(self, Actor(events.SOURCE_OPTICAL))


_change = Guard.change
_enter_test = Billing.enter_test


@pytest.mark.parametrize(
    ("of", "member", "sabotage"),
    [
        (Guard, "protected", property(lambda self: False)),
        (Guard, "clear", _clear),
        (Guard, "change", _no_entry),
        (Guard, "change", _wrong_old),
        (Guard, "change", _entry_for_nothing),
        (Pending, "put", _put),
        (Device, "password_level", _all_levels),
        (Settings, "_write", _nothing_kept),
        (EventLog, "note_seal", lambda self, is_open: True),
        (Billing, "follows", lambda self, ms: True),
        (Billing, "moved", lambda self, ms=None: None),
        (Billing, "enter_test", _whoever_asks),
    ],
)
def test_a_meter_that_does_otherwise_is_found_out(monkeypatch, of, member, sabotage):
    monkeypatch.setattr(of, member, sabotage)
    assert prove_seal(2500, 1, most_wrong=1).wrong


def test_an_hour_of_attacks_changes_no_energy_no_demand_and_no_operators_entry():
    result = prove_attacks(1, 1)
    assert result.good, "\n".join(result.wrong)
    assert result.requests > 300 and result.demands > 50 and result.dropped > 50


@pytest.mark.full
def test_hours_of_attacks_with_tests_and_entries():
    result = prove_attacks(4, 2)
    assert result.good, "\n".join(result.wrong)
    assert result.entries > 1 and result.tests > 0


@pytest.mark.full
@pytest.mark.parametrize(
    ("of", "member", "sabotage"),
    [
        (Billing, "follows", lambda self, ms: True),
        (Log, "_has_place", lambda self, code, source: True),
    ],
)
def test_a_meter_that_yields_to_attacks_is_found_out(monkeypatch, of, member, sabotage):
    monkeypatch.setattr(of, member, sabotage)
    assert prove_attacks(1, 1).wrong


@pytest.mark.parametrize(
    ("octets", "table", "procedure"),
    [
        (b"", None, None),
        (b"\x30\x00\x05", None, None),
        (b"\x40\x00\x35\x00\x06abcdef\x00", 53, None),
        (b"\x4f\x10\x0d\x00\x00\x02\x00\x01a\x00", 0x100D, None),
        (b"\x42\x00\x0d\x00\x01\x00\x01\x00\x01a\x00", 13, None),
        (b"\x40\x00\x07\x00\x03\x02\x38\x05\x00", None, 0x0802),
    ],
)
def test_a_request_is_understood_by_the_standard_alone(octets, table, procedure):
    request = understood(octets)
    assert (request.table, request.procedure) == (table, procedure)


def test_the_command_tells_what_it_found():
    done = picometer("prove", "seal", "--sessions", 60, "--hours", 0, "--seed", 5)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "60 sessions" in done.stdout and done.stdout.splitlines()[-1] == "holds"
