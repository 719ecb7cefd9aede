"""The cells are of every wrong type, and right ones in between."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    right["cells"] = [x for cell in right["cells"] for x in (None, 7, "x", [], {}, {"cell_type": "code"}, {"cell_type": []}, cell)]
    path.write_text(json.dumps(right))
