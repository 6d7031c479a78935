"""A whole meter with a service switch, and clients for it."""

from contextlib import contextmanager

from boards.pico_meter import pins
from c1219 import service
from picometer.proof.meters import PASSWORD, build
from picometer.reader.decode import TableReader
from picometer.reader.procedure import Caller, ProcedureError
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import CPythonHost, provision
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from tests_host.meter.test_module_port import MODULE, session

READER, FIELD, MASTER = "READER", "FIELD", PASSWORD.decode()
WATTS = 7200.0


class SwitchedMeter:
    """An AX-SD, running for `seconds`."""

    def __init__(self, make_host=CPythonHost, seconds=5, model="AX-SD"):
        self.host = build(ConstantLoad(WATTS, hz=60.1), model=model, make_host=make_host)
        self.board = self.host.board
        self.relay = self.board.service_switch
        provision(
            self.board.fram,
            password_module=MODULE.encode(),
            password_1=READER.encode(),
            password_2=FIELD.encode(),
        )
        self.run(seconds)

    def run(self, seconds):
        self.host.run_until(self.board.clock.now_ns + round(seconds * NS_PER_S))

    def cut(self, seconds=10):
        """The power goes, for so long; the meter then starts anew and takes up its switch."""
        self.host.cut()
        self.board.clock.advance_to(self.board.clock.now_ns + seconds * NS_PER_S)
        self.run(4)

    def press(self):
        """The lever, for 0.3 s; then time for what it does."""
        self.board.switch(pins.LEVER, True)
        self.run(0.3)
        self.board.switch(pins.LEVER, False)
        self.run(1)

    @contextmanager
    def client(self, password=MASTER, uart="optical"):
        """A session."""
        port = SimPort(self.host, getattr(self.board, uart))
        client = session(port, password)
        yield Service(client, self.run)
        client.terminate()
        port.close()

    def do(self, action, **where):
        """An action in a session of its own: (result code, response data)."""
        with self.client(**where) as client:
            return client.do(action)

    def status(self):
        """The fields of MT3."""
        with self.client(None) as client:
            return client.fields(service.SERVICE_SWITCH.number)

    def pulse_ms(self):
        """Coils and lengths of all that the relay got."""
        return [(p.coil, (p.end_ns - p.begin_ns) / NS_PER_MS) for p in self.relay.pulses]


class Service:
    """What a logged-on client does with the service switch."""

    def __init__(self, client, run):
        self.client = client
        self._caller = Caller(client, run)

    def do(self, action):
        """(result code, response data) of an action, once it is done or has failed."""
        return self.call(service.OPERATE, {"ACTION": action})

    def call(self, procedure, parameters=None):
        try:
            return self._caller.run(procedure, parameters or {}, procedure.name)
        except ProcedureError as error:
            return error.code, error.response

    def fields(self, number):
        return TableReader(self.client.read).report(number).fields
