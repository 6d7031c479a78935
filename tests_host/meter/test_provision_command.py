"""`picometer provision`, from an unprovisioned virtual meter to one that is its owner's."""

import re
import stat
import tomllib

import pytest
from click.testing import CliRunner

from picometer.commands.provision import provision
from picometer.provision.passwords import FIELDS
from tests_host.meter.process import RunningMeter, picometer

IDENTITY = """\
model = "AXR"
service = "2S-240-320"
serial = "PM00000042"
device_id = "KITCHEN"
utility = "CITY POWER WORKS"
"""
PASSWORDS = {
    "password_1": "Tr4ffic-light",
    "password_2": "Umbrella^stand",
    "password_3": "north by 9 west",
    "password_module": "cabbage/Kings",
}


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "meter.toml"
    file.write_text(IDENTITY)
    return file


@pytest.fixture
def meter():
    options = ("--unprovisioned", "--service", "2S-240-320", "--at", "0:seal open")
    with RunningMeter(*options, "--tcp", "127.0.0.1:0") as meter:
        yield meter.urls[0]


@pytest.fixture
def owned():
    with RunningMeter("--tcp", "127.0.0.1:0", "--at", "0:seal open") as meter:
        yield meter.urls[0]


def test_a_file_and_passwords_that_are_made_and_shown_once(meter, file, tmp_path):
    kept = tmp_path / "kept.toml"
    done = picometer("provision", meter, file, "--generate", "--save", kept)
    assert done.returncode == 0, done.stderr
    shown = dict(re.findall(r'^(password_\w+) = "(.*)"$', done.stdout, re.M))
    assert list(shown) == list(FIELDS)
    assert "logged on with password_1, password_2, password_3" in done.stdout
    assert tomllib.loads(kept.read_text()) == tomllib.loads(IDENTITY) | shown
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    read = picometer("read", meter, "MT11", "5", "6").stdout
    for text in ("AXR", "2S-240-320", "PM00000042", "KITCHEN", "CITY POWER WORKS"):
        assert text in read
    # Again, as after an interruption, and with the password for another identity.
    assert picometer("provision", meter, kept).returncode == 0
    file.write_text('device_id = "CELLAR"')
    again = picometer("provision", meter, file, "--password", shown["password_3"])
    assert again.stdout == "device_id CELLAR\n"
    assert picometer("provision", meter, kept, "--save", kept).returncode == 2  # never over it


def test_the_security_setting_comes_last_and_only_when_asked_for(meter, file):
    assert picometer("provision", meter, file, "--generate").returncode == 0
    assert "SECURITY: 0" in picometer("read", meter, "MT9").stdout


def test_a_meter_is_provisioned_and_set_to_be_sealed(meter, file):
    done = picometer("provision", meter, file, "--generate", "--seal")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("security setting on: close the seal\n")
    assert "SECURITY: 1" in picometer("read", meter, "MT9").stdout


def test_a_person_is_asked_for_what_no_file_says(meter):
    answers = ["AXR", "2S-240-320", "PM00000042", "", "", "short", "short"]
    for password in PASSWORDS.values():
        answers += [password, password]
    answers[9:9] = 2 * [PASSWORDS["password_1"]]  # for level 2, too
    result = CliRunner().invoke(provision, [meter], input="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    assert "It is shorter than 8 characters." in result.output
    assert "It is that of another level." in result.output
    assert not [password for password in PASSWORDS.values() if password in result.output]
    assert "device_id PM00000042" in result.output
    read = picometer("read", meter, "70", "--password", PASSWORDS["password_1"])
    assert read.returncode == 0, read.stderr


def test_weak_passwords_reach_no_meter(meter, file):
    file.write_text(IDENTITY + 'password_3 = "PM00000042"')
    done = picometer("provision", meter, file)
    assert done.returncode == 2
    assert done.stderr.strip().endswith("password_3 is the meter's serial")
    assert "PM00000042" not in picometer("read", meter, "MT11").stdout
    assert picometer("provision", meter, file, "--insecure").returncode == 0


def test_a_meter_that_has_passwords_takes_no_others(owned, file):
    done = picometer("provision", owned, file, "--generate")
    assert done.returncode == 2 and "the meter has a password" in done.stderr
    done = picometer("provision", owned, file, "--password", "WRONG")
    assert done.returncode == 2 and "does not take that password" in done.stderr
    file.write_text('password_1 = "picometer"')
    done = picometer("provision", owned, file, "--password", "PICOMETER")
    assert done.returncode == 2 and "everybody tries" in done.stderr
    file.write_text(IDENTITY.replace("AXR", "AX"))
    done = picometer("provision", owned, file, "--password", "PICOMETER")
    assert done.returncode == 0, done.stderr


def test_no_other_level_gets_the_password_that_level_3_has(owned, file):
    secret = PASSWORDS["password_3"]
    file.write_text(f'password_3 = "{secret}"')
    assert picometer("provision", owned, file, "--password", "PICOMETER").returncode == 0
    file.write_text(f'password_1 = "{secret.upper()}"')
    done = picometer("provision", owned, file, "--password", secret)
    assert done.returncode == 2 and "password_1 is that of password_3" in done.stderr


def test_without_the_highest_password_nothing_begins(meter, file):
    done = picometer("provision", meter, file)
    assert done.returncode == 2 and "without password_3" in done.stderr


def test_an_unprovisioned_meter_says_so_and_knows_no_default(meter):
    assert "UNPROGRAMMED_FLAG=1" in picometer("read", meter, "3").stdout
    for password in ("PICOMETER", "MODULE"):
        assert picometer("read", meter, "70", "--password", password).returncode == 2
