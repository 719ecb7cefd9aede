"""A file of a terabyte that is no data."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    with path.open("wb") as file:
        file.truncate(1 << 40)
