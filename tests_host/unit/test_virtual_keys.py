"""Keys reach the controls one by one, and the terminal is left as it was."""

import os
import selectors
import termios

import pytest

from picometer.virtual.keys import KEYS, QUIT, Keys, usable


class Bench:
    """A terminal, and what its keys have done."""

    def __init__(self):
        self.master, self.slave = os.openpty()
        self.selector = selectors.DefaultSelector()
        self.done = []
        self.keys = Keys(self.slave, self.selector, self.done.append, self.quit)

    def quit(self):
        self.done.append(QUIT)

    def type(self, data):
        os.write(self.master, data)
        for key, _ in self.selector.select(1):
            assert key.data.read() == b""

    @property
    def mode(self):
        return termios.tcgetattr(self.slave)

    def close(self):
        os.close(self.master)
        os.close(self.slave)
        self.selector.close()


@pytest.fixture
def bench():
    bench = Bench()
    yield bench
    bench.close()


def test_each_key_is_its_line_and_others_are_none(bench):
    with bench.keys:
        bench.type("".join(KEYS).encode())
        bench.type(b"xyz \x00\xff")
        bench.type(b"\x1b[M\x1bOl")  # a mouse, and a key of the keypad
        bench.type(QUIT.encode())
    assert bench.done == [*KEYS.values(), QUIT]


def test_keys_come_without_return_and_are_not_echoed(bench):
    with bench.keys:
        bench.type(b"t")
        assert bench.done == [KEYS["t"]]
        with selectors.DefaultSelector() as screen:
            screen.register(bench.master, selectors.EVENT_READ)
            assert not screen.select(0)


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt, SystemExit])
def test_the_terminal_is_as_it_was_whatever_ends_the_run(bench, error):
    before = bench.mode
    try:
        with bench.keys:
            assert bench.mode != before
            if error:
                raise error
    except BaseException as raised:
        assert type(raised) is error
    assert bench.mode == before
    assert not bench.selector.get_map()


def test_a_terminal_that_is_gone_is_heard_no_more(bench, monkeypatch):
    with bench.keys:
        with monkeypatch.context() as gone:
            gone.setattr(os, "read", lambda fd, n: b"")
            bench.type(b"l")
        assert bench.done == [] and not bench.selector.get_map()


def test_what_is_no_terminal_of_ours_has_no_keys(bench, tmp_path):
    with open(tmp_path / "file", "w+") as file, os.fdopen(os.dup(bench.slave)) as foreign:
        assert not usable(None) and not usable(file)
        assert not usable(foreign)  # it controls another session, or none
