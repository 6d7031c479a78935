"""Software that is not what was built: no protected change, however its fault is withdrawn."""

import pytest

from c1219 import events
from c1219 import procedures as c
from firmware.inputs import SEAL_OPEN
from metrology.faults import SOFTWARE_ALTERED
from psem import codes
from tests_host.meter.rights_bench import PORTS
from tests_host.meter.sealed_bench import OFFSET, SealedBench, offset
from tests_host.meter.test_software import FILES, PASS_S, flip, tree  # noqa: F401

DEMAND = 13


@pytest.fixture
def altered(tree):  # noqa: F811
    flip(tree / FILES[0])
    bench = SealedBench()
    assert bench.faults & SOFTWARE_ALTERED
    bench.tree = tree
    return bench


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("withdraws", [(), (c.CLEAR_STD_STATUS,), (c.CLEAR_MFG_STATUS,)])
def test_altered_software_refuses_protected_changes_whatever_a_client_withdraws(
    altered, port, withdraws
):
    before = altered.octets(OFFSET)
    for procedure in withdraws:
        assert altered.run_procedure(port, procedure.number) == c.COMPLETED
    assert altered.write(port, OFFSET, offset(60)) == codes.DLK
    altered.do("seal open")
    for procedure in withdraws:
        assert altered.run_procedure(port, procedure.number) == c.COMPLETED
    assert altered.write(port, OFFSET, offset(60)) == codes.DLK
    program = bytearray(altered.octets(DEMAND))
    program[4:] = bytes((5, 3, 5, 3))
    assert altered.write(port, DEMAND, bytes(program)) == codes.DLK
    assert altered.octets(OFFSET) == before


def test_changes_are_taken_again_once_a_whole_pass_has_found_all_good(altered):
    flip(altered.tree / FILES[0])
    altered.run(2 * PASS_S)
    for port in PORTS:
        altered.log_on(port)
    assert altered.write("optical", OFFSET, offset(60)) == codes.OK


def test_a_change_at_the_moment_the_seal_opens_has_that_before_it_in_the_log():
    """The guard looks at the seal itself: it waits neither for its duty nor for a call."""
    bench = SealedBench()
    bench.host.meter.inputs.state[SEAL_OPEN] = 1
    assert bench.write("optical", OFFSET, offset(60)) == codes.OK
    assert [entry.code for entry in bench.entries()] == [events.SEAL_OPENED, events.PROGRAMMED]
    assert bench.log.breaks == 1
