"""What students get: no answer, no output, hints folded, valid for nbgrader, and always what the source says."""

import ast
import json
import re

import nbformat
import pytest

from autograder.course import build, config, lesson
from autograder.errors import CourseError
from tests.support.harness import ROOT

COURSE = config.load(ROOT)
LESSONS = [lesson.load(COURSE, name) for name in lesson.assignments(COURSE)]


@pytest.fixture(params=LESSONS, ids=lambda one: one.assignment)
def each(request):
    return request.param


def released(each) -> dict:
    return json.loads((COURSE.release / each.assignment / f"{each.notebook}.ipynb").read_text())


def test_generated_files_are_what_the_source_says():
    assert [file.path.name for file in build.generated(COURSE) if file.drifted] == []


def test_building_twice_gives_the_same_bytes():
    assert [file.content for file in build.generated(COURSE)] == [file.content for file in build.generated(COURSE)]


@pytest.fixture
def two_lessons(tmp_path):
    """A course with two lessons, nothing of it built."""
    for name in ("02-pixel-similarity", "03-gradient-descent"):
        (tmp_path / "source").mkdir(exist_ok=True)
        (tmp_path / "source" / name).symlink_to(COURSE.source / name)
    (tmp_path / "course_config.py").write_text("c = get_config()\n")
    return config.load(tmp_path)


def test_a_single_lesson_is_built(two_lessons):
    written = [file.path.name for file in build.build(two_lessons, ["03-gradient-descent"])]
    assert written == ["gradient_descent.ipynb", "gradient_descent.py"]
    assert [path.name for path in two_lessons.release.iterdir()] == ["03-gradient-descent"]
    assert [file.drifted for file in build.generated(two_lessons, ["03-gradient-descent"])] == [False, False]
    assert [file.drifted for file in build.generated(two_lessons)] == [True, True, False, False]


def test_a_lesson_that_is_not_there_is_named_before_anything_is_written(two_lessons):
    with pytest.raises(
        CourseError, match=r"^there is no assignment 03-gradient-decent; is 03-gradient-descent meant\?$"
    ):
        build.build(two_lessons, ["02-pixel-similarity", "03-gradient-decent"])
    assert not two_lessons.release.exists()


def test_what_a_lesson_gives_of_another_is_what_that_one_asks_for():
    """Lesson 05 gives the answers of lesson 04, word for word but for the marks."""
    by_name = {one.notebook: one for one in LESSONS}
    answers = by_name["mnist_sgd"].exercises
    given = [
        statement
        for cell in by_name["neural_net"].setup
        for statement in ast.parse(cell.source).body
        if isinstance(statement, ast.FunctionDef)
    ]
    assert len(given) == 9
    for function in given:
        (wanted,) = ast.parse(answers[function.name].answer).body
        assert ast.dump(function) == ast.dump(wanted)
    assert {"train_epoch", "stable_sigmoid"} == answers.keys() - {function.name for function in given}


NAMES = {"torch", "nn", "F", "np", "plt", "math", "Path", "Image"}


def test_every_set_up_cell_brings_the_same_names(each):
    bound = {
        alias.asname or alias.name
        for cell in each.setup
        for statement in ast.parse(cell.source).body
        if isinstance(statement, (ast.Import, ast.ImportFrom))
        for alias in statement.names
    }
    assert bound == NAMES | ({"pd"} if each.notebook == "pixels" else set())


def test_a_heading_says_how_many_points(each):
    """The extras among them, with a star and without points."""
    cells = {cell.id: cell.source for cell in each.cells}
    for name, task in each.exercises.items():
        heading = cells[f"{name}_task"].splitlines()[0]
        points = f"({task.points:g} point{'' if task.points == 1 else 's'})"
        assert (
            heading.startswith("### ★ Extra: ") and heading.endswith("(no points)")
            if not task.points
            else (heading.startswith("### Exercise ") and heading.endswith(points))
        )
        assert f"`{name}`" in heading


