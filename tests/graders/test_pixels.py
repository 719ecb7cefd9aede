"""Graders of lesson 01: an image is an array of numbers."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from autograder.compare import expect, unchanged


def grey(rng, *shape):
    return torch.randint(0, 256, shape, generator=rng, dtype=torch.uint8)


def picture(pixels, mode=None):
    """A PIL image from a tensor (H, W) or (H, W, 3), converted to `mode`."""
    image = Image.fromarray(pixels.numpy())
    return image if mode is None else image.convert(mode)


def encoded(image, kind):
    """The bytes of an image file."""
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.exercise("load_image")
class TestLoadImage:
    # PIL is the same on both sides of the wall, so its own rounding (JPEG, colour to grey) is too.

    @pytest.mark.weight(2)
    def test_greyscale(self, student, rng, file):
        """Gives height and width of a greyscale PNG, and its pixels as uint8."""
        for shape in ((5, 8), (28, 28)):
            pixels = grey(rng, *shape)
            expect(student.load_image(file("grey.png", encoded(picture(pixels), "PNG")))).to_match(pixels)

    @pytest.mark.weight(2)
    def test_colour(self, student, reference, rng, file, tmp_path):
        """Makes a colour image grey, by PIL's weights for red, green and blue."""
        picture_file = file("colour.png", encoded(picture(grey(rng, 6, 4, 3)), "PNG"))
        want = reference.load_image(picture_file.write(tmp_path))
        expect(student.load_image(picture_file)).to_match(want)

    def test_other_kinds(self, student, reference, rng, file, tmp_path):
        """Opens files with a palette, with transparency, with one bit a pixel and with 16 bits a pixel."""
        # 16 bits, but no value beyond 255: PIL cuts off what is larger, and that is no choice of the student's.
        deep = Image.fromarray(grey(rng, 3, 7).numpy().astype(np.uint16))
        colours = grey(rng, 7, 5, 3)
        one_bit = picture(grey(rng, 4, 9), "1")
        kinds = {
            "palette": picture(colours, "P"),
            "transparency": picture(colours, "RGBA"),
            "one_bit": one_bit,
            "deep": deep,
        }
        for name, image in kinds.items():
            picture_file = file(f"{name}.png", encoded(image, "PNG"))
            want = reference.load_image(picture_file.write(tmp_path))
            expect(student.load_image(picture_file)).to_match(want)

    def test_jpeg(self, student, reference, rng, file, tmp_path):
        """Opens a photograph, a JPEG file in colour."""
        picture_file = file("photograph.jpg", encoded(picture(grey(rng, 16, 24, 3)), "JPEG"))
        want = reference.load_image(picture_file.write(tmp_path))
        expect(student.load_image(picture_file)).to_match(want)

    def test_path_as_text(self, student, digits, file):
        """Takes the path as a string too: here that of a real 7."""
        pixels = digits.sevens[2]
        expect(student.load_image(file("7.png", encoded(picture(pixels), "PNG"), as_text=True))).to_match(pixels)


@pytest.mark.exercise("rank_and_shape")
class TestRankAndShape:
    @pytest.mark.weight(2)
    def test_an_image_and_a_stack(self, student):
        """Gives number and sizes of the axes of an image and of a stack of images."""
        expect(student.rank_and_shape(torch.zeros(5, 8))).to_match((2, (5, 8)))
        expect(student.rank_and_shape(torch.ones(4, 7, 6, dtype=torch.uint8))).to_match((3, (4, 7, 6)))

    def test_a_row_and_a_deep_tensor(self, student, rng):
        """Works for one axis and for five."""
        expect(student.rank_and_shape(torch.randn(9, generator=rng))).to_match((1, (9,)))
        expect(student.rank_and_shape(torch.randn(2, 3, 4, 3, 2, generator=rng))).to_match((5, (2, 3, 4, 3, 2)))

    def test_a_scalar(self, student):
        """Gives (0, ()) for a scalar, and tells it from a row of one number."""
        expect(student.rank_and_shape(torch.tensor(3.0))).to_match((0, ()))
        expect(student.rank_and_shape(torch.tensor([3.0]))).to_match((1, (1,)))

    def test_axes_of_length_one_and_none(self, student):
        """Counts axes of length 1, and axes without an entry."""
        expect(student.rank_and_shape(torch.zeros(1, 6, 1))).to_match((3, (1, 6, 1)))
        expect(student.rank_and_shape(torch.zeros(0, 4))).to_match((2, (0, 4)))

    def test_device(self, student, on_device):
        """Works on the device its inputs are on."""
        expect(on_device.rank_and_shape(torch.zeros(4, 2, 7))).to_match((3, (4, 2, 7)))


