"""How one submission is marked: its checks where they stand, then what may only raise a mark.

1. Every exercise at its check cell.
2. An exercise that loses marks, where another place of the notebook gives its function other things to work with: with
   what its own answer cell defined, and after the last cell. People run cells in another order than they stand. Then
   one that loses marks still, where nothing below its check cell has run: that may have changed what it uses.
3. Follow-through: with right answers in place of the wrong ones that it calls.
4. The visible examples of an exercise that got nothing. If they pass, a person should look.
5. Pictures of what an answer gives that lost marks, from a worker to which no hidden input was ever sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from autograder.errors import StudentFault
from autograder.judge.runner import Outcome, Runner, notes_of
from autograder.profile import stopwatch
from autograder.read.extract import Submission
from autograder.results import ExerciseResult, Report
from autograder.run.session import BEFORE, Session
from autograder.run.survey import Survey
from autograder.worker.namespace import CHECK, END, OWN


class Marking:
    """The marking of one submission. `diagnose` names the mistake behind an exercise's outcome."""

    def __init__(
        self, runner: Runner, submission: Submission, diagnose: Callable[[str, Outcome, frozenset[str]], str]
    ) -> None:
        self.runner, self.lesson, self._diagnose = runner, runner.lesson, diagnose
        self._survey = Survey(runner.parent, submission)
        self.facts = self._survey.facts
        self.parent = runner.parent_for(self.facts)
        self.submission = submission
        self._names = list(self.lesson.exercises)
        self._empty: frozenset[str] = frozenset()

    def __enter__(self) -> Marking:
        return self

    def __exit__(self, *_: object) -> None:
        self._survey.close()

    def _session(self, places: dict[str, str] | None = None, replaced: Sequence[str] = ()) -> Session:
        return self.runner.session(self.submission, replaced, self.parent, places, self._survey)

    def fill(self, report: Report) -> None:
        """Mark every exercise, and put results and notes into `report`."""
        session = self._session()
        try:
            outcomes = self.runner.outcomes(session, self._names)
            places, self._empty = session.loader.places, session.loader.empty
            notes = notes_of(session)
        finally:
            session.close()
        report.notes = [*self.submission.notes, *self._missing(places), *notes]
        results = {name: self._result(name, outcomes[name]) for name in self._names}
        self._try_places(results, outcomes, places)
        wrong = frozenset(name for name, outcome in outcomes.items() if not outcome.perfect)
        alone: list[str] = []
        for number, name in enumerate(self._names):
            # a mistake in a starred extra costs nothing, so to replace that one would pay for what calls it
            before = [other for other in self._names[:number] if self.lesson.exercises[other].points]
            blamed = self.facts.leaning_on(name, before) & wrong if name in wrong else frozenset()
            if blamed and any(places.get(name, {}).values()):
                if not self.runner.can_relay:
                    alone.append(name)
                    continue
                self._follow_through(results[name], outcomes, sorted(blamed))
        if alone:
            report.not_checked.append(
                f"what {', '.join(alone)} would do with right answers in place of the wrong ones that it calls: "
                "this takes bubblewrap, which does not work here"
            )
        self._look_for_doubts(results, outcomes, places)
        self._draw(results, outcomes)
        for name in self._names:
            with stopwatch.stage("diagnosis"):
                results[name].unwritten = outcomes[name].unwritten
                results[name].diagnosis = self._diagnose(
                    name, outcomes[name], self.facts.touched_by(name, {*self._names} - {name})
                )
            report.exercises.append(results[name])
        report.written = {name: name in self.submission.waiting for name in self.lesson.questions}

    def _result(self, name: str, outcome: Outcome) -> ExerciseResult:
        return ExerciseResult(name, self.lesson.exercises[name].points, outcome.checks, source=self._source(name))

    def _source(self, name: str) -> str:
        """The cells that define an answer, as the student wrote them."""
        defining = set(self.facts.defining(name))
        cells = [run.source for run in self.submission.own if run.exercise == name or run.name in defining]
        return "\n\n".join(cells)[:20_000]

    def _missing(self, places: dict[str, dict[str, bool]]) -> list[str]:
        """Notes on answer cells that are not in the notebook."""
        notes = []
        for name in self._names:
            if name in self.submission.missing:
                elsewhere = any(places.get(name, {}).values())
                notes.append(
                    f"The answer cell of {name} is missing"
                    + ("; a function with that name in another cell was used." if elsewhere else ".")
                )
        return notes

    # ------------------------------------------------------------ what may raise a mark

    def _try_places(
        self, results: dict[str, ExerciseResult], outcomes: dict[str, Outcome], places: dict[str, dict[str, bool]]
    ) -> None:
        """Try exercises that lose marks at the other places of the notebook; the best total of an exercise counts."""
        for place in (OWN, END):
            names = [
                name for name in self._names
                if places.get(name, {}).get(place) and self._may_be_tried_at_another_place(name, outcomes[name])
            ]  # fmt: skip
            if names:
                self._try_place(place, names, results, outcomes)
        for name in self._names:
            if outcomes[name].may_be_tried_again and self.facts.could_change(name, self._below(name)):
                self._try_place(BEFORE, [name], results, outcomes)

    def _may_be_tried_at_another_place(self, name: str, outcome: Outcome) -> bool:
        """Whether an exercise may have an answer elsewhere: one that was never written is not tried again."""
        return outcome.may_be_tried_again or (outcome.unwritten and name not in self._empty)

    def _try_place(
        self, place: str, names: list[str], results: dict[str, ExerciseResult], outcomes: dict[str, Outcome]
    ) -> None:
        session = self._session(dict.fromkeys(names, place))
        try:
            found = self.runner.outcomes(session, names)
        finally:
            session.close()
        for name in names:
            again = self._result(name, found[name])
            if again.share > results[name].share:
                again.place = place
                results[name], outcomes[name] = again, found[name]

    def _below(self, name: str) -> list[str]:
        """The cells that run below an exercise's check cell."""
        runs = self.submission.runs
        check = next((number for number, run in enumerate(runs) if name in run.keeps), len(runs))
        return [run.name for run in runs[check + 1 :]]

    def _follow_through(self, result: ExerciseResult, outcomes: dict[str, Outcome], blamed: list[str]) -> None:
        """Mark an exercise again with right answers in place of the wrong ones it calls; the better marks count."""
        session = self._session({result.id: result.place or CHECK}, blamed)
        try:
            found = self.runner.outcomes(session, [result.id])[result.id]
        finally:
            session.close()
        again = self._result(result.id, found)
        if again.share > result.share:
            result.checks, result.follow_through, result.replaced = found.checks, True, blamed
            outcomes[result.id] = found

    # ------------------------------------------------------------ doubts

    def _look_for_doubts(
        self, results: dict[str, ExerciseResult], outcomes: dict[str, Outcome], places: dict[str, dict[str, bool]]
    ) -> None:
        """Say of an exercise that got nothing, or that lacked a name, what its visible examples do."""
        asked = [
            name for name, result in results.items()
            if result.max_score and outcomes[name].may_be_tried_again
            and (result.score == 0 or any(check.lacking for check in outcomes[name].failing))
        ]  # fmt: skip
        if not asked:
            return
        cells = {cell.grade_id: cell.source for cell in self.lesson.release}
        for session, names in self._sessions({name: results[name].place or CHECK for name in asked}):
            for name in names:
                results[name].in_doubt = self._doubt(
                    session, name, cells[self.lesson.exercises[name].test_id], outcomes
                )

    def _sessions(self, places: dict[str, str]) -> Iterator[tuple[Session, list[str]]]:
        """New sessions in which some exercises are at their places, with the exercises of each; closed afterwards."""
        together = {name: place for name, place in places.items() if place != BEFORE}
        alone = [{name: place} for name, place in places.items() if place == BEFORE]
        for group in [together, *alone] if together else alone:
            session = self._session(group)
            try:
                yield session, list(group)
            finally:
                session.close()

    def _draw(self, results: dict[str, ExerciseResult], outcomes: dict[str, Outcome]) -> None:
        """Put pictures of wrong answers' values beside the first check that they lost.

        A worker that has seen hidden inputs could hide them in a picture of anything, so these come from a new one.
        """
        asked = [
            name for name in self._names if self.runner.checks.drawings.get(name) and outcomes[name].may_be_tried_again
        ]
        for session, names in self._sessions({name: results[name].place or CHECK for name in asked}):
            for name in names:
                first = next(check for check in results[name].checks if check.lost)
                first.pictures = self.runner.checks.draw(name, session)

    def _doubt(self, session: Session, name: str, examples: str, outcomes: dict[str, Outcome]) -> str:
        try:
            judged = [line for line in session.examples(name, examples) if line[0] is not None]
        except StudentFault:
            judged = []
        passed = sum(line[0] is True for line in judged)
        here = f"{passed} of {len(judged)} visible examples pass" if judged else "its visible examples could not be run"
        saved = self.submission.shown.get(name, (0, 0))
        if saved[0] and saved[0] == saved[1]:
            here += f"; in the notebook as saved, {saved[0]} of {saved[1]} pass"
        elif not (judged and passed == len(judged)):
            if not any(check.lacking for check in outcomes[name].failing):
                return ""
            return f"a name was not found while grading; {here}"
        return f"the hidden checks give no marks, but {here}"
