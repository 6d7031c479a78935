"""`picometer prove edges`: each part runs, counts its cases, and says what it found."""

import pytest
from click.testing import CliRunner

from picometer.commands import prove_edges
from picometer.commands.prove import prove
from picometer.proof.edges import Part


@pytest.mark.parametrize(
    "name", ["energy", "reads", "writes", pytest.param("records", marks=pytest.mark.full)]
)
def test_a_part_counts_its_cases_and_holds(name):
    done = CliRunner().invoke(prove, ["edges", "--part", name, "--share", "0.002"])
    assert done.exit_code == 0, done.output
    assert "0 violations" in done.output and done.output.endswith("holds\n")


def test_a_violation_is_told_and_is_the_exit_status(monkeypatch):
    class Found:
        cases = 3
        violations = 1
        examples = ["case 2: too much"]

    part = Part("energy", "says", 3, lambda *_: Found())
    monkeypatch.setattr(prove_edges, "PARTS", (part,))
    done = CliRunner().invoke(prove, ["edges"])
    assert done.exit_code == 1
    assert "3 cases, 1 violations\ncase 2: too much\nDOES NOT HOLD" in done.output


def test_on_the_emulated_chip_only_energy_runs():
    done = CliRunner().invoke(prove, ["edges", "--part", "reads", "--rp2040"])
    assert done.exit_code == 2
