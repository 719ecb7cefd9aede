"""A conftest.py and a pytest.ini beside the notebook."""

import json
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    path.write_text(json.dumps(right))
    (folder / "conftest.py").write_text('open("/tmp/pwned", "w").close()')
    (folder / "pytest.ini").write_text('[pytest]\naddopts = -p evil\n')
    (folder / "evil.py").write_text('open("/tmp/pwned", "w").close()')
