"""Notebooks as strangers hand them in: matched, repaired, or refused in one clear line."""

import ast
import copy
import json

import hypothesis
import nbformat
import pytest
from hypothesis import strategies as st

from autograder import notebook
from autograder.commands import demo
from autograder.errors import SubmissionUnreadable
from autograder.read import extract
from tests.support.facts import facts_of

RIGHT = "def accuracy(predictions, targets):\n    return (predictions == targets).float().mean()\n"


@pytest.fixture
def filled(course, pixel_lesson):
    return demo.fill_in(course, pixel_lesson, demo.right_answers(pixel_lesson))


def taken(lesson, raw) -> extract.Submission:
    return extract.extract(lesson, notebook.parse(json.dumps(raw).encode()), "ada")


def answer(raw, name):
    return next(cell for cell in raw["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == name)


def test_the_whole_notebook(pixel_lesson, filled):
    submission = taken(pixel_lesson, filled)
    assert [run.exercise for run in submission.runs if run.exercise] == list(pixel_lesson.exercises)
    assert submission.notes == () and not submission.untouched
    assert submission.written.keys() == submission.waiting == pixel_lesson.questions.keys()
    assert all(submission.written.values())


def test_the_release_is_untouched(course, pixel_lesson):
    submission = taken(pixel_lesson, demo.fill_in(course, pixel_lesson, {}))
    assert submission.untouched == pixel_lesson.exercises.keys()
    assert not submission.own and not submission.waiting and not submission.written
    assert [run.keeps for run in submission.runs if run.keeps] == [(name,) for name in pixel_lesson.exercises]


def test_a_copied_answer_cell_counts_once_the_edited_ones_do(pixel_lesson, filled, course):
    stub = copy.deepcopy(answer(demo.fill_in(course, pixel_lesson, {}), "accuracy"))
    filled["cells"].append(stub)
    submission = taken(pixel_lesson, filled)
    assert [run.exercise for run in submission.runs].count("accuracy") == 1
    assert "accuracy occurs 2 times" in submission.notes[0]


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_a_retyped_answer_cell_is_read_as_code(pixel_lesson, filled, kind):
    answer(filled, "accuracy")["cell_type"] = kind
    submission = taken(pixel_lesson, filled)
    assert "accuracy" not in submission.untouched and f"is a {kind} cell" in submission.notes[0]


def test_a_renamed_answer_cell_still_defines_its_function(pixel_lesson, filled):
    answer(filled, "accuracy")["metadata"]["nbgrader"]["grade_id"] = "acuracy"
    submission = taken(pixel_lesson, filled)
    assert any(run.exercise == "accuracy" and "def accuracy" in run.source for run in submission.runs)
    assert not submission.missing


def test_a_missing_answer_cell_is_named(pixel_lesson, filled):
    filled["cells"].remove(answer(filled, "accuracy"))
    assert taken(pixel_lesson, filled).missing == {"accuracy"}


def test_locked_cells_come_from_the_source(pixel_lesson, filled):
    answer(filled, "test_accuracy")["source"] = "accuracy = lambda *a: 1\ndef helper(): pass"
    answer(filled, "setup")["source"] = "raise SystemExit\nimport cmath"
    submission = taken(pixel_lesson, filled)
    assert submission.runs[0].source == pixel_lesson.setup[0].source
    edited = [run for run in submission.own if "helper" in run.source or "math" in run.source]
    assert len(edited) == 2 and all(run.only_definitions for run in edited)


def own_cell(source, number=0, kind="code"):
    return {"cell_type": kind, "id": f"own{number}", "metadata": {}, "source": source, "outputs": []}


def test_a_students_cells_run_in_the_notebooks_order(pixel_lesson, filled):
    sources = ["import math", "plt.imshow(x)", "y = 3", "%time z = 4"]
    for number, source in enumerate(sources):
        filled["cells"].insert(number * 2, own_cell(source, number))
    own = [run.source for run in taken(pixel_lesson, filled).own if run.exercise is None]
    assert own == sources


def test_a_check_whose_cell_is_gone_stands_before_the_next_cell_of_the_course(pixel_lesson, filled):
    place = filled["cells"].index(answer(filled, "test_l1_distance"))
    filled["cells"][place] = own_cell("again = 1")
    runs = taken(pixel_lesson, filled).runs
    (kept,) = (i for i, run in enumerate(runs) if run.keeps == ("l1_distance",))
    assert runs[kept - 1].source == "again = 1"
    assert [run.keeps[0] for run in runs if run.keeps] == list(pixel_lesson.exercises)


def without_metadata(raw, ids):
    for cell in raw["cells"]:
        cell["metadata"] = {}
        if ids:
            del cell["id"]
    return raw


@pytest.mark.parametrize("ids", [False, True])
def test_cells_without_metadata_are_recognised(pixel_lesson, filled, ids):
    whole = taken(pixel_lesson, filled)
    submission = taken(pixel_lesson, without_metadata(filled, ids))
    assert [(run.exercise, run.source, run.keeps) for run in submission.runs] == [
        (run.exercise, run.source, run.keeps) for run in whole.runs
    ]
    assert submission.written == whole.written and submission.waiting == whole.waiting


def placeholder(raw, name, text="*Write your answer here.*"):
    cell = answer(raw, name)
    cell["source"] = text
    return raw["cells"].index(cell)


QUESTION = "question_cancelling"


def test_words_in_a_new_cell_below_the_placeholder_wait_for_a_person(pixel_lesson, filled):
    filled["cells"].insert(placeholder(filled, QUESTION) + 1, own_cell("They cancel.", kind="markdown"))
    submission = taken(pixel_lesson, filled)
    assert QUESTION in submission.waiting and submission.written[QUESTION] == "They cancel."


def test_words_anywhere_among_the_questions_make_all_of_them_wait(pixel_lesson, course):
    raw = demo.fill_in(course, pixel_lesson, {})
    assert not taken(pixel_lesson, raw).waiting
    raw["cells"].append(own_cell("1. axes 2. signs 3. nothing", kind="markdown"))
    assert taken(pixel_lesson, raw).waiting == pixel_lesson.questions.keys()


def test_words_in_the_text_of_the_question_wait_for_a_person(pixel_lesson, course):
    raw = demo.fill_in(course, pixel_lesson, {})
    asked = raw["cells"][raw["cells"].index(answer(raw, QUESTION)) - 1]
    asked["source"] = "".join(asked["source"]) + "\n\nBecause of the signs."
    assert QUESTION in taken(pixel_lesson, raw).waiting


def test_a_question_whose_cell_is_gone_waits_for_a_person(pixel_lesson, course):
    raw = demo.fill_in(course, pixel_lesson, {})
    raw["cells"].remove(answer(raw, QUESTION))
    assert taken(pixel_lesson, raw).waiting == {QUESTION}


def of_an_older_version(raw):
    """The notebook with a question, and an exercise, that the lesson doesn't ask for."""
    place = raw["cells"].index(answer(raw, QUESTION))
    for cell, name in ((raw["cells"][place - 1], None), (raw["cells"][place], "question_of_old")):
        cell["id"] = f"old-{cell['id']}"
        if name is None:
            cell["source"] = "What did an older version of this lesson ask here?"
        else:
            cell["metadata"]["nbgrader"]["grade_id"] = name
            cell["source"] = "What I wrote about that."
    raw["cells"].append(copy.deepcopy(answer(raw, "accuracy")))
    raw["cells"][-1].update(id="old-fit", source="def fit(): pass")
    raw["cells"][-1]["metadata"]["nbgrader"]["grade_id"] = "fit"
    return raw


def test_what_an_older_version_asked_is_no_answer_to_a_new_question(pixel_lesson, filled):
    submission = taken(pixel_lesson, of_an_older_version(filled))
    assert QUESTION in submission.waiting and QUESTION not in submission.written


def test_answers_that_the_lesson_does_not_ask_for_are_named(pixel_lesson, filled):
    notes = taken(pixel_lesson, of_an_older_version(filled)).notes
    assert notes == (
        "Not marked here: fit. 05-neural-net asks for that.",
        "Not marked: an answer cell that this course does not have.",
    )


def test_leaning_on_goes_through_helpers(pixel_lesson, filled):
    answer(filled, "is_3")["source"] = (
        "def far(x, m): return mnist_distance(x, m)\ndef is_3(x, a, b): return far(x, a) < far(x, b)"
    )
    facts = facts_of(taken(pixel_lesson, filled))
    assert facts.leaning_on("is_3", pixel_lesson.exercises) == {"mnist_distance"}
    assert facts.leaning_on("is_3", ["accuracy"]) == frozenset()


HOLDS = (
    "config = {'white': 255}\nclass Scale:\n    white = 255\n"
    "def accuracy(predictions, targets):\n    return config['white'] * Scale.white\n"
)
CHANGES = {
    "config['white'] = 1": True,
    "del config['white']": True,
    "config.clear()": True,
    "old = config.pop('white')": True,
    "part = config['white']\nfor i in range(3):\n    part[0] = i": True,
    "def tidy():\n    config.clear()\ntidy()": True,
    "Scale.white = 1": True,
    "setattr(Scale, 'white', 1)": True,
    "torch.Tensor.mean = None": True,
    "def patch():\n    torch.Tensor.mean = None\npatch()": True,
    "import warnings\nwarnings.simplefilter('error')": True,
    "globals()['config']['white'] = 1": True,
    "accuracy(torch.ones(3), torch.ones(3))": True,  # it reads `config`, so it could change it
    "config = None": False,  # another binding, which a copy of the bindings undoes
    "print(config['white'])": False,
    "l1_distance(torch.ones(3), torch.ones(3))": False,
    "plt.imshow(torch.rand(2, 2))\nplt.show()": False,
    "torch.manual_seed(0)\nx = torch.rand(3)\nx.add_(1)\nx[0] = 2": False,
    "def later():\n    here = Scale()\n    here.white = 2": False,
}


@pytest.mark.parametrize("below", CHANGES)
def test_what_could_change_an_object_that_an_answer_uses(pixel_lesson, filled, below):
    answer(filled, "accuracy")["source"] = HOLDS
    filled["cells"].append(own_cell(below))
    submission = taken(pixel_lesson, filled)
    assert facts_of(submission).could_change("accuracy", [submission.runs[-1].name]) == CHANGES[below]


def test_a_cell_that_is_too_long_is_named_and_not_said_to_be_missing(pixel_lesson, filled):
    answer(filled, "accuracy")["source"] += "#" * (1 << 20)
    place = filled["cells"].index(answer(filled, "accuracy"))
    submission = taken(pixel_lesson, filled)
    assert submission.notes == (f"Cell {place + 1} is longer than 262,144 characters and was not read.",)
    assert not submission.missing
    filled["cells"] += [{"cell_type": "?"}]
    assert "1 damaged cell was skipped." in taken(pixel_lesson, filled).notes


PROSE = {
    "# Differences have two signs.": True,
    "import this\nprint('Differences have two signs.')": True,
    "%%markdown\nDifferences have two signs.": True,
    "said = f'''Differences have\ntwo signs.'''": True,
    "x = torch.rand(3)\nx.mean()": False,
    "# scratch\nx = 3": False,
}


@pytest.mark.parametrize("text", PROSE)
def test_words_in_a_code_cell_beside_the_placeholder_wait_for_a_person(pixel_lesson, course, text):
    for below in (0, 1):
        raw = demo.fill_in(course, pixel_lesson, {})
        raw["cells"].insert(placeholder(raw, QUESTION) + below, own_cell(text))
        submission = taken(pixel_lesson, raw)
        assert (QUESTION in submission.waiting) == PROSE[text]
        assert submission.written.get(QUESTION) == (text if PROSE[text] else None)


def test_no_text_of_a_student_is_parsed_here(pixel_lesson, filled, monkeypatch):
    taken(pixel_lesson, filled)  # the course's own cells are parsed once
    answer(filled, "accuracy")["source"] = RIGHT + "odd = f'{f\"{1}\"}'\n%time x = 1\n"
    filled["cells"].append(own_cell("y = f'{1}'"))

    def refuse(*args, **kwargs):
        raise AssertionError("a student's text was parsed in the grader's process")

    for name in ("parse", "literal_eval"):
        monkeypatch.setattr(ast, name, refuse)
    monkeypatch.setattr("builtins.compile", refuse)
    assert taken(pixel_lesson, filled).own


def test_an_old_notebook_is_converted(pixel_lesson):
    old = nbformat.v3.new_notebook(
        worksheets=[nbformat.v3.new_worksheet(cells=[nbformat.v3.new_code_cell(input=RIGHT)])]
    )
    read = notebook.parse(json.dumps(old).encode())
    assert "old format" in read.notes[0]
    assert any("def accuracy" in run.source for run in extract.extract(pixel_lesson, read, "ada").own)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"  \n", "the file is empty"),
        (b"print('hello')", "not JSON"),
        (b"[1, 2]", "JSON but not a notebook"),
        (b"{}", "no cells"),
        (b'{"cells": {"a": 1}}', "no cells"),
        (b"\x89PNG\r\n\x1a\n\xff\xff", "not text in UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"nbformat": 3, "worksheets": 7}', "can't be converted"),
        (json.dumps({"cells": [{}] * 6000}).encode(), "6000 cells"),
    ],
)
def test_what_is_no_notebook_is_refused_in_one_line(data, words):
    with pytest.raises(SubmissionUnreadable, match=words) as refusal:
        notebook.parse(data)
    assert "\n" not in str(refusal.value)


