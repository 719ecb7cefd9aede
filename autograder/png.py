"""Greyscale pictures as PNG."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence


def grey(levels: Sequence[int], rows: int, columns: int) -> bytes:
    """A PNG file from row-major levels, 0 (black) to 255 (white)."""
    from PIL import Image

    image = Image.new("L", (columns, rows))
    image.putdata(list(levels))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def data_url(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
