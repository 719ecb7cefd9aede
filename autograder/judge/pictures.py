"""Pictures for the student's page, made by a check from an answer's results."""

from __future__ import annotations

from typing import Any

from autograder.results import CURVE, TABLE, Picture

_LARGEST = 1e30
"""Of the numbers of a curve: an int may be too large for a float, and NaN is not below it either."""


class Show:
    """Puts pictures on the student's page, from a test that is marked `drawing`. Anything that can't be drawn is
    skipped: an answer may return anything.
    """

    def __init__(self, pictures: list[Picture]) -> None:
        self._pictures = pictures

    def __call__(self, title: str, image: Any) -> None:
        """A picture of a finite (H, W) tensor."""
        self._add(picture_of(title, image))

    def differences(self, title: str, got: Any, want: Any, atol: float = 1e-4) -> None:
        """Where two (H, W) tensors differ: 1 there, 0 elsewhere. By how much is not shown; nothing if they agree."""
        import torch

        if isinstance(got, torch.Tensor) and got.shape == want.shape and not got.is_complex():
            where = (got.detach().double() - want.double()).abs() > atol
            if bool(where.any()):
                self._add(picture_of(title, where.double(), stretch=False))

    def losses(self, title: str, values: Any) -> None:
        """A curve of 2 to 500 finite losses, and below it the shape of a healthy curve, which comes from a formula and
        not from an answer.
        """
        if not isinstance(values, (list, tuple)) or not 2 <= len(values) <= 500:
            return
        if all(isinstance(value, (int, float)) and abs(value) < _LARGEST for value in values):
            first = float(values[0])
            healthy = [first * (0.15 + 0.85 * 0.5 ** (6 * step / (len(values) - 1))) for step in range(len(values))]
            curve = [float(f"{value:.5g}") for value in (*values, *healthy)]
            self._pictures.append(Picture(title, 2, len(values), curve, CURVE))

    def table(self, title: str, counts: Any) -> None:
        """A (rows, columns) tensor of whole numbers, at most 12 by 12, as a table."""
        import torch

        whole = (torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8)
        if (
            isinstance(counts, torch.Tensor)
            and counts.dtype in whole
            and counts.ndim == 2
            and counts.numel()
            and max(counts.shape) <= 12
        ):
            self._pictures.append(
                Picture(
                    title,
                    counts.shape[0],
                    counts.shape[1],
                    [float(value) for value in counts.reshape(-1).tolist()],
                    TABLE,
                )
            )

    def _add(self, picture: Picture | None) -> None:
        if picture is not None:
            self._pictures.append(picture)


def picture_of(title: str, image: Any, stretch: bool = True) -> Picture | None:
    """A picture from a real (H, W) tensor, at most 64 by 64, stretched to 0..1 or cut there; None for anything else."""
    import torch

    if not isinstance(image, torch.Tensor) or image.ndim != 2 or not 0 < image.numel() <= 64 * 64 or image.is_complex():
        return None
    values = image.detach().double()
    if not bool(values.isfinite().all()):
        return None
    low, high = float(values.min()), float(values.max())
    scaled = (values - low) / (high - low) if stretch and high > low else values.clamp(0, 1)
    return Picture(title, image.shape[0], image.shape[1], [round(x, 3) for x in scaled.reshape(-1).tolist()])
