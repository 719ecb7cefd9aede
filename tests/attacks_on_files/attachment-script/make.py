"""An attachment that is a page with a script."""

import json
import os
import pathlib


def make(folder: pathlib.Path, right: dict, course: pathlib.Path) -> None:
    path = folder / "pixel_similarity.ipynb"
    right["cells"].append(
        {
            "cell_type": "markdown",
            "source": "![x](attachment:x.svg)",
            "metadata": {},
            "attachments": {"x.svg": {"image/svg+xml": "<svg onload=alert(1)>", "text/html": "<script>alert(1)</script>"}},
        }
    )
    path.write_text(json.dumps(right))
