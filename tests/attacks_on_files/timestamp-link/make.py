"""The time of handing in is a link to the answers."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    path.write_text(json.dumps(right))
    (folder / "timestamp.txt").symlink_to(course / "course_config.py")
