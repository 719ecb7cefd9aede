"""What is made of reports: feedback, the class page, exports, Gradescope, similar answers. Every text of a student is hostile."""

import csv
import io
import json
import os
import re
import stat
import subprocess
import sys
import zipfile

import pytest
from rich.console import Console

from autograder.commands import demo
from autograder.course import config, lesson, scaffold
from autograder.errors import CourseError
from autograder.read import inbox
from autograder.report import class_page, console, document, exports, gradescope, similar, student_page
from autograder.results import CURVE, TABLE, CellMarks, Check, ExerciseResult, Marks, Picture, Report
from tests.support.harness import ASSIGNMENT, ROOT, command

EVIL = "<script>alert(1)</script>\"'{{7*7}}</style>"


def report(student="ada", share=1.0, second=1.0, **more) -> Report:
    def exercise(name: str, part: float, **fields) -> ExerciseResult:
        checks = [
            Check("one", "passed", "", "Does one thing.", part),
            Check("two", "failed", "its shape is ()", "Does another.", 1 - part),
        ]
        return ExerciseResult(name, 4.0, [check for check in checks if check.weight > 0], **fields)

    return Report(
        student,
        ASSIGNMENT,
        "pixel_similarity",
        exercises=[exercise("first", share), exercise("second", second)],
        **more,
    )


def book(student="ada", **more) -> Marks:
    cells = {"test_first": CellMarks(3.0, 4.0), "test_second": CellMarks(2.5, 4.0, by_hand=True, extra_credit=0.5)}
    fields = {"name": "", "email": "", "cells": cells, "comments": {}, **more}
    return Marks(student, **fields)


# ---------------------------------------------------------------- feedback


def test_a_page_escapes_every_text_of_a_student():
    one = report(EVIL, 0.5, notes=[EVIL], not_checked=[EVIL], written={EVIL: True})
    one.exercises[0].source, one.exercises[0].diagnosis, one.exercises[0].checks[0].message = EVIL, EVIL, EVIL
    one.exercises[1].checks[0].pictures = [
        Picture(EVIL, 1, 1, [0.5]),
        Picture(EVIL, 2, 2, [1.0] * 4, CURVE),
        Picture(EVIL, 1, 1, [3.0], TABLE),
    ]
    page = student_page.page(one, book(comments={"first": EVIL, EVIL: EVIL}), {"first": [EVIL]})
    assert (
        "<script" not in page
        and "alert(1)" in page
        and page.count("</style>") == 1
        and "49" not in page.split("</style>")[1]
    )
    assert "default-src 'none'" in page and not re.search(r"(src|href)=\"(?!data:|#)", page)


def test_a_page_shows_what_a_person_gave_and_what_to_try_next():
    one = report(share=0.5, second=0.25)
    one.exercises[1].diagnosis = "The axes are the wrong way round."
    page = student_page.page(
        one, book(comments={"second": "Nearly."}, penalty=1.0, seconds_late=9e4), {"first": ["Which axis?"]}
    )
    assert "Marked by a person: 2 of 4" in page and "Extra credit: 0.5" in page and "Nearly." in page
    assert (
        "<strong>4.5</strong> of 8 points" in page and "1 points were taken off because it was handed in late" in page
    )
    steps = page.split("What to try next")[1].split("</section>")[0]
    assert "The axes are the wrong way round." in steps and "Does another." in steps
    assert page.count("Which axis?") == 1


def test_code_in_a_sentence_is_shown_as_code():
    one = report(share=0.5)
    one.exercises[0].diagnosis = "`mean` does not take whole numbers."
    one.exercises[0].checks[1].message = f"ValueError (line 2): `return {EVIL} * a * b`"
    hints = {"first": ["The *length* of `t.shape`, or `a * b * c`; 2 * 3 * 4 stays."]}
    page = student_page.page(one, hints=hints)
    assert "`" not in page
    assert page.count("<code>mean</code> does not take whole numbers.") == 2, "the exercise, and what to try next"
    assert "<code>return &lt;script&gt;alert(1)" in page and "<script" not in page
    assert "The <em>length</em> of <code>t.shape</code>, or <code>a * b * c</code>; 2 * 3 * 4 stays." in page


def test_a_hidden_character_in_a_sentence_is_still_shown():
    one = report(share=0.5)
    one.exercises[0].checks[1].message = "`a\u202eb` is not defined"
    assert "<code>a&lt;U+202E&gt;b</code>" in student_page.page(one)


