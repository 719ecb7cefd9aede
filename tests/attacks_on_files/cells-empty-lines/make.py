"""Five hundred cells of 1,990 empty lines each."""

import json
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    cell = {"cell_type": "code", "source": "\n" * 1_990 + "x = 1", "metadata": {}, "outputs": []}
    right["cells"] += [cell] * 500
    path.write_text(json.dumps(right))
