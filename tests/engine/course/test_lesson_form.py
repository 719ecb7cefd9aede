"""Every lesson leads its reader in the same way: what is needed and how long it takes, how hard each exercise is, what to
predict, what one can do afterwards, and questions whose every option says why it is right or wrong.
"""

import re

import pytest

from autograder.course import config, lesson
from tests.support.harness import ROOT

COURSE = config.load(ROOT)
LESSONS = [lesson.load(COURSE, name) for name in lesson.assignments(COURSE)]
CHAPTER = "https://github.com/fastai/fastbook/blob/master/04_mnist_basics.ipynb"
EFFORT = re.compile(r"Difficulty [●○]{3} · Importance [●○]{3} · about (\d+) minutes")
OPTION = re.compile(r"<details><summary>([A-D])\. (.+?)</summary>\n\n(.+?)\n\n</details>", re.DOTALL)


@pytest.fixture(params=LESSONS, ids=lambda one: one.assignment)
def each(request):
    return request.param


def texts(each) -> dict[str, str]:
    return {cell.id: cell.source for cell in each.cells if cell.kind == "markdown"}


def test_the_head_says_what_is_needed_and_how_long_it_takes(each):
    head = texts(each)["head"]
    assert "**You need:**" in head and "**Time:**" in head and CHAPTER in head
    minutes = sum(int(EFFORT.search(texts(each)[f"{name}_task"])[1]) for name in each.exercises)
    assert 30 <= minutes <= 150


def test_the_title_counts_what_the_lesson_holds(each):
    words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    title = " ".join(texts(each)["title"].split())
    marked = [exercise for exercise in each.exercises.values() if exercise.points]
    assert f"{words[len(marked)].capitalize()} cells wait for an answer of yours" in title
    assert ("marked ★" in title) == (len(marked) < len(each.exercises))
    ends = (
        f"{words[len(self_checks(each))]} questions to check yourself with, and {words[len(each.questions)]} to answer"
    )
    assert f"At the end there are {ends} in words" in title


def test_every_exercise_says_how_hard_and_how_important_it_is(each):
    for name in each.exercises:
        lines = texts(each)[f"{name}_task"].splitlines()
        assert lines[0].startswith("### ") and EFFORT.fullmatch(next(line for line in lines[1:] if line)), name


def test_there_is_something_to_predict_and_to_take_home(each):
    assert sum(text.count("**Predict before you run.**") for text in texts(each).values()) >= 3
    assert 5 <= len(re.findall(r"^\* ", texts(each)["can_now"], re.MULTILINE)) <= 8


def self_checks(each) -> list[str]:
    return [text for name, text in texts(each).items() if re.fullmatch(r"self_check_\d+", name)]


def test_eight_to_twelve_questions_each_with_one_right_option(each):
    questions = self_checks(each)
    assert 8 <= len(questions) <= 12
    for number, text in enumerate(questions, 1):
        assert text.startswith(f"**{number}. ")
        options = OPTION.findall(text)
        assert [letter for letter, _, _ in options] == list("ABCD"[: len(options)]) and len(options) >= 3
        assert sum(reason.startswith("Right") for _, _, reason in options) == 1, text
        assert all(len(reason) > 20 for _, _, reason in options)
        assert len(re.findall("<details>", text)) == len(options), "an option that is not in the form of the others"


def test_the_right_option_is_not_always_at_the_same_place(each):
    places = [
        next(letter for letter, _, reason in OPTION.findall(text) if reason.startswith("Right"))
        for text in self_checks(each)
    ]
    assert len(set(places)) >= 3 and max(map(places.count, places)) <= 0.6 * len(places)


def test_nothing_that_jupyterlab_strips_or_shows_raw(each):
    """It removes inputs and scripts, and does not read Markdown inside a summary."""
    for name, text in texts(each).items():
        assert not re.search(r"<(script|input|button|style)\b", text), name
        assert not any("`" in summary for summary in re.findall(r"<summary>(.*?)</summary>", text)), name


def test_small_batches_are_not_shared_among_cores(each):
    """With several threads, each small step waits for all of them: training takes many times as long on a busy machine,
    and a comparison with NumPy says what is not so.
    """
    cells = [cell.source for cell in each.cells if cell.kind == "code"]
    for number, source in enumerate(cells):
        if "progress_bar(range(" in source:
            assert any("torch.set_num_threads(1)" in earlier for earlier in cells[: number + 1])


def test_no_question_is_asked_twice():
    asked = [
        line for each in LESSONS for text in texts(each).values() for line in re.findall(r"^\*\*Question \d.*", text)
    ]
    asked += [self_check.splitlines()[0] for each in LESSONS for self_check in self_checks(each)]
    bare = [re.sub(r"\W+", " ", re.sub(r"^\*\*(Question )?\d+[^*]*?\.?\*?\*? ?", "", line)).lower() for line in asked]
    assert len(set(bare)) == len(bare)


def test_the_map_names_cells_that_are_there():
    """docs/course-map.md says where each of the chapter's 37 questions is met."""
    page = (ROOT / "docs" / "course-map.md").read_text()
    rows = re.findall(r"^\| (\d+) \|.*?\| (.+?) \|$", page, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 38))
    by_number = {each.assignment[:2]: {cell.id for cell in each.cells} for each in LESSONS}
    for number, where in rows:
        places = re.findall(r"(\d\d): ((?:`\w+`(?:, )?)+)", where)
        assert places, number
        for notebook, names in places:
            for name in re.findall(r"`(\w+)`", names):
                assert name in by_number[notebook], f"question {number}: {notebook} has no cell {name}"