def test_a_page_for_everything_right_asks_for_nothing():
    page = student_page.page(report())
    assert "What to try next" not in page and "Every check of every exercise is right" in page


def test_a_curve_stays_in_its_box():
    lines = student_page.curve(Picture("losses", 2, 3, [1.0, -5.0, 1e9, 3.0, 2.0, 1.0], CURVE), 100, 50)
    numbers = [float(number) for line in lines for number in re.split("[ ,]", line)]
    assert all(0 <= number <= 100 for number in numbers) and len(numbers) == 12


# ---------------------------------------------------------------- the class


def test_item_statistics_by_hand():
    """Three students; first: 4, 2, 0 of 4 points; second: 4, 4, 0. Pearson of (4, 2, 0) and (4, 4, 0) is 0.866."""
    first, second = class_page.items([report("a", 1.0, 1.0), report("b", 0.5, 1.0), report("c", 0.0, 0.0)])
    assert (first.difficulty, second.difficulty) == (0.5, pytest.approx(2 / 3))
    assert first.discrimination == second.discrimination == pytest.approx(0.8660, abs=1e-4)
    assert first.full == pytest.approx(1 / 3)


def test_a_point_biserial_by_its_own_formula():
    """(M1 - M0) / s * sqrt(p q), with s the population's standard deviation, for an item that is right or wrong."""
    rest = [3.0, 1.0, 4.0, 2.0, 0.0]
    right = [1, 0, 1, 1, 0]
    ones = [r for r, i in zip(rest, right) if i]
    zeros = [r for r, i in zip(rest, right) if not i]
    mean = sum(rest) / 5
    deviation = (sum((r - mean) ** 2 for r in rest) / 5) ** 0.5
    by_formula = (sum(ones) / 3 - sum(zeros) / 2) / deviation * (0.6 * 0.4) ** 0.5
    assert class_page.correlation(right, rest) == pytest.approx(by_formula)


def test_nothing_is_said_of_items_that_do_not_vary():
    assert class_page.correlation([1, 1, 1], [1, 2, 3]) is None and class_page.correlation([1, 0], [1, 0]) is None


def test_every_mark_has_its_bar():
    assert class_page.histogram([0.0, 0.099, 0.1, 0.95, 1.0]) == [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]


def test_the_class_page_counts_mistakes_names_who_is_held_and_escapes():
    held = report("cut", status="held", reason=EVIL)
    wrong = [report(f"{EVIL}{i}", 0.5) for i in range(3)]
    for one in wrong:
        one.exercises[0].diagnosis = "It is " + EVIL
    page = class_page.page(
        ASSIGNMENT, [held, *wrong, report()], {"ada": book()}, {("first", "It is " + EVIL): "no_root"}
    )
    assert (
        "no root" in page
        and '<td class="number">3</td>' in page
        and page.count("<script") == 1
        and "little more than noise" in page
    )
    digest = class_page.script("sort.js")[1]
    assert f"script-src &#39;{digest}&#39;" in page or f"script-src '{digest}'" in page
    with pytest.raises(CourseError, match="no report"):
        class_page.page(ASSIGNMENT, [], {}, {})


# ---------------------------------------------------------------- exports


COLUMN = exports.Column(
    ASSIGNMENT,
    8.0,
    {
        "ada": book(name="Ada, Countess", penalty=0.5),
        "=cmd|' /C calc'!A0": book("=cmd|' /C calc'!A0"),
        "zoe": book("zoe", cells={"q": CellMarks(0, 2, True)}),
    },
)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_canvas_without_a_roster():
    rows = table(exports.export("canvas", [COLUMN]))
    assert list(rows[0]) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", ASSIGNMENT]
    assert rows[0]["Student"] == "    Points Possible" and rows[0][ASSIGNMENT] == "8"
    assert [(row["SIS Login ID"], row[ASSIGNMENT]) for row in rows[1:]] == [
        ("'=cmd|' /C calc'!A0", "5.5"),
        ("ada", "5"),
        ("zoe", ""),
    ]


