"""How well this machine can wall off student code: which layers work, which level they reach, what to install for more.

| level | layers | what it leaves open |
|---|---|---|
| full | bubblewrap, Landlock, seccomp, limits | nothing that is known |
| strong | bubblewrap, seccomp, limits | nothing that is known, but a single layer hides files |
| strong | Landlock, seccomp, limits | the same as at compute only, and whether a file exists, and its size |
| compute only | seccomp that denies every file, limits | whether a process number is in use, disk by deleted files |
| none | limits | everything: only for submissions that are trusted |

At "compute only", answers that open files, or import what is not yet loaded, fail.
"""

from __future__ import annotations

import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys
from dataclasses import dataclass

from autograder.errors import MachineError
from autograder.run import sandbox_rules, temporary

FULL, STRONG, COMPUTE_ONLY, NONE = "full", "strong", "compute only", "none"
_LEAVES = {
    FULL: "",
    STRONG: "a submission can see whether a file exists, and fill the disk with files that it has deleted",
    COMPUTE_ONLY: "answers that open files fail",
    NONE: "a submission can do what you can do",
}
WITHOUT = "AUTOGRADER_WITHOUT"
"""Environment variable: layers to treat as missing, separated by commas (bubblewrap, landlock, seccomp).

It is for trying lower levels.
"""

WORKER_FOLDER = pathlib.Path(__file__).parents[1] / "worker"


@dataclass(frozen=True)
class Fence:
    """The layers that this machine has.

    `missing` holds (layer, reason) for each layer that does not work; `filter` is the seccomp program.
    """

    level: str
    bubblewrap: str = ""
    landlock: bool = False
    filter: bytes = b""
    missing: tuple[tuple[str, str], ...] = ()

    @property
    def in_words(self) -> str:
        leaves = "a single layer hides files" if self.level == STRONG and self.bubblewrap else _LEAVES[self.level]
        return f"{self.level}: {leaves}" if leaves else self.level

    @property
    def lacks(self) -> list[str]:
        return [f"{name}: {why}" for name, why in self.missing]

    @property
    def holds(self) -> bool:
        """Whether strangers' code may run behind it."""
        return self.level != NONE


UNWALLED = Fence(NONE, missing=(("every layer", "a real accelerator's driver can't be reached from behind them"),))


@functools.cache
def fence() -> Fence:
    """What this machine has, tried once per process (about 0.1 s)."""
    if not sys.platform.startswith("linux"):
        return Fence(
            NONE, missing=tuple((name, f"absent on {sys.platform}") for name in ("bubblewrap", "Landlock", "seccomp"))
        )
    without = {name.strip().lower() for name in os.environ.get(WITHOUT, "").split(",")}
    missing: dict[str, str] = {
        name: f"switched off by {WITHOUT}" for name in ("bubblewrap", "Landlock", "seccomp") if name.lower() in without
    }
    with temporary.Folder("probe") as folder:
        return _probe(pathlib.Path(folder), missing)


def _probe(folder: pathlib.Path, missing: dict[str, str]) -> Fence:
    hidden, scratch = folder / "hidden", folder / "scratch"
    hidden.write_text("hidden")
    scratch.mkdir()
    question = {"hidden": str(hidden), "scratch": str(scratch)}
    program = b""
    if "seccomp" not in missing:
        try:
            program = sandbox_rules.system_call_filter()
        except (ImportError, RuntimeError, OSError, FileNotFoundError) as error:
            missing["seccomp"] = f"its filter can't be compiled ({error}); the library libseccomp is needed"
    layers = [name.lower() for name in ("Landlock", "seccomp") if name not in missing]
    answer = _ask([sandbox_rules.executable(), "-I", "-S"], {**question, "filter": program.hex(), "layers": layers})
    for name in ("Landlock", "seccomp"):
        if answer.get(name.lower()):
            missing[name] = answer[name.lower()]
    landlock, bubblewrap = "Landlock" not in missing, ""
    if "bubblewrap" not in missing:
        bubblewrap = shutil.which("bwrap") or ""
        readable = sandbox_rules.readable(WORKER_FOLDER)
        if not bubblewrap:
            missing["bubblewrap"] = "not installed"
        else:
            command = [sandbox_rules.executable(), "-I", "-S"]
            # as the warm parent is started, so that the probe sees the same namespaces
            line = sandbox_rules.bubblewrap(
                bubblewrap, command, readable, str(scratch), scratch_bytes=1 << 20, see_processes=landlock
            )
            why = _ask(line, {**question, "layers": ["namespaces"]}).get("namespaces", "")
            if why:
                missing["bubblewrap"], bubblewrap = why, ""
    # without the filter a submission can start processes and send signals, whatever hides the files
    if "seccomp" in missing:
        level = NONE
    elif bubblewrap and landlock:
        level = FULL
    elif bubblewrap or landlock:
        level = STRONG
    else:  # nothing else hides files, so the filter refuses every call that takes a file name
        level, program = COMPUTE_ONLY, sandbox_rules.system_call_filter(files=False)
    return Fence(level, bubblewrap, landlock, program if level != NONE else b"", tuple(missing.items()))


