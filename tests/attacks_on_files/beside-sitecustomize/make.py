"""What Python runs when it starts, beside the notebook."""

import json
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    path.write_text(json.dumps(right))
    (folder / "sitecustomize.py").write_text('open("/tmp/pwned", "w").close()')
    (folder / "usercustomize.py").write_text('open("/tmp/pwned", "w").close()')
    (folder / "evil.pth").write_text('import os; open("/tmp/pwned", "w").close()\n')
