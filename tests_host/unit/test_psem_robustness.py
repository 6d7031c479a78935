"""Anything on the line, in any order and at any length, leaves the meter in base state."""

import gc
import random
import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from psem.session import BASE
from tests_host.unit.psem_bench import (
    IDENTIFY,
    LOGON,
    SECURITY,
    TERMINATE,
    Bench,
    packet,
    packets,
    read_request,
    write_request,
)

CONVERSATION = [
    IDENTIFY,
    b"\x61\x00\x40\xff\x08",
    LOGON,
    read_request(0),
    b"\x70\x05",
    SECURITY,
    write_request(1, b"JUNK"),
    write_request(0, bytes(90), 3),
    read_request(0, 5, 70),
    TERMINATE,
]


def assert_next_session_works(bench):
    """Six silent seconds later (the last answer's light included), and all is as at first."""
    bench.wait(6200)
    assert bench.session.state == BASE and not bench.link.in_session
    assert bench.link.baud == 9600 and bench.link.next_ms(bench.now) == -1
    bench.take()
    bench.toggle = 1
    bench.open()
    assert len(bench.ask(read_request(1))) == 8
    assert bench.ask(TERMINATE) == b"\x00"
    assert bench.session.state == BASE


def mutate(dice, data):
    data = bytearray(data)
    for _ in range(dice.choice((0, 0, 0, 1, 1, 2, 5))):
        at = dice.randrange(len(data))
        kind = dice.randrange(4)
        if kind == 0:
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            data[at] = dice.choice(b"\x00\x06\x15\x55\xee\xff\xc0\x80\x20")
        elif kind == 2 and len(data) > 4:
            del data[at : at + dice.randrange(1, 4)]
        else:
            data[at:at] = dice.randbytes(dice.randrange(1, 12))
    return bytes(data)


def test_200_000_random_and_mutated_bytes():
    dice = random.Random(1218)
    bench = Bench(max_packet=64, buffer_size=256)
    carried = 0
    while carried < 200_000:
        style = dice.randrange(3)
        if style == 0:
            junk = dice.randbytes(dice.randrange(1, 200))
        elif style == 1:
            junk = bytes(dice.choice(b"\xee\x00\xc0\x80\x20\x06\x15\x01\x21") for _ in range(80))
        else:
            toggle = dice.randrange(2)
            junk = b""
            for message in CONVERSATION:
                frames = packets(message, 64, toggle)
                toggle = (toggle + len(frames)) & 1
                junk += b"".join(mutate(dice, frame) + b"\x06" for frame in frames)
        bench.link.feed(junk, len(junk), bench.now) if dice.random() < 0.2 else bench.put(junk)
        bench.run()
        bench.take()
        carried += len(junk)
        if dice.random() < 0.02:
            bench.wait(dice.choice((1, 500, 2000)))
        if dice.random() < 0.02:
            assert_next_session_works(bench)
    assert_next_session_works(bench)


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.builds(
                packet,
                st.sampled_from([m for m in CONVERSATION if len(m) < 50]) | st.binary(max_size=20),
                st.integers(0, 1),
                st.sampled_from([0, 0xC0, 0x80, 0x40, 3]),
                st.integers(0, 3),
            ),
            st.integers(1, 7000),
        ),
        max_size=25,
    )
)
@settings(max_examples=100, deadline=None)
def test_any_order_of_packets_noise_and_pauses(events):
    bench = Bench(max_packet=64, buffer_size=128)
    for event in events:
        if isinstance(event, int):
            bench.wait(event)
        else:
            bench.put(event)
    assert_next_session_works(bench)


def test_receiving_and_waiting_allocate_nothing():
    bench = Bench().open(1024)
    link = bench.link
    big = packet(write_request(0, bytes(100)), 0)[:-1]

    def idle():
        for i in range(500):
            link.receive(0x55, i)
            link.step(i)
            link.next_ms(i)

    def receive():
        for byte in big:
            link.receive(byte, 1)
            link.step(1)

    idle()
    gc.collect()
    tracemalloc.start()
    try:
        idle()
        receive()
        before = tracemalloc.get_traced_memory()[0]
        for byte in big:
            link.receive(byte, 1)
        idle()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # CPython boxes a handful of integers; a byte that allocated would show a hundredfold.
    assert after - before < 500 and peak - before < 2000
