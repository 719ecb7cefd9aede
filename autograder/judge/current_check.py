"""What the fixtures of the running check use: the session, the reference, the seed, the pictures."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from autograder.results import Picture

if TYPE_CHECKING:
    from autograder.judge.reference_cache import Remembered
    from autograder.run.session import Session


class CurrentCheck:
    """Set by `Checks` before each check; read by the plugin's fixtures."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self.reference: ModuleType | Remembered | None = None
        self.seed = 0
        self.pictures: list[Picture] = []


CURRENT = pytest.StashKey[CurrentCheck]()
