"""Figures in a lesson's prose have a claim: a cell that asserts them, run on every data set and given to nobody."""

import json

import pytest

from autograder.course import build, claims, config, lesson
from autograder.errors import CourseError
from autograder.notebook import Cell
from tests.support.harness import ROOT, command

COURSE = config.load(ROOT)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It gets 0.9511, about 95 % or 95 percent, of 2,038 images.", ["0.9511", "95 %", "95 percent", "2,038"]),
        ("Two 3s and 7 images, steps 1 to 99.", []),
        ("100 images", ["100"]),
        ("`x = 0.5`, $0.5^2$, $$x = 0.5$$ and [a paper of 1998](https://example.org/0.5)", []),
        ("## 0.5 in a heading\n\nand -6.23 below", ["6.23"]),
        ('```\n0.5\n```\n<img width="300">', []),
        ("version2.5, 28x28, (N, 784)", ["784"]),
    ],
)
def test_what_a_figure_is(text, found):
    assert claims.figures(text) == found


@pytest.mark.parametrize(
    ("figure", "claim", "claimed"),
    [
        ("0.650", "assert round(right, 3) == 0.65", True),
        ("98 %", "assert right > 0.98", True),
        ("98 %", "assert 100 * right > 98", True),
        ("2,038", "assert n == 2038", True),
        ("0.9511", "assert round(right, 4) == 0.951", False),
        ("0.9511", "assert right  # 0.9511", False),
    ],
)
def test_a_claim_names_the_figure(figure, claim, claimed):
    cells = [Cell("markdown", f"We get {figure}.", id="text"), Cell("code", claim, id="c", tags=("claim",))]
    assert claims.unclaimed(cells) == ([] if claimed else [(cells[0], figure)])
    assert claims.unclaimed([cells[0], Cell("code", claim, id="c")]) == [(cells[0], figure)], "another cell's numbers"


def changed_course(tmp_path, *cells):
    """A course of lesson 02 alone, with cells added to its source notebook."""
    raw = json.loads((COURSE.source / "02-pixel-similarity" / "pixel_similarity.ipynb").read_text())
    raw["cells"] += cells
    path = tmp_path / "source" / "02-pixel-similarity" / "pixel_similarity.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(raw))
    (tmp_path / "course_config.py").write_text("c = get_config()\n")
    return config.load(tmp_path)


def claim(source):
    return {
        "cell_type": "code",
        "id": "of_this_test",
        "metadata": {"tags": ["claim"]},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


@pytest.mark.parametrize(
    ("source", "words"),
    [("x = 1", "without an assertion"), ("assert 0.95 > 0.9", "that can't fail"), ("assert", "not Python")],
)
def test_a_claim_that_asserts_nothing_is_a_fault_of_the_course(tmp_path, source, words):
    with pytest.raises(CourseError, match=words):
        list(build.generated(changed_course(tmp_path, claim(source))))


def test_no_release_has_a_claim(tmp_path):
    course = changed_course(tmp_path, claim("assert len(valid_3) == 100"))
    release = next(file for file in build.generated(course) if file.path.suffix == ".ipynb")
    assert b"assert len(valid_3) == 100" not in release.content and b"of_this_test" not in release.content
    build.build(course)
    assert all(cell.id != "of_this_test" for cell in lesson.load(course, "02-pixel-similarity").cells)


def test_build_check_names_a_figure_without_a_claim(tmp_path):
    text = {"cell_type": "markdown", "id": "loose_talk", "metadata": {}, "source": "It gets 0.123 right."}
    course = changed_course(tmp_path, text)
    build.build(course)
    done = command("build", "--check", "--course", str(tmp_path))
    assert done.code == 1
    assert "cell loose_talk: no claim asserts 0.123" in done.out + done.err


def test_every_figure_of_the_lessons_has_its_claim():
    assert build.without_claim(COURSE) == []
