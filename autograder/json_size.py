"""What it will cost to parse a JSON text, told from its bytes alone.

A text of 64 MB can be 20 million empty lists: a minute of work and some gigabytes. Real notebooks of that size are
images, long texts and numbers, which cost little. So the parts are counted before anything is made of them.
"""

from __future__ import annotations

_SECONDS = {"container": 0.45e-6, "key": 1.2e-6, "text": 0.12e-6, "byte": 0.025e-6}
"""CPU time, measured with Python 3.11: of a list or a dict; of a key, all different; of another text; of a byte outside
texts, which is a part of a number. The costliest numbers are those of 4,300 digits and those that are hard to round.
"""
_MOST_TEXTS = 4_000_000


def seconds_to_parse(data: bytes) -> float:
    """About how many CPU seconds `json.loads` will take, at worst; infinity where even this look would take long."""
    if b"\\" in data:
        # in this order: of a row of backslashes, the last one escapes the quote only where their number is odd
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    if data.count(b'"') > 2 * _MOST_TEXTS:
        return float("inf")
    pieces = data.split(b'"')
    texts = len(pieces) // 2
    outside = b"".join(pieces[::2]).translate(None, b" \t\r\n")
    del pieces
    containers = outside.count(b"[") + outside.count(b"{")
    keys = min(outside.count(b":"), texts)
    return (
        containers * _SECONDS["container"] + keys * _SECONDS["key"] + (texts - keys) * _SECONDS["text"]
        + len(outside) * _SECONDS["byte"]
    )  # fmt: skip
