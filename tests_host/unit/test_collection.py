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
        self.idle = 0

    def sending_ms(self, now_ms):
        return self.sending

    def idle_ms(self, now_ms):
        return self.idle


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


def test_in_a_session_it_collects_when_a_third_is_used_and_a_packet_is_on_the_line(collected):
    free = [1200]
    left = [90]
    duty = Collection(lambda: left[0], lambda: free[0])
    link = Link()
    duty.watch(link)
    duty.step(0)
    link.in_session = True
    for free[0] in (1200, 801):
        assert duty.step(0) == 50
    assert len(collected) == 1
    free[0] = 800
    assert duty.step(0) <= 10 and len(collected) == 1  # the client waits
    link.sending = 35
    left[0] = 34
    assert duty.step(0) <= 10 and len(collected) == 1
    left[0] = 35
    free[0] = 600
    assert duty.step(0) == 50 and len(collected) == 2
    free[0] = 401  # after the last one 600 were free
    assert duty.step(0) == 50 and len(collected) == 2
    free[0] = 400
    duty.step(0)
    assert len(collected) == 3


@pytest.mark.parametrize("idle, least", [(999, 200), (1000, 400)])
def test_it_waits_until_memory_runs_short_and_for_a_client_that_talks_a_little_longer(
    collected, idle, least
):
    free = [1200]
    duty = Collection(lambda: 90, lambda: free[0])
    link = Link()
    duty.watch(link)
    duty.step(0)
    link.in_session = True
    link.idle = idle
    for free[0] in (800, 500, least + 1):
        assert duty.step(0) <= 10
    assert len(collected) == 1
    free[0] = least
    duty.step(0)
    assert len(collected) == 2


def test_where_the_free_memory_is_not_known_a_session_is_left_alone(collected, monkeypatch):
    monkeypatch.delattr(collection.gc, "mem_free", raising=False)
    duty = Collection(lambda: 90)
    link = Link()
    duty.watch(link)
    duty.step(0)
    link.in_session = True
    for now in range(0, 5000, 50):
        duty.step(now)
    assert len(collected) == 1


def test_garbage_that_comes_little_by_little_goes_when_it_has_become_much(collected):
    free = [9000]
    duty = Collection(lambda: 90, lambda: free[0])
    duty.step(0)
    assert len(collected) == 1
    for left, collections in ((8000, 1), (6000, 1), (5999, 2)):
        free[0] = left
        duty.spend()
        duty.step(0)
        assert len(collected) == collections, left


def test_where_nobody_knows_what_is_free_little_garbage_is_left_to_itself(collected, monkeypatch):
    monkeypatch.delattr(collection.gc, "mem_free", raising=False)
    duty = Collection(lambda: 90)
    duty.step(0)
    duty.spend()
    duty.step(0)
    assert len(collected) == 1
