"""Real pictures for the graders. The other fixtures (`student`, `reference`, `rng`, `given`) are the engine's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from autograder import digits as digit_folder

PER_DIGIT = 60


class Digits:
    """The first 60 training images of each digit, 28x28.

    Every attribute is a fresh copy: a student's function that changes its input changes it for its own check only.
    """

    def __init__(self, train: Path) -> None:
        self._threes, self._sevens = _load(train / "3"), _load(train / "7")

    @property
    def threes(self) -> Tensor:
        """uint8 (60, 28, 28)"""
        return self._threes.clone()

    @property
    def sevens(self) -> Tensor:
        """uint8 (60, 28, 28)"""
        return self._sevens.clone()

    @property
    def stack3(self) -> Tensor:
        """float32 (60, 28, 28), 0 to 1"""
        return self._threes.float() / 255

    @property
    def stack7(self) -> Tensor:
        """float32 (60, 28, 28), 0 to 1"""
        return self._sevens.float() / 255

    @property
    def ideal3(self) -> Tensor:
        """float32 (28, 28): the mean of `stack3`"""
        return self.stack3.mean(0)

    @property
    def ideal7(self) -> Tensor:
        """float32 (28, 28): the mean of `stack7`"""
        return self.stack7.mean(0)


def _load(folder: Path) -> Tensor:
    # By number, not by text: "10.png" comes after "9.png", and no file system's own order gets into the marks.
    files = sorted(folder.glob("*.png"), key=lambda file: int(file.stem))[:PER_DIGIT]
    return torch.stack([torch.from_numpy(np.array(Image.open(file).convert("L"))) for file in files])


@pytest.fixture(scope="session")
def digits() -> Digits:
    return Digits(digit_folder.find().path / "train")
