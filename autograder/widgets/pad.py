"""A pad to draw a digit on, and the way from any picture of a digit to one that looks like MNIST's.

This is how MNIST's images were made: the ink fitted into 20x20 with its aspect ratio kept, grey from anti-aliasing, and
moved so that its centre of mass lies at row and column 14 of 28x28.
"""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder import png

from .output import bundle, is_live
from .pad_page import SCRIPT, STYLE

SIDE, BOX, CENTRE = 28, 20, 14
INK = 0.1  # of the darkest ink: what is lighter is paper, with the specks and shadows of a photograph
CONTRAST = 0.1  # of the whole range from black to white: with less between ink and paper, nothing is drawn
EMPTY = "The picture is empty: nothing in it differs from its background."
NO_DRAWING = "There is no picture yet: draw a digit on the pad first, or give it a file with pad.from_file(path)."
NO_PAD = "A pad to draw on needs a notebook and the package anywidget. Without them, pad.from_file(path) takes a file."


def as_mnist(pixels: Any) -> Tensor:
    """Any picture of one digit, centred and scaled as MNIST does it: float32 `(28, 28)`, 0 is paper and 1 is ink.

    pixels: a tensor, array or PIL image, `(H, W)` grey or `(H, W, C)` with 3 or 4 channels, whole numbers 0 to 255 or
    floats 0 to 1; dark ink on light paper or light on dark, as the edge of the picture tells. Raises ValueError if it
    is empty or not a picture.
    """
    grey = _grey(pixels)
    edge = torch.cat([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = edge.median()
    ink = (paper - grey if paper > 0.5 else grey - paper).clamp(min=0)
    darkest = ink.max()
    if darkest < CONTRAST:
        raise ValueError(EMPTY)
    ink = ink / darkest
    rows, columns = (torch.nonzero((ink > INK).any(dim=axis)).flatten() for axis in (1, 0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return _centred(_fitted(ink))


def _grey(pixels: Any) -> Tensor:
    """Grey levels `(H, W)`, 0 is black and 1 is white; transparent is white."""
    if hasattr(pixels, "convert"):  # a PIL image, in any of its modes
        pixels = _flat(pixels)
    if not isinstance(pixels, Tensor):
        import numpy as np

        pixels = torch.from_numpy(np.array(pixels))
    levels: Tensor = pixels.detach().cpu().float()
    if not (pixels.is_floating_point() or pixels.dtype == torch.bool):
        levels = levels / 255
    if levels.ndim == 3 and levels.shape[-1] in (3, 4):
        opacity = levels[..., 3] if levels.shape[-1] == 4 else torch.ones(levels.shape[:-1])
        grey = levels[..., :3] @ torch.tensor([0.299, 0.587, 0.114])  # how bright an eye sees red, green and blue
        levels = grey * opacity + (1 - opacity)
    if levels.ndim != 2 or 0 in levels.shape:
        raise ValueError(f"A picture has the shape (H, W), (H, W, 3) or (H, W, 4), not {tuple(levels.shape)}.")
    if not bool(((levels >= 0) & (levels <= 1)).all()):
        raise ValueError("A picture's pixels are whole numbers from 0 to 255, or floats from 0 to 1.")
    return levels


def _flat(image: Any) -> Any:
    """A PIL image as an array of grey levels, on white where it is transparent."""
    import numpy as np
    from PIL import Image

    image = image.convert("RGBA")
    paper = Image.new("RGBA", image.size, "white")
    return np.array(Image.alpha_composite(paper, image).convert("L"))


def _fitted(ink: Tensor) -> Tensor:
    """Ink scaled so that its longer side is 20 pixels."""
    height, width = ink.shape
    longer = max(height, width)
    size = [max(1, round(BOX * height / longer)), max(1, round(BOX * width / longer))]
    if longer == BOX:
        return ink
    small = F.interpolate(ink[None, None], size=size, mode="bilinear", antialias=True)[0, 0].clamp(0, 1)
    return small / small.max()


def _centred(ink: Tensor) -> Tensor:
    """Ink of at most 20x20 on 28x28, its centre of mass as near to the middle as whole pixels and the edges allow."""
    image, corner = torch.zeros(SIDE, SIDE), []
    for axis, length in enumerate(ink.shape):
        mass = ink.sum(dim=1 - axis)
        middle = float((mass * torch.arange(length)).sum() / mass.sum())
        corner.append(min(max(round(CENTRE - middle), 0), SIDE - length))
    (top, left), (height, width) = corner, ink.shape
    image[top : top + height, left : left + width] = ink
    return image


class DrawingPad:
    """A pad that is shown in a notebook: `pad = DrawingPad(judge=lambda image: "..."); pad`.

    judge: a function from the drawn image, a float32 tensor `(28, 28)` as MNIST's with 1 for ink, to the text that is
    shown under the pad after each stroke. `pad.image` is that tensor. Without anywidget the pad takes a picture file.
    """

    def __init__(self, judge: Callable[[Tensor], Any] | None = None) -> None:
        self.judge = judge
        self.said = ""
        self._image: Tensor | None = None
        self._widget: Any = None
        self._show_answer: Callable[[], None] = lambda: None

    @property
    def image(self) -> Tensor:
        """What is drawn, as an image of MNIST: float32 `(28, 28)`, 1 is ink. Raises ValueError before anything is."""
        if self._image is None:
            raise ValueError(NO_DRAWING)
        return self._image.clone()

    def from_file(self, path: str | os.PathLike[str]) -> Tensor:
        """Take a picture file, such as a photograph of dark ink on light paper, in place of a drawing; returns
        `pad.image`.
        """
        self._take(as_mnist(_opened(path)))
        if self._widget is None and self.said:
            print(self.said)
        return self.image

    def _take(self, image: Tensor) -> None:
        """Judge an image. What the judge raises is said, as an error in a widget's callback would be lost."""
        self._image = image
        try:
            self.said = "" if self.judge is None else str(self.judge(image.clone()))
        except Exception as error:
            self.said = f"The judge raised {type(error).__name__}: {error}"
        self._show_answer()

    def _drawn(self, file: bytes) -> None:
        """After a stroke or an upload: the bytes of a picture file; b"" is a cleared pad."""
        try:
            image = as_mnist(_opened(io.BytesIO(file))) if file else None
        except (OSError, ValueError) as error:
            image, self.said = None, f"This picture can't be used. {error}"
        else:
            self.said = ""
        if image is not None:
            self._take(image)
        else:
            self._image = None
            self._show_answer()

    def _preview(self) -> bytes:
        """The 28x28 image as a PNG file, ink black; b"" before anything is drawn."""
        if self._image is None:
            return b""
        levels = ((1 - self._image) * 255).round().int().flatten().tolist()
        return png.grey(levels, SIDE, SIDE)

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, Any]:
        if self._widget is None and is_live("anywidget"):
            self._widget = _pad(self)
        elif self._widget is None and is_live("ipywidgets"):
            self._widget = _upload(self)
        if self._widget is None:
            return bundle(NO_PAD)
        return bundle("A pad to draw a digit on: run this cell to use it.", widget=self._widget)

    def __repr__(self) -> str:
        return f"<DrawingPad, {'empty' if self._image is None else 'with a drawing'}>"


def _opened(file: Any) -> Any:
    """A picture file as a PIL image, the right way up: cameras store how they were held."""
    from PIL import Image, ImageOps

    with Image.open(file) as picture:
        return ImageOps.exif_transpose(picture)


def _pad(pad: DrawingPad) -> Any:
    """The widget that is drawn on."""
    import anywidget
    import traitlets

    class Pad(anywidget.AnyWidget):
        """What the page and the kernel tell each other: `drawing` comes from the page, the others go there."""

        _esm, _css = SCRIPT, STYLE
        drawing = traitlets.Unicode("").tag(sync=True)
        preview = traitlets.Unicode("").tag(sync=True)
        said = traitlets.Unicode("").tag(sync=True)

    widget = Pad()

    def show_answer() -> None:
        preview = pad._preview()
        widget.preview = png.data_url(preview) if preview else ""
        widget.said = pad.said

    pad._show_answer = show_answer
    show_answer()
    widget.observe(lambda change: pad._drawn(base64.b64decode(change["new"].partition(",")[2])), "drawing")
    return widget


def _upload(pad: DrawingPad) -> Any:
    """A button that takes a picture file, where anywidget is not installed."""
    import ipywidgets as widgets

    button = widgets.FileUpload(accept="image/*", description="Picture of a digit", layout={"width": "14em"})
    small = widgets.Image(format="png", layout={"width": "140px", "border": "1px solid"})
    words = widgets.Label()

    def show_answer() -> None:
        small.value, words.value = pad._preview(), pad.said
        small.layout.display = None if small.value else "none"

    pad._show_answer = show_answer
    show_answer()

    def take(change: Any) -> None:
        for file in change["new"]:
            pad._drawn(bytes(file["content"]))

    button.observe(take, "value")
    return widgets.VBox([button, small, words])
