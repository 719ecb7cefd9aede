"""The device on which answers run besides the CPU: what this machine has, and what the course asks for.

The accelerator is never initialised here: CUDA does not survive a fork, so the worker starts it afterwards
(`autograder.worker.device`). Checks on it compare with the reference's values on the CPU, within the usual tolerance
(`autograder.compare`). An accelerator sums in another order and fuses multiplications with additions, which changes the
same last digits as writing the sum another way. TF32, which would change the third digit of float32, is off.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from autograder.errors import CourseError

VARIABLE = "AUTOGRADER_DEVICE"
"""Environment variable that overrides the course's setting, to try graders on another device."""
CHOICES = ("auto", "cpu", "simulated", "cuda", "mps", "xpu", "hpu", "mtia")
CONTEXT = 600 << 20
"""Bytes of an accelerator's memory that a process takes before its first tensor (CUDA's libraries and kernels), rounded
up.
"""


@dataclass(frozen=True)
class Device:
    """`name` is torch's name for the device, "simulated", or "" if answers run on the CPU only, for this `reason`."""

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


def choose(setting: str, memory: int = 2 << 30, trusted: bool = False) -> Device:
    """The device for a course's setting, on this machine.

    A real accelerator's driver can't be reached from behind the wall, so "auto" means a simulated one unless the
    submissions are trusted. Raises CourseError for an unknown name, and for a real accelerator if they are not trusted.

    Trust is an argument and never a variable of the environment: a job script, a server or a shell that somebody else
    set up must not be able to give it.
    """
    setting = os.environ.get(VARIABLE) or setting
    if setting not in CHOICES:
        raise CourseError(f"there is no device {setting!r}: {', '.join(CHOICES)}")
    if setting == "cpu":
        return CPU_ONLY
    if setting == "simulated":
        return SIMULATED
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
    """The type of accelerator that torch can use here; "" if there is none."""
    import torch

    found = torch.accelerator.current_accelerator(check_available=True)
    return "" if found is None else str(found.type)


def at_once(device: Device) -> int | None:
    """How many workers fit into the accelerator's memory at once; None means no limit."""
    if not device.real:
        return None
    if device.name != "cuda":
        return 1
    import torch

    return max(1, torch.cuda.get_device_properties(0).total_memory // (device.memory + CONTEXT))
