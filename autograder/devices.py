"""Where answers are run besides the CPU: what this machine has, and what the course wants.

The accelerator itself is never touched here, only asked for: it is started in the worker, after the fork
(`autograder.worker.device`). Every check on it compares with the reference's values on the CPU, within the tolerance of
any right answer (`autograder.compare`): an accelerator sums in another order and fuses multiplications with additions,
which moves the same last digits as another way to write the sum; TF32, which would move the third digit of float32, is
off.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from autograder.errors import CourseError

TRUSTED = "AUTOGRADER_TRUSTED"
"""Environment variable: the submissions are trusted, so answers may be run on the driver of a real accelerator, outside
the wall.
"""
VARIABLE = "AUTOGRADER_DEVICE"
"""Environment variable that goes before the course's setting, to try graders on another device."""
CHOICES = ("auto", "cpu", "simulated", "cuda", "mps", "xpu", "hpu", "mtia")
CONTEXT = 600 << 20
"""Bytes of an accelerator's memory that a process takes before its first tensor: CUDA's libraries and kernels, rounded
up.
"""


@dataclass(frozen=True)
class Device:
    """`name` is torch's name for it, "simulated", or "" where answers are run on the CPU only, for this `reason`."""

    name: str
    found: str
    reason: str = ""
    memory: int = 2 << 30

    @property
    def simulated(self) -> bool:
        return self.name == "simulated"

    @property
    def real(self) -> bool:
        return self.name not in ("", "simulated")

    @property
    def not_checked(self) -> str:
        """What a report says was not checked because of this device; "" for a real one."""
        if self.real:
            return ""
        if self.simulated:
            return "the answers on a real GPU: a simulated one was used in its place"
        return f"whether the answers work on a GPU: {self.reason}"


CPU_ONLY = Device("", "cpu", "the course is set to the CPU only")
SIMULATED = Device("simulated", "simulated")


def choose(setting: str, memory: int = 2 << 30) -> Device:
    """The device for a course's setting, on this machine.

    A real accelerator's driver can't be reached from behind the wall, so "auto" takes a simulated one unless the
    submissions are trusted. Raises CourseError for a name that is none, and for a real accelerator where they are not
    trusted.
    """
    setting = os.environ.get(VARIABLE) or setting
    if setting not in CHOICES:
        raise CourseError(f"there is no device {setting!r}: {', '.join(CHOICES)}")
    if setting == "cpu":
        return CPU_ONLY
    if setting == "simulated":
        return SIMULATED
    trusted = bool(os.environ.get(TRUSTED))
    if setting == "auto" and not trusted:
        return SIMULATED
    here = present()
    if setting == "auto" and not here:
        return SIMULATED
    if setting == here and not trusted:
        raise CourseError(
            f"on {here}, student code can't be walled off: say --trust-submissions, or set device = 'simulated'"
        )
    if setting in ("auto", here):
        return Device(here, here, memory=memory)
    return Device("", "cpu", f"the course asks for {setting}, and this machine has {here or 'no accelerator'}")


def present() -> str:
    """The kind of accelerator that torch can use here, "" where there is none."""
    import torch

    found = torch.accelerator.current_accelerator(check_available=True)
    return "" if found is None else str(found.type)


def at_once(device: Device) -> int | None:
    """How many workers' tensors the accelerator's memory holds at one time; None for as many as one likes."""
    if not device.real:
        return None
    if device.name != "cuda":
        return 1
    import torch

    return max(1, torch.cuda.get_device_properties(0).total_memory // (device.memory + CONTEXT))
