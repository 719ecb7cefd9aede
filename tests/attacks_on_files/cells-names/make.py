"""Two hundred cells that repeat an exercise's name without giving it a value, and no cell of its own."""

import json
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    lines = ("accuracy, " * 40 + "\n") * 640
    right["cells"] = [cell for cell in right["cells"] if "def accuracy" not in "".join(cell["source"])]
    right["cells"] += [{"cell_type": "code", "source": lines, "metadata": {}, "outputs": []}] * 200
    path.write_text(json.dumps(right))
