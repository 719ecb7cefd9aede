"""What the engine writes, without the time it took: two runs on the same inputs must agree on everything else."""

from __future__ import annotations

from typing import Any


def canonical(value: Any) -> Any:
    """A `--json` document, a stored record or any part of one, with 0 in place of every field called "seconds"."""
    if isinstance(value, dict):
        return {name: 0 if name == "seconds" else canonical(item) for name, item in value.items()}
    if isinstance(value, list):
        return [canonical(item) for item in value]
    return value


def outline(document: dict[str, Any]) -> dict[str, Any]:
    """Student -> status, score, and for each exercise its score and its checks with their verdicts: no sentence is in it."""
    return {
        f"{entry['assignment']}/{entry['student']}": {
            "status": entry["status"],
            "score": entry["score"],
            "exercises": {
                exercise["id"]: [exercise["score"], {check["id"]: check["verdict"] for check in exercise["checks"]}]
                for exercise in entry["exercises"]
            },
        }
        for entry in document["submissions"]
    }
