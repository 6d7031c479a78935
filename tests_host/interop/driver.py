"""termineter 1.0.6, a client that is not ours, driven as its user drives it: by lines."""

import re
import subprocess
import sys
from pathlib import Path

TERMINETER = Path(sys.executable).with_name("termineter")


def termineter(link, *commands, password=None):
    """Its whole output for `commands` after connecting."""
    script = [f"set SERIAL_CONNECTION {link}"]
    if password is not None:
        script += ["set PASSWORD_HEX False", f"set PASSWORD {password}"]
    script += ["connect", *commands, "exit", ""]
    done = subprocess.run(
        [TERMINETER], input="\n".join(script), capture_output=True, text=True, timeout=120
    )
    return done.stdout + done.stderr


def tables(output):
    """Octets of each table that read_table printed, in order."""
    found = []
    for block in re.split(r"\[\*\] Read \d+ bytes", output)[1:]:
        rows = re.findall(r"^[0-9a-f]{4}    ((?:[0-9a-f]{2} +){1,16})", block, re.M)
        found.append(bytes.fromhex("".join(rows)))
    return found


def reading(*numbers):
    """The commands that read tables."""
    return ["use read_table", *(f"set TABLE_ID {n}\nrun" for n in numbers)]


def writing(number, octets):
    """The commands that write a whole table."""
    return ["use write_table", f"set TABLE_ID {number}", f"set DATA {octets.hex()}", "run"]


def running(number, parameters=b""):
    """The commands that run a standard procedure; without parameters it takes no hex."""
    commands = ["use run_procedure", f"set PROC_NUMBER {number}"]
    if parameters:
        commands += ["set USE_HEX True", f"set PARAMS {parameters.hex()}"]
    else:
        commands += ["set USE_HEX False", "set PARAMS "]
    return [*commands, "run"]
