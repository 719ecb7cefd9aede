"""The time of handing in is a pipe."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    path.write_text(json.dumps(right))
    os.mkfifo(folder / "timestamp.txt")
