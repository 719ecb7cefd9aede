"""Ten thousand cells."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    right["cells"] += [{"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": []}] * 10_000
    path.write_text(json.dumps(right))