def test_canvas_fills_in_its_own_export(tmp_path):
    roster = tmp_path / "roster.csv"
    head = f"Student,ID,SIS User ID,SIS Login ID,Section,Quiz (7),{ASSIGNMENT} (4711),Final Score"
    roster.write_text(
        "\ufeff"
        + head
        + '\n"    Points Possible",,,,,5,8,(read only)\n"Lovelace, Ada",17,,ada,One,3,,9\n"Nobody, N",18,,nn,One,1,2,9\n'
    )
    rows = table(exports.export("canvas", [COLUMN], roster))
    assert list(rows[0]) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", f"{ASSIGNMENT} (4711)"]
    assert [row[f"{ASSIGNMENT} (4711)"] for row in rows] == ["8", "5", ""]
    roster.write_text(head.replace(ASSIGNMENT, "Other") + "\n")
    with pytest.raises(CourseError, match="no column for 02-pixel"):
        exports.export("canvas", [COLUMN], roster)


def test_moodle_with_and_without_its_worksheet(tmp_path):
    rows = table(exports.export("moodle", [COLUMN]))
    assert list(rows[0]) == ["Username", "Email address", ASSIGNMENT] and rows[1][ASSIGNMENT] == "5"
    sheet = tmp_path / "worksheet.csv"
    sheet.write_text(
        "Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (submission),"
        'Last modified (grade),Feedback comments\nParticipant 4,"Ada Lovelace",ada,a@b.c,Submitted,,8.00,Yes,-,-,\nParticipant 5,Bob,bob,b@b.c,,3.00,8.00,Yes,-,-,old\n'
    )
    rows = table(exports.export("moodle", [COLUMN], sheet))
    assert [(row["Identifier"], row["Grade"], row["Feedback comments"]) for row in rows] == [
        ("Participant 4", "5", ""),
        ("Participant 5", "3.00", "old"),
    ]


@pytest.mark.parametrize(
    "first", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "−", "\t", "\r", "\n"]
)
@pytest.mark.parametrize("before", ["", " ", "\u3000", "\u00a0 ", "\u200b", "\ufeff", " \t", "\u202e"])
def test_no_spreadsheet_runs_a_field(first, before):
    text = f"{before}{first}1+1"
    assert exports.plain(text) == "'" + text


def test_what_is_no_formula_stays():
    for text in ("ada", "1-2", "a=b", "größer", " x", "", "x＝1", "'=", "*"):
        assert exports.plain(text) == text


def test_generic_csv_and_json_agree():
    rows, entries = table(exports.export("csv", [COLUMN])), json.loads(exports.export("json", [COLUMN]))
    assert [float(row["score"]) for row in rows] == [entry["score"] for entry in entries]
    assert (
        entries[1]["cells"] == {"first": 3.0, "second": 2.5}
        and rows[1]["second"] == "2.5"
        and rows[0]["student"].startswith("'=")
    )


def test_a_learning_management_systems_zip_goes_in_as_it_is(course, tmp_path):
    text = (ROOT / "release" / ASSIGNMENT / "pixel_similarity.ipynb").read_text()
    names = {
        "lovelaceada_LATE_4711_99_pixel_similarity-1.ipynb": "lovelaceada",  # Canvas
        "hopper_123_456_mine.ipynb": "hopper",
        "Alan Turing_77_assignsubmission_file_/pixel_similarity.ipynb": "Alan Turing",  # Moodle, a folder each
        "Emmy Noether_78_assignsubmission_file_work.ipynb": "Emmy Noether",  # Moodle, without folders
        "../../evil/pixel_similarity.ipynb": "evil",
    }
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name in names:
            archive.writestr(name, text)
    jobs, unclaimed = inbox.by_path(course, [tmp_path / "all.zip"], tmp_path / "out")
    assert [job.student for job in jobs] == list(names.values()) and unclaimed == []
    assert {job.assignment for job in jobs} == {ASSIGNMENT} and {job.path.parent for job in jobs} == {tmp_path / "out"}


# ---------------------------------------------------------------- Gradescope


