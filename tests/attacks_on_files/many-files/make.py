"""Ten thousand notebooks of other names beside it."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    path.write_text(json.dumps(right))
    for n in range(1000):
        (folder / f"{n}.ipynb").write_text("{}")
