"""The graders against every known answer: each mistake loses marks and is named as itself, each right answer gets everything."""

import json

import pytest
from harness import ROOT, command

from autograder import config, diagnosis, lesson

COURSE = config.load(ROOT)
ASSIGNMENTS = lesson.assignments(COURSE)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_exercise_has_its_wrong_and_right_answers(assignment):
    chosen = lesson.load(COURSE, assignment)
    for task in chosen.tasks:
        kinds = [entry.kind for entry in diagnosis.read_bank(COURSE.mistakes / chosen.notebook, task)]
        assert kinds.count("mistake") >= 5 and kinds.count("right") >= 4, task


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_no_sentence_gives_the_answer_away(assignment):
    chosen = lesson.load(COURSE, assignment)
    for task in chosen.tasks.values():
        lines = {line.strip().removeprefix("return ") for line in task.answer.splitlines() if len(line.strip()) > 25 and "return" in line}
        for entry in diagnosis.read_bank(COURSE.mistakes / chosen.notebook, task.name):
            assert not any(line in entry.says for line in lines), entry.name


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_known_answer_gets_what_it_should(assignment, tmp_path):
    ran = command("bank", assignment, "--jobs", 1, "--json", tmp_path / "rows.json")
    assert ran.code in (0, 1), ran.err
    rows = json.loads((tmp_path / "rows.json").read_text())
    chosen = lesson.load(COURSE, assignment)
    assert {row["exercise"] for row in rows} == set(chosen.tasks)
    assert [row for row in rows if row["kind"] != "right" and not row["lost"]] == []
    assert [row for row in rows if row["kind"] != "right" and row["named"] != row["name"]] == []
    assert [row for row in rows if row["kind"] == "right" and row["lost"]] == []
    assert [row for row in rows if row["fault"]] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# %% mistake: a\ndef f(): pass\n", "needs its sentence"),
        ("# %% right: a\n# says: well\ndef f(): pass\n", "has none"),
        ("# %% wrong: a\n", "nor right but"),
        ("# %% mistake\n", "does not begin with"),
    ],
)
def test_a_bank_that_is_none_is_named(tmp_path, text, words):
    (tmp_path / "f.py").write_text(text)
    with pytest.raises(config.CourseError, match=words):
        diagnosis.read_bank(tmp_path, "f")
