"""Ids and names that are paths and HTML."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    for n, cell in enumerate(right["cells"]):
        cell["id"] = "../../../etc/passwd<script>alert(1)</script>" + str(n)
    path.write_text(json.dumps(right))
