"""Graders of lesson 02: the baseline by pixel similarity.

The wanted value is always taken before the student's function is called: what that function does to its inputs is done to ours.
"""

from __future__ import annotations

import pytest
import torch

from autograder.compare import expect, unchanged


def grey(rng, *shape):
    return torch.randint(0, 256, shape, generator=rng, dtype=torch.uint8)


def near_prototypes(rng, n, height, width):
    """n images, each a noisy copy of one of two random prototypes.

    Never so near to the middle that the order of a sum could decide.
    """
    mean3, mean7 = torch.rand(2, height, width, generator=rng)
    is_three = torch.rand(n, 1, 1, generator=rng) < 0.4
    noise = 0.4 * torch.rand(n, height, width, generator=rng) - 0.2
    return torch.where(is_three, mean3, mean7) + noise, mean3, mean7


@pytest.mark.exercise("stack_images")
class TestStackImages:
    @pytest.mark.weight(2)
    def test_one_tensor_from_a_list(self, student, reference, rng):
        """Stacks a list of images into one float32 tensor: images, height, width."""
        images = list(grey(rng, 5, 7, 4))
        want = reference.stack_images(images)
        expect(student.stack_images(images)).to_match(want)

    def test_dark_images(self, student, reference, rng):
        """Maps 255 to 1, also where no pixel of the images is that high."""
        images = list(grey(rng, 3, 6, 5) // 4)
        want = reference.stack_images(images)
        expect(student.stack_images(images)).to_match(want)

    def test_a_single_image(self, student, reference, rng):
        """Keeps three axes for a list of one image."""
        images = [grey(rng, 28, 28)]
        want = reference.stack_images(images)
        expect(student.stack_images(images)).to_match(want)

    def test_real_digits(self, student, reference, digits):
        """Stacks real 3s, in their order."""
        images = list(digits.threes)
        want = reference.stack_images(images)
        expect(student.stack_images(images)).to_match(want)

    def test_leaves_the_list_alone(self, student, reference, rng):
        """Gives the right stack and leaves the list and its images as they were."""
        images = list(grey(rng, 4, 3, 8))
        want = reference.stack_images(images)
        with unchanged(images=images):
            expect(student.stack_images(images)).to_match(want)

    def test_two_thousand_images(self, student, reference, rng):
        """Stacks 2,000 images in time."""
        images = list(grey(rng, 100, 9, 7).repeat(20, 1, 1))  # repeated: cheaper to make
        want = reference.stack_images(images)
        expect(student.stack_images(images)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        images = list(grey(rng, 4, 7, 5))
        want = reference.stack_images(images)
        expect(on_device.stack_images(images)).to_match(want)


@pytest.mark.exercise("mean_prototype")
class TestMeanPrototype:
    @pytest.mark.weight(2)
    def test_one_mean_per_pixel(self, student, reference, rng):
        """Averages every pixel over the images."""
        stack = torch.rand(5, 7, 4, generator=rng)
        want = reference.mean_prototype(stack)
        expect(student.mean_prototype(stack)).to_match(want)

    def test_a_single_image(self, student, reference, rng):
        """Gives the image itself for a stack of one."""
        stack = torch.rand(1, 6, 9, generator=rng)
        want = reference.mean_prototype(stack)
        expect(student.mean_prototype(stack)).to_match(want)

    def test_an_even_number_of_images(self, student, reference):
        """Gives the mean where most images are 0 and a few are not."""
        stack = torch.zeros(4, 2, 3)
        stack[0], stack[1, 0] = 1.0, 0.5
        want = reference.mean_prototype(stack)
        expect(student.mean_prototype(stack)).to_match(want)

    def test_real_digits(self, student, reference, digits):
        """Gives the ideal 7 of real digits."""
        want = reference.mean_prototype(digits.stack7)
        expect(student.mean_prototype(digits.stack7)).to_match(want)

    @pytest.mark.drawing
    def test_ideal_seven(self, student, reference, digits, show):
        """Draws the ideal 7 of real digits, which everybody has."""
        want, got = reference.mean_prototype(digits.stack7), student.mean_prototype(digits.stack7)
        show("Your ideal 7", got)
        show.differences("Where it differs (white)", got, want)

    def test_leaves_the_stack_alone(self, student, reference, rng):
        """Gives the right prototype and leaves the stack as it was."""
        stack = torch.rand(6, 3, 5, generator=rng)
        want = reference.mean_prototype(stack)
        with unchanged(stack=stack):
            expect(student.mean_prototype(stack)).to_match(want)

    def test_ten_thousand_images(self, student, reference, rng):
        """Averages 10,000 images in time."""
        stack = torch.rand(10_000, 7, 6, generator=rng)  # all different: the mean of a part is another one
        want = reference.mean_prototype(stack)
        expect(student.mean_prototype(stack)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        stack = torch.rand(5, 6, 7, generator=rng)
        want = reference.mean_prototype(stack)
        expect(on_device.mean_prototype(stack)).to_match(want)


@pytest.mark.exercise("l1_distance")
class TestL1Distance:
    @pytest.mark.weight(2)
    def test_mean_absolute_difference(self, student, reference, rng):
        """Gives the mean absolute difference of two images as a scalar tensor."""
        a, b = torch.rand(2, 7, 4, generator=rng)
        want = reference.l1_distance(a, b)
        expect(student.l1_distance(a, b)).to_match(want)

    def test_differences_that_cancel(self, student, reference):
        """Does not let differences cancel: one image is brighter here, the other one there."""
        a = torch.tensor(
            [[0.0, 1.0, 0.25], [1.0, 0.0, 0.5]]
        )  # the signed mean is just below 0: forgetting `abs` shows, and taking it late
        want = reference.l1_distance(a, 1 - a)
        expect(student.l1_distance(a, 1 - a)).to_match(want)

    def test_real_digits(self, student, reference, digits):
        """Gives the distance of a real 3 to the ideal 7."""
        a = digits.stack3[1]
        want = reference.l1_distance(a, digits.ideal7)
        expect(student.l1_distance(a, digits.ideal7)).to_match(want)

    def test_leaves_the_images_alone(self, student, reference, rng):
        """Gives the right distance and leaves both images as they were."""
        a, b = torch.rand(2, 28, 28, generator=rng)
        want = reference.l1_distance(a, b)
        with unchanged(a=a, b=b):
            expect(student.l1_distance(a, b)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        a, b = torch.rand(2, 6, 7, generator=rng)
        want = reference.l1_distance(a, b)
        expect(on_device.l1_distance(a, b)).to_match(want)


@pytest.mark.exercise("l2_distance")
class TestL2Distance:
    @pytest.mark.weight(2)
    def test_root_mean_square(self, student, reference, rng):
        """Gives the root of the mean squared difference of two images as a scalar tensor."""
        a, b = torch.rand(2, 7, 4, generator=rng)
        want = reference.l2_distance(a, b)
        expect(student.l2_distance(a, b)).to_match(want)

    def test_large_differences(self, student, reference):
        """Lets one large difference count for more than many small ones."""
        a = torch.zeros(3, 5)
        b = torch.full((3, 5), -0.1)
        b[1, 2] = 4.0
        want = reference.l2_distance(a, b)
        expect(student.l2_distance(a, b)).to_match(want)

    def test_real_digits(self, student, reference, digits):
        """Gives the distance of a real 7 to the ideal 3."""
        a = digits.stack7[1]
        want = reference.l2_distance(a, digits.ideal3)
        expect(student.l2_distance(a, digits.ideal3)).to_match(want)

    def test_leaves_the_images_alone(self, student, reference, rng):
        """Gives the right distance and leaves both images as they were."""
        a, b = torch.rand(2, 28, 28, generator=rng)
        want = reference.l2_distance(a, b)
        with unchanged(a=a, b=b):
            expect(student.l2_distance(a, b)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        a, b = torch.rand(2, 6, 7, generator=rng)
        want = reference.l2_distance(a, b)
        expect(on_device.l2_distance(a, b)).to_match(want)


@pytest.mark.exercise("mnist_distance")
class TestMnistDistance:
    @pytest.mark.weight(2)
    def test_one_distance_per_image(self, student, reference, rng):
        """Gives one distance for each image of a stack."""
        a, b = torch.rand(5, 7, 4, generator=rng), torch.rand(7, 4, generator=rng)
        want = reference.mnist_distance(a, b)
        expect(student.mnist_distance(a, b)).to_match(want)

    def test_two_images(self, student, reference, rng):
        """Gives a scalar for two single images."""
        a, b = torch.rand(2, 6, 9, generator=rng)
        want = reference.mnist_distance(a, b)
        expect(student.mnist_distance(a, b)).to_match(want)

    def test_a_stack_of_one(self, student, reference, rng):
        """Keeps the axis of the images for a stack of one, and both axes of a table of one row or column."""
        for shape_a, shape_b in (((1, 5, 3), (5, 3)), ((3, 1, 5, 4), (1, 5, 4)), ((1, 1, 5, 4), (2, 5, 4))):
            a, b = torch.rand(shape_a, generator=rng), torch.rand(shape_b, generator=rng)
            want = reference.mnist_distance(a, b)
            expect(student.mnist_distance(a, b)).to_match(want)

    def test_every_pair(self, student, reference, rng):
        """Gives a table of distances, (N, K), for (N, 1, H, W) against (K, H, W)."""
        a, b = torch.rand(3, 1, 5, 4, generator=rng), torch.rand(2, 5, 4, generator=rng)
        want = reference.mnist_distance(a, b)
        expect(student.mnist_distance(a, b)).to_match(want)

    def test_real_digits(self, student, reference, digits):
        """Gives the distances of real 3s to the ideal 3."""
        want = reference.mnist_distance(digits.stack3, digits.ideal3)
        expect(student.mnist_distance(digits.stack3, digits.ideal3)).to_match(want)

    def test_leaves_the_images_alone(self, student, reference, rng):
        """Gives the right distances and leaves its inputs as they were."""
        a, b = torch.rand(2, 4, 3, 8, generator=rng)
        want = reference.mnist_distance(a, b)
        with unchanged(a=a, b=b):
            expect(student.mnist_distance(a, b)).to_match(want)

    def test_ten_thousand_images(self, student, reference, rng):
        """Measures 10,000 images in time."""
        a, b = torch.rand(10_000, 7, 6, generator=rng), torch.rand(7, 6, generator=rng)
        want = reference.mnist_distance(a, b)
        expect(student.mnist_distance(a, b)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        a, b = torch.rand(5, 6, 7, generator=rng), torch.rand(6, 7, generator=rng)
        want = reference.mnist_distance(a, b)
        expect(on_device.mnist_distance(a, b)).to_match(want)


@pytest.mark.exercise("uint8_distance")
class TestUint8Distance:
    @pytest.mark.weight(2)
    def test_one_distance_per_image(self, student, reference, rng):
        """Gives the float32 distance of each uint8 image of a stack, though 3 - 5 is 254 in uint8."""
        a, b = grey(rng, 5, 7, 4), grey(rng, 7, 4)
        want = reference.uint8_distance(a, b)
        expect(student.uint8_distance(a, b)).to_match(want)

    def test_two_images(self, student, reference, rng):
        """Gives a scalar for two single images, the same in either order."""
        a, b = grey(rng, 2, 5, 6)
        want = reference.uint8_distance(a, b)
        expect(student.uint8_distance(a, b)).to_match(want)
        expect(student.uint8_distance(b, a)).to_match(want)

    def test_black_and_white(self, student):
        """Gives 255 for paper against full ink: the largest distance there is."""
        white, black = torch.zeros(3, 4, dtype=torch.uint8), torch.full((3, 4), 255, dtype=torch.uint8)
        expect(student.uint8_distance(white, black)).to_match(torch.tensor(255.0))
        expect(student.uint8_distance(black, white)).to_match(torch.tensor(255.0))

    def test_every_pair(self, student, reference, rng):
        """Gives a table of distances, (N, K), for (N, 1, H, W) against (K, H, W)."""
        a, b = grey(rng, 3, 1, 5, 4), grey(rng, 2, 5, 4)
        want = reference.uint8_distance(a, b)
        expect(student.uint8_distance(a, b)).to_match(want)

    def test_real_digits(self, student, reference, digits):
        """Gives the distances of real 3s to a real 7."""
        a, b = digits.threes, digits.sevens[1]
        want = reference.uint8_distance(a, b)
        expect(student.uint8_distance(a, b)).to_match(want)

    def test_leaves_the_images_alone(self, student, reference, rng):
        """Gives the right distances and leaves its inputs as they were."""
        a, b = grey(rng, 4, 3, 8), grey(rng, 4, 3, 8)
        want = reference.uint8_distance(a, b)
        with unchanged(a=a, b=b):
            expect(student.uint8_distance(a, b)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        a, b = grey(rng, 5, 6, 7), grey(rng, 6, 7)
        want = reference.uint8_distance(a, b)
        expect(on_device.uint8_distance(a, b)).to_match(want)


@pytest.mark.exercise("is_3")
class TestIs3:
    @pytest.mark.weight(2)
    def test_nearer_prototype(self, student, reference, digits):
        """Tells real 3s and 7s apart by the nearer prototype, one bool for each image."""
        x = torch.cat([digits.stack3[:40], digits.stack7[:30]])
        want = reference.is_3(x, digits.ideal3, digits.ideal7)
        expect(student.is_3(x, digits.ideal3, digits.ideal7)).to_match(want)

    def test_single_images(self, student, reference, rng):
        """Gives a scalar bool tensor for a single image: here a 3, then a 7."""
        for _ in range(2):
            x, mean3, mean7 = near_prototypes(rng, 1, 7, 4)
            for prototypes in ((mean3, mean7), (mean7, mean3)):
                want = reference.is_3(x[0], *prototypes)
                expect(student.is_3(x[0], *prototypes)).to_match(want)

    def test_a_stack_of_one(self, student, reference, rng):
        """Keeps the axis of the images for a stack of one: here a 3, then a 7."""
        x, mean3, mean7 = near_prototypes(rng, 1, 6, 5)
        for prototypes in ((mean3, mean7), (mean7, mean3)):
            want = reference.is_3(x, *prototypes)
            expect(student.is_3(x, *prototypes)).to_match(want)

    def test_absolute_differences(self, student, reference):
        """Decides by the mean absolute difference, where squares would decide otherwise and signed differences too."""
        one_bright_pixel, all_a_little = torch.zeros(4, 5), torch.full((4, 5), -0.1)
        one_bright_pixel[1, 2] = 1.0
        x = torch.zeros(3, 4, 5)
        for prototypes in ((one_bright_pixel, all_a_little), (all_a_little, one_bright_pixel)):
            want = reference.is_3(x, *prototypes)
            expect(student.is_3(x, *prototypes)).to_match(want)

    def test_a_tie_is_not_a_3(self, student, reference):
        """Gives False on a tie, next to images that are not ties."""
        # Quarters are exact in float32, so the tie holds in whatever order the pixels are summed.
        x = torch.tensor([0.5, 0.25, 0.75, 0.5])[:, None, None].expand(4, 6, 3).contiguous()
        mean3, mean7 = torch.full((6, 3), 0.25), torch.full((6, 3), 0.75)
        want = reference.is_3(x, mean3, mean7)
        expect(student.is_3(x, mean3, mean7)).to_match(want)

    def test_more_axes(self, student, reference, rng):
        """Keeps every axis of x before the last two."""
        x, mean3, mean7 = near_prototypes(rng, 6, 5, 8)
        x = x.reshape(2, 3, 5, 8)
        want = reference.is_3(x, mean3, mean7)
        expect(student.is_3(x, mean3, mean7)).to_match(want)

    def test_leaves_the_images_alone(self, student, reference, rng):
        """Gives the right answers and leaves images and prototypes as they were."""
        x, mean3, mean7 = near_prototypes(rng, 9, 28, 28)
        want = reference.is_3(x, mean3, mean7)
        with unchanged(x=x, mean3=mean3, mean7=mean7):
            expect(student.is_3(x, mean3, mean7)).to_match(want)

    def test_ten_thousand_images(self, student, reference, rng):
        """Tells 10,000 images apart in time."""
        x, mean3, mean7 = near_prototypes(rng, 10_000, 7, 6)
        want = reference.is_3(x, mean3, mean7)
        expect(student.is_3(x, mean3, mean7)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        x, mean3, mean7 = near_prototypes(rng, 9, 6, 7)
        want = reference.is_3(x, mean3, mean7)
        expect(on_device.is_3(x, mean3, mean7)).to_match(want)


@pytest.mark.exercise("accuracy")
class TestAccuracy:
    @pytest.mark.weight(2)
    def test_share_of_right_answers(self, student, reference):
        """Gives the share of predictions that equal their targets, as a float32 scalar."""
        predictions = torch.tensor([True, True, True, False, False, True, False])
        targets = torch.tensor([True, False, True, False, True, True, True])
        want = reference.accuracy(predictions, targets)
        expect(student.accuracy(predictions, targets)).to_match(want)

    def test_one_target_for_all(self, student, reference):
        """Takes one target for all predictions: True for a stack of 3s, False for a stack of 7s."""
        predictions = torch.tensor([True, True, True, False, True])
        for target in (True, False, torch.tensor(True), torch.tensor(False)):
            want = reference.accuracy(predictions, target)
            expect(student.accuracy(predictions, target)).to_match(want)

    def test_whole_numbers(self, student, reference):
        """Compares classes that are whole numbers too."""
        predictions, targets = torch.tensor([3, 7, 0, 3, 1, 0, 3, 9]), torch.tensor([3, 3, 0, 7, 2, 1, 3, 9])
        want = reference.accuracy(predictions, targets)
        expect(student.accuracy(predictions, targets)).to_match(want)

    def test_all_or_none(self, student, reference):
        """Gives 1 where all are right and 0 where none is, also for a single prediction."""
        for predictions, targets in (
            ([True, False], [True, False]),
            ([True, False], [False, True]),
            ([False], [False]),
        ):
            want = reference.accuracy(torch.tensor(predictions), torch.tensor(targets))
            expect(student.accuracy(torch.tensor(predictions), torch.tensor(targets))).to_match(want)

    def test_a_table_of_predictions(self, student, reference, rng):
        """Gives one scalar for predictions with several axes, and leaves its inputs as they were."""
        predictions, targets = torch.rand(2, 5, 3, generator=rng) < 0.7
        want = reference.accuracy(predictions, targets)
        with unchanged(predictions=predictions, targets=targets):
            expect(student.accuracy(predictions, targets)).to_match(want)

    def test_many_predictions(self, student, reference, rng):
        """Counts 10,000 predictions in time."""
        predictions, targets = torch.rand(2, 10_000, generator=rng) < 0.3
        want = reference.accuracy(predictions, targets)
        expect(student.accuracy(predictions, targets)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        predictions, targets = torch.rand(2, 11, generator=rng) < 0.6
        want = reference.accuracy(predictions, targets)
        expect(on_device.accuracy(predictions, targets)).to_match(want)
        expect(on_device.accuracy(predictions, True)).to_match(predictions.float().mean())
