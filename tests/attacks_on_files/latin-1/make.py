"""The notebook in Latin-1."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    path.write_bytes(json.dumps({**right, "x": "é"}, ensure_ascii=False).encode("latin-1", "replace"))