@pytest.mark.slow
def test_gradescope_bundle_unpacked_and_run(course, pixel_lesson, tmp_path):
    """As Gradescope does: unpack to source/, put the submission in submission/, run run_autograder, read results/results.json."""
    home = tmp_path / "autograder"
    made = gradescope.bundle(course, pixel_lesson)
    assert made == gradescope.bundle(course, pixel_lesson)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        archive.extractall(home / "source")
        assert all(
            (entry.external_attr >> 16) & stat.S_IXUSR
            for entry in archive.infolist()
            if entry.filename in ("setup.sh", "run_autograder")
        )
        names = set(archive.namelist())
    assert "course/autograder/worker/child.py" in names and not any(
        "04-mnist" in name or "mnist_sgd" in name for name in names
    )
    assert subprocess.run(["bash", "-n", home / "source" / "setup.sh"]).returncode == 0
    (home / "source" / "run_autograder").rename(home / "run_autograder")
    (home / "results").mkdir()
    (home / "submission").mkdir()
    right = demo.right_answers(pixel_lesson)
    (home / "submission" / "mine.ipynb").write_text(
        json.dumps(
            demo.fill_in(
                course,
                pixel_lesson,
                {**right, "l2_distance": "def l2_distance(a, b):\n    return ((a - b) ** 2).mean()\n"},
            )
        )
    )

    def run():
        environment = {
            **os.environ,
            "AUTOGRADER_HOME": str(home),
            "AUTOGRADER_PYTHON": sys.executable,
            "PYTHONPATH": "",
        }
        return subprocess.run(
            ["bash", home / "run_autograder"], env=environment, capture_output=True, text=True, timeout=600
        )

    done = run()
    assert done.returncode == 0, done.stderr
    found = json.loads((home / "results" / "results.json").read_text())
    whole = sum(task.points for task in pixel_lesson.exercises.values())
    assert found["score"] == sum(test["score"] for test in found["tests"]) and whole - 2 <= found["score"] < whole
    assert [test["name"] for test in found["tests"]] == list(pixel_lesson.exercises) and {
        test["visibility"] for test in found["tests"]
    } == {"visible"}
    wrong = next(test for test in found["tests"] if test["name"] == "l2_distance")
    assert wrong["status"] == "failed" and "root" in wrong["output"]
    (home / "results" / "results.json").unlink()
    (home / "submission" / "mine.ipynb").write_text("{")
    done = run()
    assert done.returncode == 2 and "held" in done.stderr and not (home / "results" / "results.json").exists()


# ---------------------------------------------------------------- similar answers

ODD = """def l2_distance(a, b):
    # square, then average, then take the root
    gap = torch.sub(a, b)
    squared = torch.mul(gap, gap).flatten()
    total = squared.sum() / squared.shape[0]
    return torch.pow(total, 0.5) if total > 0 else total * 0
"""
RENAMED = (
    ODD.replace("gap", "d")
    .replace("squared", "sq")
    .replace("total", "t_")
    .replace("    # square, then average, then take the root\n", "")
)


def answered(student: str, source: str) -> Report:
    return Report(
        student,
        ASSIGNMENT,
        "pixel_similarity",
        exercises=[ExerciseResult("l2_distance", 2.0, [Check("a", "passed")], source=source)],
    )


def plain_class() -> list[Report]:
    usual = "def l2_distance(a, b):\n    return ((a - b) ** 2).mean().sqrt()\n"
    return [answered(f"s{i:02}", usual if i % 2 else usual.replace("a - b", "b - a")) for i in range(20)]


def test_a_renamed_copy_is_shown_and_the_usual_answer_is_not():
    (pair,) = similar.pairs([*plain_class(), answered("eve", ODD), answered("mal", RENAMED)], {})
    assert pair.students == ("eve", "mal") and pair.share > 0.9
    (shared,) = pair.exercises
    assert len(shared.lines[0]) >= 4 and len(shared.lines[1]) >= 4


def test_what_the_course_itself_holds_is_natural():
    assert similar.pairs([*plain_class(), answered("eve", ODD), answered("mal", RENAMED)], {"l2_distance": [ODD]}) == []


def test_what_many_write_is_natural():
    assert similar.pairs([answered(f"s{i:02}", ODD) for i in range(20)], {}) == []


def test_winnowing_finds_every_long_enough_run():
    run = "alpha.beta(1, 2, 3) * gamma[4] + delta"
    shared = {mark.value for mark in similar.fingerprints(f"x9 - y9 ; {run} ; p9 // q9")} & {
        mark.value for mark in similar.fingerprints(f"({run})")
    }
    assert shared


def test_fingerprints_of_what_is_no_python():
    assert similar.fingerprints("def broken(:\n  '''") is not None and similar.fingerprints("") == []


