"""The class page: one HTML page about an assignment, from stored reports and the gradebook. Self-contained; all text is
escaped.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.errors import CourseError
from autograder.report.pages import render
from autograder.report.words import EXTRA
from autograder.results import HELD, ExerciseResult, Marks, Report

BINS = 10
ENOUGH = 10
"""With fewer graded submissions, item statistics are shown with a warning."""


@dataclass(frozen=True)
class Item:
    """Statistics of one exercise.

    `difficulty`: the mean share of its points that students earned, 0..1; a high value means an easy exercise. Of a
    starred extra, the mean share of its checks.
    `full`, `unwritten`: the share of submissions with full marks, and of those without an answer.
    `discrimination`: the correlation of its marks with the total of all other exercises, -1..1; None if undefined.
    """

    name: str
    points: float
    difficulty: float
    full: float
    unwritten: float
    discrimination: float | None

    @property
    def remark(self) -> str:
        if self.discrimination is not None and self.discrimination < 0:
            return "students who do well elsewhere do badly here: check the exercise and its grader"
        if not self.points:
            return EXTRA
        if self.difficulty < 0.3:
            return "few students solved this: explain it again"
        if self.discrimination is not None and self.discrimination < 0.2:
            return "hardly tells strong students from weak ones"
        return ""


@dataclass(frozen=True)
class Mistake:
    exercise: str
    name: str
    says: str
    count: int


def correlation(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Pearson's correlation; None for fewer than three pairs or if one side does not vary."""
    # 1e-9: sums of marks that are equal can differ by rounding
    if len(xs) < 3 or max(xs) - min(xs) < 1e-9 or max(ys) - min(ys) < 1e-9:
        return None
    return statistics.correlation(xs, ys)


def items(reports: Sequence[Report]) -> list[Item]:
    """Item statistics from the graded reports on one assignment, in the order of its exercises. Held ones are left out.

    The discrimination is the corrected item-total correlation: Pearson's correlation of an item with the total of the
    *other* items (S. Henrysson, Correction of item-total correlations in item analysis, Psychometrika 28, 1963). For an
    exercise that is either right or wrong this is the point-biserial correlation (F. M. Lord and M. R. Novick,
    Statistical Theories of Mental Test Scores, 1968, 15.3).
    """
    graded = [report for report in reports if report.status != HELD]
    by_name: dict[str, list[tuple[ExerciseResult, float]]] = {}
    for report in graded:
        for exercise in report.exercises:
            by_name.setdefault(exercise.id, []).append((exercise, report.score - exercise.score))
    found = []
    for name, rows in by_name.items():
        scores, rest = [exercise.score for exercise, _ in rows], [others for _, others in rows]
        points = rows[0][0].max_score
        found.append(
            Item(
                name,
                points,
                statistics.fmean(scores) / points if points else statistics.fmean(one.share for one, _ in rows),
                sum(exercise.right for exercise, _ in rows) / len(rows),
                sum(exercise.unwritten for exercise, _ in rows) / len(rows),
                correlation(scores, rest),
            )
        )
    return found


def mistakes(reports: Sequence[Report], names: dict[tuple[str, str], str]) -> list[Mistake]:
    """The diagnoses given, most frequent first. `names`: (exercise, sentence) -> the mistake's name in the bank."""
    counted = Counter(
        (exercise.id, exercise.diagnosis)
        for report in reports
        for exercise in report.exercises
        if exercise.diagnosis and not exercise.unwritten
    )
    return [
        Mistake(exercise, names.get((exercise, says), "").replace("_", " "), says, count)
        for (exercise, says), count in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def unnamed(reports: Sequence[Report]) -> list[tuple[str, str, int]]:
    """(exercise, check's sentence, count) for failed checks of answers that no known mistake explains, most frequent
    first.
    """
    counted = Counter(
        (exercise.id, check.sentence)
        for report in reports
        if report.status != HELD
        for exercise in report.exercises
        if not exercise.diagnosis
        for check in exercise.checks
        if check.lost
    )
    return [(*key, count) for key, count in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))]


def doubts(reports: Sequence[Report]) -> list[tuple[str, str, str]]:
    """(student, exercise, why) for each exercise at whose marks a person should look."""
    return [
        (report.student, exercise.id, exercise.in_doubt)
        for report in sorted(reports, key=lambda report: report.student)
        if report.status != HELD
        for exercise in report.exercises
        if exercise.in_doubt
    ]


def histogram(shares: Sequence[float]) -> list[int]:
    """How many of the shares (0..1) fall in each tenth. A share of exactly 1 is in the last one."""
    counts = [0] * BINS
    for share in shares:
        counts[min(int(max(0.0, share) * BINS), BINS - 1)] += 1
    return counts


def script(name: str) -> tuple[str, str]:
    """The text of a script in `templates/`, and its hash as a Content-Security-Policy wants it (`sha256-...`)."""
    text = importlib.resources.files("autograder.report").joinpath("templates", name).read_text(encoding="utf-8")
    return text, "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def page(assignment: str, reports: Sequence[Report], book: dict[str, Marks], names: dict[tuple[str, str], str]) -> str:
    """The page as HTML. Raises CourseError if there are no reports."""
    if not reports:
        raise CourseError(f"there is no report on {assignment} yet: run `autograder grade {assignment}` first")
    graded = [report for report in reports if report.status != HELD]
    shares = [report.score / report.max_score for report in graded if report.max_score]
    # the page's policy allows this one script by its hash, so nothing that a student wrote can run
    sort, sort_hash = script("sort.js")
    return render(
        "overview.html.j2",
        {"percent": lambda share: f"{100 * share:.0f} %", "signed": _signed},
        assignment=assignment,
        reports=sorted(reports, key=lambda report: report.student),
        graded=graded,
        held=[report for report in reports if report.status == HELD],
        book=book,
        mean=statistics.fmean(shares) if shares else None,
        median=statistics.median(shares) if shares else None,
        deviation=statistics.pstdev(shares) if shares else None,
        bars=histogram(shares),
        items=items(reports),
        few=len(graded) < ENOUGH,
        mistakes=mistakes(reports, names),
        unnamed=unnamed(reports),
        doubts=doubts(reports),
        seconds=statistics.median(report.seconds for report in reports),
        slowest=max(report.seconds for report in reports),
        sort=sort,
        sort_hash=sort_hash,
    )


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"
