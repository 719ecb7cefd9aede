"""What benchmarks/measured.py says of a command holds for all that the command started."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from benchmarks import measured
from tests.support.harness import ROOT

BURN = "import time\nwhile time.process_time() < 1: pass\nprint('done', flush=True)\nimport signal; signal.pause()"
KILLED_WITH_ITS_NAMESPACE = f"""
import subprocess
line = ["bwrap", "--unshare-all", "--die-with-parent", "--dev-bind", "/", "/", "--proc", "/proc", {sys.executable!r}, "-c", {BURN!r}]
process = subprocess.Popen(line, stdout=subprocess.PIPE)
assert process.stdout.readline() == b"done\\n"
process.kill()
process.wait()
"""


OUTLIVED = f"import subprocess; subprocess.Popen([{sys.executable!r}, '-c', 'print(1)'])"


def test_what_ran_before_is_not_waited_for():
    with subprocess.Popen([sys.executable, "-c", "input(); exit(3)"], stdin=subprocess.PIPE) as other:
        measured.run([sys.executable, "-c", OUTLIVED], ROOT, {})
        assert other.poll() is None
        other.communicate(b"\n")
    assert other.returncode == 3


@pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed")
def test_the_time_of_what_ends_with_its_namespace_is_counted(tmp_path):
    assert (
        measured.run([sys.executable, "-c", KILLED_WITH_ITS_NAMESPACE], tmp_path, {"PATH": "/usr/bin:/bin"}).cpu >= 0.95
    )
