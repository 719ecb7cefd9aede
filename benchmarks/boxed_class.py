"""Runs inside the outer box, as its process 1: hands in a class of attackers, lets a grader run, and tells what is to be seen afterwards.

Process 1 can't be killed or stopped from within, so it outlives every attack. Reads a job as JSON (see `benchmarks/attacks.py`), writes what it
saw as JSON; says nothing about what that means.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import stat
import sys
import threading
import time

from benchmarks.plain_course import ASSIGNMENT, fill
from tests.support import attack_corpus

MANY = 20_000  # paths, after which nobody counts on
LARGE = 32 << 20  # bytes, above which a file is known by its size
OWN = re.compile(
    rb"/\.local/share/jupyter/runtime/|/\.ipython/|/\.cache/|/\.config/|/__pycache__/|\.nbgrader\.log$|/tool\.log$"
)
MARKS = """select a.student_id, sum(g.auto_score), count(*) - count(g.auto_score) from grade g
    join submitted_notebook n on g.notebook_id = n.id join submitted_assignment a on n.assignment_id = a.id group by a.student_id"""


def look_at(path: bytes) -> str:
    """Kind, permissions, size and content of what lies there, in a few letters."""
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode):
            return f"{status.st_mode:o}"
        content = b"" if status.st_size > LARGE else pathlib.Path(os.fsdecode(path)).read_bytes()
        return f"{status.st_mode:o} {status.st_size} {hashlib.sha256(content).hexdigest()[:16]}"
    except OSError as error:
        return type(error).__name__


def paths(places: list[str]) -> list[bytes]:
    """Everything in these folders but what is the grader's own; in steps, since attacks make names and depths at which others stop.

    Not what is mounted below them: that is the read-only Python environment, where it lies in /tmp, and larger than all that is looked at.
    """
    found: list[bytes] = []
    todo = [(os.fsencode(place), os.stat(place).st_dev) for place in places]
    while todo and len(found) < MANY:
        folder, device = todo.pop()
        try:
            if os.lstat(folder).st_dev != device:
                continue
            entries = list(os.scandir(folder))
        except OSError:
            continue
        entries = [entry for entry in entries if not OWN.search(entry.path)]
        found += [entry.path for entry in entries]
        todo += [(entry.path, device) for entry in entries if entry.is_dir(follow_symlinks=False)]
    return found


def file_and_its_marks(path: str) -> list[object]:
    """Everything that can be changed of a file without moving it."""
    try:
        status = os.stat(path)
        content = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()[:16]
        return [status.st_mode, status.st_size, status.st_mtime_ns, content, sorted(os.listxattr(path))]
    except OSError as error:
        return [type(error).__name__]


def marks(course: pathlib.Path) -> dict[str, object]:
    """Student -> marks, as this grader keeps them; None where it has none for somebody who is in its book."""
    kept = course / "marks.json"
    try:
        if kept.exists():
            return {student: entry["score"] for student, entry in json.loads(kept.read_text()).items()}
        with contextlib.closing(sqlite3.connect(course / "gradebook.db", timeout=2)) as book:
            return {student: None if missing else score for student, score, missing in book.execute(MARKS)}
    except (sqlite3.Error, ValueError, OSError) as error:
        return {"unreadable": str(error)}


def tables(course: pathlib.Path) -> list[str]:
    try:
        with contextlib.closing(sqlite3.connect(course / "gradebook.db", timeout=2)) as book:
            return sorted(name for (name,) in book.execute("select name from sqlite_master where type = 'table'"))
    except sqlite3.Error as error:
        return [str(error)]


def shown(course: pathlib.Path, student: str) -> str:
    """What the student would be given to read."""
    kept = course / "marks.json"
    try:
        if kept.exists():
            return str(json.loads(kept.read_text()).get(student, {}).get("shown", ""))
        return "".join(page.read_text() for page in (course / "feedback" / student).rglob("*.html"))
    except (OSError, ValueError):
        return ""


def running() -> dict[int, str]:
    """The processes besides this one that are not just waiting to be buried."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != "1":
            with contextlib.suppress(OSError):
                name, state = (entry / "stat").read_text().partition("(")[2].rpartition(")")[::2]
                if state.split()[0] not in "ZX":
                    found[int(entry.name)] = name
    return found