def _ask(command: list[str], question: dict[str, object]) -> dict[str, str]:
    """The probe's answer: for each layer what is wrong, or "". If the probe can't run, every layer has failed."""
    layers = question["layers"]
    assert isinstance(layers, list)
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8"}
    try:
        done = subprocess.run(
            [*command, str(WORKER_FOLDER / "main.py"), "probe"],
            input=json.dumps(question),
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
        )
        answer = json.loads(done.stdout) if done.returncode == 0 else None
        # the last line of a traceback says what went wrong
        problem = (done.stderr.strip().splitlines() or ["no answer"])[-1]
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        answer, problem = None, str(error)
    if not isinstance(answer, dict):
        return {layer: problem[:200] for layer in layers}
    return {layer: str(answer.get(layer, "no answer"))[:200] for layer in layers}


# ---------------------------------------------------------------- advice

_APPARMOR = pathlib.Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")


def advice(found: Fence | None = None) -> list[str]:
    """What to do to reach a higher level, one sentence each; empty if nothing would help."""
    found = found or fence()
    missing = dict(found.missing)
    if not sys.platform.startswith("linux"):
        return ["student code can be walled off on Linux only: grade in WSL 2, a virtual machine or a Linux container"]
    hints = []
    if "bubblewrap" in missing:
        if missing["bubblewrap"] == "not installed":
            hints.append("install bubblewrap (`apt install bubblewrap`, `dnf install bubblewrap`)")
        elif _restricted_by_apparmor():
            hints.append(
                "AppArmor keeps bubblewrap from making namespaces: as root, write a profile /etc/apparmor.d/bwrap for "
                "/usr/bin/bwrap with the rule `userns,` and load it with `apparmor_parser -r /etc/apparmor.d/bwrap`"
            )
        elif WITHOUT not in missing["bubblewrap"]:
            hints.append(
                "bubblewrap may not make namespaces here, as in most containers: "
                "run the grader outside the container for level full"
            )
    if "seccomp" in missing and WITHOUT not in missing["seccomp"]:
        hints.append("install the library libseccomp (`apt install libseccomp2`) and pyseccomp")
    if "Landlock" in missing and found.level != FULL and WITHOUT not in missing["Landlock"]:
        hints.append(
            "Landlock needs Linux 5.13 or newer with `landlock` in the kernel's list of security modules (lsm=)"
        )
    return hints


def _restricted_by_apparmor() -> bool:
    try:
        return _APPARMOR.read_text().strip() == "1"
    except OSError:
        return False


def require(trusted: bool = False) -> Fence:
    """The fence. Raises MachineError if there is none and the submissions are not trusted."""
    found = fence()
    if found.holds or trusted:
        return found
    hints = "; ".join(advice(found))
    raise MachineError(
        f"this machine can't wall off student code ({'; '.join(found.lacks)}), so a submission could read the answers, "
        f"change marks or harm your files. {hints[:1].upper()}{hints[1:]}. "
        "To run the code of people you trust anyway, add --trust-submissions"
    )
