"""Every table and procedure of the image on the emulated RP2040, at its port."""

from c1219 import catalog, types
from c1219 import procedures as c
from metrology import page as p
from picometer.proof.meters import PASSWORD, build, counted, kept, registers, settle
from picometer.reader.decode import TableReader
from picometer.reader.errors import ServiceError
from picometer.reader.procedure import Caller
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from tests_host.meter.test_module_port import session

MODEL = "AXR-SD"
DIAGNOSTICS = types.MANUFACTURER | 2
PENDING_ST13 = types.PENDING | 13
# A tick waits for one step of another duty at the most, and a step takes 20 ms.
WORST_TICK_MS = 100 + 20
PROFILE_DATA = 64
SECRET = 42


def opened(make_host):
    host = build(ConstantLoad(7200.0), model=MODEL, make_host=make_host)
    host.run_until(8 * NS_PER_S)
    return host, session(SimPort(host), PASSWORD.decode())


def passing(host):
    return lambda seconds: host.run_until(host.board.clock.now_ns + round(seconds * NS_PER_S))


def read_piece_by_piece(client, number):
    """The first two kilobytes of a table that no message can carry."""
    return b"".join(client.read_offset(number, at, 500) for at in range(0, 2000, 500))


def test_every_table_is_read_and_written_back_within_the_bound_of_a_tick(make_host):
    host, client = opened(make_host)
    reader = TableReader(client.read)
    st0 = reader.report(0).fields
    used = reader.tables_used()
    assert sorted(used) == sorted(table.number for table in catalog.ALL)
    for number in used:
        if number == PROFILE_DATA:
            assert len(read_piece_by_piece(client, number)) == 2000
        else:
            assert reader.report(number).fields is not None, number
    own = [number | types.MANUFACTURER for number in st0["MFG_TBLS_WRITE"]]
    for number in {*st0["STD_TBLS_WRITE"], *own} - {7, SECRET}:
        client.write(number, client.read(number))
    assert reader.report(DIAGNOSTICS).fields["WORST_TICK"] <= WORST_TICK_MS
    client.terminate()
    settle(host)
    assert kept(host.board, p.ERRORS) == 0
    assert registers(host.board).net == counted(host.board)


def refusal(client, number):
    try:
        client.read(number)
    except ServiceError as error:
        return str(error).split(": ")[-1]
    return "none"


def test_what_is_accepted_is_done_later_and_a_cold_start_of_a_meter_that_is_not_sealed(make_host):
    host, client = opened(make_host)
    caller = Caller(client, passing(host))
    for procedure in (c.SAVE_CONFIGURATION, c.STOP_LOAD_PROFILE, c.START_LOAD_PROFILE):
        assert caller.run(procedure, {}, procedure.name)[0] == c.COMPLETED
    image = bytes((1, 0, 0, 0, 5, 3, 5, 3))
    client.write(PENDING_ST13, bytes((2, 0, 0, 0, 0, 0)) + image)
    assert client.read(13) != image
    assert caller.run(c.ACTIVATE_ALL_PENDING, {}, "activate")[0] == c.COMPLETED
    assert client.read(13) == image
    starts = kept(host.board, p.STARTS)
    assert caller.run(c.COLD_START, {}, "cold start")[0] == c.COMPLETED
    assert kept(host.board, p.STARTS) == starts
    client.terminate()
    passing(host)(6)
    assert kept(host.board, p.STARTS) == starts + 1
    assert kept(host.board, p.ERRORS) == 0
    again = session(SimPort(host), PASSWORD.decode())
    assert again.read(13) != image
    assert TableReader(again.read).report(23).fields["TOT_DATA_BLOCK"]["SUMMATIONS"][0] < 30
    again.terminate()