def test_a_file_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "big.ipynb"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(SubmissionUnreadable, match="200 MB large"):
        notebook.read(path, 64 << 20)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(SubmissionUnreadable, match="No such file"):
        notebook.read(tmp_path / "none.ipynb", 1 << 20)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@hypothesis.settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
@hypothesis.given(st.data())
def test_a_notebook_mangled_anywhere_is_a_submission_or_a_refusal(pixel_lesson, filled, data):
    """Values replaced and keys taken out at any depth."""
    raw = copy.deepcopy(filled)
    for _ in range(data.draw(st.integers(1, 6))):
        place = raw
        for _ in range(data.draw(st.integers(0, 5))):
            inner = list(place.values()) if isinstance(place, dict) else place
            inner = [value for value in inner if isinstance(value, (dict, list)) and value]
            if not inner:
                break
            place = data.draw(st.sampled_from(inner))
        if not place:
            break
        key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        if data.draw(st.booleans()):
            place[key] = data.draw(JSON)
        else:
            del place[key]
    try:
        submission = taken(pixel_lesson, raw)
    except SubmissionUnreadable:
        return
    assert {run.exercise for run in submission.runs} <= {None, *pixel_lesson.exercises}


def test_pythons_remarks_on_a_strangers_code_are_not_for_the_instructors_screen(pixel_lesson, filled, recwarn):
    answer(filled, "accuracy")["source"] = RIGHT + "\nodd = 1if True else '\\d'\n"
    filled["cells"].append(
        {"cell_type": "code", "id": "mine", "metadata": {}, "source": "n = 0x1for x in (1, )\n!ls\n", "outputs": []}
    )
    assert "accuracy" not in taken(pixel_lesson, filled).untouched
    assert [str(warning.message) for warning in recwarn] == []


@pytest.mark.parametrize(
    "text",
    [
        "# first of all\n",
        "\n\n  '''It is nearer to the three'''",
        "x = (\n    'words in a text')",
        "print('three words here')",
    ],
)
def test_words_in_a_code_cell_are_found_below_empty_lines(text):
    assert extract._is_prose("\n" * 1_500 + text)


@pytest.mark.parametrize("text", ["\n" * 1_990 + "x = 1", "# a\n" * 400, "a = \n" * 390 + "'b'", " " * 1_999])
def test_code_without_words_is_no_prose(text):
    assert not extract._is_prose(text)
