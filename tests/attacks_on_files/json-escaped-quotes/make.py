"""A text of thirty million escaped quotes, which are no parts."""

import json
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    text = json.dumps(right)[:-1]
    path.write_text(text + ', "x": [' + '"' + '\\"' * 30_000_000 + '"' + "]}")
