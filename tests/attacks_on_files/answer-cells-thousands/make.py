"""Thousands of copies of an answer cell, as text, beside thousands of cells that could define it."""

import json
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    answer = next(cell for cell in right["cells"] if "def accuracy" in "".join(cell["source"]))
    text = {"cell_type": "markdown", "source": "accuracy", "metadata": answer["metadata"]}
    code = {"cell_type": "code", "source": ("accuracy, " * 40 + "\n") * 2, "metadata": {}, "outputs": []}
    right["cells"] += [text] * 1_200 + [code] * 1_200
    path.write_text(json.dumps(right))
