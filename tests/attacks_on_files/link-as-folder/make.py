"""The folder of the assignment is a link to the answers."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    folder.rmdir()
    folder.symlink_to(course / "source" / "02-pixel-similarity")
