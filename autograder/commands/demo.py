"""`autograder demo`: grade a small example class, with right, untouched, wrong, endless and damaged submissions."""

from __future__ import annotations

import copy
import json
import pathlib
from typing import Annotated, Any

import typer

from autograder.commands.grade import carry_out, local_crew, tell_where
from autograder.commands.shared import CourseOption, JobsOption, default_jobs, err, faults, open_course, out, say
from autograder.course.bank import MISTAKE, read_bank
from autograder.course.config import Course
from autograder.course.lesson import Lesson, without_marks
from autograder.errors import CourseError
from autograder.report.document import Tally

_ENDLESS = "def {name}(*args, **kwargs):\n    while True:\n        pass\n"


def demo(
    folder: Annotated[pathlib.Path, typer.Option(help="Where to create the example class.")] = pathlib.Path("demo"),
    jobs: JobsOption = default_jobs(),
    course: CourseOption = None,
) -> None:
    """Create a small example class, grade it, and write its gradebook and feedback."""
    with faults():
        from autograder import digits
        from autograder.course import lesson
        from autograder.grade import run
        from autograder.read import inbox
        from autograder.report import console
        from autograder.run import isolation

        try:
            work = work_folder(folder)
        except OSError as error:
            raise CourseError(str(error)) from None
        loaded = open_course(course, work=work)
        names = lesson.assignments(loaded)
        chosen = lesson.load(loaded, "02-pixel-similarity" if "02-pixel-similarity" in names else names[0])
        about = make_class(loaded, chosen)
        say(digits.find().sentence, err)
        say(f"a class of {len(about)} in {loaded.submitted}:")
        for student, special in about.items():
            say(f"  {student}: {special}")
        plan = run.plan(loaded, inbox.submitted(loaded, chosen.assignment), again=True)
        tally = Tally()
        carry_out(plan, local_crew(jobs), tally, record=True, where=f"isolation: {isolation.fence().level}")
        out.print(console.class_table(tally.rows, plain=not out.is_terminal))
        tell_where(loaded, out)


def fill_in(course: Course, lesson: Lesson, answers: dict[str, str]) -> dict[str, Any]:
    """The released notebook as JSON, with `answers` (exercise or question id -> source) in its answer cells."""
    notebook: dict[str, Any] = json.loads(
        (course.release / lesson.assignment / f"{lesson.notebook}.ipynb").read_text(encoding="utf-8")
    )
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if grade_id in answers:
            cell["source"] = answers[grade_id]
    return notebook


def right_answers(lesson: Lesson) -> dict[str, str]:
    """The reference answers by exercise or question id, including the questions in words."""
    answers = {exercise.name: exercise.answer for exercise in lesson.exercises.values()}
    for cell in lesson.cells:
        if cell.grade_id in lesson.questions:
            answers[cell.grade_id] = without_marks(cell.source)
    return answers


def make_class(course: Course, lesson: Lesson) -> dict[str, str]:
    """Write the class to `submitted/`. Returns student -> what is special about that submission."""
    right = right_answers(lesson)
    last = list(lesson.exercises)[-1]
    notebooks: dict[str, tuple[str, str]] = {
        "ada": ("every answer right", _text(fill_in(course, lesson, right))),
        "blank": ("nothing written", _text(fill_in(course, lesson, {}))),
        "ellis": ("an endless loop", _text(fill_in(course, lesson, {**right, last: _ENDLESS.format(name=last)}))),
    }
    for exercise in [name for name, asked in lesson.exercises.items() if asked.points]:
        for entry in read_bank(course.mistakes / lesson.notebook, exercise):
            if entry.kind == MISTAKE:
                mistaken = fill_in(course, lesson, {**right, exercise: entry.source})
                notebooks[f"m-{entry.exercise}"] = (entry.name.replace("_", " "), _text(mistaken))
                break
    twice = fill_in(course, lesson, right)
    twice["cells"].append(copy.deepcopy(next(cell for cell in twice["cells"] if _grade_id(cell) == last)))
    notebooks["twice"] = ("an answer cell copied", _text(twice))
    notebooks["zed"] = ("a file cut off in the middle", notebooks["ada"][1][: len(notebooks["ada"][1]) // 2])
    for student, (_, text) in notebooks.items():
        path = course.submitted / student / lesson.assignment / f"{lesson.notebook}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return {student: about for student, (about, _) in notebooks.items()}


def _grade_id(cell: dict[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def _text(notebook: dict[str, Any]) -> str:
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def work_folder(path: pathlib.Path) -> pathlib.Path:
    """Create the demo's folder, or reuse one from an earlier demo. Raises FileExistsError for any other folder."""
    # the demo overwrites submissions and gradebook, so it must not run in a real course's folder
    marker = path / ".autograder-demo"
    if path.exists() and any(path.iterdir()) and not marker.exists():
        raise FileExistsError(
            f"{path} already exists and was not created by `autograder demo`: name another folder with --folder"
        )
    path.mkdir(parents=True, exist_ok=True)
    marker.touch()
    return path
