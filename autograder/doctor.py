"""What this machine gives, and what is missing: isolation, device, data, versions, each tried and not guessed."""

from __future__ import annotations

import importlib.metadata
import pathlib
import platform
import time
from dataclasses import dataclass

from autograder import config, digits, isolation, lesson, sandbox
from autograder.errors import AutograderError

_PACKAGES = ("torch", "torchvision", "fastai", "nbgrader", "jupyterlab", "pytest", "matplotlib")


@dataclass(frozen=True)
class Finding:
    """One line: whether it is well (None: good to know), what it is about, what was found."""

    well: bool | None
    about: str
    found: str


def examine(root: pathlib.Path | None) -> list[Finding]:
    findings = [Finding(None, "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")]
    findings += [_version(name) for name in _PACKAGES]
    findings.append(_worker())
    findings += _isolation()
    findings.append(_device())
    found = digits.find()
    findings.append(Finding(found.name == "mnist_sample" or None, "data", found.sentence))
    findings.append(_course(root))
    return findings


def _version(name: str) -> Finding:
    try:
        return Finding(True, name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(False, name, "not installed: pip install -c constraints.txt -e . brings it")


def _worker() -> Finding:
    start = time.perf_counter()
    try:
        with sandbox.WarmParent() as parent:
            worker = parent.spawn()
            ready = time.perf_counter() - start
            worker.kill()
    except AutograderError as error:
        return Finding(False, "worker", str(error))
    return Finding(True, "worker", f"started in {ready:.1f} s")


def _isolation() -> list[Finding]:
    fence = isolation.fence()
    missing = f" (missing: {'; '.join(fence.lacks)})" if fence.missing else ""
    well = True if fence.level == isolation.FULL else None if fence.holds else False
    return [Finding(well, "isolation", fence.in_words + missing), *(Finding(None, "to do", hint) for hint in isolation.advice(fence))]


def _device() -> Finding:
    import torch

    name = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    found = f"{name} is there, but answers are run on the CPU only" if name else "CPU; no accelerator on this machine"
    return Finding(None, "device", found)


def _course(root: pathlib.Path | None) -> Finding:
    try:
        course = config.load(root or config.find_root(pathlib.Path.cwd()))
        names = lesson.assignments(course)
        for name in names:
            lesson.load(course, name)
    except AutograderError as error:
        return Finding(False, "course", str(error))
    return Finding(True, "course", f"{course.id} in {course.root}: {', '.join(names)}")