def test_the_side_by_side_page_escapes_and_accuses_nobody():
    evil = ODD.replace("# square", "# " + EVIL)
    found = similar.pairs([*plain_class(), answered(EVIL, evil), answered("mal", RENAMED)], {})
    page = similar.page(ASSIGNMENT, found, 22)
    assert found and "<script" not in page and "look at these" in page and "copied" not in page and "<mark>" in page


# ---------------------------------------------------------------- a new exercise


@pytest.fixture
def own_course(tmp_path):
    """A copy of the course with one lesson, all of it writable."""
    root = tmp_path / "course"
    for name in (f"source/{ASSIGNMENT}/pixel_similarity.ipynb", f"release/{ASSIGNMENT}/pixel_similarity.ipynb", "solutions/pixel_similarity.py",
                 "tests/graders/test_pixel_similarity.py", "tests/graders/conftest.py", "course_config.py"):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes((ROOT / name).read_bytes())
    (root / "tests" / "mistakes").mkdir()
    (root / "tests" / "mistakes" / "pixel_similarity").symlink_to(ROOT / "tests" / "mistakes" / "pixel_similarity")
    return root


@pytest.mark.slow
def test_a_new_exercise_from_templates_to_marks(own_course, tmp_path):
    bank = own_course / "tests" / "mistakes" / "pixel_similarity"
    entries = {path.name: path.read_bytes() for path in bank.iterdir() if path.suffix == ".py"}
    bank.unlink()
    bank.mkdir()
    for name, content in entries.items():
        (bank / name).write_bytes(content)
    assert scaffold.missing(config.load(own_course)) == []
    ran = command("new-exercise", "blend", "--lesson", ASSIGNMENT, "--points", 3, "--course", own_course)
    assert ran.code == 0, ran.err
    assert (
        "cell blend: text to fill in" in ran.out
        and "blend.py: to fill in" in ran.out
        and "test_pixel_similarity.py:" in ran.out
    )
    for path in (
        own_course / "source" / ASSIGNMENT / "pixel_similarity.ipynb",
        own_course / "tests" / "graders" / "test_pixel_similarity.py",
        bank / "blend.py",
    ):
        path.write_text(path.read_text().replace("FILL IN", "Done"))
    built = command("build", "--course", own_course)
    assert built.code == 0, built.out
    chosen = lesson.load(config.load(own_course), ASSIGNMENT)
    assert (
        list(chosen.exercises)[-1] == "blend"
        and chosen.exercises["blend"].points == 3
        and len(chosen.exercises["blend"].hints) == 2
    )
    graded = command("grade", chosen.path, "--course", own_course, "--no-record", "--json", tmp_path / "r.json")
    (submission,) = graded.document["submissions"]
    assert {key: submission["exercises"][-1][key] for key in ("id", "score", "max_score")} == {
        "id": "blend",
        "score": 3.0,
        "max_score": 3.0,
    }


@pytest.mark.parametrize(
    ("name", "lesson_name", "words"),
    [
        pytest.param("2fast", ASSIGNMENT, "is not a valid name for a function", marks=pytest.mark.slow),
        pytest.param("accuracy", ASSIGNMENT, "has an exercise called accuracy", marks=pytest.mark.slow),
        ("blend", "02-pixels", "holds 0 notebooks"),
    ],
)
def test_a_new_exercise_that_can_not_be(own_course, name, lesson_name, words):
    ran = command("new-exercise", name, "--lesson", lesson_name, "--course", own_course)
    assert ran.code == 2 and words in ran.err


# ---------------------------------------------------------------- starred extras


@pytest.mark.parametrize(
    ("cell", "points", "words"),
    [
        ("test_uint8_distance", 2, "cell uint8_distance: has 2 points, but a ★ in its heading"),
        ("test_is_3", 0, "cell is_3: has no points, and no ★ in its heading"),
    ],
)
def test_a_star_stands_in_the_headings_of_extras_and_in_no_other(own_course, cell, points, words):
    path = own_course / "source" / ASSIGNMENT / "pixel_similarity.ipynb"
    assert scaffold.missing(config.load(own_course)) == []
    notebook = json.loads(path.read_text())
    next(one for one in notebook["cells"] if one["id"] == cell)["metadata"]["nbgrader"]["points"] = points
    path.write_text(json.dumps(notebook))
    assert [line.partition(": ")[2] for line in scaffold.missing(config.load(own_course))] == [words]


