"""Lists five hundred deep, forty thousand times."""

import json
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    text = json.dumps(right)[:-1]
    path.write_text(text + ', "x": [' + ",".join(["[" * 500 + "]" * 500] * 40_000) + "]}")
