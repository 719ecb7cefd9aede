"""The notebook's name in capitals."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    (folder / "PIXEL_SIMILARITY.IPYNB").write_text(json.dumps(right))
