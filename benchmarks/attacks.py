"""The attack corpus of tests/attacks/ through this engine, through plain `nbgrader autograde` and through otter-grader, side by side.

All three get the same text, with the same facts, in a course with the same victims. The two others have no wall of their own on an instructor's
machine, so they run in a box (`outer_box.py`) that holds everything an attack may want, and from which nothing gets out. Attackers are students
of a class of which somebody honest is graded last, in the same run; where a run with several of them is not as an honest one, each runs alone.

    python -m benchmarks.attacks [--otter PYTHON] [--sample N] [--classes CLASS ...] [--only engine nbgrader otter] [--results FOLDER] [--write]

`--otter`: the interpreter of an environment with otter-grader and torch; without it otter is left out, and the command says so. Results are kept
after every run, and what is kept isn't run again; `--write` makes the table of docs/security.md of what is kept, and the
README's sentence on what was tried and how much of it succeeded, by the corpus and by people (`attack_table.red_team`).
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import pathlib
import platform
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable

from benchmarks import attack_table, outer_box
from benchmarks.attack_judgement import HUNG, applies, of_engine, outcomes, succeeded
from benchmarks.plain_course import ASSIGNMENT, ROOT, environment, fill, make_plain_course, plain_checks
from tests.support import attack_corpus, attack_runs

EXERCISE = "accuracy"
NOTEBOOK = "pixel_similarity.ipynb"
SECONDS = 60.0  # for each submission of a run; nbgrader's own limit is 30 for a cell
BATCH = 5
COURSE = outer_box.HOME / "course"  # as it is called in the box
OTTER_TESTS = """OK_FORMAT = False
from otter.test_files import test_case

name = "accuracy"
points = 2


@test_case(points=2, hidden=True)
def hidden_checks(env):
    exec({checks!r}, dict(env))