def code_lines(source: str) -> set[str]:
    return {
        line.strip()
        for line in source.splitlines()
        if len(line.strip()) > 12 and not line.strip().startswith(("#", '"""', "import", "from"))
    }


def test_no_line_of_an_answer_is_in_the_release(each):
    text = {line.strip() for cell in released(each)["cells"] for line in "".join(cell["source"]).splitlines()}
    for cell in each.cells:
        if cell.kind == "code" and cell.nbgrader.get("solution") is True:
            inside = re.findall(r"### BEGIN SOLUTION\n(.*?)\n[ \t]*### END SOLUTION", cell.source, flags=re.DOTALL)
            assert inside
            for part in inside:
                assert not code_lines(part) & code_lines(each.exercises[cell.grade_id].stub), cell.grade_id
                # a short line such as `loss.backward()` may stand in an explanation too
                assert not {line for line in code_lines(part) if len(line) > 30} & text, cell.grade_id


def test_no_outputs_no_marks_of_solutions_and_valid(each):
    raw = released(each)
    assert (raw["nbformat"], raw["nbformat_minor"]) == (4, 5)
    nbformat.validate(nbformat.from_dict(raw))
    assert "BEGIN SOLUTION" not in json.dumps(raw) and "HIDDEN TESTS" not in json.dumps(raw)
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in raw["cells"])


def test_every_answer_cell_says_what_to_do(each):
    for task in each.exercises.values():
        assert "raise NotImplementedError(" in task.stub
        ast.parse(task.stub)


def test_nbgraders_metadata_is_whole(each):
    ids = [cell.grade_id for cell in each.release if cell.grade_id]
    assert len(ids) == len(set(ids))
    for cell in each.release:
        if cell.nbgrader:
            assert cell.nbgrader["schema_version"] == 3
            assert ("points" in cell.nbgrader) == (cell.nbgrader["grade"] is True)
            assert cell.nbgrader["locked"] is (cell.nbgrader["solution"] is False), cell.grade_id
    assert 2 <= len(each.questions) <= 4


def test_hints_are_folded_in_and_hold_no_line_of_the_answer(each):
    pages = "".join("".join(cell["source"]) for cell in released(each)["cells"] if cell["cell_type"] == "markdown")
    for task in each.exercises.values():
        assert 1 <= len(task.hints) <= 3
        lines = code_lines(re.sub(r'""".*?"""', "", task.answer, flags=re.DOTALL)) - {
            line for line in code_lines(task.stub)
        }
        for hint in task.hints:
            assert f"\n\n{hint}\n\n</details>" in pages
            assert not any(line in hint for line in lines), task.name


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda cells: [cell["metadata"].pop("tags", None) for cell in cells], "must be one of set-up, narrative"),
        (
            lambda cells: cells.extend([c for c in cells if _id(c) == "accuracy"]),
            "another cell already has this grade_id",
        ),
        (
            lambda cells: [c.update(source="def f():\n    pass") for c in cells if _id(c) == "accuracy"],
            "an answer without",
        ),
        (
            lambda cells: cells.remove(next(c for c in cells if _id(c) == "test_accuracy")),
            "has no check cell test_accuracy",
        ),
        (
            lambda cells: [c["metadata"]["nbgrader"].pop("points") for c in cells if _id(c) == "test_accuracy"],
            "without points",
        ),
        (
            lambda cells: [c["metadata"].update(autograder={"preload": ["os; x"]}) for c in cells if _id(c) == "setup"],
            "preload is not a list of",
        ),
    ],
)
def test_a_fault_in_a_source_notebook_is_named(tmp_path, change, words):
    raw = json.loads((COURSE.source / "02-pixel-similarity" / "pixel_similarity.ipynb").read_text())
    change(raw["cells"])
    path = tmp_path / "source" / "02" / "pixel_similarity.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(raw))
    (tmp_path / "course_config.py").write_text("c = get_config()\n")
    with pytest.raises(config.CourseError, match=words):
        list(build.generated(config.load(tmp_path)))


def _id(cell) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")
