"""The marks and pages of every answer of the bank and of the example class, to compare two versions of the engine.

    python -m benchmarks.outcomes OUT.json [--jobs N]     grade them all with this version
    python -m benchmarks.outcomes ONE.json OTHER.json     exit 1 and name what differs: sentences too

With `--marks`, only scores, verdicts and the names of checks are compared: for a change that touches words alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
from typing import Any

from autograder.commands import demo
from autograder.course import config, lesson
from autograder.course.bank import read_bank
from tests.support import example_class
from tests.support.canonical import canonical, outline

ROOT = pathlib.Path(__file__).parents[1]


def hand_in_bank(course: config.Course, chosen: lesson.Lesson) -> int:
    """One student for each entry of the lesson's bank: the entry, and the reference's answers to the other exercises."""
    right = demo.right_answers(chosen)
    count = 0
    for exercise in chosen.exercises:
        for entry in read_bank(course.mistakes / chosen.notebook, exercise):
            folder = course.submitted / f"{exercise}-{entry.kind}-{entry.name}" / chosen.assignment
            folder.mkdir(parents=True)
            answers = {**right, exercise: entry.source}
            (folder / f"{chosen.notebook}.ipynb").write_text(json.dumps(demo.fill_in(course, chosen, answers)))
            count += 1
    return count


def page_of(course: config.Course, entry: dict[str, Any]) -> str:
    """SHA-256 (hex) of the student's page; "" where there is none."""
    pages = sorted((course.work / "feedback" / entry["student"] / entry["assignment"]).glob("*.html"))
    return hashlib.sha256(b"".join(page.read_bytes() for page in pages)).hexdigest() if pages else ""


def grade_all(jobs: int) -> dict[str, Any]:
    """The canonical `--json` documents of all lessons in one, by their submissions' order."""
    submissions: list[dict[str, Any]] = []
    real = config.load(ROOT)
    for assignment in lesson.assignments(real):
        with tempfile.TemporaryDirectory() as place:
            root = example_class.write_course(pathlib.Path(place, "course"), ROOT, [assignment])
            course = config.load(root)
            chosen = lesson.load(course, assignment)
            count = hand_in_bank(course, chosen) + len(example_class.hand_in_all(course, chosen))
            out = pathlib.Path(place, "out.json")
            line = ["grade", assignment, "--course", str(root), "--json", str(out), "--jobs", str(jobs)]
            done = subprocess.run([sys.executable, "-m", "autograder", *line], cwd=ROOT, stdout=subprocess.DEVNULL)
            found = json.loads(out.read_text())["submissions"] if done.returncode in (0, 1) else []
            if len(found) != count:
                sys.exit(f"{assignment}: {len(found)} of {count} submissions were graded")
            print(f"{assignment}: {count} submissions", file=sys.stderr)
            submissions += [{**entry, "page": page_of(course, entry)} for entry in found]
    return dict(canonical({"submissions": submissions}))


def differences(one: dict[str, Any], other: dict[str, Any], marks: bool) -> list[str]:
    """The submissions that differ, or that only one of the documents has."""
    left, right = (
        outline(document)
        if marks
        else {f"{entry['assignment']}/{entry['student']}": entry for entry in document["submissions"]}
        for document in (one, other)
    )
    return [name for name in sorted(left.keys() | right.keys()) if left.get(name) != right.get(name)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--marks", action="store_true")
    options = parser.parse_args()
    if len(options.files) == 1:
        options.files[0].write_text(json.dumps(grade_all(options.jobs), indent=1, sort_keys=True) + "\n")
        return 0
    if len(options.files) > 2:
        parser.error("one file to write, or two to compare")
    one, other = (json.loads(file.read_text()) for file in options.files)
    differ = differences(one, other, options.marks)
    print(f"{len(differ)} of {len(one['submissions'])} submissions differ", *differ, sep="\n")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
