"""Mutants of reference answers that keep full marks, each with the reason why this is no hole in a grader.

Exercise -> the changed line, `before => after` as `mutants.py` prints it -> the reason.
"""

_SYMMETRIC = "the sign of a difference is lost in its absolute value or square"
_BOTH_WAYS = "a distance is the same in both directions"
_UINT8 = "PyTorch's true division turns whole numbers into float32, exactly as `float` does"
_ONE_FLOAT = "one float32 makes the difference float32, and every value from 0 to 255 is exact in the other type"
_AXES = "the order in which axes are named does not matter"
_SAME_LENGTH = "x and y have the same length"
_SAME_DEVICE = "threes and sevens are on the same device"
_CPU_INDEX = "PyTorch lets an index on the CPU pick rows of a tensor on a GPU"
_SHARES = (
    "a best cut is still among them: a 7's density, or one below all densities, which lie strictly between 0 and 1"
)
_ANY_CUT = "any cut that reaches the best accuracy is right"
_TENSOR_KEY = "counts compare alike as tensors and as numbers"

_N_RIGHT = "return (density3 > cut).sum().item() + (density7 <= cut).sum().item()"
_BEST = "return max([min(densities) - 1, *densities], key=n_right)"
_ORDER = "order = torch.randperm(len(x), generator=generator) if shuffle else torch.arange(len(x))"
_ACCURACIES = "accuracies = [batch_accuracy(model(xb), yb) for xb, yb in batches]"
_DISTANCES = "distances = torch.stack([(x - prototype).abs().mean((-1, -2)) for prototype in prototypes], dim=1)"
_BYTES = "return (a.float() - b.float()).abs().mean((-1, -2))"
_NEARER = "return mnist_distance(x, mean3) < mnist_distance(x, mean7)"

