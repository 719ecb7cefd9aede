"""The visible checks are replaced by a pass."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    for cell in right["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade") and cell["cell_type"] == "code":
            cell["source"] = "pass"
    path.write_text(json.dumps(right))
