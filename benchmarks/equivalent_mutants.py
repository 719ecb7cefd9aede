"""Mutants of reference answers that get full marks rightly: they mean the same as the answer, each with the reason.

Exercise -> the changed line, `before => after` as `mutants.py` prints it -> why no check can, or should, tell it from the answer.
"""

_SYMMETRIC = "the sign of a difference is lost in its absolute value or square"
_UINT8 = "PyTorch's true division turns whole numbers into float32, exactly as `float` does"

EQUIVALENT: dict[str, dict[str, str]] = {
    "stack_images": {
        "return torch.stack(images).float() / 255 => return torch.stack(images) / 255": _UINT8,
        "return torch.stack(images).float() / 255 => return torch.stack(images).int() / 255": _UINT8,
    },
    "l1_distance": {"return (1.0 * a - b).abs().mean() => return (b - 1.0 * a).abs().mean()": _SYMMETRIC},
    "l2_distance": {"return ((1.0 * a - b) ** 2).mean().sqrt() => return ((b - 1.0 * a) ** 2).mean().sqrt()": _SYMMETRIC},
    "mnist_distance": {
        "return (1.0 * a - b).abs().mean((-1, -2)) => return (b - 1.0 * a).abs().mean((-1, -2))": _SYMMETRIC,
        "return (1.0 * a - b).abs().mean((-1, -2)) => return (1.0 * a - b).abs().mean((-2, -1))": "the order of the axes does not matter",
    },
    "is_3": {
        "return mnist_distance(x, mean3) < mnist_distance(x, mean7) => return mnist_distance(mean3, x) < mnist_distance(x, mean7)": "a distance is the same in both directions",
        "return mnist_distance(x, mean3) < mnist_distance(x, mean7) => return mnist_distance(x, mean3) < mnist_distance(mean7, x)": "a distance is the same in both directions",
    },
    "finite_difference": {
        "return float((f(x + h) - f(x - h)) / (2 * h)) => return (f(x + h) - f(x - h)) / (2 * h)": "f gives a number, so the quotient is a float already",
    },
    "gradient": {
        "own = xs.detach().clone().requires_grad_() => own = xs.detach().requires_grad_()": "the detached tensor is a leaf of its own too; f can't change a leaf in place",
    },
    "mse": {"return ((predictions - targets) ** 2).mean() => return ((targets - predictions) ** 2).mean()": _SYMMETRIC},
    "fit_quadratic": {"loss = mse(quadratic(t, params), y) => loss = mse(y, quadratic(t, params))": _SYMMETRIC},
}
