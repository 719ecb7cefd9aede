"""`autograder doctor`: what this machine provides and what is missing: isolation, device, data, versions.

Isolation and device are tried out, not guessed.
"""

from __future__ import annotations

import importlib.metadata
import pathlib
import platform
import time
from dataclasses import dataclass

import typer

from autograder import devices, digits
from autograder.commands.shared import CourseOption, faults, out, say
from autograder.course import config, lesson
from autograder.errors import AutograderError, MachineError, StudentFault
from autograder.run import isolation
from autograder.run.requests import Requests
from autograder.run.warm_parent import WarmParent

_PACKAGES = ("torch", "torchvision", "fastai", "nbgrader", "jupyterlab", "pytest", "matplotlib")


@dataclass(frozen=True)
class Finding:
    """One line of output. `well`: True if it works, False if it does not, None for information."""

    well: bool | None
    about: str
    found: str


def doctor(course: CourseOption = None) -> None:
    """Show what this machine provides (isolation, device, data, versions) and what is missing."""
    with faults():
        findings = examine(course)
        for finding in findings:
            mark = {True: "[green]ok[/]  ", False: "[red]no[/]  ", None: "    "}[finding.well]
            out.print(f"{mark}[bold]{finding.about}[/]: ", end="")
            say(finding.found)
    raise typer.Exit(2 if any(finding.well is False for finding in findings) else 0)


def examine(root: pathlib.Path | None) -> list[Finding]:
    findings = [Finding(None, "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")]
    findings += [_version(name) for name in _PACKAGES]
    findings.append(_worker())
    findings += _isolation()
    findings.append(_device(root))
    found = digits.find()
    # a data set that leaves something unchecked still works, so it is no failure
    findings.append(Finding(not found.not_checked or None, "data", found.sentence))
    findings.append(_course(root))
    return findings


def _version(name: str) -> Finding:
    try:
        return Finding(True, name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(False, name, "not installed: run pip install -c constraints.txt -e .")


def _worker() -> Finding:
    start = time.perf_counter()
    try:
        with WarmParent() as parent:
            worker = parent.spawn()
            ready = time.perf_counter() - start
            worker.kill()
    except AutograderError as error:
        return Finding(False, "worker", str(error))
    return Finding(True, "worker", f"started in {ready:.1f} s")


def _isolation() -> list[Finding]:
    fence = isolation.fence()
    missing = f" (missing: {'; '.join(fence.lacks)})" if fence.missing else ""
    # a lower level that still holds is no failure: the hints say what would improve it
    well = True if fence.level == isolation.FULL else None if fence.holds else False
    return [
        Finding(well, "isolation", fence.in_words + missing),
        *(Finding(None, "to do", hint) for hint in isolation.advice(fence)),
    ]


def _device(root: pathlib.Path | None) -> Finding:
    """The accelerator that the course would use here. It is started in a worker, as for a submission."""
    try:
        settings = config.load(root or config.find_root(pathlib.Path.cwd())).settings
    except AutograderError:  # `_course` reports it on a line of its own
        settings = config.Autograder()
    try:
        device = devices.choose(settings.device, settings.device_memory, settings.trust_submissions)
        if not device.name:
            return Finding(None, "device", f"CPU only: {device.reason}")
        label, seconds = _try(device)
    except AutograderError as error:
        return Finding(False, "device", str(error))
    if device.simulated:
        found = devices.present() or "no accelerator"
        return Finding(None, "device", f"{label}, started in {seconds:.1f} s; this machine has {found}")
    workers = devices.at_once(device)
    return Finding(
        True,
        "device",
        f"{label}, started in {seconds:.1f} s; memory for {workers} worker{'' if workers == 1 else 's'} at once",
    )


def _try(device: devices.Device) -> tuple[str, float]:
    # a real accelerator's driver can't be reached from behind the wall, and it maps more than RLIMIT_AS allows
    with WarmParent(fence=isolation.UNWALLED if device.real else None) as parent:
        parent.wait_until_warm()
        start = time.perf_counter()
        worker = parent.spawn(unlimited=device.real)
        try:
            label = Requests().start_device(worker, device)
        except StudentFault as fault:
            raise MachineError(f"{device.name} can't be used: {fault}") from None
        finally:
            worker.kill()
    return label, time.perf_counter() - start


def _course(root: pathlib.Path | None) -> Finding:
    try:
        course = config.load(root or config.find_root(pathlib.Path.cwd()))
        names = lesson.assignments(course)
        for name in names:
            lesson.load(course, name)
    except AutograderError as error:
        return Finding(False, "course", str(error))
    return Finding(True, "course", f"{course.id} in {course.root}: {', '.join(names)}")
