"""nbgrader's gradebook, opened: whose fault its trouble is, and a copy of it before it is written to."""

from __future__ import annotations

import contextlib
import datetime
import os
import pathlib
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

from autograder.course.config import Course
from autograder.errors import CourseError
from autograder.nbgrader_settings import find_programs

_BACKUPS = 10


@contextlib.contextmanager
def _without_a_grammar() -> Iterator[None]:
    """Import nbgrader without a grammar of international web addresses that nothing of it needs.

    nbformat imports jsonschema, which takes `rfc3987_syntax` where it is installed (a server of Jupyter's wants it),
    and that one spends seconds on building its parser. Without it jsonschema leaves such addresses unchecked; a
    notebook's schema has none.
    """
    name = "rfc3987_syntax"
    hidden = "jsonschema" not in sys.modules and name not in sys.modules
    if hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # an import of it is now an ImportError, which jsonschema expects
    try:
        yield
    finally:
        if hidden:
            del sys.modules[name]


class Gradebook:
    """The gradebook of a course; a context manager. Raises CourseError where the database can't be used."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.url = course.db_url
        self.course_id = course.id or "default_course"
        self.cells: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Gradebook:
        with _without_a_grammar():
            from nbgrader.api import Gradebook as NbgraderGradebook

        find_programs()
        with self.telling_whose_fault():
            self.nbgraders = NbgraderGradebook(self.url, self.course_id)
        return self

    def __exit__(self, *_: object) -> None:
        self.nbgraders.close()

    def back_up(self) -> pathlib.Path | None:
        """Copy an SQLite gradebook with marks in it to `backups/`, in one piece, and keep the last ten; None where
        there is nothing to copy.

        With another database its own tools do that.
        """
        name = self.url.removeprefix("sqlite:///")
        if name == self.url or not self.nbgraders.assignments or not os.path.exists(name):
            return None
        folder = pathlib.Path(name).parent / "backups"
        target = folder / f"gradebook-{datetime.datetime.now():%Y%m%d-%H%M%S-%f}.db"
        with self.telling_whose_fault():
            folder.mkdir(exist_ok=True)
            with contextlib.closing(sqlite3.connect(name)) as now, contextlib.closing(sqlite3.connect(target)) as copy:
                now.backup(copy)
        for old in sorted(folder.glob("gradebook-*.db"))[:-_BACKUPS]:
            old.unlink(missing_ok=True)
        return target

    @contextlib.contextmanager
    def telling_whose_fault(self) -> Iterator[None]:
        """Database trouble as one line; the stored reports are untouched by it, so the same command finishes the job
        later.
        """
        from sqlalchemy.exc import DatabaseError, OperationalError

        try:
            yield
        except sqlite3.Error as error:
            raise CourseError(
                f"the gradebook {self.url} can't be copied ({error}), so nothing was written to it"
            ) from None
        except OperationalError as error:
            raise CourseError(
                f"the gradebook {self.url} can't be written ({error.orig}); "
                "no marks are lost: run the same command again"
            ) from None
        except DatabaseError as error:
            raise CourseError(
                f"the gradebook {self.url} is damaged ({error.orig}) and was left as it is: "
                "put a copy back or move it away, and run again"
            ) from None
