"""Null bytes and control characters in a cell."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    right["cells"].append({"cell_type": "code", "source": "x = 1\x00\x1b[2J\x07", "metadata": {}, "outputs": []})
    path.write_text(json.dumps(right))
