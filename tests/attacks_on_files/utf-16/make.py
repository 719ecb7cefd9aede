"""The notebook in UTF-16."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    path.write_bytes(json.dumps(right, ensure_ascii=False).encode("utf-16"))
