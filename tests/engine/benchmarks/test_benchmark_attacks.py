"""The judgement of benchmarks/attacks.py: a known gain is one, a harmless run is none; and its table is that of the results that are kept."""

import copy
import importlib.util
import json
import pathlib
import sys

import pytest

from benchmarks import attack_judgement, attack_table, attacks, outer_box
from tests.support import attack_corpus

ROOT = pathlib.Path(__file__).parents[3]

QUIET = {
    "marks": {"ada": 2.0, "eve-0": 2.0, "zoe": 2.0}, "marks_before": {"ada": 2.0}, "tables": ["grade"], "tables_before": ["grade"],
    "changed": [], "new": ["/home/teacher/course/autograded/eve-0", "/tmp/tmpabcd1234"], "package": True, "shared": [], "canary": True,
    "processes": [], "threads": 20, "leaked": [], "ended": 0, "seconds": 9.0,
}  # fmt: skip

RIGHT = "def accuracy(predictions, targets):\n    return (predictions == targets).float().mean()"

GRADER_WITHOUT_A_WALL = """
import json, os, pathlib, sys
import torch

course, kept = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[1]) / "marks.json"
marks = json.loads(kept.read_text())
for student in sys.argv[2:]:
    child = os.fork()
    if child == 0:
        os.chdir(course)
        cells = json.loads((course / "submitted" / student / "02-pixel-similarity" / "pixel_similarity.ipynb").read_text())["cells"]
        names = {}
        for cell in cells:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") in ("setup", "accuracy"):
                exec("".join(cell["source"]), names)
        share = names["accuracy"](torch.tensor([True, True, False, False]), torch.tensor([True, False, False, False]))
        os._exit(not 0.74 < float(share) < 0.76)
    marks[student] = {"score": 0.0 if os.waitpid(child, 0)[1] else 2.0, "shown": ""}
    kept.write_text(json.dumps(marks))
"""


def seen(**different: object) -> dict:
    return {**copy.deepcopy(QUIET), **different}


def judged(name: str, **different: object) -> dict:
    return attack_judgement.outcomes([name], seen(**different), QUIET)[name]


def test_an_attack_that_is_paid_gained():
    assert judged("read-solutions")["gained"]
    assert attack_judgement.succeeded(judged("read-solutions"))


def test_an_attack_that_is_not_paid_and_leaves_all_as_it_was_did_not_succeed():
    usual = ["/home/teacher/course/autograded/zoe", "/tmp/tmpzyxw9876"]
    outcome = judged("read-solutions", marks={"ada": 2.0, "eve-0": 0.0, "zoe": 2.0}, new=usual)
    assert (outcome["gained"], outcome["harm"], outcome["broke"]) == (False, [], "")
    assert not attack_judgement.succeeded(outcome)


def test_a_note_gains_where_the_next_one_finds_it():
    marks = {"ada": 2.0, "eve-0": 0.0, "eve-0_later": 2.0, "zoe": 2.0}
    assert judged("note-in-home", marks=marks)["gained"]
    assert not judged("note-in-home", marks={**marks, "eve-0": 2.0, "eve-0_later": 0.0})["gained"]


def test_hidden_inputs_on_the_page_are_a_gain():
    assert judged("leak-message", marks={"ada": 2.0, "eve-0": 0.0, "zoe": 2.0}, leaked=["eve-0"])["gained"]


@pytest.mark.parametrize(
    ("different", "words"),
    [
        (
            {"changed": ["/home/teacher/course/solutions/pixel_similarity.py"]},
            "files changed: /home/teacher/course/solutions",
        ),
        ({"new": ["/home/teacher/autograder-note"]}, "files left behind: /home/teacher/autograder-note"),
        ({"processes": ["python"]}, "processes left behind: python"),
        ({"threads": outer_box.PROCESSES}, "took all processes"),
        ({"shared": ["0 0 1600 1048576"]}, "shared memory"),
        ({"canary": False}, "another process was killed"),
        ({"package": False}, "installed package"),
        ({"tables": ["grade", "mine"]}, "tables"),
        ({"marks": {"ada": 0.0, "eve-0": 0.0, "zoe": 2.0}}, "somebody else's marks"),
    ],
)
def test_each_harm_is_named(different, words):
    harm = judged("constant", **different)["harm"]
    assert len(harm) == 1 and words in harm[0], harm


