"""A class through otter-grader on this machine, without a container: `otter.api.grade_submission` for one submission after another.

Run with the Python that has otter-grader: `python otter_class.py COURSE NOTEBOOK STUDENT...`; writes COURSE/marks.json after each of them.
"""

import json
import pathlib
import sys

from otter.api import grade_submission
from otter.run import AutograderConfig


def main(course: pathlib.Path, notebook: str, students: list[str]) -> None:
    kept = course / "marks.json"
    for student in students:
        marks = json.loads(kept.read_text()) if kept.exists() else {}
        try:
            results = grade_submission(
                str(course / "submitted" / student / notebook), str(course / "autograder.zip"), quiet=True
            )
            pages = results.to_gradescope_dict(AutograderConfig())["tests"]
            visible = [str(page.get("output")) for page in pages if page.get("visibility", "visible") != "hidden"]
            marks[student] = {"score": float(results.total), "shown": "\n".join(visible)}
        except Exception as error:  # one submission's fault is not the others'
            print(f"{student}: {type(error).__name__}: {error}", file=sys.stderr)
            marks[student] = {"score": None, "shown": ""}
        kept.write_text(json.dumps(marks))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