def with_extra(verdict: str, **fields) -> Report:
    """Full marks in everything, and a starred extra with this verdict."""
    one = report()
    check = Check("far", verdict, "the first value, at [0], is nan", "Stays finite.")
    one.exercises.append(ExerciseResult("star", 0.0, [check], **fields))
    return one


def test_a_page_says_of_a_starred_extra_what_its_checks_say_and_not_what_its_marks_say():
    wrong = student_page.page(with_extra("failed", diagnosis="It overflows.", source="def star(): ..."))
    assert "Every check of every exercise is right" not in wrong and "0 / 0" not in wrong
    assert "★ no points" in wrong and "It overflows." in wrong.split("What to try next")[1]
    assert "<details open><summary>Your answer" in wrong and "<strong>8</strong> of 8 points" in wrong
    right = student_page.page(with_extra("passed"))
    assert "Every check of every exercise is right" in right and "What to try next" not in right


def test_what_to_try_next_names_starred_extras_last():
    one = with_extra("failed")
    one.exercises.insert(0, one.exercises.pop())
    one.exercises += report(share=0.5).exercises[:1]
    assert [name for name, _ in student_page.next_steps(one)] == ["first", "star"]


def test_other_pages_and_files_say_it_too(capsys):
    wrong = with_extra("failed")
    results = gradescope.results(wrong)
    assert results["tests"][2]["status"] == "failed" and results["tests"][2]["output"].startswith("★ no points\n")
    assert gradescope.results(with_extra("passed"))["tests"][2]["status"] == "passed"
    console.show_submission(Console(width=120), wrong)
    shown = capsys.readouterr().out
    assert "✗ star  ★ no points" in shown and "Stays finite." in shown and "8 of 8 points" in shown
    assert document.what_to_know(wrong) == "all right"


def test_the_class_page_measures_a_starred_extra_by_its_checks():
    star = class_page.items([with_extra("failed"), with_extra("passed")])[2]
    assert (star.difficulty, star.full, star.remark) == (0.5, 0.5, "★ no points")


def test_an_export_has_a_starred_extra_only_where_a_person_gave_marks_for_it():
    cells = {"test_f": CellMarks(0.0, 2.0), "test_star": CellMarks(0.0, 0.0)}
    (row,) = exports.rows([exports.Column(ASSIGNMENT, 2.0, {"ada": book(cells=cells)})])
    assert row["cells"] == {"f": 0.0}
    cells["test_star"] = CellMarks(1.0, 0.0, extra_credit=1.0)
    (row,) = exports.rows([exports.Column(ASSIGNMENT, 2.0, {"ada": book(cells=cells)})])
    assert row["cells"] == {"f": 0.0, "star": 1.0}


@pytest.mark.parametrize("first", [True, False])
def test_nobody_gets_anothers_marks_by_being_called_like_them(tmp_path, first):
    """People choose their display names themselves, and in Moodle their addresses."""
    roster = tmp_path / "roster.csv"
    rows = ['"Ada, L.",17,,ada,One,', "ada,18,,eve,One,"]
    head = f"Student,ID,SIS User ID,SIS Login ID,Section,{ASSIGNMENT} (4711)"
    roster.write_text("\n".join([head, *(rows if first else rows[::-1])]) + "\n")
    given = {
        row["SIS Login ID"]: row[f"{ASSIGNMENT} (4711)"] for row in table(exports.export("canvas", [COLUMN], roster))
    }
    assert given == {"ada": "5", "eve": ""}
    rows = ["1,ada,17,a@b.c,,", "2,eve,ada,e@b.c,,", "3,mal,19,ada,,"]
    roster.write_text(
        "\n".join(["Identifier,Username,ID number,Email address,Grade,Full name", *(rows if first else rows[::-1])])
    )
    given = {row["Username"]: row["Grade"] for row in table(exports.export("moodle", [COLUMN], roster))}
    assert given == {"ada": "5", "eve": "", "mal": ""}


def test_a_name_that_two_people_have_gives_marks_to_neither(tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text(f"Student,ID,SIS Login ID,{ASSIGNMENT} (4711)\nada,17,x,\nada,18,y,\n")
    assert [row[f"{ASSIGNMENT} (4711)"] for row in table(exports.export("canvas", [COLUMN], roster))] == ["", ""]
