"""The image on the emulated RP2040 knows what it is, and finds each octet that is another one."""

import pytest

from boards.pico_meter import layout
from metrology import page as p
from picometer.build.manifest import BLOCK_BYTES, part_digest, unpack
from picometer.build.parts import REST
from picometer.build.uf2 import image_of
from picometer.proof.meters import PASSWORD, build, counted, kept, registers, settle
from picometer.proof.software import prove_flips
from picometer.proof.software_rp2040 import Prompt, prove_flips_rp2040
from picometer.reader.decode import TableReader
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from tests_host.meter.test_module_port import session

MT10, DIAGNOSTICS = 2048 + 10, 2048 + 2
ROM_FAILURE = 0x0010  # of ED_STD_STATUS1
GOOD = 1
WORST_TICK_MS = 100 + 20  # a tick waits for one step of another duty at the most
LONGEST_STEP_US = 20_000


def identity_of(board):
    """Octets of the record of the software that was last run."""
    return bytes(board.fram.memory[layout.IDENTITY : layout.IDENTITY + 256])


def test_the_image_computes_what_anybody_computes_from_the_file(make_host, image):
    octets = image_of(image.read_bytes())
    block = unpack(octets[-BLOCK_BYTES:])
    assert block.segments[-1][0] == len(octets) - BLOCK_BYTES
    host = build(ConstantLoad(7200.0), make_host=make_host)
    host.run_until(5 * NS_PER_S)
    client = session(SimPort(host), PASSWORD.decode())
    reader = TableReader(client.read)
    fields = reader.report(MT10).fields
    diagnostics = reader.report(DIAGNOSTICS).fields
    status = int.from_bytes(client.read(3)[1:3], "little")
    client.terminate()
    assert (fields["FORM"], fields["MANIFEST_STATE"], fields["PASSES"]) == (1, GOOD, 1)
    for number, part in enumerate(fields["PARTS"]):
        wanted = part_digest(octets, block.segments, number)
        assert part["COMPUTED"] == part["EXPECTED"] == wanted.hex()
        assert part["STATE"] == GOOD
    assert status & ROM_FAILURE == 0
    assert diagnostics["WORST_TICK"] <= WORST_TICK_MS
    settle(host)
    assert kept(host.board, p.ERRORS) == 0
    assert registers(host.board).net == counted(host.board)
    assert block.parts[0].sha256 in identity_of(host.board)


def test_the_code_of_the_duty_finds_any_octet_of_the_image(image):
    result = prove_flips(image_of(image.read_bytes()), 600, seed=4)
    assert result.good and result.found == 600


def test_the_image_finds_a_sample_of_them_itself(image):
    result = prove_flips_rp2040(image, 12, seed=4, starts=1)
    assert result.good, result
    assert result.found + len(result.stopped) == 12
    assert len(result.stopped) < 4


@pytest.mark.full
def test_the_image_finds_hundreds_of_them_itself(image):
    result = prove_flips_rp2040(image, 300, seed=5)
    assert result.good, result
    assert result.starts > 0


@pytest.mark.full
def test_what_is_altered_while_it_meters_is_found_within_the_hour(make_host, image):
    octets = image_of(image.read_bytes())
    block = unpack(octets[-BLOCK_BYTES:])
    host = build(ConstantLoad(7200.0), make_host=make_host)
    host.run_until(5 * NS_PER_S)
    at = max(end for end, part in block.segments if part == REST) - 1
    host.emulator.change_flash(at, bytes((octets[at] ^ 1,)))
    host.run_until(3600 * NS_PER_S)
    client = session(SimPort(host), PASSWORD.decode())
    status = int.from_bytes(client.read(3)[1:3], "little")
    client.terminate()
    assert status & ROM_FAILURE
    settle(host)
    assert registers(host.board).net == counted(host.board)


_LONGEST = """\
import time
from boards.pico_meter.flash import Flash, MANIFEST_AT
import uctypes
t = 0
for i in range(700):
    w.feed()
    a = time.ticks_us()
    s.step(0)
    t = max(t, time.ticks_diff(time.ticks_us(), a))
f = Flash()
b = bytearray(40)
same = True
for at in (0, 1, 2, 3, 255, 4097, MANIFEST_AT - 20, MANIFEST_AT + 4056):
    f.copy(at, b, 3, 37)
    same = same and bytes(b) == b[:3] + bytes(uctypes.bytearray_at(0x10000000 + at, 37))
print(t, "01" if same else "00")
"""


def test_steps_are_short_and_the_flash_is_read_as_it_is(make_host):
    prompt = Prompt(build(ConstantLoad(1000.0), make_host=make_host))
    longest, same = prompt.ask(_LONGEST, 8 * NS_PER_S)
    assert 0 < longest <= LONGEST_STEP_US
    assert same == b"\x01"
