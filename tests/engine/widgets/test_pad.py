"""A picture of a digit becomes one like MNIST's, whatever it was; and the pad tells what its judge says."""

import base64
import datetime
import io
import sys

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from autograder import digits
from autograder.widgets import output, pad
from autograder.widgets.pad import EMPTY, NO_DRAWING, DrawingPad, as_mnist

LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)


def middle(image: torch.Tensor) -> tuple[float, float]:
    """Row and column of the centre of mass."""
    places = torch.arange(28.0)
    return tuple(float((image.sum(dim=axis) * places).sum() / image.sum()) for axis in (1, 0))


def extent(image: torch.Tensor, least: float = 0.0) -> tuple[int, int]:
    """Rows and columns that the ink takes."""
    rows, columns = ((image > least).any(dim=axis).nonzero().flatten() for axis in (1, 0))
    return int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1


def seven(size=(280, 280), at=(0, 0), scale=1.0, paper="white", ink="black", mode="L") -> Image.Image:
    """A drawn 7 of 100 by 160 pixels, with a pen of 20."""
    image = Image.new(mode, size, paper)
    points = [(x * scale + at[0], y * scale + at[1]) for x, y in ((10, 10), (110, 10), (50, 170))]
    ImageDraw.Draw(image).line(points, fill=ink, width=round(20 * scale), joint="curve")
    return image


@pytest.fixture(scope="module")
def real_digits():
    """Twenty images of MNIST's validation set."""
    folder = digits.find().path / "valid"
    files = [file for digit in "37" for file in sorted((folder / digit).glob("*.png"))[:10]]
    return [torch.from_numpy(np.array(Image.open(file))) for file in files]


class TestAsMnist:
    def test_an_image_of_mnist_stays_as_it_is(self, real_digits):
        for image in real_digits:
            again = as_mnist(image)
            assert (again.dtype, again.shape) == (torch.float32, (28, 28))
            # what is lighter than a tenth may be cut off at the edge, and the darkest ink becomes 1
            assert (again - image / 255).abs().max() < 0.11

    def test_twice_is_once(self, real_digits):
        for picture in (*real_digits, seven()):
            once = as_mnist(picture)
            assert (as_mnist(once) - once).abs().max() < 0.11

    @pytest.mark.parametrize("at", [(0, 0), (160, 0), (0, 100), (160, 100), (83, 41)])
    def test_a_digit_off_the_centre_is_centred(self, at):
        image = as_mnist(seven(at=at))
        assert middle(image) == pytest.approx((14, 14), abs=0.5)
        assert torch.equal(image, as_mnist(seven(at=(83, 41))))

    @pytest.mark.parametrize(
        ("size", "scale"), [((60, 50), 0.25), ((280, 280), 1.0), ((1000, 1600), 5.0), ((28, 28), 0.12)]
    )
    def test_any_size_is_fitted_into_20_by_20(self, size, scale):
        image = as_mnist(seven(size=size, scale=scale))
        height, width = extent(image, 0.05)
        assert height == 20 and 11 <= width <= 15, "the aspect ratio is kept"
        assert image.min() == 0 and image.max() == 1

    def test_edges_are_grey(self):
        image = as_mnist(seven())
        assert ((image > 0.1) & (image < 0.9)).sum() > 20

    def test_dark_on_light_and_light_on_dark_are_the_same_digit(self):
        want = as_mnist(seven())
        assert torch.allclose(as_mnist(seven(paper="black", ink="white")), want)
        assert torch.allclose(as_mnist(seven(paper=200, ink=40)), want, atol=0.02)

    def test_the_same_picture_in_every_form(self):
        drawn = seven()
        want, levels = as_mnist(drawn), np.array(drawn)
        colour = seven(mode="RGB", ink=(0, 0, 0), paper=(255, 255, 255))
        clear = seven(mode="RGBA", ink=(0, 0, 0, 255), paper=(0, 0, 0, 0))  # black ink on nothing
        forms = (
            levels,
            torch.from_numpy(levels.copy()),
            levels / 255,
            levels > 127,
            colour,
            np.array(colour),
            clear,
            np.array(clear),
        )
        for form in forms:
            assert torch.allclose(as_mnist(form), want, atol=1e-5)

    def test_leaves_the_picture_alone(self):
        picture = torch.rand(30, 40)
        before = picture.clone()
        as_mnist(picture)
        assert torch.equal(picture, before)

    @pytest.mark.parametrize("level", [0, 255, 128])
    def test_an_empty_picture_is_refused(self, level):
        with pytest.raises(ValueError) as refused:
            as_mnist(torch.full((50, 40), level, dtype=torch.uint8))
        assert str(refused.value) == EMPTY

    @pytest.mark.parametrize(
        ("pixels", "said"),
        [
            (torch.zeros(3, 28, 28), r"not \(3, 28, 28\)"),
            (torch.zeros(0, 28), r"not \(0, 28\)"),
            (torch.full((28, 28), 3.5), "floats from 0 to 1"),
            (torch.full((28, 28), float("nan")), "floats from 0 to 1"),
        ],
    )
    def test_what_is_no_picture_is_refused(self, pixels, said):
        with pytest.raises(ValueError, match=said):
            as_mnist(pixels)

    def test_a_dot_and_a_line_stay_inside(self):
        line = torch.zeros(100, 100)
        line[:, 3] = 1
        assert extent(as_mnist(line)) == (20, 1)
        dot = torch.zeros(100, 100)
        dot[99, 99] = 1
        assert extent(as_mnist(dot)) == (20, 20)


