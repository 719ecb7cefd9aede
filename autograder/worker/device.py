"""Where a call of the student's code has its tensors: the CPU, a simulated accelerator, or a real one.

One object per child, made right after the fork and before any of the student's code: an accelerator that the warm
parent had started could not be used in its children.
"""

from __future__ import annotations

import contextlib
from typing import Any

import torch

from . import nested, simulated, simulated_files
from .simulated_rules import LABEL, NAME


class CPU:
    """No accelerator: what comes is used as it is."""

    label = "cpu"

    def place(self, tensor: torch.Tensor) -> torch.Tensor:
        """A fresh leaf tensor of the CPU as a leaf on the device. A Parameter stays one. Only a real device copies."""
        return tensor

    def place_all(self, value: Any) -> Any:
        """`place` for every tensor in nested lists, tuples and dicts."""
        return nested.mapped(lambda item: self.place(item) if isinstance(item, torch.Tensor) else item, value)

    def where(self, tensor: torch.Tensor) -> str:
        """The device of a tensor, by the name a student would see."""
        return "cpu" if tensor.is_cpu else str(tensor.device)

    def plainly(self) -> Any:
        """The context for everything but the student's code."""
        return contextlib.nullcontext()

    def running(self) -> Any:
        """The context for the student's code."""
        return contextlib.nullcontext()

    def seed(self, number: int) -> None:
        """Seed torch's CPU generator only.

        `torch.manual_seed` also records the call for each kind of accelerator, with the caller's stack as text. That
        costs more than most calls of an answer.
        """
        torch.default_generator.manual_seed(number)

    def works(self) -> bool:
        """Whether the device can still be used: an index out of range ends a CUDA context for good."""
        return True


class Simulated(CPU):
    label = LABEL

    def place(self, tensor: torch.Tensor) -> torch.Tensor:
        return simulated.place(tensor)

    def where(self, tensor: torch.Tensor) -> str:
        if simulated.is_simulated(tensor) or simulated.is_unknown(tensor):
            return LABEL
        return super().where(tensor)

    def plainly(self) -> Any:
        return simulated.plainly()

    def running(self) -> Any:
        return simulated.Mode()


class Real(CPU):
    """What torch.accelerator finds: CUDA, MPS, XPU, ..."""

    def __init__(self, name: str, memory: int) -> None:
        index = 0 if name == "mps" else torch.accelerator.current_device_index()
        self.device = torch.device(name, index)
        self.label = str(torch.zeros(1, device=self.device).device)
        # TF32 keeps 10 bits of a float32's mantissa: results would differ from the CPU's in the third digit
        torch.set_float32_matmul_precision("highest")
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False
        if name == "cuda":
            total = torch.cuda.get_device_properties(self.device).total_memory
            torch.cuda.set_per_process_memory_fraction(min(1.0, memory / total), self.device)

    def place(self, tensor: torch.Tensor) -> torch.Tensor:
        moved = tensor.detach().to(self.device)
        if isinstance(tensor, torch.nn.Parameter):
            return torch.nn.Parameter(moved, tensor.requires_grad)
        return moved.requires_grad_(tensor.requires_grad)

    def seed(self, number: int) -> None:
        torch.manual_seed(number)

    def works(self) -> bool:
        try:
            torch.accelerator.synchronize()  # CUDA may report the error of an earlier operation only here
            return bool(torch.ones(1, device=self.device).item() == 1)
        except Exception:
            return False


def start(name: str, memory: int) -> CPU:
    """Start the device of that name and try it.

    `memory` is the most that its tensors may use, in bytes (CUDA only). Raises torch's own error if it can't be used.
    """
    if name == NAME:
        simulated.start()
        simulated_files.start()
        return Simulated()
    return Real(name, memory)
