"""Bare NaN and Infinity."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    path.write_text(json.dumps(right)[:-1] + ', "x": [NaN, Infinity, -Infinity]}')
