"""What there is to grade: nbgrader's `submitted/` folder, or notebooks, folders and zip files named on the command
line.
"""

from __future__ import annotations

import pathlib
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator

from autograder.course import lesson as lessons
from autograder.course.config import Course, nearest
from autograder.errors import CourseError, SubmissionUnreadable
from autograder.files import handed_in, safe_name
from autograder.notebook import Content, content_of, read
from autograder.read.submission import Job
from autograder.results import HELD, Report

_CANVAS = re.compile(r"(?P<student>[^_/]+)(?:_LATE)?_\d+_\d+_.+")
_MOODLE = re.compile(r"(?P<student>[^/]+)_\d+_assignsubmission_file(?:_.*)?")
_HARMLESS = re.compile(r"\w[\w @+.,'-]{0,99}")
MAX_MEMBERS = 20_000
MAX_UNPACKED = 4 << 30
"""Total bytes of all notebooks in a zip file."""


def submitted(course: Course, assignment: str) -> list[Job]:
    """One job for each student who handed the assignment in, in nbgrader's layout
    `submitted/STUDENT/ASSIGNMENT/NOTEBOOK.ipynb`.

    If a student's folder holds a single notebook with another name, that one is used.
    """
    name = lessons.source_path(course, assignment).name
    return [
        Job(folder.name, assignment, handed_in(folder / assignment, name))
        for folder in sorted(course.submitted.glob("*"))
        if (folder / assignment).is_dir()
    ]


def submission_of(course: Course, assignment: str, student: str) -> Job:
    """The job that `submitted` would return for this student."""
    name = lessons.source_path(course, assignment).name
    return Job(student, assignment, handed_in(course.submitted / student / assignment, name))


def of_no_assignment(course: Course) -> dict[str, int]:
    """Folders of students in `submitted/` that are called like no assignment of the course -> how many students have
    one.
    """
    known = lessons.assignments(course)
    names = (
        folder.name
        for folder in sorted(course.submitted.glob("*/*"))
        if folder.is_dir() and folder.name not in known and not folder.name.startswith((".", "__"))
    )
    return dict(Counter(names))


def by_path(course: Course, paths: list[pathlib.Path], unpacked: pathlib.Path) -> tuple[list[Job], list[Report]]:
    """Jobs for notebooks, folders of them and zip files, and a held report for each file that no assignment claims.

    Zip members are written to `unpacked`. Raises CourseError for a path that is none of these.
    """
    teller = _Teller(course)
    jobs: dict[tuple[str, str], Job] = {}
    unclaimed = []
    for path in paths:
        for student, file in _notebooks(course, path, unpacked):
            student = _as_id(student)
            content = content_of(file, course.settings.notebook_bytes)
            assignment = teller.assignment_of(file, content)
            if assignment is None:
                reason = (
                    "it has no exercise of this course, and neither its folder nor its name is that of an assignment"
                )
                unclaimed.append(Report(student, "", file.stem, HELD, reason))
                continue
            number, name = 1, student
            while (name, assignment) in jobs:
                number += 1
                name = f"{student}-{number}"
            jobs[name, assignment] = Job(name, assignment, file, told=content.sha256)
    return list(jobs.values()), unclaimed


def assignment_of(course: Course, file: pathlib.Path) -> str:
    """The assignment that a notebook answers; raises CourseError if nothing tells."""
    content = content_of(file, course.settings.notebook_bytes)
    found = _Teller(course).assignment_of(file, content)
    if found is None:
        try:
            content.notebook()
        except SubmissionUnreadable as error:
            raise CourseError(f"{file}: {error}") from None
        raise CourseError(
            f"{file}: it has no exercise of this course, and neither its folder nor its name is that of an assignment"
        )
    return found


def _as_id(name: str) -> str:
    """A student's id that can also be the name of a folder."""
    return name if _HARMLESS.fullmatch(name) else safe_name(name)