@pytest.mark.exercise("slices")
class TestSlices:
    @pytest.mark.weight(2)
    def test_row_column_part(self, student, reference):
        """Gives row 1, column 1, and columns 1 and 2 of row 1."""
        t = torch.arange(20).reshape(4, 5)  # every entry is another number, so nothing is right by chance
        want = reference.slices(t)
        expect(student.slices(t)).to_match(want)

    def test_upright_image(self, student, reference, rng):
        """Works where the rows are fewer, or more, than the columns."""
        for shape in ((6, 3), (3, 7)):
            t = torch.randn(shape, generator=rng)
            want = reference.slices(t)
            expect(student.slices(t)).to_match(want)

    def test_smallest(self, student, reference, rng):
        """Works for two rows and three columns, the smallest that has all of them."""
        t = grey(rng, 2, 3)
        want = reference.slices(t)
        expect(student.slices(t)).to_match(want)

    def test_leaves_the_tensor_alone(self, student, reference, rng):
        """Gives the three slices and leaves the tensor as it was."""
        t = torch.randn(5, 5, generator=rng)
        want = reference.slices(t)
        with unchanged(t=t):
            expect(student.slices(t)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        t = grey(rng, 5, 6)
        want = reference.slices(t)
        expect(on_device.slices(t)).to_match(want)


# Every check of the next two exercises asks both ways, so that always True, or always False, earns nothing. An empty list before one that
# is not is never asked for: torch itself takes [[], [1]] for a tensor without an entry.


@pytest.mark.exercise("is_jagged")
class TestIsJagged:
    def ask(self, student, cases):
        for rows, want in cases:
            expect(student.is_jagged(rows)).to_match(want)

    @pytest.mark.weight(2)
    def test_rows_of_numbers(self, student):
        """Tells rows of different lengths from rows of the same length."""
        self.ask(student, [
            ([[1, 2], [3, 4], [5, 6]], False), ([[1, 2, 3], [4, 5], [6, 7, 8]], True), ([[1, 2], [3, 4], [5, 6, 7]], True),
            ([[1, 2, 3], [4], [5, 6]], True), ([[0.5, 1, 2, 3], [4, 5, 6, 7]], False),
        ])  # fmt: skip

    def test_a_plain_list(self, student):
        """Knows that a plain list of numbers is never jagged, however long, next to rows that are."""
        self.ask(
            student, [([1, 2, 3], False), ([[1, 2], [3]], True), ([0.5], False), ([], False), ([[1, 2, 3]], False)]
        )

    def test_empty_rows(self, student):
        """Knows that a row without a number has a length too."""
        self.ask(student, [([[1], []], True), ([[], []], False), ([[1, 2], [3, 4], []], True)])

    def test_leaves_the_list_alone(self, student):
        """Gives the right answers and leaves the lists as they were."""
        for rows, want in (([[1, 2], [3, 4, 5]], True), ([[1, 2], [3, 4]], False)):
            with unchanged(rows=rows):
                expect(student.is_jagged(rows)).to_match(want)


@pytest.mark.exercise("is_jagged_deep")
class TestIsJaggedDeep:
    def ask(self, student, cases):
        for rows, want in cases:
            expect(student.is_jagged_deep(rows)).to_match(want)

    def test_two_levels(self, student):
        """Tells rows of different lengths from rows of the same length."""
        self.ask(student, [
            ([[1, 2], [3, 4], [5, 6]], False), ([[1, 2, 3], [4, 5], [6, 7, 8]], True), ([[1, 2], [3, 4], [5, 6, 7]], True),
            ([[1, 2, 3], [4], [5, 6]], True), ([[0.5, 1, 2, 3], [4, 5, 6, 7]], False),
        ])  # fmt: skip

    @pytest.mark.weight(2)
    def test_three_levels(self, student):
        """Sees a list of another length one level further in."""
        self.ask(student, [
            ([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], False), ([[[1, 2], [3]], [[4, 5], [6, 7]]], True),
            ([[[1, 2], [3, 4]], [[5, 6], [7]]], True), ([[[1], [2]], [[3], [4]], [[5], [6]]], False),
            ([[[1], [2], [3]], [[4], [5]]], True),
        ])  # fmt: skip

    def test_across_branches(self, student):
        """Compares all lists of a level, not only those that lie side by side."""
        self.ask(student, [
            ([[[1, 2], [3, 4]], [[5], [6]]], True), ([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], False),
            ([[[[1], [2]]], [[[3, 4], [5, 6]]]], True),
        ])  # fmt: skip

    def test_deep(self, student):
        """Looks as deep as the lists go."""
        even, odd = [1, 2], [1, 2, 3]
        for _ in range(6):
            even, odd = [even, even], [even, odd]
        self.ask(student, [(even, False), (odd, True)])

    def test_one_level_and_empty_lists(self, student):
        """Knows that a plain list is never jagged, and that a row without a number has a length too."""
        self.ask(student, [([1, 2, 3], False), ([[1], []], True), ([], False), ([[], []], False), ([[1, 2, 3]], False)])

    def test_leaves_the_list_alone(self, student):
        """Gives the right answers and leaves the lists as they were."""
        for rows, want in (([[1, 2], [3, 4, 5]], True), ([[[1], [2]], [[3], [4]]], False)):
            with unchanged(rows=rows):
                expect(student.is_jagged_deep(rows)).to_match(want)


def expect_table(value, want):
    """A DataFrame with the values of the (H, W) tensor `want`; its labels and the kind of its numbers are free."""
    expect(value).to_satisfy(
        lambda table: issubclass(type(table), pd.DataFrame), "a pandas DataFrame of numbers is asked for"
    )
    expect(_numbers(value)).to_match(want.double())


def _numbers(table):
    # Only numbers cross the wall as a table, so this can't fail on what a student made.
    return torch.from_numpy(table.to_numpy().real.astype(np.float64))


@pytest.mark.exercise("pixel_table")
class TestPixelTable:
    @pytest.mark.weight(2)
    def test_crop(self, student, rng):
        """Gives the crop as a DataFrame with the same values."""
        image = grey(rng, 9, 7)
        for rows, cols in ((slice(2, 6), slice(1, 4)), (slice(0, 3), slice(3, 7))):
            want = image[rows, cols].clone()
            expect_table(student.pixel_table(image.clone(), rows, cols), want)

    def test_open_ends(self, student, rng):
        """Takes slices without a start or an end, and ones that count from the end."""
        image = grey(rng, 6, 8)
        for rows, cols in ((slice(None), slice(2, None)), (slice(None, -1), slice(-3, None))):
            want = image[rows, cols].clone()
            expect_table(student.pixel_table(image.clone(), rows, cols), want)

    def test_steps(self, student, rng):
        """Takes every second row and every third column where the slices say so."""
        image = grey(rng, 10, 11)
        for rows, cols in ((slice(1, 9, 2), slice(0, 11, 3)), (slice(None, None, 4), slice(2, 4))):
            want = image[rows, cols].clone()
            expect_table(student.pixel_table(image.clone(), rows, cols), want)

    def test_one_row_or_column(self, student, rng):
        """Keeps rows and columns where the crop has only one of them."""
        image = grey(rng, 7, 6)
        for rows, cols in ((slice(3, 4), slice(1, 5)), (slice(0, 4), slice(2, 3)), (slice(6, 7), slice(5, 6))):
            want = image[rows, cols].clone()
            expect_table(student.pixel_table(image.clone(), rows, cols), want)

    def test_floats(self, student, rng):
        """Keeps the values of a float image as they are."""
        image = torch.randn(5, 6, generator=rng)
        rows, cols = slice(0, 2), slice(1, 6)
        want = image[rows, cols].clone()
        expect_table(student.pixel_table(image, rows, cols), want)

    def test_leaves_the_image_alone(self, student, digits):
        """Gives the table of a real 3 and leaves the image as it was."""
        image = digits.threes[1]
        rows, cols = slice(4, 15), slice(4, 22)
        want = image[rows, cols].clone()
        with unchanged(image=image):
            expect_table(student.pixel_table(image, rows, cols), want)

    def test_device(self, student, on_device, rng):
        """Works on the device its inputs are on."""
        image = grey(rng, 8, 6)
        rows, cols = slice(1, 5), slice(2, 6)
        want = image[rows, cols].clone()
        expect_table(on_device.pixel_table(image, rows, cols), want)


@pytest.mark.exercise("column_percentages")
class TestColumnPercentages:
    @pytest.mark.weight(2)
    def test_calories(self, student, reference):
        """Gives each entry as a percentage of its column's sum: the calories of four foods."""
        table = torch.tensor([[56.0, 0.0, 4.4, 68.0], [1.2, 104.0, 52.0, 8.0], [1.8, 135.0, 99.0, 0.9]])
        want = reference.column_percentages(table)
        expect(student.column_percentages(table)).to_match(want)

    def test_square(self, student, reference, rng):
        """Takes the sums of the columns, not of the rows, where a table has as many of both."""
        table = torch.rand(4, 4, generator=rng)
        want = reference.column_percentages(table)
        expect(student.column_percentages(table)).to_match(want)

    def test_tall_and_flat(self, student, reference, rng):
        """Works for a table of one column, and gives 100 everywhere for one of one row."""
        for shape in ((5, 1), (1, 4), (6, 2)):
            table = torch.rand(shape, generator=rng) + 0.1
            want = reference.column_percentages(table)
            expect(student.column_percentages(table)).to_match(want)

    def test_negative_entries(self, student, reference):
        """Keeps signs: a column with negative entries still adds up to 100."""
        table = torch.tensor([[3.0, -2.0], [-1.0, -6.0], [2.0, 3.0]])
        want = reference.column_percentages(table)
        expect(student.column_percentages(table)).to_match(want)

    def test_leaves_the_table_alone(self, student, reference, rng):
        """Gives the right percentages and leaves the table as it was."""
        table = 100 * torch.rand(3, 5, generator=rng)
        want = reference.column_percentages(table)
        with unchanged(table=table):
            expect(student.column_percentages(table)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        table = 100 * torch.rand(3, 4, generator=rng) + 1
        want = reference.column_percentages(table)
        expect(on_device.column_percentages(table)).to_match(want)


@pytest.mark.exercise("ink_density")
class TestInkDensity:
    @pytest.mark.weight(2)
    def test_one_density_per_image(self, student, reference, rng):
        """Gives the mean pixel of each image as a share of 255, as float32, also where no pixel is that dark."""
        for images in (grey(rng, 5, 7, 4), grey(rng, 3, 4, 6) // 3):
            want = reference.ink_density(images)
            expect(student.ink_density(images)).to_match(want)

    def test_white_and_black(self, student):
        """Gives 0 for an empty image and 1 for one that is all ink."""
        images = torch.zeros(3, 6, 2, dtype=torch.uint8)
        images[1] = 255
        images[2, :3] = 51
        expect(student.ink_density(images)).to_match(torch.tensor([0.0, 1.0, 0.1]))

    def test_a_single_image(self, student, reference, rng):
        """Keeps the axis of the images for a stack of one."""
        images = grey(rng, 1, 3, 9)
        want = reference.ink_density(images)
        expect(student.ink_density(images)).to_match(want)

    def test_real_digits(self, student, reference, digits):
        """Gives the densities of real 7s."""
        images = digits.sevens
        want = reference.ink_density(images)
        expect(student.ink_density(images)).to_match(want)

    def test_leaves_the_images_alone(self, student, reference, rng):
        """Gives the right densities and leaves the images as they were."""
        images = grey(rng, 4, 5, 5)
        want = reference.ink_density(images)
        with unchanged(images=images):
            expect(student.ink_density(images)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        images = grey(rng, 4, 6, 3)
        want = reference.ink_density(images)
        expect(on_device.ink_density(images)).to_match(want)


def n_right(cut, density3, density7):
    # In float64, where each float32 density is exact: what a student's cut does must not hang on its own rounding.
    return int((density3.double() > cut).sum() + (density7.double() <= cut).sum())


def expect_best(student, density3, density7):
    """The student's cut is a float and reaches the highest accuracy there is."""
    candidates = [-1.0, *density3.tolist(), *density7.tolist()]
    best = max(n_right(candidate, density3, density7) for candidate in candidates)
    cut = student.ink_threshold(
        density3.clone(), density7.clone()
    )  # the cut is judged by densities that no answer can change
    expect(cut).to_satisfy(
        lambda c: issubclass(type(c), (int, float)) and type(c) is not bool, "a Python float is asked for"
    )
    expect(cut).to_satisfy(
        lambda c: n_right(float(c), density3, density7) == best, "another cut is right for more images than this one"
    )


def densities(*sixty_fourths):
    """Densities in steps of 1/64, never nearer to each other: in float32 and float64 the same numbers."""
    return torch.tensor(sixty_fourths) / 64


@pytest.mark.exercise("ink_threshold")
class TestInkThreshold:
    @pytest.mark.weight(2)
    def test_overlap(self, student):
        """Finds a cut with the highest accuracy where the groups overlap."""
        for density3, density7 in (
            (densities(20, 9, 14, 11, 30, 17), densities(5, 12, 8, 6, 10, 3)),
            (densities(13, 40, 22, 26), densities(12, 25, 7, 2, 14)),
        ):
            expect_best(student, density3, density7)

    def test_a_gap(self, student):
        """Finds a cut in the gap, however narrow, where the groups do not overlap."""
        for density3, density7 in (
            (densities(11, 30, 12, 50), densities(10, 1, 9)),
            (densities(40, 63), densities(2, 39)),
            (densities(9), densities(8)),
        ):
            expect_best(student, density3, density7)

    def test_unequal_groups(self, student):
        """Counts every image once: a group of many weighs more than a group of few."""
        for density3, density7 in (
            (densities(20, 22, 24, 26, 28, 30, 32, 34), densities(25, 10)),
            (densities(21, 40), densities(30, 18, 24, 20, 26, 22, 28, 23)),
        ):
            expect_best(student, density3, density7)

    def test_equal_densities(self, student):
        """Calls an image a 3 only above the cut, not at it: some 3s and 7s have the same density."""
        for density3, density7 in (
            (densities(16, 24, 24, 32), densities(8, 16, 16, 16)),
            (densities(16, 16, 40), densities(16, 12)),
        ):
            expect_best(student, density3, density7)

    def test_one_side_only(self, student):
        """Finds a cut below or above everything where that is best, also where all 3s are empty."""
        for density3, density7 in (
            (densities(10, 12, 14, 11), densities(50, 60)),
            (densities(10, 12), densities(50, 30, 60, 40)),
            (densities(0, 0, 0), densities(32)),
            (densities(64), densities(64, 64)),
        ):
            expect_best(student, density3, density7)

    def test_real_digits(self, student, reference, digits):
        """Finds the best cut for real digits."""
        expect_best(student, reference.ink_density(digits.threes), reference.ink_density(digits.sevens))

    def test_leaves_the_densities_alone(self, student):
        """Finds a best cut and leaves the densities as they were, in their order."""
        density3, density7 = densities(33, 12, 20, 9), densities(5, 14, 2)
        expect_best(student, density3, density7)
        with unchanged(density3=density3, density7=density7):
            student.ink_threshold(density3, density7)

    def test_device(self, student, on_device):
        """Works on the device its inputs are on."""
        expect_best(on_device, densities(20, 9, 14, 11, 30, 17), densities(5, 12, 8, 6, 10, 3))
