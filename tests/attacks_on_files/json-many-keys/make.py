"""Four million keys, all different."""

import json
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    text = json.dumps(right)[:-1]
    path.write_text(text + ', "x": [' + "{" + ",".join(f'"{number:x}":1' for number in range(4_000_000)) + "}" + "]}")
