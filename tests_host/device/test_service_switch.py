"""The service switch of the real image on the emulated RP2040."""

from boards.pico_meter import pins
from c1219 import procedures as c
from c1219 import service as s
from firmware.service_switch import PULSE_MS
from metrology import page as p
from picometer.proof.meters import counted, kept, registers, settle
from picometer.virtual.clock import NS_PER_MS
from picometer.virtual.controls import Controls
from picometer.virtual.lcd import decode
from picometer.virtual.options import LoadChoice
from tests_host.meter.switched_meter import SwitchedMeter
from tests_host.meter.test_module_port import MODULE

_COIL_MS = 50  # for which the relay's coil wants current
_LATE_MS = 25  # a pulse ends with the first step after it: one of another duty and a tick
_TICK_MS = 120  # from one tick to the next at the most, of 100
_LINE_US = 20  # the chip's PIO takes less; what drives it looks this often


def test_it_is_opened_by_the_module_and_closed_by_the_lever_and_costs_no_tick(make_host):
    meter = SwitchedMeter(make_host, seconds=7)
    off = {"LEVEL": 0, "CONTROL_POINTS": b"\1", "HOUR": 0, "MINUTE": 0, "SECOND": 0}
    with meter.client(MODULE, "module") as module:
        assert module.call(s.DIRECT_LOAD_CONTROL, off) == (c.COMPLETED, {})
    assert meter.board.mains.present().milliwatts == 0
    assert "OPEN" in decode(meter.board.lcd.ram).annunciators
    with meter.client(MODULE, "module") as module:
        assert module.do(s.ACTION_ARM) == (c.COMPLETED, {"STATE": s.ARMED})
    meter.press()
    assert meter.relay.closed
    assert "CLOSED" in decode(meter.board.lcd.ram).annunciators
    with meter.client() as client:
        status = client.fields(s.SERVICE_SWITCH.number)
        assert (status["STATE"], status["OPENINGS"], status["CLOSINGS"]) == (s.CLOSED, 1, 1)
        assert client.fields(2050)["WORST_TICK"] <= _TICK_MS
        assert client.call(s.MODULE_RESET) == (c.COMPLETED, {})
    meter.run(1)
    assert (meter.board.slot.resets, meter.board.slot.in_reset) == (1, False)
    assert [coil for coil, _ in meter.pulse_ms()] == ["open", "close"]
    for _, ms in meter.pulse_ms():
        assert _COIL_MS <= ms <= PULSE_MS + _LATE_MS
    settle(meter.host)
    assert registers(meter.board).net == counted(meter.board) > 0
    assert kept(meter.board, p.REJECTED) == kept(meter.board, p.ERRORS) == 0


def test_power_that_goes_in_the_middle_of_a_pulse_and_a_line_that_tells_of_it(make_host):
    meter = SwitchedMeter(make_host, seconds=7)
    clock = meter.board.clock
    controls = Controls(meter.board, LoadChoice())

    def going(closed):
        meter.relay.on_move.remove(going)
        controls.do("power fail")

    meter.relay.on_move.append(going)
    with meter.client() as client:
        asked = clock.now_ns
        client.client.write(7, b"\0\x08\x01\0")
        meter.run(0.1)
        (fails,) = meter.board.slot.told
        assert fails[1] and asked < fails[0]
        arrived = meter.relay.pulses[0].begin_ns + 12 * NS_PER_MS
        assert fails[0] - arrived <= _LINE_US * 1000
    controls.do("power good")
    meter.cut(2)
    meter.run(5)
    assert meter.status()["STATE"] == s.OPEN
    assert meter.status()["OPENINGS"] == 1
    assert len(meter.relay.pulses) == 1


def test_a_bus_that_a_chip_holds_in_the_middle_of_a_pulse_is_freed_and_the_coil_let_go(make_host):
    meter = SwitchedMeter(make_host, seconds=7)
    clock = meter.board.clock
    bus = meter.board.i2c(pins.RTC_I2C)

    def hold():
        for edges in range(30, 50):
            bus.break_off(edges)
            bus.read(meter.board.rtc.i2c_address, 7)
            if not bus.sda:
                return

    def going(closed):
        meter.relay.on_move.remove(going)
        clock.call_at(clock.now_ns + NS_PER_MS, hold)

    meter.relay.on_move.append(going)
    with meter.client() as client:
        assert client.do(s.ACTION_OPEN) == (c.COMPLETED, {"STATE": s.OPEN})
        assert client.fields(2050)["WORST_TICK"] <= _TICK_MS
    assert bus.sda
    ((coil, ms),) = meter.pulse_ms()
    assert coil == "open" and _COIL_MS <= ms <= PULSE_MS + _LATE_MS
    meter.run(2)
    settle(meter.host)
    assert kept(meter.board, p.FAULTS) == kept(meter.board, p.ERRORS) == 0
    assert registers(meter.board).net == counted(meter.board) > 0
