"""The results of `attacks.py` as the table of docs/security.md, and as what the README says of security.

`attack_results/red_team.json` holds what people tried who read the source to get through: a person adds each round, with
its tries, its hits, and how many of these are still open.
"""

from __future__ import annotations

import datetime
import json
import pathlib

from benchmarks.attack_judgement import applies, succeeded
from tests.support import attack_corpus

ROOT = pathlib.Path(__file__).parents[1]

RESULTS = ROOT / "benchmarks" / "attack_results"
PAGE = ROOT / "docs" / "security.md"
README = ROOT / "README.md"
RED_TEAM = RESULTS / "red_team.json"
README_BEGIN = "<!-- begin: what was tried, python -m benchmarks.attacks --write -->"
BEGIN, END = "<!-- begin: python -m benchmarks.attacks --write -->", "<!-- end -->"
TOOLS = {"engine": "this engine", "nbgrader": "nbgrader", "otter": "otter-grader"}
CLASSES = {
    "descriptors": "use or exhaust what lies open in their process",
    "disk": "fill the disk, or leave what is hard to tidy up",
    "forging": "change files, packages, records or replies",
    "grader": "burden the grader with what they give back",
    "leaking": "get hidden inputs onto the page that they are given",
    "lying": "give back what only looks like the right value",
    "memory": "take all memory, or memory that outlives them",
    "network": "reach other programs, here or elsewhere",
    "notes": "leave something for the next submission to find",
    "output": "print without end",
    "parent": "end their own process so that others have to bear it",
    "patching": "change torch, Python or their tools under the grader",
    "processes": "start processes and programs",
    "reading": "open, list or map what isn't theirs",
    "recognising": "tell a check from real use, or guess",
    "signals": "kill, stop, slow down or trace others",
    "threads": "leave threads at work",
    "time": "never end",
    "timers": "set alarms that go off later",
}
WAYS = {
    "gained": "of these: gained what they were after",
    "harm": "of these: did harm to others, or left something behind",
    "broke": "of these: cost the next submission its marks",
}


def read(folder: pathlib.Path) -> dict[str, dict]:
    """Tool -> what is kept of it; without those that have not been run."""
    return {
        tool: json.loads((folder / f"{tool}.json").read_text()) for tool in TOOLS if (folder / f"{tool}.json").is_file()
    }


def _share(results: dict[str, dict], tool: str, names: list[str]) -> str:
    """How many succeeded, of how many that apply; where not all of these were tried, of how many that were."""
    tried = results.get(tool, {}).get("attacks", {})
    mine = [name for name in names if name in tried]
    apply = [name for name in names if applies(name, tool)]
    if not apply:
        return "none applies"
    if not mine:
        return "not tried"
    of = f"{len(mine)}" if len(mine) == len(apply) else f"{len(mine)} tried ({len(apply)} apply)"
    return f"{sum(succeeded(tried[name]) for name in mine)} of {of}"


def _row(results: dict[str, dict], kind: str, about: str, names: list[str]) -> str:
    return f"| {kind} | {about} | {len(names)} | " + " | ".join(_share(results, tool, names) for tool in TOOLS) + " |"


def _measured(results: dict[str, dict], tool: str) -> str:
    day, on = datetime.date.fromisoformat(results[tool]["date"]), results[tool]["machine"]
    return (
        f"* {TOOLS[tool]}: {results[tool]['version']}; {day.day} {day:%B %Y}; Python {on['python']}, torch {on['torch']}, {on['bubblewrap']}, "
        f"{on['kernel']}, {on['cores']} cores, an ordinary user"
    )


def text(results: dict[str, dict]) -> str:
    """The table as Markdown, with what it was measured on."""
    kinds: dict[str, list[str]] = {kind: [] for kind in CLASSES}
    for name in attack_corpus.names():
        kinds[attack_corpus.holds(name)["class"]].append(name)
    lines = [
        "| class | attacks that ... | | " + " | ".join(TOOLS.values()) + " |",
        "| --- | --- | --: | --: | --: | --: |",
    ]
    lines += [_row(results, kind, CLASSES[kind], names) for kind, names in kinds.items()]
    lines.append(_row(results, "**all**", "**succeeded**", attack_corpus.names()))
    for way, about in WAYS.items():
        found = [
            sum(bool(outcome[way]) for outcome in results.get(tool, {}).get("attacks", {}).values()) for tool in TOOLS
        ]
        lines.append(f"| | {about} | | " + " | ".join(map(str, found)) + " |")
    lines += ["", *(_measured(results, tool) for tool in TOOLS if tool in results)]
    return "\n".join([*lines, *map(_round, red_team())])


def red_team() -> list[dict]:
    return json.loads(RED_TEAM.read_text())


def _round(round_: dict) -> str:
    opened = f", {round_['open']} of them not mended yet" if round_["open"] else ""
    return (
        f"* {round_['who']}, aiming at {round_['aimed_at']}: {round_['when']}; {round_['tried']} attacks that were not in "
        f"the corpus, {round_['hits']} of which succeeded{opened}"
    )


def budget(results: dict[str, dict]) -> str:
    """What was tried on this engine, by whom and when, and how much of it succeeded. No more."""
    engine, rounds = results["engine"], red_team()
    tried, day = engine["attacks"].values(), datetime.date.fromisoformat(engine["date"])
    opened = sum(round_["open"] for round_ in rounds)
    return (
        f"Tried on the wall: the project's own corpus, {len(tried)} attacks ({engine['version']}, {day.day} {day:%B %Y}), of which "
        f"{sum(map(succeeded, tried))} succeeded;\nand {sum(round_['tried'] for round_ in rounds)} attacks by readers of the source, "
        f"in {len(rounds)} rounds (the last in {rounds[-1]['when']}), of which {sum(round_['hits'] for round_ in rounds)} succeeded and "
        f"{opened or 'none'} {'is' if opened < 2 else 'are'} still open."
    )


def write(results: dict[str, dict]) -> None:
    """Put the table and the README's sentence between their markers; raises ValueError where a page has none."""
    _put(PAGE, BEGIN, text(results))
    _put(README, README_BEGIN, budget(results))


def _put(path: pathlib.Path, first: str, made: str) -> None:
    before, begin, rest = path.read_text().partition(first)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} has no lines {first!r} and {END!r} for the text to stand between")
    path.write_text(f"{before}{first}\n{made}\n{END}{after}")
