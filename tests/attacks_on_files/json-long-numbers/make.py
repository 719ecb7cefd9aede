"""Numbers of 4,300 digits, which is the most that Python reads."""

import json
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    text = json.dumps(right)[:-1]
    path.write_text(text + ', "x": [' + ",".join(["9" * 4300] * 14_000) + "]}")
