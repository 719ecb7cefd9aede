"""A script in the comment of an answer."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    for cell in right["cells"]:
        if "def accuracy" in "".join(cell["source"]) and cell["cell_type"] == "code":
            cell["source"] = "".join(cell["source"]) + "\n# </pre></script><script>alert(1)</script>"
    path.write_text(json.dumps(right))
