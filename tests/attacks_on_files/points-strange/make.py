"""The points are NaN, negative, a list, a text."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    for n, cell in enumerate(right["cells"]):
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["points"] = [float("nan"), -5, [], "x", None][n % 5]
    path.write_text(json.dumps(right))