@pytest.mark.parametrize(
    ("different", "words"),
    [
        ({"marks": {"ada": 2.0, "eve-0": None}, "ended": -9}, "no marks for who came next (exit status -9)"),
        ({"marks": {"ada": 2.0, "eve-0": None}, "ended": attack_judgement.HUNG}, "the run hung"),
        ({"marks": {"ada": 2.0, "eve-0": 0.0, "zoe": 0.0}}, "other marks for who came next"),
    ],
)
def test_a_run_without_the_next_ones_marks_is_broken(different, words):
    assert judged("constant", **different)["broke"] == words


def test_what_goes_for_this_engines_own_inside_does_not_apply_to_others():
    for name in ("claims-changes", "asks-for-callbacks", "write-worker", "write-matplotlib-cache", "detects-grader"):
        assert attack_judgement.applies(name, "engine") and not attack_judgement.applies(name, "nbgrader"), name
    applying = [name for name in attack_corpus.names() if attack_judgement.applies(name, "otter")]
    assert {"read-solutions", "forged-reply", "patch-json", "kill-parent"} <= set(applying) and len(applying) > 200


def test_outcomes_of_the_engine_are_judged_in_the_same_words():
    quiet = {"gained": False, "leaked": False, "grader_error": False, "harm": [], "seconds": 1.0}
    assert not attack_judgement.succeeded(attack_judgement.of_engine(quiet))
    for worse in ({"gained": True}, {"leaked": True}, {"grader_error": True}, {"harm": ["another process was killed"]}):
        assert attack_judgement.succeeded(attack_judgement.of_engine({**quiet, **worse})), worse
    assert (
        attack_judgement.of_engine({**quiet, "harm": ["the neighbour's marks changed"]})["broke"]
        == "other marks for who came next"
    )


def test_every_attack_is_of_a_known_class():
    assert {attack_corpus.holds(name)["class"] for name in attack_corpus.names()} == set(attack_table.CLASSES)
    assert sorted(name for names in attacks.classes().values() for name in names) == attack_corpus.names()


def test_the_table_in_the_page_is_that_of_the_results():
    table = attack_table.text(attack_table.read(attack_table.RESULTS))
    assert table in attack_table.PAGE.read_text(), "run: python -m benchmarks.attacks --only --write"


def test_the_readme_says_what_was_tried_and_no_more():
    results = attack_table.read(attack_table.RESULTS)
    said = (
        attack_table.README.read_text().partition(attack_table.README_BEGIN)[2].partition(attack_table.END)[0].strip()
    )
    assert said == attack_table.budget(results), "run: python -m benchmarks.attacks --only --write"
    assert f"{len(results['engine']['attacks'])} attacks" in said and results["engine"]["version"] in said


def test_every_round_of_the_red_team_counts_its_tries():
    for round_ in attack_table.red_team():
        assert round_["tried"] >= round_["hits"] >= round_["open"] >= 0 and round_["who"] and round_["when"]


@pytest.mark.slow
def test_attacks_on_a_grader_without_a_wall(tmp_path):
    """The real box, with a grader of twenty lines in it."""
    why = outer_box.available()
    if why:
        pytest.skip(why)
    course = attack_corpus.make_course(tmp_path)
    (course / "grader.py").write_text(GRADER_WITHOUT_A_WALL)
    (course / "marks.json").write_text(json.dumps({"ada": {"score": 2.0, "shown": ""}}))
    package = importlib.util.find_spec("torch").origin

    def run(*names: str) -> dict:
        answers = attacks.answers_of_class(list(names), RIGHT)
        line = [sys.executable, str(attacks.COURSE / "grader.py"), str(attacks.COURSE), *answers]
        job = {"course": str(course), "answers": answers, "commands": [line], "package": package, "seconds": 240.0}
        return attacks.in_box(job, sys.executable)

    # matplotlib, which every set-up cell imports, keeps its fonts there: an honest class leaves them as well
    quiet = {**QUIET, "new": ["/home/teacher/.cache", "/home/teacher/.config"]}
    names = ["read-solutions", "constant", "note-in-home"]
    found = attack_judgement.outcomes(names, run(*names), quiet)
    assert [found[name]["gained"] for name in names] == [True, False, True]
    assert found["constant"]["harm"] == ["files left behind: /home/teacher/autograder-note"], found
    assert not found["constant"]["broke"]
    dead = attack_judgement.outcomes(["kill-everyone"], run("kill-everyone"), quiet)["kill-everyone"]
    assert "another process was killed" in dead["harm"] and dead["broke"].startswith("no marks for who came next")
