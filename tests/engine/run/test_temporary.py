"""What a killed process leaves among the temporary files is cleared up by the next one, and nothing else is."""

import json
import os
import pathlib
import signal
import subprocess
import sys

from autograder.commands import demo
from autograder.course import lesson
from autograder.grade.grader_process import Desk
from autograder.run import temporary
from tests.support.harness import ROOT

MAKER = """
import pathlib, sys, time
from autograder.run.temporary import Folder
folder = Folder("worker", pathlib.Path(sys.argv[1]))
(pathlib.Path(folder.path) / "deep" / "er").mkdir(parents=True)
(pathlib.Path(folder.path) / "deep" / "file").write_text("x")
print(folder.path, flush=True)
time.sleep(600)
"""


def make(place: pathlib.Path) -> tuple[subprocess.Popen, pathlib.Path]:
    process = subprocess.Popen([sys.executable, "-c", MAKER, str(place)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    return process, pathlib.Path(process.stdout.readline().strip())


def test_only_what_the_dead_left_is_cleared_up(tmp_path):
    (living, kept), (dead, left), (just_dead, young) = (make(tmp_path) for _ in range(3))
    try:
        for process in (dead, just_dead):
            process.send_signal(signal.SIGKILL)
            process.communicate()
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "file").write_text("x")
        (tmp_path / "autograder-link").symlink_to(elsewhere)
        (tmp_path / "autograder-file").write_text("x")
        for path in (kept, left, elsewhere):
            os.utime(path, (0, 0))
        with temporary.Folder("zip", tmp_path) as mine:
            names = {path.name for path in tmp_path.iterdir()}
            assert names == {
                kept.name,
                young.name,
                "elsewhere",
                "autograder-link",
                "autograder-file",
                os.path.basename(mine),
            }
            assert (kept / "deep" / "file").exists() and (elsewhere / "file").exists()
        assert not os.path.exists(mine)
    finally:
        living.kill()
        living.communicate()


def test_checks_that_write_files_leave_none(tmp_path, course, monkeypatch):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    chosen = lesson.load(course, "01-pixels")
    notebook = tmp_path / chosen.path.name
    notebook.write_text(json.dumps(demo.fill_in(course, chosen, demo.right_answers(chosen))))
    desk = Desk(course, chosen.assignment)
    report = desk.grade(notebook)
    while_it_runs = [path.name.rpartition("-")[0] for path in place.iterdir()]
    desk.close()
    assert report.score == report.max_score and while_it_runs == ["autograder-worker"]
    assert list(place.iterdir()) == []
