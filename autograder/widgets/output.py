"""How a widget reaches the page: live where the notebook can show that, else as a picture, else as text."""

from __future__ import annotations

import base64
import importlib.util
import io
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VIEW = "application/vnd.jupyter.widget-view+json"
COLOURS = 64
DPI, CSS_DPI = 144, 96  # half as many pixels again as are shown, for screens with fine pixels


def has_kernel() -> bool:
    """Whether this runs in a notebook's kernel, not in a script or a terminal."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel")


def is_live(package: str) -> bool:
    """Whether widgets made with this package can answer here: it is installed, and there is a notebook's kernel."""
    return has_kernel() and importlib.util.find_spec(package) is not None


def picture(figure: Figure) -> bytes:
    """A figure as a PNG file, white behind everything, so that it reads well on a dark page."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=DPI, facecolor="white")
    return stream.getvalue()


def _with_few_colours(png: bytes) -> bytes:
    """A drawing as a palette image, a quarter of the size: it is stored in the notebook."""
    from PIL import Image

    stream = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(stream, "PNG")
    return stream.getvalue()


def bundle(words: str, png: bytes | None = None, widget: Any = None) -> dict[str, Any]:
    """What is shown, in every form that there is; the front end takes the first that it knows."""
    forms: dict[str, Any] = {"text/plain": words}
    if png is not None:
        forms["image/png"] = base64.b64encode(png).decode("ascii")
    if widget is not None:
        forms[VIEW] = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return forms


def show(words: str, figure: Figure | None = None, widget: Any = None) -> None:
    """Show a widget, with a figure for pages that can't, and words for those that can show neither."""
    if not has_kernel():
        print(words)
        return
    from IPython.display import display

    metadata, png = {}, None
    if figure is not None:
        png = _with_few_colours(picture(figure))
        width, height = figure.get_size_inches() * CSS_DPI
        metadata["image/png"] = {"width": round(width), "height": round(height)}
    display(bundle(words, png, widget), metadata=metadata, raw=True)
