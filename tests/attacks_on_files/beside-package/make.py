"""Packages named as the grader's own, as torch and as Python's beside the notebook."""

import json
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    path.write_text(json.dumps(right))
    (folder / "autograder/__init__.py").parent.mkdir(parents=True, exist_ok=True)
    (folder / "autograder/__init__.py").write_text('open("/tmp/pwned", "w").close()')
    (folder / "torch.py").write_text('open("/tmp/pwned", "w").close()')
    (folder / "json.py").write_text('open("/tmp/pwned", "w").close()')
    (folder / "pytest.py").write_text('open("/tmp/pwned", "w").close()')
    (folder / "solutions/pixel_similarity.py").parent.mkdir(parents=True, exist_ok=True)
    (folder / "solutions/pixel_similarity.py").write_text('open("/tmp/pwned", "w").close()')
    (folder / "solutions/__init__.py").parent.mkdir(parents=True, exist_ok=True)
    (folder / "solutions/__init__.py").write_text('open("/tmp/pwned", "w").close()')
