"""Every id twice."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    right["cells"] += right["cells"]
    path.write_text(json.dumps(right))
