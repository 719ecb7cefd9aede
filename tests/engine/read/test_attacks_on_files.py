"""Submissions that attack as files: each is held with a reason or graded as what it is; the run ends, and nothing else is touched."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import zipfile

import pytest

from autograder.commands import demo
from tests.support.harness import ASSIGNMENT, ROOT, command, hand_in, linked_course

ATTACKS = ROOT / "tests" / "attacks_on_files"
NAMES = sorted(path.parent.name for path in ATTACKS.glob("*/holds.json"))


@pytest.fixture(scope="module")
def right(course) -> str:
    from autograder.course import lesson

    chosen = lesson.load(course, ASSIGNMENT)
    return json.dumps(demo.fill_in(course, chosen, demo.right_answers(chosen)))


@pytest.fixture(scope="module")
def ran(tmp_path_factory, right):
    root = linked_course(tmp_path_factory.mktemp("hostile") / "course")
    hand_in(root, "ada", right)
    for name in NAMES:
        spec = importlib.util.spec_from_file_location(f"make_{name.replace('-', '_')}", ATTACKS / name / "make.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        folder = root / "submitted" / name / ASSIGNMENT
        folder.mkdir(parents=True)
        module.make(folder, json.loads(right), ROOT)
    return command("grade", ASSIGNMENT, "--course", root, "--json", root / "out.json", "--jobs", 2), root


def test_the_run_ends_with_a_line_for_everybody(ran):
    done, _root = ran
    assert done.code == 1, done.err  # some are held
    assert {entry["student"] for entry in done.document["submissions"]} == {"ada", *NAMES}
    assert done["ada"]["score"] == done["ada"]["max_score"]
    assert "Traceback" not in done.err and not os.path.exists("/tmp/pwned")


BESIDE = [name for name in NAMES if name.startswith("beside-")]


@pytest.mark.parametrize("name", BESIDE)
def test_nothing_beside_a_notebook_runs_when_somebody_works_in_its_folder(ran, name, tmp_path):
    """`autograder grade NOTEBOOK` where the notebook lies. The command is a script, as an installed one is: `python -m`
    would itself take modules from there."""
    _done, root = ran
    (tmp_path / "run.py").write_text("from autograder.commands.app import app\n\napp()\n")
    folder = root / "submitted" / name / ASSIGNMENT
    line = [
        sys.executable,
        str(tmp_path / "run.py"),
        "grade",
        "pixel_similarity.ipynb",
        "--json",
        str(tmp_path / "out.json"),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert not os.path.exists("/tmp/pwned")
    entry = json.loads((tmp_path / "out.json").read_text())["submissions"][0]
    assert entry["score"] == entry["max_score"], done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_each_is_told_as_what_it_is(ran, name):
    done, _root = ran
    holds = json.loads((ATTACKS / name / "holds.json").read_text())
    entry = done[name]
    assert entry["status"] in holds["status"].split(" or "), entry
    if entry["status"] == "held":
        assert re.search(holds.get("reason", "."), entry["reason"]) and "\n" not in entry["reason"], entry
    elif "full_marks" in holds:
        assert (entry["score"] == entry["max_score"]) is holds["full_marks"], entry
    assert entry["max_score"] == done["ada"]["max_score"]
    assert entry["seconds"] < 60, "none of them may keep a grader busy"


def test_no_page_runs_anything_of_a_students(ran):
    _done, root = ran
    pages = list((root / "feedback").rglob("*.html"))
    assert len(pages) == len(NAMES) + 1
    for page in pages:
        text = page.read_text()
        assert "<script>alert" not in text and "onerror=alert" not in text.replace("&lt;img src=x onerror=alert", ""), (
            page
        )
        assert "Content-Security-Policy" in text and "default-src 'none'" in text, page
        assert "\x1b" not in text, page


@pytest.mark.slow
def test_zip_slips_and_links_in_zips(small_course, right, tmp_path):
    """Members are never written where their names say; a link in a zip is a file with a path in it."""
    slips = [
        "../../../../tmp/slipped.ipynb",
        "/tmp/slipped.ipynb",
        "C:\\slipped.ipynb",
        "eve/pixel_similarity.ipynb",
        "bob\x1b[2J/pixel_similarity.ipynb",
    ]
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for name in slips:
            archive.writestr(name, right)
        link = zipfile.ZipInfo("mallory/pixel_similarity.ipynb")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, str(ROOT / "source" / ASSIGNMENT / "pixel_similarity.ipynb"))
    done = command("grade", tmp_path / "class.zip", "--course", small_course, "--json", tmp_path / "out.json")
    assert not os.path.exists("/tmp/slipped.ipynb") and len(done.document["submissions"]) == len(slips) + 1
    assert done["mallory"]["status"] == "held" and done["eve"]["score"] == done["eve"]["max_score"]
    assert all("/" not in entry["student"] and "\x1b" not in entry["student"] for entry in done.document["submissions"])


@pytest.mark.slow
def test_a_zip_bomb_ends_at_the_size_of_a_notebook(small_course, tmp_path):
    with (
        zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("eve/pixel_similarity.ipynb", "w") as member,
    ):
        for _ in range(300):
            member.write(bytes(1 << 20))
    done = command("grade", tmp_path / "bomb.zip", "--course", small_course, "--json", tmp_path / "out.json")
    assert done.code == 1 and "more than" in done["eve"]["reason"]


@pytest.mark.parametrize("damage", ["truncated", "rubbish", "wrong-checksum"])
def test_a_damaged_zip_is_one_clear_line(small_course, right, tmp_path, damage):
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("eve/pixel_similarity.ipynb", right)
    data = bytearray(path.read_bytes())
    if damage == "truncated":
        data = data[: len(data) // 2]
    elif damage == "rubbish":
        data[60:400] = os.urandom(340)
    else:
        data[data.index(b"PK\x01\x02") + 16] ^= 1  # in the directory at the end, which is what counts
    path.write_bytes(data)
    done = command("grade", path, "--course", small_course)
    assert done.code == 2 and "Traceback" not in done.err and "class.zip" in done.err
