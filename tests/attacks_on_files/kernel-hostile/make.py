"""A kernel that is a command."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    right["metadata"]["kernelspec"] = {"name": "x; touch /tmp/pwned", "language": "bash", "argv": ["touch", "/tmp/pwned"]}
    path.write_text(json.dumps(right))
