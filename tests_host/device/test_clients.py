"""Clients of the image on the emulated RP2040: one that is not ours, and both ports at once."""

import pytest

from c1219 import procedures as c
from metrology import page as p
from picometer.proof.meters import PASSWORD, build, counted, kept, registers, settle
from picometer.reader.procedure import Caller
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import provision
from picometer.virtual.lcd import decode
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from tests_host.interop.driver import reading, running, tables, termineter
from tests_host.meter.process import RunningMeter, picometer
from tests_host.meter.test_module_port import MODULE, read_together, session

_CLIENT_MS = 500  # the shortest that known clients wait for an answer to begin


@pytest.mark.parametrize("port", ["optical", pytest.param("module", marks=pytest.mark.full)])
def test_every_procedure_and_every_writable_table_fit_the_stack(make_host, port):
    host = build(ConstantLoad(7200.0), make_host=make_host)
    provision(host.board.fram, password_module=MODULE.encode())
    host.run_until(6 * NS_PER_S)
    password = MODULE if port == "module" else PASSWORD.decode()
    client = session(SimPort(host, getattr(host.board, port)), password)
    caller = Caller(client)
    test = ("TEST", c.COMPLETED) if port == "optical" else ("NOR", c.NO_AUTHORISATION)
    for number, parameters, seen, result in (
        (c.CHANGE_MODE.number, b"\x02", *test),
        (c.CHANGE_MODE.number, b"\x01", "NOR", c.COMPLETED),
        (c.REMOTE_RESET.number, b"\x03", "NOR", c.COMPLETED),
        (c.RESET_LIST_POINTERS.number, b"\xff", "NOR", c.COMPLETED),
        (c.CLEAR_STD_STATUS.number, b"", "NOR", c.COMPLETED),
        (c.SET_DATE_TIME.number, b"\x03" + bytes((7, 5, 6, 7, 8, 9, 0)), "NOR", c.COMPLETED),
    ):
        assert caller.run_octets(number, parameters)[0] == result, number
        seen_in = set()
        for _ in range(12):  # TEST flashes
            host.run_until(host.board.clock.now_ns + 100 * NS_PER_MS)
            seen_in |= set(decode(host.board.lcd.ram).annunciators)
        assert seen in seen_in
    for number in (5, 6, 13, 31, 32, 33, 34, 52, 53, 2048):
        client.write(number, client.read(number))
    client.terminate()
    settle(host)
    assert kept(host.board, p.ERRORS) == 0


def test_termineter_tests_the_meter_and_resets_its_demand(image, tmp_path):
    options = ("--rp2040", "--image", image, "--watts", "36000", "--pty", tmp_path / "port")
    with RunningMeter(*options) as meter:
        # It gives up sooner than a slow machine has started the emulated chip.
        for _ in range(20):
            if picometer("read", meter.urls[0], "3").returncode == 0:
                break
        output = termineter(
            meter.urls[0],
            *("use set_meter_mode", "set MODE TEST", "run", *reading(3)),
            *("use set_meter_mode", "set MODE METERING", "run", *reading(3)),
            *("use remote_reset", "set DEMAND True", "run", *running(9, b"\1"), *reading(23)),
            password="PICOMETER",
        )
    testing, metering, read = tables(output)
    assert (testing[0], metering[0], read[0]) == (2, 1, 1), output
    assert "Successfully Reset The Meter" in output
    assert "response from procedure: Timing constraint" in output


def test_both_ports_at_full_speed_at_once_cost_no_count(make_host):
    host = build(ConstantLoad(7200.0), make_host=make_host)
    provision(host.board.fram, password_module=MODULE.encode())
    host.run_until(6 * NS_PER_S)
    before = registers(host.board).net
    ports, read = read_together(host, 1)
    assert read[0] == read[1]
    for port in ports:
        assert len(port.delays) > 15
        assert max(port.delays) <= _CLIENT_MS * NS_PER_MS
    settle(host)
    assert registers(host.board).net == counted(host.board) > before
    assert kept(host.board, p.REJECTED) == kept(host.board, p.ERRORS) == 0


def test_termineter_s_cold_start_of_a_sealed_meter_fails(image, tmp_path):
    options = ("--rp2040", "--image", image, "--sealed", "--pty", tmp_path / "port")
    with RunningMeter(*options) as meter:
        (url,) = meter.urls
        for _ in range(20):  # the emulated chip may take longer to start than a client waits
            if picometer("read", url, "3").returncode == 0:
                break
        commands = *reading(3), *running(c.COLD_START.number), *reading(3)
        output = termineter(url, *commands, password=PASSWORD.decode())
        assert "response from procedure: No authorization for requested procedure" in output
        before, after = tables(output)
        assert before == after
        told = picometer("read", url, "MT12", "--password", PASSWORD.decode())
        assert "REFUSED_BY_SEAL: 1" in told.stdout
