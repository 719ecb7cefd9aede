"""The tiers of the suite, how a run is spread over the cores, and what a run says of the tests that it left out."""

from __future__ import annotations

import os
import pathlib
import re

import pytest

LEFT_OUT = pytest.StashKey[dict[str, int]]()
TIERS = ("slow", "proof")

OF_ITS_OWN = re.compile(r"\[(as I am|as an ordinary user|without [A-Za-z ]+|\d\d-[a-z-]+)")
"""A parameter whose tests are a group of their own: a setting of the attack corpus, a lesson."""

LONGEST = (
    *("test_attacks as I am", "test_attacks as an ordinary user", "test_attacks_at_lower_levels without bubblewrap"),
    *("test_attacks_at_lower_levels without Landlock", "test_attacks_at_lower_levels without bubblewrap and Landlock"),
    *(
        "test_command",
        "test_nbgrader",
        "test_cluster",
        "test_survival",
        "test_bank 04-mnist-sgd",
        "test_worker",
        "test_attacks",
    ),
    *(
        "test_formgrader",
        "test_soak",
        "test_bank 02-pixel-similarity",
        "test_isolation",
        "test_attacks_on_files",
        "test_follow_through",
    ),
    *(
        "test_bank 01-pixels",
        "test_bank 03-gradient-descent",
        "test_bank 06-all-digits",
        "test_bank 05-neural-net",
        "test_jupyterlab",
        "test_profile",
    ),
    *(
        "test_source_notebooks 04-mnist-sgd",
        "test_source_notebooks 05-neural-net",
        "test_after_grading",
        "test_devices",
        "test_benchmark_ways 04-mnist-sgd",
    ),
)
"""Groups of tests that take long, the longest first: what is started last should be short, or one core waits for another at the end."""


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = dict.fromkeys(TIERS, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """`-n auto`: a worker for each core; none for one file or for single tests, which run here, so that `--pdb` and `-s` work."""
    places = [config.invocation_params.dir / argument.partition("::")[0] for argument in config.args]
    if any("::" in argument for argument in config.args) or (len(places) == 1 and places[0].is_file()):
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores if cores > 1 else 0


def group(nodeid: str) -> str:
    """The tests of a group run one after another in one worker: a module's, so that its fixtures are made once, less those of `OF_ITS_OWN`."""
    module = pathlib.PurePath(nodeid.partition("::")[0]).stem
    found = OF_ITS_OWN.search(nodeid)
    return f"{module} {found[1].rstrip('-')}" if found else module


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Groups by what a test is called: xdist's `loadgroup` marks node ids in a way that pytest 9.2 no longer sees."""
    from xdist.scheduler import LoadFileScheduling

    class Groups(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    return Groups(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # in one process the order in which they are written serves the reader better
        places = {name: place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(group(item.nodeid), len(places)))


# ---------------------------------------------------------------- what was left out


def pytest_deselected(items: list[pytest.Item]) -> None:
    for item in items:
        tier = next((tier for tier in reversed(TIERS) if item.get_closest_marker(tier)), None)
        if tier is not None:
            item.config.stash[LEFT_OUT][tier] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash[LEFT_OUT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    # Every worker collects the same tests and leaves out the same; one that died has told nothing.
    left_out = getattr(node, "workeroutput", {}).get("left_out")
    if left_out:
        node.config.stash[LEFT_OUT].update(left_out)


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    left_out = {tier: count for tier, count in config.stash[LEFT_OUT].items() if count}
    if left_out:
        counts = " and ".join(f"{count} {tier}" for tier, count in left_out.items())
        commands = ", ".join(f"pytest -m {tier}" for tier in left_out)
        one = sum(left_out.values()) == 1
        terminalreporter.write_line(f"{counts} {'test was' if one else 'tests were'} not run: {commands}")