"""


def ends_runs(name: str) -> bool:
    """Whether the corpus expects an attack to need a time limit or a dead process: such a one goes into a run of its own at once."""
    holds = attack_corpus.holds(name)
    return bool({"timeout", "killed"} & {holds["verdict"], *holds.get("verdicts", [])})


def classes() -> dict[str, list[str]]:
    """Class of attacks -> their names, in the order in which a sample takes them."""
    found: dict[str, list[str]] = {}
    for name in attack_corpus.names():
        found.setdefault(attack_corpus.holds(name)["class"], []).append(name)
    for names in found.values():
        random.Random(7).shuffle(names)
    return dict(sorted(found.items()))


def answers_of_class(names: list[str], right: str) -> dict[str, str]:
    """Student -> answer: the attackers (or one more honest student, for a run to compare with), whoever uses their notes, and zoe, who is honest
    and comes last."""
    answers = {} if names else {"eve-0": right}
    for number, name in enumerate(names):
        answers[f"eve-{number}"] = attack_corpus.source(name)
        if after := attack_corpus.source_after(name):
            answers[f"eve-{number}_later"] = after  # nbgrader sorts by path, in which "_" comes after "/"
    return {**answers, "zoe": right}


class Peer:
    """A grader made ready for runs in the box: a course in which ada has her marks, and what an honest class leaves behind."""

    name: str

    def __init__(self, folder: pathlib.Path, python: str) -> None:
        from autograder.commands import demo
        from autograder.course import config, lesson

        self.folder, self.python = folder, python
        course = config.load(ROOT)
        chosen = lesson.load(course, ASSIGNMENT)
        self.right = demo.right_answers(chosen)[EXERCISE]
        self.checks = plain_checks(course, chosen)[EXERCISE]
        self.course = attack_corpus.make_course(folder)
        (self.course / "gradebook.db").unlink()
        make_plain_course(course, chosen, self.course, EXERCISE)
        self.trusted([sys.executable, "-m", "nbgrader", "generate_assignment", ASSIGNMENT, "--force"])
        self.package = pathlib.Path(self.told("import importlib.util as u; print(u.find_spec('torch').origin)"))
        fill(self.course, "ada", self.course / "release" / ASSIGNMENT / NOTEBOOK, {EXERCISE: self.right})
        self.prepare()
        self.quiet = self.run([])
        if not self.quiet["marks"].get("zoe") or self.quiet["ended"] != 0:
            sys.exit(f"{self.name}: an honest class has no marks, so nothing can be measured:\n{self.quiet['log']}")

    def prepare(self) -> None:
        """Mark ada, as in an earlier week."""
        raise NotImplementedError

    def commands(self, students: list[str], feedback: bool) -> list[list[str]]:
        """The run, and what is run after it to make the pages that students get."""
        raise NotImplementedError

    def version(self) -> str:
        raise NotImplementedError

    def told(self, code: str) -> str:
        return subprocess.run([self.python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    def trusted(self, line: list[str]) -> None:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        done = subprocess.run(
            line, cwd=self.course, env={**environment(self.course), "HOME": str(home)}, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(f"{' '.join(line)} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")

    def run(self, names: list[str]) -> dict:
        """What is to be seen after a class with these attackers in it."""
        answers = answers_of_class(names, self.right)
        feedback = not names or any(attack_corpus.holds(name)["class"] == "leaking" for name in names)
        return in_box(
            {
                "course": str(self.course), "answers": answers, "commands": self.commands(list(answers), feedback),
                "package": str(self.package), "seconds": SECONDS * len(answers),
            },
            self.python,
        )  # fmt: skip


class Nbgrader(Peer):
    name = "nbgrader"

    def prepare(self) -> None:
        self.trusted([self.python, "-m", "nbgrader", "autograde", ASSIGNMENT])

    def commands(self, students: list[str], feedback: bool) -> list[list[str]]:
        nbgrader = [self.python, "-m", "nbgrader"]
        return [
            [*nbgrader, "autograde", ASSIGNMENT],
            *([[*nbgrader, "generate_feedback", ASSIGNMENT]] if feedback else []),
        ]

    def version(self) -> str:
        return "nbgrader " + self.told("import importlib.metadata as m; print(m.version('nbgrader'))")


class Otter(Peer):
    name = "otter"

    def prepare(self) -> None:
        tests = self.folder / "tests"
        tests.mkdir()
        (tests / f"{EXERCISE}.py").write_text(OTTER_TESTS.format(checks=self.checks))
        generate = [self.python, "-m", "otter", "generate", "--no-requirements", "--no-environment"]
        self.trusted([*generate, "-t", str(tests), "-o", str(self.course / "autograder.zip")])
        self.trusted([self.python, str(ROOT / "benchmarks" / "otter_class.py"), ".", f"{ASSIGNMENT}/{NOTEBOOK}", "ada"])

    def commands(self, students: list[str], feedback: bool) -> list[list[str]]:
        return [
            [
                self.python,
                str(ROOT / "benchmarks" / "otter_class.py"),
                str(COURSE),
                f"{ASSIGNMENT}/{NOTEBOOK}",
                *students,
            ]
        ]

    def version(self) -> str:
        return "otter-grader " + self.told("import importlib.metadata as m; print(m.version('otter-grader'))")


def in_box(job: dict, python: str) -> dict:
    """Run a job of `boxed_class.py` in a box of its own, with this interpreter's packages to be found there; the file `job["package"]` is a
    copy that may be written, as an instructor's own packages may."""
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder:
        package = pathlib.Path(folder) / "package.py"
        shutil.copy2(job["package"], package)
        shutil.copytree(job["course"], pathlib.Path(folder) / "course", symlinks=True)
        for path in (pathlib.Path(folder), *pathlib.Path(folder).rglob("*")):
            os.chown(path, outer_box.user(), -1)
        pythons = outer_box.python_folders(sys.executable, python)
        readable = [*pythons, ROOT / "autograder", ROOT / "benchmarks", pathlib.Path(folder) / "course"]
        readable += [ROOT / "tests" / name for name in ("__init__.py", "engine", "support")]
        # The grammar of international addresses takes 5 s to build; who checks a notebook's format asks for it if it is there.
        slow = [path for base in pythons for path in base.glob("lib/python*/site-packages/rfc3987_syntax")]
        line = outer_box.command(readable, {pathlib.Path(job["package"]): package}, slow)
        variables = {
            "HOME": str(outer_box.HOME), "PATH": f"{pathlib.Path(python).parent}:/usr/bin:/bin", "PYTHONPATH": f"{ROOT}:{COURSE}",
            "OMP_NUM_THREADS": "1", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        line += [sys.executable, "-m", "benchmarks.boxed_class"]
        alive, end = os.pipe()  # closed by the kernel if this process dies, and the box ends by it
        try:
            sent = json.dumps({**job, "course": str(pathlib.Path(folder) / "course"), "alive": alive})
            limit = job["seconds"] * len(job["commands"]) + 300
            done = subprocess.run(
                line, input=sent, env=variables, capture_output=True, text=True, timeout=limit, pass_fds=[alive]
            )
        finally:
            os.close(alive)
            os.close(end)
    try:
        return json.loads(done.stdout)
    except ValueError:
        sys.exit(f"the box told nothing (status {done.returncode}):\n{done.stderr[-3000:]}")


def through_peer(peer: Peer, wanted: dict[str, list[str]], kept: dict[str, dict], save: Callable[[], None]) -> None:
    """Judge the attacks that are not kept yet, some of each class at a time, so that a run that is cut off has a sample of all. Several go into
    one run as long as such runs of their class are as an honest one."""
    alone: set[str] = set()
    for start in range(0, max(map(len, wanted.values())), BATCH):
        for kind, names in wanted.items():
            todo = [name for name in names[start : start + BATCH] if name not in kept and applies(name, peer.name)]
            todo.sort(key=ends_runs)
            while todo:
                batch = [name for name in todo if not ends_runs(name)] if kind not in alone else []
                batch = batch or todo[:1]
                seen = peer.run(batch)
                found = outcomes(batch, seen, peer.quiet)
                if len(batch) > 1 and any(outcome["harm"] or outcome["broke"] for outcome in found.values()):
                    alone.add(kind)
                    continue
                perhaps_slow = seen["ended"] in (0, 1, HUNG) and not ends_runs(batch[0])
                if (
                    found[batch[0]]["broke"] and perhaps_slow
                ):  # a busy machine could be the reason, so it counts if it happens twice
                    found = outcomes(batch, peer.run(batch), peer.quiet)
                kept |= found
                del todo[: len(batch)]
                save()
                told = ", ".join(name for name in batch if succeeded(found[name])) or "none"
                print(
                    f"{peer.name}, {kind}: {len(batch)} in {found[batch[0]]['seconds']:.0f} s, of which succeeded: {told}",
                    flush=True,
                )


def through_engine(folder: pathlib.Path) -> dict[str, object]:
    """The corpus's own run, as an ordinary user."""
    result = attack_runs.carried_out(folder, {"user": attack_runs.NOBODY} if os.getuid() == 0 else {})
    return {
        "version": f"level {result['level']}",
        "attacks": {name: of_engine(outcome) for name, outcome in result["attacks"].items()},
    }


def machine() -> dict[str, object]:
    import torch

    bubblewrap = subprocess.run(["bwrap", "--version"], capture_output=True, text=True).stdout.strip()
    return {
        "cores": len(os.sched_getaffinity(0)), "python": platform.python_version(), "torch": str(torch.__version__),
        "kernel": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}", "bubblewrap": bubblewrap,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--otter", metavar="PYTHON", help="interpreter of an environment with otter-grader and torch")
    parser.add_argument(
        "--sample",
        type=int,
        metavar="N",
        help="N attacks of each class for nbgrader and otter; a larger N adds to these",
    )
    parser.add_argument(
        "--classes", choices=attack_table.CLASSES, nargs="+", metavar="CLASS", help="these classes of attacks alone"
    )
    parser.add_argument(
        "--only",
        choices=attack_table.TOOLS,
        nargs="*",
        default=list(attack_table.TOOLS),
        help="nothing: the table alone",
    )
    parser.add_argument(
        "--results", type=pathlib.Path, default=attack_table.RESULTS, help="folder with a file for each of the three"
    )
    parser.add_argument(
        "--write", action="store_true", help="put the table into docs/security.md and the sentence into README.md"
    )
    options = parser.parse_args()
    if "otter" in options.only and not options.otter:
        print("otter is left out: say with --otter which interpreter has it")
    if options.only and (why := outer_box.available()):
        sys.exit(why)
    options.results.mkdir(exist_ok=True)
    wanted = {
        kind: names[: options.sample]
        for kind, names in classes().items()
        if kind in (options.classes or attack_table.CLASSES)
    }
    for tool in options.only:
        file = options.results / f"{tool}.json"
        results = json.loads(file.read_text()) if file.is_file() else {"attacks": {}}

        def save(results: dict = results, file: pathlib.Path = file) -> None:
            results |= {"date": datetime.date.today().isoformat(), "machine": machine()}
            file.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")

        with tempfile.TemporaryDirectory(prefix="attacks-") as folder:
            if tool == "engine":
                if set(attack_corpus.names()) - set(results["attacks"]):
                    results |= through_engine(pathlib.Path(folder).resolve())
                    save()
            elif tool == "nbgrader" or options.otter:
                peer = (
                    Nbgrader(pathlib.Path(folder), sys.executable)
                    if tool == "nbgrader"
                    else Otter(pathlib.Path(folder), options.otter)
                )
                results["version"] = peer.version()
                through_peer(peer, wanted, results["attacks"], save)
    results = attack_table.read(options.results)
    print(attack_table.text(results))
    print(attack_table.budget(results) if "engine" in results else "this engine has not been tried")
    if options.write:
        attack_table.write(results)


if __name__ == "__main__":
    main()
