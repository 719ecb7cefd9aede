"""Widget state with a script."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    right["metadata"]["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {
            "state": {"x": {"model_name": "HTMLModel", "state": {"value": "<script>alert(1)</script>"}}}
        }
    }
    path.write_text(json.dumps(right))