# They mean the same as the answer, or differ in what the course leaves open.
EQUIVALENT: dict[str, dict[str, str]] = {
    "rank_and_shape": {
        "return (t.ndim, tuple(t.shape)) => return (t.ndim, t.shape)": "torch.Size is as good as a tuple",
    },
    "pixel_table": {
        "return pd.DataFrame(crop.cpu().numpy()) => return pd.DataFrame(crop.cpu())": "pandas takes a tensor by way of NumPy",
    },
    "is_jagged_deep": {
        "while level and isinstance(level[0], list): => while level and isinstance(level[-1], list):": "numbers and lists are never mixed",
    },
    "ink_density": {"return images.float().mean((1, 2)) / 255 => return images.float().mean((2, 1)) / 255": _AXES},
    "ink_threshold": {
        f"{_N_RIGHT} => return (density3 > cut).sum() + (density7 <= cut).sum().item()": _TENSOR_KEY,
        f"{_N_RIGHT} => return (density3 > cut).sum().item() + (density7 <= cut).sum()": _TENSOR_KEY,
        "densities = density3.tolist() + density7.tolist() => densities = density7.tolist()": _SHARES,
        "densities = density3.tolist() + density7.tolist() => densities = density7.tolist() + density7.tolist()": _SHARES,
        f"{_BEST} => return max([max(densities) - 1, *densities], key=n_right)": _SHARES,
        f"{_BEST} => return max([*densities, min(densities) - 1], key=n_right)": _ANY_CUT,
        f"{_BEST} => return max([min(densities) - 2, *densities], key=n_right)": _ANY_CUT,
    },
    "stack_images": {
        "return torch.stack(images).float() / 255 => return torch.stack(images) / 255": _UINT8,
        "return torch.stack(images).float() / 255 => return torch.stack(images).int() / 255": _UINT8,
    },
    "l1_distance": {"return (a - b).abs().mean() => return (b - a).abs().mean()": _SYMMETRIC},
    "l2_distance": {"return ((a - b) ** 2).mean().sqrt() => return ((b - a) ** 2).mean().sqrt()": _SYMMETRIC},
    "mnist_distance": {
        "return (a - b).abs().mean((-1, -2)) => return (b - a).abs().mean((-1, -2))": _SYMMETRIC,
        "return (a - b).abs().mean((-1, -2)) => return (a - b).abs().mean((-2, -1))": _AXES,
    },
    "uint8_distance": {
        f"{_BYTES} => {_BYTES.replace('a.float() - b.float()', 'b.float() - a.float()')}": _SYMMETRIC,
        f"{_BYTES} => {_BYTES.replace('(-1, -2)', '(-2, -1)')}": _AXES,
        **{
            f"{_BYTES} => {_BYTES.replace(f'{name}.float()', f'{name}{other}')}": _ONE_FLOAT
            for name in "ab"
            for other in ("", ".int()", ".half()")
        },
    },
    "is_3": {
        f"{_NEARER} => return mnist_distance(mean3, x) < mnist_distance(x, mean7)": _BOTH_WAYS,
        f"{_NEARER} => return mnist_distance(x, mean3) < mnist_distance(mean7, x)": _BOTH_WAYS,
    },
    "finite_difference": {
        "return float((f(x + h) - f(x - h)) / (2 * h)) => return (f(x + h) - f(x - h)) / (2 * h)": (
            "f gives a number, so the quotient is a float already"
        ),
    },
    "gradient": {
        "own = xs.detach().clone().requires_grad_() => own = xs.detach().requires_grad_()": (
            "the detached tensor is a leaf of its own too, and autograd refuses to change it in place"
        ),
    },
    "mse": {"return ((predictions - targets) ** 2).mean() => return ((targets - predictions) ** 2).mean()": _SYMMETRIC},
    "fit_quadratic": {"loss = mse(quadratic(t, params), y) => loss = mse(y, quadratic(t, params))": _SYMMETRIC},
    "make_dataset": {
        "ones = torch.ones(len(threes), 1, device=threes.device) => ones = torch.ones(len(threes), 1, device=sevens.device)": _SAME_DEVICE,
        "zeros = torch.zeros(len(sevens), 1, device=sevens.device) => zeros = torch.zeros(len(sevens), 1, device=threes.device)": (
            _SAME_DEVICE
        ),
    },
    "batch_accuracy": {
        "says_three = sigmoid(predictions) > 0.5 => says_three = sigmoid(predictions) >= 0.5": "exactly 0.5 is never asked",
    },
    "mini_batches": {
        "order = order.to(x.device) => pass": _CPU_INDEX,
        "order = order.to(x.device) => order = order": _CPU_INDEX,
        "order = order.to(x.device) => order = order.to()": _CPU_INDEX,
        "order = order.to(x.device) => order = order.to(y.device)": "x and y are on the same device",
        "for start in range(0, len(x), batch_size): => for start in range(0, len(y), batch_size):": _SAME_LENGTH,
        f"{_ORDER} => {_ORDER.replace('randperm(len(x)', 'randperm(len(y)')}": _SAME_LENGTH,
        f"{_ORDER} => {_ORDER.replace('arange(len(x)', 'arange(len(y)')}": _SAME_LENGTH,
    },
    "train_epoch": {
        "if p.grad is not None: => if True:": "params are the model's own, so backward gives each a gradient; no more is asked",
    },
    "validate_epoch": {
        f"with torch.no_grad():; {_ACCURACIES} => {_ACCURACIES}": "the book's own lines leave autograd on; the value is the same",
    },
    "BasicOptim": {
        "p.data -= p.grad.data * self.lr => p.data = p.data - p.grad.data * self.lr": "setting `.data` counts as in place",
    },
    "nearest_prototype": {
        f"{_DISTANCES} => {_DISTANCES.replace('mean', 'sum')}": "all images have the same number of pixels",
        f"{_DISTANCES} => {_DISTANCES.replace('(-1, -2)', '(-2, -1)')}": _AXES,
        f"{_DISTANCES} => {_DISTANCES.replace('x - prototype', 'prototype - x')}": _SYMMETRIC,
    },
}
