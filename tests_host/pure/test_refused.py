"""Samples that are refused are judged against each other."""

from array import array

from firmware.refused import Refused


def judged(refused, samples, step_ms=100):
    for i in range(len(samples)):
        refused.judge(array("I", [n & 0xFFFFFF for n in samples[i]]), 100 + i * step_ms)
    return refused


def test_three_that_go_on_from_each_other_are_steady_from_the_first_of_them():
    jump = 1 << 22
    refused = judged(Refused(), [(jump, 5), (jump + 900, 15), (jump + 1800, 20)])
    assert refused.steady and not refused.hopeless
    assert (refused.since_ms, list(refused.first)) == (100, [jump, 5])


def test_one_that_stands_alone_makes_nothing_steady():
    refused = judged(Refused(), [(1 << 22, 0), (1 << 21, 0), (1 << 20, 0), (-(1 << 22), 0)])
    assert not refused.steady
    refused.judge(array("I", (0xFFFFFF & -(1 << 22), 9)), 500)
    refused.judge(array("I", (0xFFFFFF & -(1 << 22), 18)), 600)
    assert refused.steady and refused.since_ms == 400


def test_either_coil_is_judged_and_the_range_wraps():
    refused = judged(Refused(), [(0xFFFFF0, 0x7FFFFF), (0x10, 0x800020), (0x40, 0x800040)])
    assert refused.steady
    refused = judged(Refused(), [(0, 0), (0, 1 << 22), (0, 0), (0, 1 << 22)])
    assert not refused.steady


def test_fifty_that_never_agree_are_hopeless():
    refused = judged(Refused(), [(i % 2 << 22, 0) for i in range(49)])
    assert not refused.steady and not refused.hopeless
    refused.judge(array("I", (3 << 20, 0)), 6000)
    assert refused.hopeless
    refused.forget()
    assert not refused.hopeless
