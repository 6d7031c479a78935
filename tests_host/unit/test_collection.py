"""Garbage is collected after the start and after sessions, and right after a tick."""

import pytest

from firmware import collection
from firmware.collection import Collection
from psem.link import COUNTERS, RECEIVED


class Link:
    def __init__(self):
        self.in_session = False
        self.counters = [0] * COUNTERS


@pytest.fixture
def collected(monkeypatch):
    noted = []
    monkeypatch.setattr(collection.gc, "collect", lambda: noted.append(True))
    return noted


def test_once_after_the_start_and_once_after_each_session_at_either_port(collected):
    duty = Collection(lambda: 90)
    links = [Link(), Link()]
    for link in links:
        duty.watch(link)
    for _ in range(5):
        duty.step(0)
    assert len(collected) == 1
    for number, link in enumerate(links, 2):
        link.counters[RECEIVED] += 7
        link.in_session = True
        for _ in range(5):
            duty.step(0)
        assert len(collected) == number - 1
        link.in_session = False
        for _ in range(5):
            duty.step(0)
        assert len(collected) == number


def test_it_waits_until_a_tick_has_just_been(collected):
    left = [10, 59, 60]
    duty = Collection(lambda: left.pop(0))
    assert duty.step(0) < 20 and duty.step(0) < 20 and not collected
    duty.step(0)
    assert collected
