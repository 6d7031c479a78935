"""Takes every figure, each on a meter of its own."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from picometer.bench import cycles, line, native, running
from picometer.bench.device import Device
from picometer.bench.figures import Figures
from picometer.errors import UserError
from picometer.rp2040.image import built_image
from picometer.toolchain import Report, ToolchainError, ensure

HOUR_S = 3600

_Found = TypeVar("_Found")


def measure(report: Report, image: Path | None = None, heap_s: int = HOUR_S) -> Figures:
    """Measure the meter in `image`, that of the sources unless told. UserError.

    heap_s  simulated seconds of metering between the two looks at the heap
    """
    module = _native_module(report)
    image = image or built_image(report)

    def on_meter(title: str, take: Callable[[Device], _Found], prompt: bool = True) -> _Found:
        with report.step(title), Device(image) as device:
            if prompt:
                device.to_prompt()
            return take(device)

    def heap() -> running.Heap:
        with report.step("heap over an hour of metering") as show, Device(image) as device:
            device.to_prompt()
            return running.heap(device, heap_s, show)

    def lines(device: Device) -> tuple[line.Use, line.Use]:
        octets = line.start(device)
        return line.use(device, octets, 9600), line.use(device, octets, 115200)

    slow_line, fast_line = on_meter("long table", lines)
    return Figures(
        slow_line=slow_line,
        fast_line=fast_line,
        cycles=on_meter("cycles of the hot loops", lambda on: cycles.measure(on, module)),
        peripherals=on_meter("journal and display", running.peripherals),
        first_tick_ms=on_meter("first tick", running.first_tick, prompt=False),
        response=on_meter("packets of 1024 bytes", running.response, prompt=False),
        share_10hz=on_meter("CPU share, 10 ticks a second", lambda on: running.share(on, 10)),
        share_60hz=on_meter("CPU share, 60 ticks a second", lambda on: running.share(on, 60)),
        heap=heap(),
    )


def _native_module(report: Report) -> bytes:
    try:
        paths = ensure({"rp2", "rp2040js"}, log=report)
        with (
            report.step("build the tick in C"),
            tempfile.TemporaryDirectory(prefix="picometer-") as folder,
        ):
            return native.build(paths, Path(folder))
    except ToolchainError as error:
        raise UserError(str(error)) from error
