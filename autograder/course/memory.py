"""What this machine remembers of a learner: hints that were shown, exercises that were solved or given up.

It lies in the cache folder, so it may be gone: then hints begin again, and a solved exercise is checked once more.
"""

from __future__ import annotations

import json
from typing import Any

from autograder.course.config import Course
from autograder.files import cache_folder, write_whole


def recall(course: Course, file: str) -> dict[str, Any]:
    """Exercise -> what was remembered of it in `file` (such as "hints.json"); empty if nothing can be read."""
    prefix = f"{course.id}/"
    return {key.removeprefix(prefix): value for key, value in _read(file).items() if key.startswith(prefix)}


def remember(course: Course, file: str, about: dict[str, Any]) -> str:
    """Add to what is remembered in `file`. Returns "", or a sentence where the cache can't be written."""
    kept = {**_read(file), **{f"{course.id}/{name}": value for name, value in about.items()}}
    try:
        write_whole(cache_folder(file), json.dumps(kept).encode())
    except OSError:
        return (
            f"Nothing can be remembered, because {cache_folder()} can't be written: let XDG_CACHE_HOME name a folder."
        )
    return ""


def _read(file: str) -> dict[str, Any]:
    try:
        kept = json.loads(cache_folder(file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
