"""The soak of benchmarks/soak.py, with a class that fits into the suite."""

import os
import subprocess

import pytest

from benchmarks import soak
from tests.support.harness import ASSIGNMENT

COUNT, ALONE = 24, 2


@pytest.mark.proof
def test_a_mixed_class_loses_nothing_doubles_nothing_and_leaves_nothing(tmp_path):
    done = soak.run(tmp_path, COUNT, ALONE, jobs=2, assignments=[ASSIGNMENT])
    text = soak.told(done)
    assert done.well, text
    assert done.alone == ALONE and f"{COUNT} submissions in" in text
    reports = list((tmp_path / "course" / "reports" / ASSIGNMENT).glob("*.json"))
    assert len(reports) == COUNT
    drawn = {path.read_text() for path in (tmp_path / "course" / "submitted").rglob("*.ipynb")}
    assert any("def attack" in text for text in drawn) and any("def attack" not in text for text in drawn)


def test_what_is_lost_doubled_or_different_is_told():
    bad = soak.Soak(2, 1.0, lost=["s00000"], doubled=["s00001"], unlike=["s00001: a mistake"], left=["process 7"])
    text = soak.told(bad)
    assert (
        not bad.well and "| lost | 1 |" in text and "left behind | 1 |" in text and "unlike: s00001: a mistake" in text
    )


def test_what_is_left_behind_is_seen(tmp_path):
    (tmp_path / "forgotten").touch()
    environment = {"TMPDIR": str(tmp_path / "of-a-worker"), "PATH": os.defpath}
    with subprocess.Popen(["cat"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(b"are you there?\n")
        process.stdin.flush()
        process.stdout.readline()  # only then does its entry in /proc show what it was started with
        found = soak.left_behind(tmp_path)
        process.kill()
    assert found == [str(tmp_path / "forgotten"), f"process {process.pid}: cat "]
    (tmp_path / "forgotten").unlink()
    assert soak.left_behind(tmp_path) == []
