"""Graders of lesson 06: all ten digits.

The wanted value is always taken before the student's function is called: what that function does to its inputs is done to ours.
"""

from __future__ import annotations

import pytest
import torch

from autograder.compare import expect, unchanged


def classes(n, n_classes):
    """int64 (n,): every class below `n_classes`, mixed, some of them more often."""
    numbers = torch.arange(n)
    return (numbers * 7 % 11 + numbers // 5) % n_classes


@pytest.mark.exercise("class_prototypes")
class TestClassPrototypes:
    @pytest.mark.weight(2)
    def test_one_mean_per_class(self, student, reference, rng):
        """Gives the mean image of each class, by the order of the classes."""
        x, y = torch.rand(12, 5, 3, generator=rng), classes(12, 4)
        want = reference.class_prototypes(x, y, 4)
        expect(student.class_prototypes(x, y, 4)).to_match(want)

    def test_whole_number_pixels(self, student, reference, rng):
        """Gives float32 means of uint8 images, on their scale of 0 to 255."""
        x, y = torch.randint(0, 256, (15, 4, 6), generator=rng, dtype=torch.uint8), classes(15, 3)
        want = reference.class_prototypes(x, y, 3)
        expect(student.class_prototypes(x, y, 3)).to_match(want)

    def test_a_class_without_an_image(self, student, reference, rng):
        """Gives NaN for a class without an image: the first, one in the middle, the last."""
        x, y = torch.rand(7, 2, 3, generator=rng), torch.tensor([3, 1, 3, 4, 1, 3, 4])
        want = reference.class_prototypes(x, y, 6)
        expect(student.class_prototypes(x, y, 6)).to_match(want)

    def test_real_digits(self, student, reference, digits):
        """Finds the ideal 3 and the ideal 7 among ten classes, in a mixed pile of real digits."""
        order = torch.arange(40) * 7 % 40
        x = torch.cat([digits.threes[:20], digits.sevens[:20]])[order]
        y = torch.tensor([3] * 20 + [7] * 20)[order]
        want = reference.class_prototypes(x, y, 10)
        expect(student.class_prototypes(x, y, 10)).to_match(want)

    def test_leaves_images_and_classes_alone(self, student, reference, rng):
        """Gives the right prototypes and leaves images and classes as they were."""
        x, y = torch.rand(9, 3, 4, generator=rng), classes(9, 3)
        want = reference.class_prototypes(x, y, 3)
        with unchanged(x=x, y=y):
            expect(student.class_prototypes(x, y, 3)).to_match(want)

    def test_a_single_class(self, student, reference, rng):
        """Keeps three axes for a single class."""
        x, y = torch.rand(4, 3, 5, generator=rng), torch.zeros(4, dtype=torch.int64)
        want = reference.class_prototypes(x, y, 1)
        expect(student.class_prototypes(x, y, 1)).to_match(want)

    def test_five_thousand_images(self, student, reference, rng):
        """Averages 5,000 images in time."""
        x, y = torch.rand(5_000, 4, 5, generator=rng), classes(5_000, 10)
        want = reference.class_prototypes(x, y, 10)
        expect(student.class_prototypes(x, y, 10)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        x, y = (
            torch.randint(0, 256, (9, 4, 3), generator=rng, dtype=torch.uint8),
            torch.tensor([0, 3, 1, 3, 0, 1, 1, 3, 0]),
        )
        want = reference.class_prototypes(x, y, 4)
        expect(on_device.class_prototypes(x, y, 4)).to_match(want)


def near_prototypes(rng, n, n_classes, height, width):
    """n images, each a noisy copy of one of some random prototypes, and those prototypes.

    The classes are mixed. The noise is so small that the order of a sum can't decide.
    """
    prototypes = torch.rand(n_classes, height, width, generator=rng)
    return prototypes[classes(n, n_classes)] + 0.1 * torch.rand(n, height, width, generator=rng) - 0.05, prototypes


@pytest.mark.exercise("nearest_prototype")
class TestNearestPrototype:
    @pytest.mark.weight(2)
    def test_nearest_class(self, student, reference, rng):
        """Gives the class of the nearest prototype for each image, as int64."""
        x, prototypes = near_prototypes(rng, 14, 5, 6, 4)
        want = reference.nearest_prototype(x, prototypes)
        expect(student.nearest_prototype(x, prototypes)).to_match(want)

    def test_a_single_image(self, student, reference, rng):
        """Keeps the axis of the images for one image; and takes as many images as there are classes."""
        for n in (1, 3):
            x, prototypes = near_prototypes(rng, n, 3, 3, 5)
            want = reference.nearest_prototype(x, prototypes)
            expect(student.nearest_prototype(x, prototypes)).to_match(want)

    def test_absolute_differences(self, student, reference):
        """Decides by the mean absolute difference, where squares would decide otherwise and signed differences too."""
        one_bright_pixel, all_a_little, darker = torch.zeros(4, 5), torch.full((4, 5), 0.1), torch.full((4, 5), -0.2)
        one_bright_pixel[1, 2] = 1.0
        x = torch.stack([torch.zeros(4, 5), torch.full((4, 5), -0.19), one_bright_pixel * 0.9])
        for prototypes in ((all_a_little, one_bright_pixel, darker), (darker, all_a_little, one_bright_pixel)):
            want = reference.nearest_prototype(x, torch.stack(prototypes))
            expect(student.nearest_prototype(x, torch.stack(prototypes))).to_match(want)

    def test_ties(self, student, reference):
        """Gives the lowest class on a tie, next to images that are not ties."""
        # Quarters are exact in float32, so the ties hold in whatever order the pixels are summed.
        x = torch.tensor([0.5, 0.0, 0.75, 1.0, 0.25])[:, None, None].expand(5, 2, 4).contiguous()
        prototypes = torch.tensor([1.0, 0.0, 0.5, 0.0])[:, None, None].expand(4, 2, 4).contiguous()
        want = reference.nearest_prototype(x, prototypes)
        expect(student.nearest_prototype(x, prototypes)).to_match(want)

    def test_real_digits(self, student, reference, digits):
        """Tells real 3s and 7s apart."""
        order = torch.arange(20) * 7 % 20
        x = torch.cat([digits.stack3[30:40], digits.stack7[30:40]])[order]
        prototypes = torch.stack([digits.ideal7, digits.ideal3])
        want = reference.nearest_prototype(x, prototypes)
        expect(student.nearest_prototype(x, prototypes)).to_match(want)

    def test_leaves_its_inputs_alone(self, student, reference, rng):
        """Gives the right classes and leaves images and prototypes as they were."""
        x, prototypes = near_prototypes(rng, 8, 4, 2, 7)
        want = reference.nearest_prototype(x, prototypes)
        with unchanged(x=x, prototypes=prototypes):
            expect(student.nearest_prototype(x, prototypes)).to_match(want)

    def test_five_thousand_images(self, student, reference, rng):
        """Classifies 5,000 images in time."""
        x, prototypes = near_prototypes(rng, 5_000, 10, 5, 4)
        want = reference.nearest_prototype(x, prototypes)
        expect(student.nearest_prototype(x, prototypes)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        x, prototypes = near_prototypes(rng, 9, 4, 5, 3)
        want = reference.nearest_prototype(x, prototypes)
        expect(on_device.nearest_prototype(x, prototypes)).to_match(want)


@pytest.mark.exercise("confusion_matrix")
class TestConfusionMatrix:
    @pytest.mark.weight(2)
    def test_counts(self, student, reference):
        """Counts every pair of truth (row) and prediction (column), as int64."""
        predictions = torch.tensor([2, 0, 1, 2, 2, 0, 1, 0, 2, 2])
        targets = torch.tensor([2, 0, 0, 1, 2, 0, 1, 2, 1, 1])
        want = reference.confusion_matrix(predictions, targets, 3)
        expect(student.confusion_matrix(predictions, targets, 3)).to_match(want)

    @pytest.mark.drawing
    def test_table(self, student, show):
        """Shows the table of eight predictions: 0 twice right, 1 once, 2 three times; a 1 mistaken for a 2, a 0 for a 1."""
        predictions, targets = torch.tensor([0, 0, 1, 2, 2, 2, 2, 1]), torch.tensor([0, 0, 1, 2, 2, 2, 1, 0])
        got = student.confusion_matrix(predictions, targets, 3)
        title = "Your confusion matrix for the truths 0 0 1 2 2 2 1 0 and the predictions 0 0 1 2 2 2 2 1"
        show.table(title, got)

    def test_rows_are_the_truth(self, student, reference):
        """Puts a 7 that was mistaken for a 1 in row 7, column 1."""
        predictions, targets = torch.tensor([1, 1, 1]), torch.tensor([7, 7, 9])
        want = reference.confusion_matrix(predictions, targets, 10)
        expect(student.confusion_matrix(predictions, targets, 10)).to_match(want)

    def test_classes_that_never_occur(self, student, reference):
        """Has a row and a column for classes that never occur, the last one too."""
        predictions, targets = torch.tensor([1, 3, 1, 1]), torch.tensor([1, 3, 3, 1])
        want = reference.confusion_matrix(predictions, targets, 6)
        expect(student.confusion_matrix(predictions, targets, 6)).to_match(want)

    def test_leaves_its_inputs_alone(self, student, reference):
        """Gives the right counts and leaves predictions and targets as they were."""
        predictions, targets = classes(30, 4), classes(41, 4)[11:].clone()
        want = reference.confusion_matrix(predictions, targets, 4)
        with unchanged(predictions=predictions, targets=targets):
            expect(student.confusion_matrix(predictions, targets, 4)).to_match(want)

    def test_five_thousand_predictions(self, student, reference, rng):
        """Counts 5,000 predictions in time."""
        predictions, targets = torch.randint(0, 10, (2, 5_000), generator=rng)
        want = reference.confusion_matrix(predictions, targets, 10)
        expect(student.confusion_matrix(predictions, targets, 10)).to_match(want)

    def test_device(self, student, on_device, reference):
        """Works on the device its inputs are on."""
        predictions, targets = classes(25, 4), classes(32, 4)[7:].clone()
        want = reference.confusion_matrix(predictions, targets, 5)
        expect(on_device.confusion_matrix(predictions, targets, 5)).to_match(want)


@pytest.mark.exercise("softmax")
class TestSoftmax:
    @pytest.mark.weight(2)
    def test_shares_along_the_last_axis(self, student, reference, rng):
        """Gives, for each row of a table, shares that add up to 1."""
        x = 2 * torch.randn(4, 6, generator=rng)
        want = reference.softmax(x)
        expect(student.softmax(x)).to_match(want)

    def test_other_axes(self, student, reference, rng):
        """Takes the axis along which to share out, counted from either end; here of a square, and of three axes."""
        for shape, dim in (((3, 3), 0), ((2, 4, 3), 1), ((2, 4, 3), -2)):
            x = torch.randn(shape, generator=rng)
            want = reference.softmax(x, dim)
            expect(student.softmax(x, dim)).to_match(want)

    def test_a_single_axis(self, student, reference, rng):
        """Works for a single row of numbers, the last axis being the default."""
        for x in (torch.randn(5, generator=rng), torch.randn(1, generator=rng), torch.randn(2, 3, 4, generator=rng)):
            want = reference.softmax(x)
            expect(student.softmax(x)).to_match(want)

    def test_large_numbers(self, student, reference):
        """Stays finite and right for large numbers of either sign, row by row."""
        x = torch.tensor(
            [
                [1000.0, 1001.0, 999.0],
                [-1000.0, -1002.0, -1001.0],
                [1e30, 0.0, -1e30],
                [88.0, 89.0, 0.0],
                [-200.0, -300.0, -201.0],
            ]
        )
        want = reference.softmax(x)
        expect(student.softmax(x)).to_match(want)

    def test_gradient(self, student, reference, given, rng):
        """Can be differentiated, for large numbers too."""
        x, factors = torch.randn(3, 4, generator=rng), torch.randn(3, 4, generator=rng)
        x[1] += 1000
        ours = x.clone().requires_grad_()
        (reference.softmax(ours) * factors).sum().backward()
        x.requires_grad_()
        # the shares of a row add up to 1 whatever x is: only a weighted sum of them has a slope
        backward = given("lambda softmax, x, factors: (softmax(x) * factors).sum().backward()")
        backward.in_worker(student.changing(x), student.softmax, x, factors)
        expect({"gradient": x.grad}).to_match({"gradient": ours.grad})

    def test_leaves_its_input_alone(self, student, reference, rng):
        """Gives the right shares and leaves its input as it was."""
        x = torch.randn(3, 5, generator=rng)
        want = reference.softmax(x)
        with unchanged(x):
            expect(student.softmax(x)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        x = torch.randn(3, 4, generator=rng)
        want = reference.softmax(x, 0)
        expect(on_device.softmax(x, 0)).to_match(want)


@pytest.mark.exercise("cross_entropy")
class TestCrossEntropy:
    @pytest.mark.weight(2)
    def test_mean_of_minus_log(self, student, reference, rng):
        """Gives the mean of -log softmax at the targets, as a scalar."""
        logits, targets = 2 * torch.randn(7, 4, generator=rng), classes(7, 4)
        want = reference.cross_entropy(logits, targets)
        expect(student.cross_entropy(logits, targets)).to_match(want)

    def test_a_square_of_logits(self, student, reference, rng):
        """Takes one logit from each row, also where there are as many rows as classes, or a single row."""
        for n in (5, 1):
            logits, targets = torch.randn(n, 5, generator=rng), classes(n + 3, 5)[3:].clone()
            want = reference.cross_entropy(logits, targets)
            expect(student.cross_entropy(logits, targets)).to_match(want)

    def test_large_logits(self, student, reference):
        """Stays finite and right for large logits, where the share of the target rounds to 0 too."""
        logits = torch.tensor([[1000.0, 0.0, -1000.0], [-500.0, 400.0, 0.0], [200.0, 201.0, 199.0]])
        for targets in (torch.tensor([0, 1, 1]), torch.tensor([1, 2, 0]), torch.tensor([2, 0, 2])):
            want = reference.cross_entropy(logits, targets)
            expect(student.cross_entropy(logits, targets)).to_match(want)

    def test_gradient(self, student, reference, rng):
        """Can be differentiated: the gradient of the logits is right."""
        logits, targets = torch.randn(6, 3, generator=rng), classes(6, 3)
        ours = logits.clone().requires_grad_()
        reference.cross_entropy(ours, targets).backward()
        logits.requires_grad_()
        student.cross_entropy.with_gradient(logits, targets)
        expect({"gradient": logits.grad}).to_match({"gradient": ours.grad})

    def test_gradient_of_large_logits(self, student, reference):
        """Has a finite and right gradient for large logits too."""
        logits, targets = torch.tensor([[900.0, 0.0, 100.0], [-300.0, 0.0, -1.0]]), torch.tensor([1, 0])
        ours = logits.clone().requires_grad_()
        reference.cross_entropy(ours, targets).backward()
        logits.requires_grad_()
        student.cross_entropy.with_gradient(logits, targets)
        expect({"gradient": logits.grad}).to_match({"gradient": ours.grad})

    def test_leaves_its_inputs_alone(self, student, reference, rng):
        """Gives the right loss and leaves logits and targets as they were."""
        logits, targets = torch.randn(8, 10, generator=rng), classes(8, 10)
        want = reference.cross_entropy(logits, targets)
        with unchanged(logits=logits, targets=targets):
            expect(student.cross_entropy(logits, targets)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        logits, targets = torch.randn(6, 4, generator=rng), classes(6, 4)
        ours = logits.clone().requires_grad_()
        want = reference.cross_entropy(ours, targets)
        want.backward()
        logits.requires_grad_()
        expect(on_device.cross_entropy.with_gradient(logits, targets)).to_match(want.detach())
        expect({"gradient": logits.grad}).to_match({"gradient": ours.grad})


@pytest.mark.exercise("one_hot")
class TestOneHot:
    @pytest.mark.weight(2)
    def test_a_one_at_the_target(self, student, reference):
        """Gives a row for each target, with a 1 at the target and 0 elsewhere, as float32."""
        targets = torch.tensor([2, 0, 3, 1, 3, 2])
        want = reference.one_hot(targets, 4)
        expect(student.one_hot(targets, 4)).to_match(want)

    def test_classes_that_never_occur(self, student, reference):
        """Has a column for every class, also for those that never occur."""
        targets = torch.tensor([1, 4, 1])
        want = reference.one_hot(targets, 7)
        expect(student.one_hot(targets, 7)).to_match(want)

    def test_a_single_target(self, student, reference):
        """Keeps two axes for a single target."""
        targets = torch.tensor([1])
        want = reference.one_hot(targets, 3)
        expect(student.one_hot(targets, 3)).to_match(want)

    def test_leaves_the_targets_alone(self, student, reference):
        """Gives the right rows and leaves the targets as they were."""
        targets = classes(12, 5)
        want = reference.one_hot(targets, 5)
        with unchanged(targets):
            expect(student.one_hot(targets, 5)).to_match(want)

    def test_five_thousand_targets(self, student, reference, rng):
        """Encodes 5,000 targets in time."""
        targets = torch.randint(0, 10, (5_000,), generator=rng)
        want = reference.one_hot(targets, 10)
        expect(student.one_hot(targets, 10)).to_match(want)

    def test_device(self, student, on_device, reference):
        """Works on the device its inputs are on."""
        targets = torch.tensor([3, 1, 0, 3, 2])
        want = reference.one_hot(targets, 5)
        expect(on_device.one_hot(targets, 5)).to_match(want)
