"""Garbage is collected after the start, after sessions and in long ones, right after a tick."""

import pytest

from firmware import collection
from firmware.collection import Collection
from psem.link import COUNTERS, RECEIVED


class Link:
    def __init__(self):
        self.in_session = False
        self.counters = [0] * COUNTERS
        self.sending = 0

    def sending_ms(self, now_ms):
        return self.sending


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


def test_once_more_when_it_is_asked_to(collected):
    duty = Collection(lambda: 90)
    duty.step(0)
    duty.step(0)
    assert len(collected) == 1
    duty.request()
    duty.step(0)
    duty.step(0)
    assert len(collected) == 2


def test_it_waits_until_a_tick_has_just_been(collected):
    left = [10, 59, 60]
    duty = Collection(lambda: left.pop(0))
    assert duty.step(0) < 20 and duty.step(0) < 20 and not collected
    duty.step(0)
    assert collected


def test_in_a_session_it_collects_when_half_is_used_and_a_packet_is_on_the_line(collected):
    free = [1000]
    left = [90]
    duty = Collection(lambda: left[0], lambda: free[0])
    link = Link()
    duty.watch(link)
    duty.step(0)
    link.in_session = True
    for free[0] in (900, 501):
        assert duty.step(0) == 50
    assert len(collected) == 1
    free[0] = 500
    assert duty.step(0) <= 10 and len(collected) == 1  # the client waits
    link.sending = 30
    left[0] = 59
    assert duty.step(0) <= 10 and len(collected) == 1
    left[0] = 60
    free[0] = 2000
    assert duty.step(0) == 200 and len(collected) == 2
    free[0] = 1001  # after the last one 2000 were free
    assert duty.step(0) == 50 and len(collected) == 2
    free[0] = 1000
    duty.step(0)
    assert len(collected) == 3


def test_in_a_session_that_never_pauses_it_does_not_wait_for_ever(collected):
    duty = Collection(lambda: 90, lambda: 10)
    link = Link()
    link.in_session = True
    duty._most = 1000
    duty.watch(link)
    waits = []
    while not collected:
        waits.append(duty.step(0))
    assert sum(waits[:-1]) <= 150
