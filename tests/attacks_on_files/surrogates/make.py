"""Half characters in every text."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    right["cells"].append({"cell_type": "markdown", "source": "\ud800", "metadata": {"\udfff": "\ud800"}})
    path.write_text(json.dumps(right))
