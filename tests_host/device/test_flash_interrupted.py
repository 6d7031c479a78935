"""Whatever interrupts a flashing, the board starts the firmware it had or the new one, whole.

With a firmware of a few files that says its name, so that many interruptions can be tried.
"""

import shutil
import signal
from pathlib import Path

import pytest

from picometer.flash.meter import activation
from tests_host.device.flash_bench import ROOT, sign, stock_pico

DEVICE = (ROOT / "tools" / "picometer" / "flash" / "device.py").read_text()
START = """\
import sys
from talk import NAME
def run():
    print("this is", NAME, "in", sys.path[0])
"""

FILL = """\
for count in (32, 1):
    try:
        for number in range(100):
            with open("/log%d-%d" % (count, number), "w") as file:
                for _ in range(count):
                    file.write("x" * 4096)
    except OSError as error:
        print(error)
"""


def make_tree(folder, name, extra=0):
    """A firmware called `name`, with `extra` bytes of ballast."""
    files = {
        "main.py": (ROOT / "firmware" / "main.py").read_text() + f"# {name}\n",
        "firmware/__init__.py": "",
        "firmware/start.py": START,
        "firmware/meter.py": "",
        "lib/talk/__init__.py": "from talk.name import NAME\n",
        "lib/talk/name.py": f"NAME = {name!r}\n",
        "lib/talk/ballast.py": f"# {name}\n" + "#" * extra,
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    sign(folder)
    return folder


def starts(pico):
    """Which firmware the board starts after a power cut: its name and its folder."""
    pico.power_cycle()
    pico.run_to(b"this is ")
    words = pico.run_to(b"\n").split()
    return words[0].decode(), words[2].decode()


def busy(pico, output, after, sent):
    """False once, after the step `after`, the board has sent so many more bytes."""
    if f"done {after}" not in output:
        pico.heard.clear()
    return f"done {after}" not in output or len(pico.heard) < sent


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trees")
    return {
        "old": make_tree(folder / "old", "old"),
        "new": make_tree(folder / "new", "new", 3000),
        "large": make_tree(folder / "large", "large", 1_400_000),
    }


@pytest.fixture(scope="module")
def board(trees, tmp_path_factory):
    """A board that runs "old", and its flash."""
    ports = tmp_path_factory.mktemp("ports")
    pico = stock_pico(ports)
    status, output = pico.flash("--tree", trees["old"])
    assert status == 0, output
    flash = pico.save_flash(ports / "old.bin")
    yield pico, flash
    pico.close()


@pytest.fixture
def old(board):
    """The board as it was when "old" had been flashed, running."""
    pico, flash = board
    pico.power_cycle(flash)
    pico.run_to(b"this is old in /meter-a\r\n")
    return pico


# The step after which it is interrupted, and bytes that the board sends until then.
POINTS = {
    "while it asks what is there": ("service mode", 20),
    "while mpremote copies": ("prepare", 600),
    "as the copy is verified": ("copy", 150),
}


@pytest.mark.parametrize(("after", "sent"), POINTS.values(), ids=POINTS)
def test_the_tool_is_killed(old, trees, after, sent):
    status, output = old.flash(
        "--tree", trees["new"], going=lambda text: busy(old, text, after, sent)
    )
    assert status == -signal.SIGKILL, output
    assert starts(old) == ("old", "/meter-a")


def test_ctrl_c_leaves_a_board_that_runs(old, trees):
    resets = len(old.resets)
    status, output = old.flash(
        "--tree",
        trees["new"],
        going=lambda text: busy(old, text, "prepare", 50),
        end=signal.SIGINT,
    )
    assert status == 2
    assert output.splitlines()[-1].endswith("the board goes on with the firmware it had")
    old.run_to(b"this is old in /meter-a")
    assert len(old.resets) == resets + 2


def test_after_rshell_was_killed_in_the_middle_of_a_file_the_next_try_succeeds(old, trees):
    """The board still waits for the rest of the file."""
    status, output = old.flash(
        *("--with", "rshell", "--tree", trees["new"]),
        going=lambda text: busy(old, text, "prepare", 1) or old.heard.count(b"\x06") < 3,
    )
    assert status == -signal.SIGKILL, output
    status, output = old.flash("--tree", trees["new"])
    assert status == 0, output
    assert starts(old) == ("new", "/meter-b")


def test_service_is_for_one_start(old):
    """A power cut ends it, whoever asked for it."""
    old.python("open('/service', 'w').close()")
    old.power_cycle()
    old.run_to(b"service mode")
    old.run(0.3)
    assert starts(old) == ("old", "/meter-a")


@pytest.mark.parametrize("instructions", [2_000_000, 9_000_000])
def test_the_power_goes_while_files_are_copied(old, trees, instructions):
    def going(text):
        if "done prepare" in text and not cut:
            cut.append(old.cut_after(instructions))
        return True

    cut = []
    status, output = old.flash("--tree", trees["new"], going=going)
    assert cut and status != 0, output
    assert starts(old) == ("old", "/meter-a")


class TestSwitchingOver:
    """The instants that decide: there is no third firmware between the two, and no half one."""

    @pytest.fixture(scope="class")
    @classmethod
    def ready(cls, board, trees, tmp_path_factory):
        """Flash with both trees, the old one in use."""
        pico, flash = board
        pico.power_cycle(flash)
        pico.run_to(b"this is old")
        pico.python(DEVICE + "make(['/meter-b'])\n" + _contents(trees["new"]), 2)
        return pico, pico.save_flash(tmp_path_factory.mktemp("flash") / "ready.bin")

    def switch(self, pico, flash, cut_after=None):
        """Switch over, the power going meanwhile if asked to; the instructions it took."""
        pico.power_cycle(flash)
        pico.run_to(b"this is old")
        pico.python(DEVICE)
        before = pico.emulator.instructions
        if cut_after is not None:
            pico.cut_after(cut_after)
        pico.heard.clear()
        pico.emulator.usb_send(b"\x01" + activation("/meter-b").encode() + b"\x04")
        if cut_after is None:
            pico.run_to(b"\x04\x04>")
        else:
            assert pico.run(3) is False
        return pico.emulator.instructions - before

    def test_cut_at_any_instruction_the_old_or_the_new_one_runs(self, ready):
        """Evenly spaced cuts, then ever closer to the one instruction that decides."""
        first, last = 0, self.switch(*ready)
        assert starts(ready[0]) == ("new", "/meter-b")
        for place in range(1, 5):
            self.switch(*ready, cut_after=last * place // 5)
            assert starts(ready[0]) in (("old", "/meter-a"), ("new", "/meter-b"))
        while last - first > 2000:
            middle = (first + last) // 2
            self.switch(*ready, cut_after=middle)
            if starts(ready[0]) == ("old", "/meter-a"):
                first = middle
            else:
                assert starts(ready[0]) == ("new", "/meter-b")
                last = middle


def _contents(tree: Path) -> str:
    """Code that writes the files of a tree to /meter-b."""
    lines = ["make(['/meter-b/firmware', '/meter-b/lib', '/meter-b/lib/talk'])"]
    for path in sorted(path for path in tree.rglob("*.py")):
        where = path.relative_to(tree).as_posix()
        lines.append(f"put('/meter-b/{where}', {path.read_text()!r})")
    return "\n".join(lines)


def test_no_space_is_said_before_anything_is_copied(old, trees):
    status, output = old.flash("--tree", trees["large"])
    assert status == 2
    assert "no space: the board has " in output.splitlines()[-1]
    old.run_to(b"this is old in /meter-a")
    assert "done copy" not in output
    assert starts(old) == ("old", "/meter-a")


def test_a_full_file_system_is_one_line_and_the_meter_goes_on(old, trees):
    assert old.python(FILL, 60).endswith("28")
    status, output = old.flash("--tree", trees["new"])
    assert status == 2
    assert "no space" in output.splitlines()[-1]
    old.run_to(b"this is old in /meter-a")
    assert starts(old) == ("old", "/meter-a")


def test_a_firmware_that_does_not_import_is_not_switched_to(old, trees, tmp_path):
    bad = tmp_path / "bad"
    shutil.copytree(trees["new"], bad)
    (bad / "firmware" / "meter.py").write_text("import absent\n")
    sign(bad)
    status, output = old.flash("--tree", bad)
    assert status == 2
    assert "does not start: the board says: ImportError: no module named 'absent'" in output
    assert starts(old) == ("old", "/meter-a")


def test_what_is_there_already_is_not_copied_again(old, trees):
    status, output = old.flash("--tree", trees["old"])
    assert status == 0 and output.strip().endswith("/meter-a is up to date")
    old.run_to(b"this is old in /meter-a")
