"""A damaged notebook of format 3."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    path.write_text(json.dumps({"nbformat": 3, "worksheets": "x"}))
