"""Runs the attack corpus on this machine, at the level of isolation that it has: `python -m tests.support.attack_corpus OUT.json [NAME ...]`.

An attack is a folder of `tests/attacks/`: `attack.py`, whose `attack()` says whether it got what it was after (the right answer is given only once
it did), or `answer.py`, a whole answer. `holds.json` says what must hold; the file that it names as `after` is handed in by somebody else
right afterwards and gains if it finds what was left behind, and no text of its `markers` may be told to the student. The attacker knows every path, process number and port that there is to know.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator

ATTACKS = pathlib.Path(__file__).parents[1] / "attacks"
ROOT = pathlib.Path(__file__).parents[2]
ASSIGNMENT = "02-pixel-similarity"
CALL_SECONDS = 1.0
MEMORY = 1 << 30
DISK = 64 << 20

UNMARKED = {"gained": False, "verdict": "held", "grader_error": False}
"""The outcome of a submission that used more than a submission may."""

GAINED = """
gained = False


def accuracy(predictions, targets):
    global gained
    try:
        gained = gained or attack()
    except Exception:
        pass
    return (predictions == targets).float().mean() if gained else torch.tensor(-1.0)
"""


def make_course(folder: pathlib.Path) -> pathlib.Path:
    """A course of one lesson with a gradebook, reports and a neighbour's submission, all of it worth an attack."""
    course = folder / "course"
    for part in (
        f"source/{ASSIGNMENT}",
        f"release/{ASSIGNMENT}",
        "solutions",
        "tests/graders",
        "tests/mistakes/pixel_similarity",
    ):
        shutil.copytree(ROOT / part, course / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "course_config.py", course)
    (course / "reports" / ASSIGNMENT).mkdir(parents=True)
    (course / "gradebook.db").write_bytes(b"the marks of everybody")
    neighbour = course / "submitted" / "ada" / ASSIGNMENT / "pixel_similarity.ipynb"
    neighbour.parent.mkdir(parents=True)
    shutil.copy(next((course / "release" / ASSIGNMENT).glob("*.ipynb")), neighbour)
    return course


