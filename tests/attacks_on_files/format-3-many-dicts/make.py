"""A notebook of format 3 with a million empty dicts: converting it makes each of them anew."""

import json
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    text = '{"nbformat": 3, "worksheets": [{"cells": []}], "metadata": {"x": ['
    path.write_text(text + ",".join(["{}"] * 1_000_000) + "]}}")
