"""Twenty megabytes of numbers, as a picture that can be turned has them."""

import json
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    text = json.dumps(right)[:-1]
    path.write_text(text + ', "x": [' + ",".join(["0.12345678901234567"] * 1_000_000) + "]}")