def _notebooks(course: Course, path: pathlib.Path, unpacked: pathlib.Path) -> Iterator[tuple[str, pathlib.Path]]:
    if path.is_dir():
        for file in sorted(path.rglob("*.ipynb")):
            if ".ipynb_checkpoints" not in file.parts:
                yield _student_of(course, file, path), file
    elif path.suffix == ".zip" and path.is_file():
        yield from _zipped(course, path, unpacked)
    elif path.is_file():
        # the instructor named this link, so it is trusted
        yield _student_of(course, path, path.parent), path.resolve()
    else:
        meant = nearest(str(path), lessons.assignments(course))
        raise CourseError(f"{path}: no such assignment, notebook, folder or zip file{meant}")


def _student_of(course: Course, file: pathlib.Path, top: pathlib.Path) -> str:
    """Whose notebook it is: nbgrader's layout, the LMS's file name, the folder, or the file's own name."""
    parts = file.resolve().parts
    names = set(lessons.assignments(course))
    if len(parts) >= 3 and parts[-2] in names and parts[-3] not in ("source", "release"):
        return parts[-3]
    match = _lms_name(file)
    if match is not None:
        return match
    own_names = {lessons.source_path(course, name).stem for name in names}
    if file.stem in own_names and file.parent.resolve() != top.resolve():
        return file.parent.name
    return file.stem


def _lms_name(file: pathlib.PurePath) -> str | None:
    """The student named by Moodle's folder (file, without folders) or by Canvas's file name; None for other names."""
    match = _MOODLE.fullmatch(file.parent.name) or _MOODLE.fullmatch(file.stem) or _CANVAS.fullmatch(file.stem)
    return match["student"] if match else None


def _zipped(course: Course, path: pathlib.Path, unpacked: pathlib.Path) -> Iterator[tuple[str, pathlib.Path]]:
    """The notebooks of a zip file, each under a name of our own: a member's path is never used as a path."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [
                member for member in archive.infolist() if member.filename.endswith(".ipynb") and not member.is_dir()
            ]
            if len(members) > MAX_MEMBERS:
                raise CourseError(f"{path}: {len(members)} notebooks, more than {MAX_MEMBERS}")
            room = MAX_UNPACKED
            for number, member in enumerate(members):
                inner = pathlib.PurePosixPath(member.filename)
                if inner.name.startswith("._") or "__MACOSX" in inner.parts:
                    continue
                student = _lms_name(inner) or (inner.parent.name if len(inner.parts) > 1 else inner.stem)
                file = unpacked / f"{path.stem}-{number}.ipynb"
                file.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, file.open("wb") as target:
                    # one byte more than the largest notebook that is read, so a zip bomb stops here
                    left = course.settings.notebook_bytes + 1
                    while left > 0 and (block := source.read(min(left, 1 << 20))):
                        left -= target.write(block)
                    room -= target.tell()
                if room < 0:
                    raise CourseError(f"{path}: its notebooks are more than {MAX_UNPACKED >> 30} GiB when unpacked")
                yield student, file
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        raise CourseError(f"{path}: not a readable zip file: {error}") from None


class _Teller:
    """Tells to which assignment a notebook belongs."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.ids: dict[str, set[str]] = {}
        self.stems: dict[str, str] = {}
        for assignment in lessons.assignments(course):
            path = lessons.source_path(course, assignment)
            self.ids[assignment] = {cell.grade_id for cell in read(path, 1 << 30).cells if cell.grade_id} - {"setup"}
            self.stems[path.stem] = assignment

    def assignment_of(self, file: pathlib.Path, content: Content) -> str | None:
        """The assignment, by the exercises in the notebook, else by its folder or name; None if nothing tells."""
        try:
            found = {cell.grade_id for cell in content.notebook().cells}
        except SubmissionUnreadable:
            found = set()
        best = max(self.ids, key=lambda name: len(self.ids[name] & found), default=None)
        if best is not None and self.ids[best] & found:
            return best
        if file.parent.name in self.ids:
            return file.parent.name
        for stem, assignment in self.stems.items():
            if stem in file.stem:
                return assignment
        if len(self.ids) == 1:
            return next(iter(self.ids))
        return None
