"""termineter killed in the middle of whatever it does; the next one comes through at once."""

import random
import subprocess
import time

import pytest

from tests_host.interop.driver import TERMINETER, reading, tables, termineter, writing
from tests_host.meter.process import RunningMeter, picometer

pytestmark = pytest.mark.slow

PASSWORD = "PICOMETER"
_BUSY = "\n".join(f"set TABLE_ID {number}\nrun" for number in (0, 1, 5, 23, 74, 76)) + "\n"
_TIMES = [pytest.param(4, id="some"), pytest.param(100, id="hundred", marks=pytest.mark.full)]


def killed(link, after_s):
    """A termineter with all rights that is killed while it reads tables over and over."""
    script = f"set SERIAL_CONNECTION {link}\nset PASSWORD_HEX False\nset PASSWORD {PASSWORD}\n"
    script += "connect\nuse read_table\n" + _BUSY * 200
    process = subprocess.Popen(
        [TERMINETER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    process.stdin.write(script.encode())
    process.stdin.flush()
    _read_until(process.stdout, b"[*] Read")
    time.sleep(after_s)
    process.kill()
    process.stdout.close()
    process.stdin.close()
    process.wait()


def _read_until(stream, text):
    heard = b""
    while text not in heard:
        heard += stream.read1(4096)


@pytest.mark.parametrize("times", _TIMES)
@pytest.mark.parametrize("port", [0, 1], ids=["optical", "module"])
def test_termineter_comes_through_after_one_that_was_killed_and_has_no_rights(
    tmp_path, port, times
):
    ports = ("--pty", tmp_path / "optical", "--module-pty", tmp_path / "module")
    draw = random.Random(port)
    passwords = ("--password", PASSWORD, "--module-password", PASSWORD)
    with RunningMeter("--watts", "1000", *ports, *passwords, ports=2) as meter:
        link = meter.urls[port]
        assert picometer("read", link, "1").returncode == 0
        for _ in range(times):
            killed(link, draw.random())
            output = termineter(link, *writing(5, b"EVIL".ljust(20)), *reading(5))
            assert "failed 3 times" not in output and "isc" in output, output
            assert len(tables(output)) == 1 and b"EVIL" not in tables(output)[0], output