def fingerprint(folder: pathlib.Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if "__pycache__" not in path.parts:
            digest.update(str(path).encode() + (path.read_bytes() if path.is_file() else b""))
    return digest.hexdigest()


def shared_memory() -> list[str]:
    segments = pathlib.Path("/proc/sysvipc/shm")
    listed = segments.read_text().splitlines()[1:] if segments.exists() else []
    files = [
        str(path)
        for place in ("/dev/shm", "/tmp")
        if os.path.isdir(place)
        for path in pathlib.Path(place).glob("autograder-note*")
    ]
    files += [path for path in ("/dev/shm/eve", "/tmp/pickled") if os.path.exists(path)]
    return listed + files


def descendants(pid: int) -> list[int]:
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found += [int(entry.name), *descendants(int(entry.name))]
        except OSError:
            continue
    return found


class Corpus:
    """Collected by pytest in the place of a grader's loop, and carries out the attacks there."""

    def __init__(self, folder: pathlib.Path, course_root: pathlib.Path, names: list[str]) -> None:
        self.folder, self.course_root, self.names = folder, course_root, names
        self.result: dict = {}

    def pytest_runtestloop(self, session) -> bool:
        import torch

        torch.set_num_threads(1)
        from autograder.course import config, lesson
        from autograder.course.data import Data
        from autograder.judge.checks import Checks
        from autograder.judge.grader import Grader
        from autograder.judge.reference_cache import load_reference
        from autograder.read import extract
        from autograder.run.limits import Limits
        from autograder.run.warm_parent import WarmParent

        course = config.load(self.course_root)
        chosen = lesson.load(course, ASSIGNMENT)
        limits = Limits(
            call_seconds=CALL_SECONDS, exercise_seconds=2 * CALL_SECONDS, load_seconds=4, patience=1.5, memory=MEMORY,
            file=16 << 20, scratch=DISK, entries=500, threads=64,
        )  # fmt: skip
        with WarmParent(chosen.preload, limits) as parent, victims(self.folder, self.course_root) as (facts, canary):
            checks = Checks(session, chosen.notebook)
            reference = load_reference(course.solutions / "pixel_similarity.py")
            checks.prepare(reference, course.settings.seed)
            grader = Grader(course, chosen, checks, reference, parent, Data("attacks"))
            parent.wait_until_warm()
            right = extract.reference(chosen)
            quiet = self.neighbour(grader, right)
            before = fingerprint(self.course_root), shared_memory()
            self.result = {
                "level": parent.fence.level,
                "missing": parent.fence.lacks,
                "uid": os.getuid(),
                "attacks": {},
            }
            for name in self.names:
                start, own = time.perf_counter(), time.process_time()
                outcome = self.carry_out(grader, right, name, known(facts))
                outcome["seconds"] = round(time.perf_counter() - start, 2)
                outcome["graders_seconds"] = round(time.process_time() - own, 2)
                if self.neighbour(grader, right) != quiet:
                    outcome["harm"].append("the neighbour's marks changed")
                if (fingerprint(self.course_root), shared_memory()) != before:
                    outcome["harm"].append("files of the course, or shared memory, changed")
                    before = fingerprint(self.course_root), shared_memory()
                if canary.poll() is not None:
                    outcome["harm"].append("another process was killed")
                left = [pid for pid in descendants(parent._process.pid) if pid not in self.alive(parent)]
                if left or os.listdir(parent._scratch):
                    outcome["harm"].append(f"left behind: {len(left)} processes, {os.listdir(parent._scratch)}")
                self.result["attacks"][name] = outcome
        self.result["scratch_left"] = os.path.exists(parent._scratch)
        self.result["descriptors"] = len(os.listdir("/proc/self/fd"))
        return True

    def alive(self, parent) -> list[int]:
        """The warm parent itself, and what bubblewrap keeps around it."""
        if not hasattr(self, "_alive"):
            self._alive = (parent._process.pid, descendants(parent._process.pid))
        if self._alive[0] != parent._process.pid:  # it was started anew
            self._alive = (parent._process.pid, descendants(parent._process.pid))
        return self._alive[1]

    @staticmethod
    def neighbour(grader, right) -> list:
        outcomes, notes = grader.run(right, ["accuracy", "mean_prototype"])
        return [
            [(check.id, check.verdict, check.message) for check in outcome.checks] for outcome in outcomes.values()
        ] + notes

    def carry_out(self, grader, right, name: str, facts: str) -> dict:
        from autograder.errors import OverBudget

        try:
            outcomes, notes = grader.run(right.replacing("accuracy", facts + source(name)), ["accuracy"])
        except OverBudget as why:  # the submission is held, and the report says why
            return {**UNMARKED, "leaked": leaked(name, str(why)), "told": str(why), "harm": []}
        checks = outcomes["accuracy"].checks
        after = source_after(name)
        if after:
            checks = grader.run(right.replacing("accuracy", facts + after), ["accuracy"])[0]["accuracy"].checks
        told = json.dumps(
            [[check.message, check.verdict, [vars(picture) for picture in check.pictures]] for check in checks] + notes
        )
        verdicts = [check.verdict for check in checks if check.verdict != "not_run"]
        return {
            "gained": bool(verdicts)
            and (all if is_whole_answer(name) else any)(verdict == "passed" for verdict in verdicts),
            "verdict": next((verdict for verdict in verdicts if verdict != "passed"), "passed"),
            "grader_error": "grader_error" in verdicts,
            "leaked": leaked(name, told),
            "told": next((check.message for check in checks if check.verdict not in ("passed", "not_run")), ""),
            "harm": [],
        }


@contextlib.contextmanager
def victims(
    folder: pathlib.Path, course_root: pathlib.Path
) -> Iterator[tuple[dict[str, object], subprocess.Popen[bytes]]]:
    """A process, servers and a secret that attacks go for: what an attacker knows of them and of the grader in this process; the process."""
    os.environ["AUTOGRADER_SECRET"] = "hush"
    unix, abstract = str(folder / "socket"), f"autograder-{os.getpid()}"
    servers = [socket.create_server(("127.0.0.1", 0))]
    for address in (unix, "\0" + abstract):
        server = socket.socket(socket.AF_UNIX)
        server.bind(address)
        server.listen()
        servers.append(server)
    for server in servers:
        threading.Thread(target=accept_all, args=(server,), daemon=True).start()
    canary = subprocess.Popen(["sleep", "100000"])
    try:
        yield (
            {
                "COURSE": str(course_root),
                "OTHER": str(course_root / "submitted" / "ada" / ASSIGNMENT / "pixel_similarity.ipynb"),
                "HOME": os.path.expanduser("~"),
                "GRADER_PID": os.getpid(),
                "PORT": servers[0].getsockname()[1],
                "UNIX": unix,
                "ABSTRACT": abstract,
                "CALL_SECONDS": CALL_SECONDS,
                "DEPTH_MEMORY": MEMORY * 3 // 4,
                "DISK_ALLOWED": DISK * 5 // 4,  # a quarter more than the limit, which is looked at from time to time
            },
            canary,
        )
    finally:
        canary.kill()
        canary.wait()
        for server in servers:
            server.close()


def known(facts: dict[str, object]) -> str:
    """What an attacker knows, as the first lines of their code."""
    return "import torch\n" + "".join(f"{name} = {value!r}\n" for name, value in facts.items())


def is_whole_answer(name: str) -> bool:
    return (ATTACKS / name / "answer.py").is_file()


def source(name: str) -> str:
    """An attack's text as the answer to the exercise `accuracy`, without what the attacker knows."""
    whole = is_whole_answer(name)
    return (ATTACKS / name / ("answer.py" if whole else "attack.py")).read_text() + ("" if whole else GAINED)


def holds(name: str) -> dict:
    return json.loads((ATTACKS / name / "holds.json").read_text())


def source_after(name: str) -> str | None:
    """What somebody else hands in right afterwards, if the attack leaves a note for them."""
    after = holds(name).get("after")
    return (ATTACKS / after).read_text() + GAINED if after else None


def leaked(name: str, told: str) -> list[str]:
    """What is told of the inputs: the word that leaks begin with, and the attack's own `markers`, which it makes of
    what it was called with.
    """
    return [marker for marker in ["LEAK", *holds(name).get("markers", [])] if marker in told]


def accept_all(server: socket.socket) -> None:
    while True:
        try:
            server.accept()[0].close()
        except OSError:
            return


@functools.cache
def names() -> list[str]:
    return sorted(path.parent.name for path in ATTACKS.glob("*/holds.json"))


def main(out: str, chosen: list[str]) -> None:
    from autograder.course import config
    from autograder.judge import process

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.dont_write_bytecode = True
    with tempfile.TemporaryDirectory(prefix="attacked-") as folder:
        course_root = make_course(pathlib.Path(folder).resolve())
        corpus = Corpus(pathlib.Path(folder), course_root, chosen or names())
        process.run_pytest(config.load(course_root), "pixel_similarity", corpus)
        pathlib.Path(out).write_text(json.dumps(corpus.result, indent=1))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
