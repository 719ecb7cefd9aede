"""The notebook is a link to a file of the machine."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    path.symlink_to("/etc/passwd")
