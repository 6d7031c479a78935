"""The communication port of a whole meter, alone and beside the optical port."""

import threading

import pytest

from c1219 import procedures as c
from picometer.proof.household import finish_tick
from picometer.proof.meters import PASSWORD, build, counted, registers
from picometer.reader.client import Client
from picometer.reader.decode import TableReader
from picometer.reader.errors import ServiceError
from picometer.reader.procedure import Caller
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import provision
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from psem import codes

MODULE = "MODULE"
ROUNDS = 3
_FAST = 115200
_FIXED_TABLES = (0, 1, 5, 6, 10, 11, 13, 16, 22, 25, 26, 30, 32, 33, 34, 70, 72, 74)


@pytest.fixture
def host():
    host = build(ConstantLoad(7200.0, hz=60.1))
    provision(host.board.fram, password_module=MODULE.encode(), password_1=b"READER")
    host.run_until(5 * NS_PER_S)
    return host


def session(port, password=None, baud=9600):
    client = Client(port)
    client.identify()
    client.negotiate(bauds=(baud,))
    client.logon(7, "TEST")
    if password is not None:
        client.security(password)
    return client


def test_the_module_programs_and_neither_port_takes_the_others_passwords(host):
    client = session(SimPort(host, host.board.module), MODULE)
    client.write(5, b"BY THE MODULE".ljust(20))
    for password in (PASSWORD.decode(), "READER", ""):
        with pytest.raises(ServiceError) as refused:
            client.security(password)
        assert refused.value.code == codes.ERR
        with pytest.raises(ServiceError) as refused:
            client.write(5, b"INTRUDER".ljust(20))
        assert refused.value.code == codes.ISC
    client.terminate()
    client = session(SimPort(host))
    with pytest.raises(ServiceError) as refused:
        client.security(MODULE)
    assert refused.value.code == codes.ERR
    assert client.read(5) == b"BY THE MODULE".ljust(20)


def test_a_demand_reset_by_the_module_is_logged_with_its_source_and_level(host):
    client = session(SimPort(host, host.board.module), MODULE)
    assert Caller(client).run_octets(c.REMOTE_RESET.number, b"\x01") == (c.COMPLETED, b"\x01")
    entry = TableReader(client.read).report(74).fields["ENTRIES"][-1]
    assert (entry["EVENT"], entry["SOURCE"], entry["USER_ID"]) == (
        "demand reset",
        "communication port",
        7,
    )
    assert entry["HISTORY_ARGUMENT"]["AUTHORITY"] == {"LEVEL": 2, "SEAL_OPEN": 0}
    client.terminate()
    # One lockout for all: the reset was the meter's, not the port's.
    client = session(SimPort(host), PASSWORD.decode())
    assert Caller(client).run_octets(c.REMOTE_RESET.number, b"\x01")[0] == c.TIMING


def test_rights_and_responses_of_one_port_are_not_the_others(host):
    module = session(SimPort(host, host.board.module), MODULE)
    optical = session(SimPort(host))
    assert Caller(module).run_octets(c.REMOTE_RESET.number, b"\x02") == (c.COMPLETED, b"\x02")
    assert optical.read(8) == bytes((0, 0, 0, c.UNRECOGNISED))
    with pytest.raises(ServiceError):
        optical.write(5, b"INTRUDER".ljust(20))
    optical.terminate()
    module.write(5, b"STILL LOGGED ON".ljust(20))


class Together:
    """Lets time pass for several clients, each in a thread of its own, when all of them wait."""

    def __init__(self, host, clients):
        self._host = host
        self._present = clients
        self._waiting = 0
        self._turn = 0
        self._change = threading.Condition()

    def wait(self, ns):
        """Until `ns` have passed, or a little more."""
        end = self._host.board.clock.now_ns + ns
        while self._host.board.clock.now_ns < end:
            with self._change:
                self._waiting += 1
                turn = self._turn
                if self._waiting == self._present:
                    self._pass()
                assert self._change.wait_for(lambda turn=turn: self._turn != turn, 60)

    def leave(self):
        """A client is done, or has failed."""
        with self._change:
            self._present -= 1
            if self._waiting and self._waiting == self._present:
                self._pass()

    def _pass(self):
        self._host.run_until(self._host.board.clock.now_ns + NS_PER_MS)
        self._waiting = 0
        self._turn += 1
        self._change.notify_all()


class SharedPort(SimPort):
    """A port whose client is not alone, and which notes how long answers take to begin."""

    def __init__(self, host, uart, together):
        super().__init__(host, uart)
        self._together = together
        self.delays = []
        self.times = []  # when each packet was sent

    def write(self, data):
        if self.answered_ns is not None:
            self.delays.append(self.answered_ns - self.sent_ns)
        character_ns = -(-10 * NS_PER_S // self.baudrate)
        self._uart.feed(bytes(data))
        self.sent_ns = self._host.board.clock.now_ns + len(data) * character_ns
        self.times.append(self.sent_ns)
        self.answered_ns = None
        self._pass(len(data) * character_ns)
        return len(data)

    def _pass(self, ns):
        self._together.wait(ns)


def read_together(host, rounds):
    """Both ports at full speed at once: ports, and the tables that each has read, by number."""
    together = Together(host, 2)
    ports = [SharedPort(host, uart, together) for uart in (host.board.optical, host.board.module)]
    read, failed = [{}, {}], []

    def work(port, password, found):
        try:
            client = session(port, password, _FAST)
            for _ in range(rounds):
                for number in _FIXED_TABLES:
                    found.setdefault(number, set()).add(client.read(number))
                assert Caller(client).run_octets(c.CLEAR_STD_STATUS.number, b"")[0] == c.COMPLETED
            client.terminate()
        except BaseException as error:
            failed.append(error)
        finally:
            together.leave()

    passwords = (PASSWORD.decode(), MODULE)
    threads = [
        threading.Thread(target=work, args=arguments)
        for arguments in zip(ports, passwords, read, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed
    return ports, read


def test_both_ports_at_full_speed_disturb_neither_each_other_nor_the_metering(host):
    before = registers(host.board).net
    ports, read = read_together(host, ROUNDS)
    assert read[0] == read[1] and all(len(seen) == 1 for seen in read[0].values())
    for port, link in zip(ports, (host.meter.optical.link, host.meter.module.link), strict=True):
        assert max(port.delays) <= 20 * NS_PER_MS
        assert len(port.delays) >= ROUNDS * len(_FIXED_TABLES)
        received = list(link.counters)
        assert received[0] > ROUNDS * len(_FIXED_TABLES) and not any(received[2:])
    both = range(max(port.times[0] for port in ports), min(port.times[-1] for port in ports))
    for port in ports:
        assert sum(time in both for time in port.times) > 0.9 * len(port.times)
    finish_tick(host)
    assert registers(host.board).net == counted(host.board) > before
