"""Runs on the meter: the meter itself. Each Ctrl-C has it print its heap and go on."""

import gc
import json

from boards.pico_meter.board import Board
from firmware.forget import OF_START, forget
from firmware.meter import Meter
from metrology.page import TICKS

meter = Meter(Board())
meter.start()
forget(OF_START)
while True:
    found = {"used": gc.mem_alloc()}
    gc.collect()
    found["free"] = gc.mem_free()
    found["ticks"] = meter.storage.page[TICKS]
    print(json.dumps(found))
    try:
        meter.run()
    except KeyboardInterrupt:
        pass
