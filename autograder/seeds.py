"""Seeds that are the same for everybody and tell nothing of the course's seed, nor of each other."""

from __future__ import annotations

import hashlib
import hmac


def derived(seed: int, what: str, bits: int = 48) -> int:
    """A keyed hash of `what` (HMAC-SHA256, RFC 2104) with the course's seed as the key; 0 <= result < 2**bits."""
    digest = hmac.digest(str(seed).encode(), what.encode(), hashlib.sha256)
    return int.from_bytes(digest, "big") & ((1 << bits) - 1)
