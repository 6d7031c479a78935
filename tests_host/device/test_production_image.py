"""A production image: it meters and answers at its ports, and there is no other way into it."""

import re
import subprocess

import pytest

from picometer.build.board import FLASH_BYTES
from picometer.build.uf2 import FLASH_BASE
from picometer.proof.meters import PASSWORD, build, counted, registers, settle
from picometer.reader.client import Client
from picometer.reader.errors import ServiceError
from picometer.rp2040.host import prepare
from picometer.rp2040.image import unpack
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.host import provision
from picometer.virtual.lcd import decode
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from psem import codes
from tests_host.meter.process import RunningMeter, picometer
from tests_host.meter.test_port import session

# Symbols of whatever could take in or run what is not in the image, or write its flash.
_DEVELOPMENT_SYMBOLS = re.compile(
    r"flash_range_(erase|program)|mp_compile|mp_parse$|mp_lexer\w*|mp_raw_code_load\w*|readline"
    r"|mp_vfs_\w+|lfs2?_\w+|f_mount|tud_\w+|tusb_\w+|dcd_\w+|mp_usbd_\w+|mp_os_dupterm\w*"
    r"|reset_usb_boot|mp_builtin_(exec|eval|compile|execfile|open|input)_obj"
    r"|mp_module_(vfs|io)|rp2_(flash|dma)_type|machine_mem32_obj"
)
_DEFAULTS = ("PICOMETER", "MODULE", "change me")
_SLEEP = b"\x20\xbf\xfd\xe7"  # WFE, and back to it, for ever
_FATAL_BYTES = b"\x03\x03\r\x01import machine\r\x04\x02\x03help()\r\n\x04import os\r\n"


@pytest.fixture
def make_host(production_image):
    """As the one of other tests, with the production image."""
    hosts = []
    prepared = prepare(production_image)

    def make(board):
        hosts.append(prepared(board))
        return hosts[-1]

    yield make
    for host in hosts:
        host.close()


@pytest.fixture
def meter(make_host):
    host = build(ConstantLoad(7200.0), make_host=make_host)
    provision(host.board.fram, password_module=b"a slot's own")
    host.emulator.on_usb = lambda data: pytest.fail(f"USB says {data}")
    host.run_until(6 * NS_PER_S)
    return host


def symbols(uf2):
    """Name -> address."""
    command = ["arm-none-eabi-nm", "--format=posix", uf2.with_suffix(".elf")]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {line.split()[0]: int(line.split()[2], 16) for line in listed.splitlines()}


def run_for(host, seconds):
    host.run_until(host.board.clock.now_ns + int(seconds * NS_PER_S))


def test_it_meters_to_the_count_and_has_no_fault_for_want_of_files(meter):
    client = session(SimPort(meter), PASSWORD.decode())
    assert client.read(2050)[:4] == bytes(4)  # FAULTS of MT2
    client.terminate()
    settle(meter)
    assert registers(meter.board).net == counted(meter.board) > 0


def test_it_does_not_call_itself_a_development_image(meter, image):
    assert "DEV" not in decode(meter.board.lcd.ram).annunciators
    other = prepare(image)(build(ConstantLoad(7200.0)).board)
    other.run_until(6 * NS_PER_S)
    assert "DEV" in decode(other.board.lcd.ram).annunciators
    other.close()


def test_a_host_on_its_usb_port_sees_no_device(meter, image):
    meter.emulator.usb_send(_FATAL_BYTES)
    run_for(meter, 2)
    assert not meter.emulator.usb_enabled
    other = prepare(image)(build(ConstantLoad(7200.0)).board)
    other.run_until(2 * NS_PER_S)
    assert other.emulator.usb_enabled  # and this test can see one
    other.close()


@pytest.mark.parametrize("module", [False, True])
def test_what_stops_a_prompts_program_is_nothing_to_its_ports(meter, module):
    uart = meter.board.module if module else meter.board.optical
    port = SimPort(meter, uart)
    port.timeout = 3.0
    port.write(_FATAL_BYTES)
    assert port.read(1000).strip(bytes([codes.NAK])) == b""
    session(port, "a slot's own" if module else PASSWORD.decode())
    port.write(_FATAL_BYTES)  # in the middle of a session
    assert port.read(1000).strip(bytes([codes.NAK])) == b""
    run_for(meter, 6)
    Client(port).identify()
    settle(meter)
    assert registers(meter.board).net == counted(meter.board) > 0


