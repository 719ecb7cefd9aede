"""The cluster, with a real scheduler and real workers: the same marks, and what a killed worker was grading is not lost."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys

import pytest

from autograder.commands import demo
from autograder.course import config
from autograder.errors import CourseError
from autograder.grade import cluster as crew
from autograder.read.submission import Job
from autograder.results import DIED
from tests.support.canonical import canonical
from tests.support.harness import ASSIGNMENT, ROOT, command, hand_in

distributed = pytest.importorskip("distributed", reason="the extra [cluster] is not installed")

SLOW = """
def accuracy(predictions, targets):
    import time
    start = time.process_time()
    while time.process_time() < start + 1:
        pass
    return (predictions == targets).float().mean()
"""


def ended(process: subprocess.Popen) -> bool:
    """Whether a process has ended, after a moment in which it could."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(0.05)
    return process.returncode is not None


class Cluster:
    """A scheduler with workers, each a process of its own, and a client that looks at them from outside."""

    def __init__(self, folder: pathlib.Path, stack: contextlib.ExitStack) -> None:
        self.folder, self.stack = folder, stack
        self.pids: dict[str, int] = {}
        self.killed: set[str] = set()
        file = folder / "scheduler.json"
        scheduler = self._start(
            "distributed.cli.dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            0,
            "--no-dashboard",
            "--scheduler-file",
            file,
        )
        while not file.exists() or not file.read_text().strip():
            assert not ended(scheduler), "the scheduler did not start"
        self.address = json.loads(file.read_text())["address"]
        self.client = stack.enter_context(distributed.Client(self.address, set_as_default=False))

    def _start(self, module: str, *arguments: object) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return process

    def add_worker(self) -> None:
        worker = self._start(
            "distributed.cli.dask_worker",
            self.address,
            "--no-nanny",
            "--nthreads",
            1,
            "--no-dashboard",
            "--host",
            "127.0.0.1",
        )
        while not (new := self.client.nthreads().keys() - self.pids.keys()):
            assert not ended(worker), "the worker did not start"
        self.pids[new.pop()] = worker.pid

    def kill_the_one_with(self, student: str, grading: subprocess.Popen) -> None:
        """Kill the worker that grades this student's notebook, as soon as one does."""
        while not ended(grading):
            for address, keys in self.client.processing().items():
                mine = any(key.startswith("grade-") and key.endswith(f"-{student}") for key in keys)
                if mine and address not in self.killed:  # the scheduler may not know yet that the last one is dead
                    os.kill(self.pids[address], signal.SIGKILL)
                    self.killed.add(address)
                    return
        raise AssertionError(f"the run ended before {student} was graded: {grading.stderr.read()}")


@pytest.fixture
def cluster(tmp_path):
    with contextlib.ExitStack() as stack:
        yield Cluster(tmp_path, stack)


@pytest.fixture
def class_of_six(small_course, course, pixel_lesson):
    right = demo.right_answers(pixel_lesson)
    wrong = "def accuracy(predictions, targets):\n    return (predictions == targets).float().sum()\n"
    for number in range(4):
        answers = right if number % 2 else {**right, "accuracy": wrong}
        hand_in(small_course, f"s{number}", json.dumps(demo.fill_in(course, pixel_lesson, answers)))
    hand_in(small_course, "slow", json.dumps(demo.fill_in(course, pixel_lesson, {**right, "accuracy": SLOW})))
    hand_in(small_course, "zed", "no notebook")
    return small_course


def grading(root: pathlib.Path, cluster: Cluster, out: pathlib.Path) -> subprocess.Popen:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "autograder",
            "grade",
            "--cluster",
            cluster.address,
            "--course",
            str(root),
            "--json",
            str(out),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )


def told(document: dict) -> dict:
    """Student -> everything in the results except the time."""
    return {entry["student"]: entry for entry in canonical(document)["submissions"]}


def test_what_a_worker_grades_comes_back(cluster, small_course, course, pixel_lesson):
    right = demo.right_answers(pixel_lesson)
    wrong = "def accuracy(predictions, targets):\n    return (predictions == targets).float().sum()\n"
    answers = {"ada": right, "bob": {**right, "accuracy": wrong}}
    paths = {
        name: hand_in(small_course, name, json.dumps(demo.fill_in(course, pixel_lesson, answers[name])))
        for name in answers
    }
    cluster.add_worker()
    jobs = [Job(name, ASSIGNMENT, path) for name, path in paths.items()]
    found = {
        graded[1].student: graded[1]
        for graded in crew.Cluster(cluster.address).grade_all(config.load(small_course), jobs)
        if graded is not None
    }
    assert found["ada"].score == found["ada"].max_score > 0
    assert [one.id for one in found["bob"].exercises if one.score < one.max_score] == ["accuracy"]


@pytest.mark.slow
def test_a_worker_killed_in_mid_run_costs_nothing(cluster, class_of_six, tmp_path):
    cluster.add_worker()
    cluster.add_worker()
    process = grading(class_of_six, cluster, tmp_path / "cluster.json")
    cluster.kill_the_one_with("slow", process)
    errors = process.communicate()[1]
    assert process.returncode == 1, errors  # zed is held
    found = told(json.loads((tmp_path / "cluster.json").read_text()))
    alone = command("grade", "--again", "--course", class_of_six, "--json", tmp_path / "alone.json")
    assert found == told(alone.document) and found["slow"]["score"] == found["slow"]["max_score"] > 0
    assert (
        len(list((class_of_six / "reports" / ASSIGNMENT).glob("*.previous.json"))) == 6
    )  # both ways wrote the same class's records


@pytest.mark.proof
def test_a_submission_over_which_two_workers_die_is_held(cluster, class_of_six, tmp_path):
    cluster.add_worker()
    cluster.add_worker()
    process = grading(class_of_six, cluster, tmp_path / "out.json")
    cluster.kill_the_one_with("slow", process)
    cluster.kill_the_one_with("slow", process)
    cluster.add_worker()  # for what the two have left
    errors = process.communicate()[1]
    assert process.returncode == 1, errors
    found = told(json.loads((tmp_path / "out.json").read_text()))
    assert len(found) == 6 and found["slow"]["status"] == "held" and found["slow"]["reason"] == DIED
    assert all(found[f"s{number}"]["score"] > 0 for number in range(4))


@pytest.mark.slow
def test_another_course_on_a_worker_is_refused(cluster, class_of_six, monkeypatch):
    cluster.add_worker()
    course = config.load(class_of_six)
    monkeypatch.setattr(crew, "_state", lambda *_: "another")
    job = Job("s0", ASSIGNMENT, class_of_six / "submitted" / "s0" / ASSIGNMENT / "pixel_similarity.ipynb")
    with pytest.raises(CourseError, match="another course, engine or torch"):
        list(crew.Cluster(cluster.address).grade_all(course, [job]))


@pytest.mark.slow
def test_no_scheduler_is_one_clear_line(class_of_six):
    ran = command("grade", "--cluster", "tcp://127.0.0.1:9", "--course", class_of_six)
    assert ran.code == 2 and "no Dask scheduler answers at tcp://127.0.0.1:9" in ran.err and "Traceback" not in ran.err
