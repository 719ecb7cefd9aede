"""Settings of the course, of nbgrader and of Jupyter beside the notebook."""

import json
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    path.write_text(json.dumps(right))
    (folder / "course_config.py").write_text('open("/tmp/pwned", "w").close()')
    (folder / "nbgrader_config.py").write_text('open("/tmp/pwned", "w").close()')
    (folder / "jupyter_config.py").write_text('open("/tmp/pwned", "w").close()')
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '-p evil'\n")
    (folder / "tests/conftest.py").parent.mkdir(parents=True, exist_ok=True)
    (folder / "tests/conftest.py").write_text('open("/tmp/pwned", "w").close()')