def test_nobody_logs_on_with_a_default_password_to_one_that_was_never_provisioned(make_host):
    host = build(ConstantLoad(7200.0), make_host=make_host)
    host.board.fram.memory[:0x1000] = bytes(0x1000)
    host.run_until(3 * NS_PER_S)
    client = session(SimPort(host))
    for password in _DEFAULTS:
        with pytest.raises(ServiceError):
            client.security(password)


def test_nothing_writes_its_flash(meter, tmp_path, production_image):
    meter.emulator.save_flash(tmp_path / "after")
    before = unpack(production_image, tmp_path).read_bytes()
    assert len(before) == FLASH_BYTES
    assert (tmp_path / "after").read_bytes() == before


def test_what_takes_in_code_or_writes_flash_is_not_in_it(production_image, image):
    found = {name for name in symbols(production_image) if _DEVELOPMENT_SYMBOLS.fullmatch(name)}
    assert found == set()
    everywhere = {name for name in symbols(image) if _DEVELOPMENT_SYMBOLS.fullmatch(name)}
    assert len(everywhere) > 100


def test_it_holds_no_password(production_image, tmp_path):
    held = unpack(production_image, tmp_path).read_bytes()
    passwords = set(_DEFAULTS) - {"MODULE"}  # which is a name in the source, too
    assert [password for password in passwords if password.encode() in held] == []


def test_a_processor_that_hangs_before_the_meter_runs_is_reset(
    make_host, production_image, tmp_path
):
    flash = unpack(production_image, tmp_path)
    image = bytearray(flash.read_bytes())
    at = symbols(production_image)["mp_init"] - FLASH_BASE
    image[at : at + len(_SLEEP)] = _SLEEP
    flash.write_bytes(image)
    host = build(ConstantLoad(7200.0), make_host=make_host)
    causes = []
    host.emulator.on_reset = causes.append
    host.emulator.load_flash(flash)
    host.run_until(20 * NS_PER_S)
    assert causes == ["watchdog", "watchdog"]


def test_a_firmware_that_fails_restarts_and_gives_no_prompt(make_host, production_image, tmp_path):
    flash = unpack(production_image, tmp_path)
    image = flash.read_bytes()
    assert image.count(b"firmware.start\0") == 1
    flash.write_bytes(image.replace(b"firmware.start\0", b"firmware.stark\0"))
    host = build(ConstantLoad(7200.0), make_host=make_host)
    causes = []
    host.emulator.on_reset = causes.append
    host.emulator.on_usb = lambda data: pytest.fail(f"USB says {data}")
    host.emulator.load_flash(flash)
    host.boot()
    port = SimPort(host)
    port.baudrate = 9600
    port.write(_FATAL_BYTES)
    assert port.read(1000) == b""
    assert len(causes) > 1 and set(causes) == {"software"}


def test_it_is_provisioned_through_its_optical_port(production_image, tmp_path):
    file = tmp_path / "meter.toml"
    file.write_text('model = "AXR"\nservice = "2S-240-320"\nserial = "PM00000042"\n')
    options = ("--rp2040", "--image", production_image, "--unprovisioned")
    options += ("--service", "2S-240-320", "--at", "0:seal open", "--tcp", "127.0.0.1:0")
    with RunningMeter(*options) as meter:
        # It gives up sooner than a slow machine has started the emulated chip.
        for _ in range(20):
            done = picometer("provision", meter.urls[0], file, "--generate")
            if "no answer" not in done.stderr:
                break
        assert done.returncode == 0, done.stderr
        assert "logged on with password_1, password_2, password_3" in done.stdout
        assert "PM00000042" in picometer("read", meter.urls[0], "MT11").stdout


def test_the_command_runs_it(production_image):
    done = picometer(
        *("run", "--rp2040", "--image", production_image, "--headless", "--watts", "7200"),
        *("--speed", "max", "--duration", "2"),
    )
    assert done.returncode == 0, done.stderr
