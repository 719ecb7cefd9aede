"""What an attack came to, judged alike for every grader: what it gained, what harm it did, whether it broke the run. Pure functions of what was
seen (`boxed_class.py`) with attackers and in a run of honest people alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from benchmarks import outer_box
from tests.support import attack_corpus

ENGINE_ONLY = re.compile(r"""["']worker["'.]|["']Child["']|MPLCONFIGDIR""")
"""Names of what exists beside this engine's student code alone: its modules, its classes, a variable that it sets. An attack whose text has one
of them goes for this engine's own inside."""
HUNG = "over the time limit"
VARYING = [
    (re.compile(r"/eve-\d+(_later)?(?=/|$)|/zoe(?=/|$)"), "/STUDENT"),
    (re.compile(r"/tmp[0-9a-z_]{8}"), "/TEMPORARY"),
]


def applies(name: str, tool: str) -> bool:
    """Whether the attack means anything to this grader; its text decides, not how it went."""
    return tool == "engine" or not ENGINE_ONLY.search(attack_corpus.source(name))


def _places(paths: Iterable[str]) -> dict[str, str]:
    """Path with the names of students and of temporary files taken out -> the path."""
    found = {}
    for path in paths:
        general = path
        for pattern, name in VARYING:
            general = pattern.sub(name, general)
        found[general] = path
    return found


def harm(seen: dict, quiet: dict) -> list[str]:
    """What changed for others, or was left behind, that an honest class doesn't change or leave. A run that had to be stopped had no time to
    tidy up, so what it leaves is no harm of the attack's."""
    found = [f"files changed: {', '.join(seen['changed'][:3])}"] if seen["changed"] else []
    usual = _places(quiet["new"])
    left = [path for general, path in _places(seen["new"]).items() if general not in usual and seen["ended"] != HUNG]
    if left:
        found.append(
            f"files left behind: {', '.join(left[:3])}" + (f" and {len(left) - 3} more" if len(left) > 3 else "")
        )
    if len(seen["processes"]) > len(quiet["processes"]):
        found.append(f"processes left behind: {', '.join(sorted(set(seen['processes'])))}")
    if seen["threads"] > outer_box.PROCESSES - 5:
        found.append("took all processes that a user may have")
    if seen["shared"] != quiet["shared"]:
        found.append("shared memory left behind")
    if not seen["canary"]:
        found.append("another process was killed")
    if not seen["package"]:
        found.append("an installed package changed")
    if seen["tables"] != seen["tables_before"]:
        found.append("the gradebook's tables changed")
    if seen["marks"].get("ada") != seen["marks_before"].get("ada"):
        found.append("somebody else's marks changed")
    return found


def broken(seen: dict, quiet: dict) -> str:
    """How the run was broken for the honest student who came last; empty if it wasn't."""
    if seen["marks"].get("zoe") == quiet["marks"]["zoe"]:
        return ""
    if seen["ended"] == HUNG:
        return "the run hung"
    if seen["marks"].get("zoe") is None:
        return f"no marks for who came next (exit status {seen['ended']})"
    return "other marks for who came next"


def gained(seen: dict, quiet: dict, student: str, later: bool) -> bool:
    """Full marks, which only an attack that got what it wanted is paid (or a wrong answer); or the hidden inputs on the student's page. Of an
    attack that leaves a note: whether the next one found it."""
    full = quiet["marks"]["zoe"]
    return seen["marks"].get(student + "_later" * later) == full or student in seen["leaked"]


def outcomes(names: list[str], seen: dict, quiet: dict) -> dict[str, dict]:
    """Attack -> what it gained, and the harm and the break of the run that it was part of."""
    hurt, broke = harm(seen, quiet), broken(seen, quiet)
    return {
        name: {
            "gained": gained(seen, quiet, f"eve-{number}", bool(attack_corpus.source_after(name))),
            "harm": hurt, "broke": broke, "seconds": seen["seconds"],
        }
        for number, name in enumerate(names)
    }  # fmt: skip


def of_engine(outcome: dict) -> dict:
    """An outcome of `attack_corpus` in the same words."""
    marks = "the neighbour's marks changed"
    return {
        "gained": bool(outcome["gained"] or outcome["leaked"]),
        "harm": [line for line in outcome["harm"] if line != marks],
        "broke": "a grader failed"
        if outcome["grader_error"]
        else "other marks for who came next"
        if marks in outcome["harm"]
        else "",
        "seconds": outcome["seconds"],
    }


def succeeded(outcome: dict) -> bool:
    return bool(outcome["gained"] or outcome["harm"] or outcome["broke"])
