"""The pure tests once more, and those of native code, on MicroPython as the RP2040 counts.

32-bit words, single-precision floats, small integers up to 2^30 - 1, and a heap that can be
locked. Every function of tests_host/pure/test_*.py and tests_host/unix/native_*.py is a test
here; PICOMETER_NO_TOOLCHAIN=1 skips them where the interpreter has not been built.
"""

import pytest

from tests_host.unix import interpreter

PURE = interpreter.modules("tests_host/pure/test_*.py")
NATIVE = interpreter.modules("tests_host/unix/native_*.py")
TESTS = [(module, name) for module in PURE + NATIVE for name in interpreter.tests_of(module)]


def _short(value):
    return value.rpartition(".")[2]


@pytest.mark.parametrize(("module", "name"), TESTS, ids=_short)
def test_on_micropython(module, name):
    outcome = interpreter.run(module)
    assert name in outcome.results, outcome.text
    assert outcome.results[name] is None, outcome.results[name]


@pytest.mark.parametrize("module", [m for m in PURE if interpreter.has_outputs(m)], ids=_short)
def test_same_outputs_on_both(module):
    outcome = interpreter.run(module)
    assert outcome.outputs == interpreter.expected_outputs(module), outcome.text
