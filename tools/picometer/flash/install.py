"""The order of things when a tree is flashed."""

from picometer.errors import UserError
from picometer.flash import copiers
from picometer.flash.meter import FOLDERS, Meter
from picometer.flash.tree import Tree, folders
from picometer.toolchain import Report


def install(port: str, tree: Tree, program: str, report: Report, settings: str = "") -> str:
    """Flash `tree` to the board at `port` with `program`; returns what was done, in a line.

    The firmware in use stays in use, whole, until the new one lies verified beside it.
    `settings` is code that stores the configuration. Raises UserError; the board then goes
    on with what it had.
    """
    copiers.program(program)  # before anything is disturbed
    with Meter(port) as meter:
        with report.step("service mode"):
            version = meter.open()
        try:
            done = _install(meter, port, tree, program, report, settings)
        except KeyboardInterrupt:
            raise UserError("interrupted: the board goes on with the firmware it had") from None
        with report.step("reset"):
            meter.end()
    return f"{port}: MicroPython {version}, {done}"


def _install(
    meter: Meter, port: str, tree: Tree, program: str, report: Report, settings: str
) -> str:
    with report.step("compare"):
        active = meter.active()
        current = meter.sums(active) if active else {}
        same = current == tree.sums and meter.main_sum() == tree.sums["main.py"]
    if same and not settings:
        return f"{active} is up to date"
    target = active if same else FOLDERS[1] if active == FOLDERS[0] else FOLDERS[0]
    copied = 0
    if not same:
        copied = _fill(meter, port, tree, program, report, current, active, target)
    with report.step("verify"):
        _verify(meter.sums(target), tree.sums)
        meter.trial(target)
    if settings:
        with report.step("configuration"):
            meter.run(settings)
    if not same:
        with report.step("switch over"):
            meter.activate(target)
            meter.remove([folder for folder in FOLDERS if folder != target])
    return f"{len(tree.sums)} files in {target}, {copied} copied over USB"


def _fill(
    meter: Meter,
    port: str,
    tree: Tree,
    program: str,
    report: Report,
    current: dict[str, str],
    active: str,
    target: str,
) -> int:
    """Make `target` like the tree; returns how many files came over USB."""
    sums = tree.sums
    with report.step("prepare"):
        there = meter.sums(target)
        stale = [path for path in there if there[path] != sums.get(path)]
        meter.remove([f"{target}/{path}" for path in stale])
        missing = [path for path in sums if there.get(path) != sums[path]]
        block, free = meter.space()
        needed = tree.blocks(missing, block)
        if needed > free:
            raise UserError(
                f"no space: the board has {free * block // 1024} kB free, "
                f"{needed * block // 1024} kB are needed; nothing was copied"
            )
        inner = [f"{target}/{folder}" for folder in folders(list(sums))]
        meter.make([target, *inner])
        have = [path for path in missing if current.get(path) == sums[path]]
        meter.reuse(active, target, have)
    wanted = [path for path in missing if path not in set(have)]
    if wanted:
        with report.step(f"copy {len(wanted)} files with {program}") as show:
            meter.release()
            try:
                copiers.copy(program, port, tree.folder, wanted, target, show)
            finally:
                meter.resume()
    return len(wanted)


def _verify(found: dict[str, str], wanted: dict[str, str]) -> None:
    wrong = sorted(path for path in found.keys() | wanted if found.get(path) != wanted.get(path))
    if wrong:
        raise UserError(
            f"{len(wrong)} files are not on the board as they should be, first {wrong[0]}"
        )
