"""One cell of 20 MB."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    right["cells"].append({"cell_type": "code", "source": "x" * 20_000_000, "metadata": {}, "outputs": []})
    path.write_text(json.dumps(right))
