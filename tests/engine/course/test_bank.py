"""The graders against every known answer: each mistake loses marks and is named as itself, each right answer gets everything.

The fast tier tries one lesson's bank, the slow tier the others'.
"""

import html
import json
import re

import pytest

from autograder.course import config, lesson
from autograder.course.bank import read_bank
from autograder.grade import pool
from autograder.report import student_page
from autograder.results import Check, ExerciseResult, Report
from autograder.run.messages import UNSAID
from tests.support.harness import ROOT, command

COURSE = config.load(ROOT)
ASSIGNMENTS = lesson.assignments(COURSE)
QUICKEST = "06-all-digits"


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_exercise_has_its_wrong_and_right_answers(assignment):
    chosen = lesson.load(COURSE, assignment)
    for task in chosen.exercises:
        kinds = [entry.kind for entry in read_bank(COURSE.mistakes / chosen.notebook, task)]
        assert kinds.count("mistake") >= 5 and kinds.count("right") >= 4, task


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_no_sentence_gives_the_answer_away(assignment):
    chosen = lesson.load(COURSE, assignment)
    for task in chosen.exercises.values():
        lines = {
            line.strip().removeprefix("return ")
            for line in task.answer.splitlines()
            if len(line.strip()) > 25 and "return" in line
        }
        for entry in read_bank(COURSE.mistakes / chosen.notebook, task.name):
            assert not any(line in entry.says for line in lines), entry.name


@pytest.mark.parametrize(
    "assignment", [pytest.param(name, marks=[] if name == QUICKEST else pytest.mark.slow) for name in ASSIGNMENTS]
)
def test_every_known_answer_gets_what_it_should(assignment, tmp_path):
    ran = command("bank", assignment, "--jobs", 1, "--json", tmp_path / "rows.json")
    assert ran.code in (0, 1), ran.err
    rows = json.loads((tmp_path / "rows.json").read_text())
    chosen = lesson.load(COURSE, assignment)
    assert {row["exercise"] for row in rows} == set(chosen.exercises)
    assert [row for row in rows if row["kind"] != "right" and not row["lost"]] == []
    assert [row for row in rows if row["kind"] != "right" and row["named"] != row["name"]] == []
    assert [row for row in rows if row["kind"] == "right" and row["lost"]] == []
    assert [row for row in rows if row["fault"]] == []
    assert leaks(chosen, rows) == []
    # an exception's message that the bank meets is told: a new one belongs into run/messages.txt, or gets an exception here
    told = [(row["exercise"], row["name"], check["message"]) for row in rows for check in row["told"]]
    assert [hidden for hidden in told if UNSAID in hidden[-1]] == []
    assert [number for row in told if (number := telling(chosen, *row))] == []


@pytest.mark.proof
@pytest.mark.parametrize("assignment", [name for name in ASSIGNMENTS if not lesson.load(COURSE, name).is_heavy])
def test_a_worker_that_has_imported_fastai_judges_as_one_that_has_not(assignment):
    exercises = list(lesson.load(COURSE, assignment).exercises)
    without, having = (pool.prove(COURSE, assignment, exercises, 1, heavy) for heavy in (False, True))
    assert without == having and any(row["lost"] for row in having)


def secrets(chosen: lesson.Lesson) -> set[str]:
    """Lines of the answer key, lines of the hidden graders, and the numbers that they are fed with; not what students are shown anyway."""
    key = [task.answer for task in chosen.exercises.values()]
    graders = (COURSE.graders / f"test_{chosen.notebook}.py").read_text()
    shown = " ".join(" ".join(cell.source.split()) for cell in chosen.release)
    lines = {" ".join(line.split()) for text in (*key, graders) for line in text.splitlines()}
    code = {
        line for line in lines if len(line) > 25 and re.search(r"[=(\[]", line) and not line.startswith(("#", '"""'))
    }
    inputs = {" ".join(found.split()) for found in re.findall(r"\[[-\d., ]{8,}\]", graders)}
    return {secret for secret in code | inputs if secret not in shown}


def leaks(chosen: lesson.Lesson, rows: list[dict]) -> list[tuple[str, str]]:
    """(secret, whose page): the pages of all the bank's answers, less the students' own cells, searched for what is hidden.

    An error's message quotes the line of the submission that it came from: such a quotation is left out where it is one. The submission
    is the answer in question amid the answer key's for the other exercises.
    """
    found = []
    hidden = secrets(chosen)
    assert len(hidden) > 30
    answers = {
        (entry.exercise, entry.name): entry.source
        for task in chosen.exercises
        for entry in read_bank(COURSE.mistakes / chosen.notebook, task)
    }
    for row in rows:
        checks = [Check(str(i), one["verdict"], one["message"], one["sentence"]) for i, one in enumerate(row["told"])]
        says = row["says"] if row["named"] else ""
        exercise = ExerciseResult(row["exercise"], 2.0, checks, diagnosis=says)
        hints = {name: task.hints for name, task in chosen.exercises.items()}
        page = student_page.page(
            Report(row["name"], chosen.assignment, chosen.notebook, exercises=[exercise]), hints=hints
        )
        page = re.sub(r"</?code>", "`", page)  # as quotations are written
        text = " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())
        assert checks[0].sentence in text  # the page is really there
        others = [task.answer for task in chosen.exercises.values() if task.name != row["exercise"]]
        text = unquoted(text, "\n".join([answers.get((row["exercise"], row["name"]), ""), *others]))
        found += [(secret, f"{row['exercise']} {row['name']}") for secret in hidden if secret in text]
    return found


def unquoted(text: str, submission: str) -> str:
    """A page's text without the quotations of whole lines of the submission."""
    lines = {" ".join(line.split()) for line in submission.splitlines()}
    return re.sub(r"(\(line \d+\): )`([^`]*)`", lambda quote: quote[1] if quote[2] in lines else quote[0], text)


def telling(chosen: lesson.Lesson, exercise: str, name: str, message: str) -> list[str]:
    """The numbers in a message that could be values: fractions, and whole numbers that no check has a size of. Lines of the
    submission that it quotes don't count.
    """
    bank = read_bank(COURSE.mistakes / chosen.notebook, exercise)
    text = unquoted(message, "\n".join(entry.source for entry in bank if entry.name == name))
    return [number for number in re.findall(r"\d+(?:\.\d+)?", text) if "." in number or int(number) > 10**7]


def test_the_search_for_leaks_finds_one():
    chosen = lesson.load(COURSE, ASSIGNMENTS[1])
    secret = max(secrets(chosen), key=len)
    row = {
        "exercise": "accuracy",
        "name": "x",
        "named": "",
        "says": "",
        "told": [{"sentence": "S.", "verdict": "failed", "message": secret}],
    }
    assert (secret, "accuracy x") in leaks(chosen, [row])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# %% mistake: a\ndef f(): pass\n", "needs a sentence"),
        ("# %% right: a\n# says: well\ndef f(): pass\n", "must not have one"),
        ("# %% wrong: a\n", "must be a mistake, a device mistake or right"),
        ("# %% mistake\n", "does not begin with"),
    ],
)
def test_a_bank_that_is_none_is_named(tmp_path, text, words):
    (tmp_path / "f.py").write_text(text)
    with pytest.raises(config.CourseError, match=words):
        read_bank(tmp_path, "f")
