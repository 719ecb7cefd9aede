"""A script in a text cell."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    right["cells"].append({"cell_type": "markdown", "source": "<script>alert(1)</script><img src=x onerror=alert(1)>", "metadata": {}})
    path.write_text(json.dumps(right))
