"""Open nbgrader's gradebook, back it up before writing, and turn database errors into one line."""

from __future__ import annotations

import contextlib
import datetime
import os
import pathlib
import sqlite3
import stat
import sys
from collections.abc import Iterator
from typing import Any

from autograder.course.config import Course
from autograder.errors import CourseError
from autograder.files import create_private, make_folder, write_whole
from autograder.nbgrader_settings import find_programs

_BACKUPS = 10


@contextlib.contextmanager
def _without_a_grammar() -> Iterator[None]:
    """Keep jsonschema from loading a grammar of international web addresses while nbgrader is imported.

    nbformat imports jsonschema, which imports `rfc3987_syntax` if it is installed (Jupyter's server needs it). Building
    that parser takes seconds. Without it jsonschema does not validate such addresses, and a notebook's schema has none.
    """
    name = "rfc3987_syntax"
    hidden = "jsonschema" not in sys.modules and name not in sys.modules
    if hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # importing it now raises ImportError, which jsonschema handles
    try:
        yield
    finally:
        if hidden:
            del sys.modules[name]  # the rest of the process may import it


class Gradebook:
    """A course's gradebook; a context manager. Raises CourseError if the database can't be used.

    `cells`: assignment -> id of a graded or answer cell -> its name; filled by `write.prepare`.
    """

    def __init__(self, course: Course) -> None:
        self.course = course
        self.url = course.db_url
        self.course_id = course.id or "default_course"  # nbgrader's own default
        self.cells: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Gradebook:
        with _without_a_grammar():
            from nbgrader.api import Gradebook as NbgraderGradebook

        find_programs()
        name = self.url.removeprefix("sqlite:///")
        if name != self.url and ":memory:" not in name and "?" not in name:
            with contextlib.suppress(OSError):  # it is there, or SQLite will say what is wrong
                create_private(pathlib.Path(name))  # SQLite would let everybody read it; empty, it is a new database
        with self.telling_whose_fault():
            self.nbgraders = NbgraderGradebook(self.url, self.course_id)
        return self

    def __exit__(self, *_: object) -> None:
        self.nbgraders.close()

    def back_up(self) -> pathlib.Path | None:
        """Copy an SQLite gradebook to `backups/` and keep the last ten copies. Returns the copy, or None if there was
        nothing to copy.

        Other databases are left to their own tools.
        """
        name = self.url.removeprefix("sqlite:///")
        if name == self.url or not self.nbgraders.assignments or not os.path.exists(name):
            return None
        folder = pathlib.Path(name).parent / "backups"
        target = folder / f"gradebook-{datetime.datetime.now():%Y%m%d-%H%M%S-%f}.db"
        with self.telling_whose_fault():
            make_folder(folder)
            # SQLite would make it readable for everybody
            write_whole(target, b"", stat.S_IMODE(os.stat(name).st_mode))
            # SQLite's own backup is consistent even while another process, such as the formgrader, writes
            with contextlib.closing(sqlite3.connect(name)) as now, contextlib.closing(sqlite3.connect(target)) as copy:
                now.backup(copy)
        # the names sort by time
        for old in sorted(folder.glob("gradebook-*.db"))[:-_BACKUPS]:
            old.unlink(missing_ok=True)
        return target

    @contextlib.contextmanager
    def telling_whose_fault(self) -> Iterator[None]:
        """Turn a database error into a CourseError of one line. Stored reports are not affected, so running the same
        command again finishes the job.
        """
        from sqlalchemy.exc import DatabaseError, OperationalError

        try:
            yield
        except sqlite3.Error as error:
            raise CourseError(
                f"the gradebook {self.url} can't be backed up ({error}), so nothing was written to it: "
                "make sure that it is intact and that the disk has room, and run the same command again"
            ) from None
        except OperationalError as error:  # a subclass of DatabaseError: a locked database or a full disk
            raise CourseError(
                f"the gradebook {self.url} can't be written ({error.orig}); "
                "no marks are lost: run the same command again"
            ) from None
        except DatabaseError as error:
            raise CourseError(
                f"the gradebook {self.url} is damaged ({error.orig}) and was not changed: "
                "restore a backup or move it away, and run the same command again"
            ) from None
