"""Brings up the ports: what each client sees, and what serves it."""

from micropython import const

_PACKET = const(1024)  # octets of the largest packet granted
_REQUEST = const(768)  # octets of a port's request: the largest table that is written, and more


def optical(meter, board):
    """The optical port and its tables; returns them, and the index of its duty."""
    from c1219.events import SOURCE_OPTICAL
    from firmware.device import OPTICAL_PASSWORDS, Device

    meter.scheduler.catch_up()
    device = Device(meter, SOURCE_OPTICAL, OPTICAL_PASSWORDS)
    tables = _tables_of(meter, device)
    port = _port(meter, board, board.optical_uart, device, tables, board.pulses.mirror)
    return port, tables, _serve(meter, board, board.OPTICAL, port)


def module(meter, board):
    """The port of the communication module."""
    from c1219.events import SOURCE_MODULE
    from firmware.device import MODULE_PASSWORDS, Device

    device = Device(meter, SOURCE_MODULE, MODULE_PASSWORDS)
    meter.scheduler.catch_up()
    tables = _tables_of(meter, device, meter.tables)
    port = _port(meter, board, board.module_uart, device, tables)
    _serve(meter, board, board.MODULE, port)
    return port


def _tables_of(meter, device, like=None):
    from c1219.tables import Tables

    meter.scheduler.catch_up()
    return Tables(device, None, like, meter.let_through)


def _port(meter, board, uart, device, tables, mirror=None):
    from firmware.optical import Optical
    from psem.link import Link

    meter.scheduler.catch_up()
    from psem.session import Session

    meter.scheduler.catch_up()
    session = Session(tables)
    meter.scheduler.catch_up()
    link = Link(session, _PACKET, _REQUEST)
    device.counters = link.counters
    return Optical(uart, link, board.sleep_us, mirror)


def _serve(meter, board, number, port):
    # Input makes it due.
    scheduler = meter.scheduler
    index = scheduler.add(port.step)
    scheduler.on_input[number] = index
    port.expect = lambda ms: scheduler.expect(number, ms)
    board.listen(number)
    scheduler.catch_up()
    return index
