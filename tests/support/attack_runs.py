"""The attack corpus in a process of its own, as a test asks for it: as which user, without which layers; and what must hold of its results."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from autograder.run import isolation
from tests.support import attack_corpus

NOBODY = 65534
GRADERS_SECONDS = 20
"""CPU time of the grader's own process that an attack on one exercise may cost, on a slow machine."""


def as_nobody() -> list[str]:
    """The start of a command line that runs the rest as an ordinary user; where Python lies in a folder of root's alone, that folder is
    laid open first, in a mount namespace of this command's own."""
    line = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=-all"]
    base = pathlib.Path(sys.base_prefix).resolve()
    closed = next((folder for folder in reversed(base.parents) if not folder.stat().st_mode & 0o001), None)
    if closed is not None:
        between = [folder for folder in reversed(base.parents) if folder.is_relative_to(closed) and folder != closed]
        opened = [word for folder in between for word in ("--perms", "0755", "--dir", str(folder))]
        line = [
            "bwrap",
            "--dev-bind",
            "/",
            "/",
            "--tmpfs",
            str(closed),
            *opened,
            "--ro-bind",
            str(base),
            str(base),
            *line,
        ]
    return line


def carried_out(folder: pathlib.Path, setting: dict, *names: str) -> dict:
    """The corpus's results in a process of its own. An ordinary user gets a folder outside pytest's own, which any other run closes again."""
    if "user" in setting:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="attacks-"))
    out = folder / "result.json"
    environment = {**os.environ, "PYTHONPATH": str(attack_corpus.ROOT), "OMP_NUM_THREADS": "1", "TMPDIR": str(folder)}
    environment[isolation.WITHOUT] = setting.get("without", "")
    user, before = setting.get("user"), []
    if user is not None:
        before = as_nobody()
        os.chown(folder, user, user)
        environment |= {"HOME": str(folder), "TMPDIR": str(folder)}
    line = [*before, sys.executable, "-m", attack_corpus.__name__, str(out), *names]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=1800)
    assert out.is_file(), done.stdout[-2000:] + done.stderr[-2000:]
    result = json.loads(out.read_text())
    if "user" in setting:
        shutil.rmtree(folder)
    return result


def judge(result: dict, name: str) -> None:
    """No gain but where the corpus says so, no harm, nothing leaked, the verdict as written."""
    holds = attack_corpus.holds(name)
    outcome = result["attacks"][name]
    levels = {result["level"]}
    if any(line.startswith("bubblewrap") for line in result["missing"]):
        levels.add(f"{result['level']} without bubblewrap")
    expected_gain = not levels.isdisjoint(holds.get("gains_at", []))
    assert outcome["gained"] is expected_gain, outcome
    assert outcome["harm"] == [] and not outcome["leaked"] and not outcome["grader_error"], outcome
    assert outcome["graders_seconds"] < GRADERS_SECONDS, outcome
    if (
        not expected_gain and result["level"] != isolation.COMPUTE_ONLY
    ):  # there the scratch folder is denied too, so words differ
        assert outcome["verdict"] in holds.get("verdicts", [holds["verdict"]]), outcome
