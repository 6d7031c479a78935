"""Garbage is collected after the start, after sessions and in long ones, right after a tick."""

import pytest

from firmware import collection
from firmware.collection import Collection
from psem.link import COUNTERS, RECEIVED, SENT


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


def in_session(free, left):
    duty = Collection(lambda: left[0], lambda: free[0])
    link = Link()
    duty.watch(link)
    duty.step(0)
    link.in_session = True
    return duty, link


def test_in_a_session_it_looks_after_four_packets_and_collects_when_a_third_is_used(collected):
    free, left, looks = [1200], [90], []
    duty, link = in_session(free, left)
    link.sending = 40
    duty._free = lambda: looks.append(free[0]) or free[0]
    for packets, looked in ((3, 0), (4, 1), (7, 1), (8, 2)):
        link.counters[SENT] = packets
        assert duty.step(0) == 50 and len(looks) == looked
    assert len(collected) == 1
    link.counters[RECEIVED], free[0] = 4, 801
    assert duty.step(0) == 50 and len(collected) == 1
    link.counters[RECEIVED], free[0] = 8, 800
    assert duty.step(0) == 50 and len(collected) == 2


def test_in_a_session_it_waits_for_a_packet_on_the_line_right_after_a_tick(collected):
    free, left = [1200], [90]
    duty, link = in_session(free, left)
    free[0] = 800
    link.counters[RECEIVED] = 4
    link.sending = 39  # the client waits for what comes next
    assert duty.step(0) <= 10 and len(collected) == 1
    link.sending, left[0] = 40, 39
    assert duty.step(0) <= 10 and len(collected) == 1
    left[0] = 40
    assert duty.step(0) == 50 and len(collected) == 2


@pytest.mark.parametrize("idle, packets", [(1000, 8), (999, 16)])
def test_a_silent_client_is_waited_for_less_long_than_one_that_talks(collected, idle, packets):
    free, left = [1200], [90]
    duty, link = in_session(free, left)
    free[0] = 800
    link.idle = idle
    for link.counters[RECEIVED] in range(4, packets):
        assert duty.step(0) <= 10
    assert len(collected) == 1
    link.counters[RECEIVED] = packets
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
