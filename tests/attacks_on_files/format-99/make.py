"""A notebook of a format to come."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    path.write_text(json.dumps({**right, "nbformat": 99, "nbformat_minor": -1}))
