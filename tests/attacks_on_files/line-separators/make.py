"""Line separators that Python does not count as lines."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    right["cells"].append({"cell_type": "code", "source": "x = 1\u2028y = 2\x0c\x85", "metadata": {}, "outputs": []})
    path.write_text(json.dumps(right))
