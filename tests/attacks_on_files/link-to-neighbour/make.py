"""The notebook is a link to a neighbour's."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    path.symlink_to(folder.parent.parent / "ada" / "02-pixel-similarity" / "pixel_similarity.ipynb")
