"""Texts of 60 MB with one character that makes each of theirs take four bytes."""

import json
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    right["cells"][0]["source"] = "x" * 30_000_000 + "\U0001f600"
    right["cells"].append({"cell_type": "code", "source": "", "metadata": {}, "outputs": [{"text": "x" * 30_000_000 + "\U0001f600"}]})
    path.write_text(json.dumps(right, ensure_ascii=False))