def start(line: list[str], course: pathlib.Path, before: object = None) -> int:
    """Start a command in a process group of its own, as a shell does; `before` is called with its process number first."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setpgid(0, 0)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
            os.chdir(course)
            if callable(before):
                before(os.getpid())
            log = os.open("/tmp/tool.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os.closerange(3, 1024)
            os.execv(line[0], line)
        finally:
            os._exit(127)
    return pid


def threads() -> int:
    """How many threads all processes in the box have, as the limit of processes counts them."""
    count = 0
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                count += int((entry / "stat").read_text().rpartition(")")[2].split()[17])
    return count


def end_of(pid: int, seconds: float) -> tuple[int | None, int]:
    """Exit status of the command, or None where it takes longer; and the most threads that were there at a time."""
    end, most = time.monotonic() + seconds, 0
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        left = end - time.monotonic()
        if done or left <= 0:
            return os.waitstatus_to_exitcode(status) if done else None, most
        signal.sigtimedwait([signal.SIGCHLD], min(left, 1.0))  # a stopped command has no end to tell
        most = max(most, threads())


def end_with(descriptor: int) -> None:
    """End the box when the other end of this pipe is closed, as it is when whoever made the box dies."""

    def wait() -> None:
        os.read(descriptor, 1)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def main(job: dict) -> dict:
    end_with(job["alive"])
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    home = pathlib.Path(os.environ["HOME"])
    course = home / "course"
    shutil.copytree(job["course"], course)
    (home / "letter.txt").write_text("private\n")
    for _ in range(300):  # numbers of processes as on a machine that has been up for a while
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
    release = course / "release" / ASSIGNMENT / "pixel_similarity.ipynb"
    watched = [str(home), "/tmp", "/dev/shm"]
    with attack_corpus.victims(pathlib.Path("/tmp"), course) as (facts, canary):

        def hand_in(pid: int) -> None:
            lines = attack_corpus.known({**facts, "GRADER_PID": pid})
            for student, text in job["answers"].items():
                fill(course, student, release, {"accuracy": lines + text if student.startswith("eve") else text})

        hand_in(0)
        before = {path: look_at(path) for path in paths(watched)}
        seen: dict = {"marks_before": marks(course), "tables_before": tables(course)}
        package = file_and_its_marks(job["package"])
        begun, already = time.monotonic(), set(running())
        pid = start(job["commands"][0], course, hand_in)
        ended, seen["threads"] = end_of(pid, job["seconds"])
        seen["seconds"] = round(time.monotonic() - begun, 1)
        seen["ended"] = "over the time limit" if ended is None else ended
        seen["processes"] = (
            [] if ended is None else sorted(name for number, name in running().items() if number not in already)
        )
        for line in job["commands"][1:]:
            end_of(start(line, course), job["seconds"])
        seen["canary"] = canary.poll() is None
        own = {bytes(course / "submitted" / student / ASSIGNMENT / release.name) for student in job["answers"]}
        own |= {bytes(course / name) for name in ("gradebook.db", "gradebook.db-journal", "marks.json")}
        changed = [path for path, was in before.items() if path not in own and look_at(path) != was]
        seen["changed"] = sorted(os.fsdecode(path) for path in changed)[:20]
        seen["new"] = sorted(
            path.decode(errors="backslashreplace") for path in set(paths(watched)) - before.keys() - own
        )
        seen["package"] = file_and_its_marks(job["package"]) == package
        seen["shared"] = attack_corpus.shared_memory()
        seen["marks"], seen["tables"] = marks(course), tables(course)
        seen["leaked"] = [student for student in job["answers"] if "LEAK" in shown(course, student)]
        with contextlib.suppress(OSError):
            seen["log"] = pathlib.Path("/tmp/tool.log").read_text(errors="replace")[-3000:]
    return seen


if __name__ == "__main__":
    told = json.dumps(main(json.loads(sys.stdin.read())))
    sys.stdout.write("\n" + told + "\n")
    sys.stdout.flush()
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
