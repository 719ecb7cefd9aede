"""Whose fault it is: the exceptions of the engine.

AutograderError
    CourseError          the instructor's: a setting, a source notebook, a grader
    SubmissionUnreadable the file's: it is not a readable notebook, so the submission is held
    MachineError         this machine's: no worker can be started here
    OverBudget           the submission's: it used more time than a submission may, so it is held
    StudentFault         the student's code, while it was called
        StudentError         it raised an exception
        MissingAnswer        there is no such function
        TimedOut             it used up its time
        OutOfMemory          it asked for more memory than it may have
        TooMuch              it made more files or threads than it may
        WorkerDied           it ended its process, or sent an invalid reply
"""

from __future__ import annotations

from autograder.results import Verdict


class AutograderError(Exception):
    """The root; `str()` is one line for a person."""


class CourseError(AutograderError):
    """The course is at fault: a setting, a source notebook or a grader."""


class SubmissionUnreadable(AutograderError):
    """The submitted file is not a notebook that can be read; the submission is held, not marked 0."""


class MachineError(AutograderError):
    """This machine can't run student code."""


class KilledTwice(AutograderError):
    """A process that ran student code was killed from outside, and its retry was killed as well."""


class OverBudget(AutograderError):
    """A submission has used up what it may use as a whole; the submission is held, not marked 0."""


class StudentFault(AutograderError):
    """A call of the student's code gave no value. `verdict` is the word for it in a report.

    `from_outside`: something other than the grader may have killed the process (the kernel's out-of-memory killer, a
    person), so a retry is worthwhile. `unwritten`: the answer is still the stub. `bits`: how much the sentence can tell
    at most of what the call was given, since the student's code can choose it.
    """

    verdict = Verdict.STUDENT_ERROR
    bits = 3.0

    def __init__(self, message: str, from_outside: bool = False, unwritten: bool = False) -> None:
        super().__init__(message)
        self.from_outside, self.unwritten = from_outside, unwritten


class StudentError(StudentFault):
    """The student's code raised.

    `type_name` is the exception's class, `line` its line in the student's cell (or None).
    """

    def __init__(
        self, message: str, type_name: str = "", line: int | None = None, unwritten: bool = False, bits: float = 0.0
    ) -> None:
        super().__init__(message, unwritten=unwritten)
        self.bits = bits
        self.type_name = type_name
        self.line = line


class MissingAnswer(StudentFault):
    """The submission defines no function with that name."""


class TimedOut(StudentFault):
    verdict = Verdict.TIMEOUT


class OutOfMemory(StudentFault):
    verdict = Verdict.MEMORY


class TooMuch(StudentFault):
    verdict = Verdict.KILLED


class WorkerDied(StudentFault):
    verdict = Verdict.KILLED
