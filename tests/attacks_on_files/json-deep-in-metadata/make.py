"""The metadata are objects in objects, a hundred thousand deep."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    right["metadata"]["x"] = 0
    path.write_text(json.dumps(right).replace('"x": 0', '"x": ' + '{"a":' * 100_000 + "0" + "}" * 100_000))
