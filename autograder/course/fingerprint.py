"""Fingerprints of everything that marks depend on: course, engine, torch and data set.

If one has changed, the marks of a stored report may be out of date.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata

from autograder.course import data as data_sets
from autograder.course.config import Course
from autograder.course.lesson import Lesson
from autograder.files import PACKAGE


def of_everything(course: Course, lesson: Lesson, data: data_sets.Data | None = None) -> str:
    """Equal fingerprints mean equal marks; the device is not included. `data` is this machine's data set by default."""
    found = data_sets.find() if data is None else data
    return of_course(course, lesson) + engine() + found.name


def of_course(course: Course, lesson: Lesson) -> str:
    """SHA-256 of a lesson's notebook, its graders, its bank and the settings (hex)."""
    digest = hashlib.sha256()
    graders = sorted(course.graders.glob("*.py"))
    files = [lesson.path, *graders, *sorted((course.mistakes / lesson.notebook).glob("*.py"))]
    for file in files:
        if file.name in ("conftest.py", f"test_{lesson.notebook}.py") or file.parent != course.graders:
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    digest.update(repr(course.settings.of_the_marks()).encode())
    return digest.hexdigest()


@functools.cache
def engine() -> str:
    """SHA-256 of torch's version and of every file of the engine (hex). torch is not imported: that takes seconds."""
    digest = hashlib.sha256(importlib.metadata.version("torch").encode())
    for file in sorted(PACKAGE.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