def png_of(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def ink(image: torch.Tensor) -> str:
    return f"{float(image.mean()):.3f} of ink"


class TestDrawingPad:
    def test_an_image_before_anything_is_drawn(self):
        with pytest.raises(ValueError) as refused:
            _ = DrawingPad().image
        assert str(refused.value) == NO_DRAWING

    def test_a_file_takes_the_place_of_a_drawing(self, tmp_path, capsys):
        seven().save(tmp_path / "mine.png")
        drawing_pad = DrawingPad(judge=ink)
        image = drawing_pad.from_file(tmp_path / "mine.png")
        assert torch.equal(image, as_mnist(seven())) and torch.equal(drawing_pad.image, image)
        assert capsys.readouterr().out.strip() == ink(image) == drawing_pad.said

    def test_a_photograph_is_turned_the_right_way_up(self, tmp_path):
        turned = seven().transpose(Image.Transpose.ROTATE_90)
        exif = Image.Exif()
        exif[0x0112] = 6  # the camera was held a quarter turn to the left
        turned.save(tmp_path / "photo.png", exif=exif)
        assert torch.equal(DrawingPad().from_file(tmp_path / "photo.png"), as_mnist(seven()))

    def test_what_a_judge_raises_is_said(self):
        drawing_pad = DrawingPad(judge=lambda image: 1 / 0)
        drawing_pad._drawn(png_of(seven()))
        assert drawing_pad.said == "The judge raised ZeroDivisionError: division by zero"
        assert drawing_pad.image.max() == 1

    def test_a_judge_gets_an_image_of_its_own(self):
        drawing_pad = DrawingPad(judge=lambda image: image.zero_())
        drawing_pad._drawn(png_of(seven()))
        assert drawing_pad.image.max() == 1

    def test_without_a_notebook_it_says_what_to_do(self):
        assert DrawingPad()._repr_mimebundle_() == {"text/plain": pad.NO_PAD}


class TestInANotebook:
    """The kernel's side of the widgets; the page's side is tested in a browser."""

    @pytest.fixture(autouse=True)
    def kernel(self, monkeypatch):
        monkeypatch.setattr(output, "has_kernel", lambda: True)

    @staticmethod
    def drawn(picture: Image.Image) -> str:
        return "data:image/png;base64," + base64.b64encode(png_of(picture)).decode()

    def test_a_stroke_is_judged_and_clearing_forgets_it(self):
        drawing_pad = DrawingPad(judge=ink)
        shown = drawing_pad._repr_mimebundle_()
        widget = drawing_pad._widget
        assert shown[output.VIEW]["model_id"] == widget.model_id
        widget.drawing = self.drawn(seven())
        assert widget.said == ink(drawing_pad.image)
        small = Image.open(io.BytesIO(base64.b64decode(widget.preview.partition(",")[2])))
        assert torch.allclose(1 - torch.from_numpy(np.array(small)) / 255, drawing_pad.image, atol=0.01)
        widget.drawing = ""
        assert (widget.said, widget.preview) == ("", "")
        with pytest.raises(ValueError):
            _ = drawing_pad.image

    def test_the_same_pad_is_the_same_widget(self):
        drawing_pad = DrawingPad()
        assert drawing_pad._repr_mimebundle_() == drawing_pad._repr_mimebundle_()

    def test_a_file_is_shown_on_the_pad(self, tmp_path, capsys):
        seven().save(tmp_path / "mine.png")
        drawing_pad = DrawingPad(judge=ink)
        drawing_pad._repr_mimebundle_()
        drawing_pad.from_file(tmp_path / "mine.png")
        assert drawing_pad._widget.said == drawing_pad.said != "" and drawing_pad._widget.preview
        assert capsys.readouterr().out == ""

    def test_without_anywidget_a_picture_is_uploaded(self, monkeypatch):
        monkeypatch.setattr(pad, "is_live", lambda package: package == "ipywidgets")
        drawing_pad = DrawingPad(judge=ink)
        drawing_pad._repr_mimebundle_()
        button, small, words = drawing_pad._widget.children
        button.value = (
            {
                "name": "a.png",
                "type": "image/png",
                "size": 1,
                "content": memoryview(png_of(seven())),
                "last_modified": LONG_AGO,
            },
        )
        assert words.value == ink(drawing_pad.image) and small.value == drawing_pad._preview()
        button.value = (
            {
                "name": "a.txt",
                "type": "text/plain",
                "size": 1,
                "content": memoryview(b"no picture"),
                "last_modified": LONG_AGO,
            },
        )
        assert words.value.startswith("This picture can't be used.") and small.layout.display == "none"

    def test_without_both_it_says_what_to_do(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "anywidget", None)
        monkeypatch.setattr(pad, "is_live", lambda package: False)
        assert DrawingPad()._repr_mimebundle_() == {"text/plain": pad.NO_PAD}
