"""What the fixtures of a running check belong to: the session, the reference, the seed, the pictures."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from autograder.results import Picture

if TYPE_CHECKING:
    from autograder.judge.reference_cache import Remembered
    from autograder.run.session import Session


class CurrentCheck:
    """`Checks` sets it before each check; the fixtures of the plugin read it."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self.reference: ModuleType | Remembered | None = None
        self.seed = 0
        self.pictures: list[Picture] = []


CURRENT = pytest.StashKey[CurrentCheck]()
