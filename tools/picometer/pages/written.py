"""The page docs/tables.md, from a meter that has everything."""

from picometer.pages.tables import page
from picometer.proof.meters import build
from picometer.virtual.mains import ConstantLoad

PAGE = "tables.md"
MODEL = "AXR-SD"


def make() -> str:
    """Text of the page."""
    host = build(ConstantLoad(0), model=MODEL)
    host.boot()
    meter = host.meter
    tables = meter.tables
    offered = [procedure for procedure, _ in tables.device.procedures]
    sizes = {}
    for number in range(0x1000):
        try:
            sizes[number] = tables.size(number)
        except KeyError:
            pass  # not served
    host.close()
    return page(offered, sizes)
