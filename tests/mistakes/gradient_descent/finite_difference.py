# %% mistake: forward
# says: You start at x itself, so the slope is that of the piece to the right of it. The central difference looks as far to the left as
# to the right.
def finite_difference(f, x, h=1e-3):
    return float((f(x + h) - f(x)) / h)

# %% mistake: backward
# says: You end at x itself, so the slope is that of the piece to the left of it. The central difference looks as far to the right as
# to the left.
def finite_difference(f, x, h=1e-3):
    return float((f(x) - f(x - h)) / h)

# %% mistake: divided_by_h
# says: Your slopes are twice as steep as they should be. How far apart are the two points at which you ask f?
def finite_difference(f, x, h=1e-3):
    return float((f(x + h) - f(x - h)) / h)

# %% mistake: no_brackets_below
# says: Python works from left to right: `/ 2 * h` halves and then multiplies by h. What belongs below the fraction bar needs brackets.
def finite_difference(f, x, h=1e-3):
    return float((f(x + h) - f(x - h)) / 2 * h)

# %% mistake: no_brackets_above
# says: Division comes before subtraction, so only the second value of f is divided. What belongs above the fraction bar needs brackets.
def finite_difference(f, x, h=1e-3):
    return float(f(x + h) - f(x - h) / (2 * h))

# %% mistake: swapped
# says: Every slope has the wrong sign: you subtract the right value from the left one.
def finite_difference(f, x, h=1e-3):
    return float((f(x - h) - f(x + h)) / (2 * h))

# %% mistake: not_divided
# says: This is how much f rises between the two points. A slope is that rise for each unit to the right.
def finite_difference(f, x, h=1e-3):
    return float(f(x + h) - f(x - h))

# %% mistake: ignores_h
# says: Right for the usual step. But h is overwritten inside: whoever asks for another step gets this one all the same.
def finite_difference(f, x, h=1e-3):
    h = 1e-3
    return float((f(x + h) - f(x - h)) / (2 * h))

# %% mistake: another_step
# says: Right when h is given. The step that is taken when nobody names one is not the one asked for.
def finite_difference(f, x, h=0.1):
    return float((f(x + h) - f(x - h)) / (2 * h))

# %% mistake: float32
# says: Your numbers have become float32 on the way, with about seven digits: of a small difference between large values, few are left.
# Python's own floats have twice as many.
def finite_difference(f, x, h=1e-3):
    x, h = torch.tensor(float(x)), torch.tensor(h)
    return float((torch.as_tensor(f(x + h)) - torch.as_tensor(f(x - h))) / (2 * h))

# %% mistake: no_return
# says: Your function works out the slope and then keeps it to itself: nothing is returned.
def finite_difference(f, x, h=1e-3):
    slope = (f(x + h) - f(x - h)) / (2 * h)

# %% right: formula
def finite_difference(f, x, h=1e-3):
    return float((f(x + h) - f(x - h)) / (2 * h))

# %% right: two_halves
def finite_difference(f, x, h=1e-3):
    """The mean of the slopes to the right and to the left."""
    right = (f(x + h) - f(x)) / h
    left = (f(x) - f(x - h)) / h
    return (right + left) / 2

# %% right: sum_over_signs
def finite_difference(f, x: float, h: float = 0.001, signs=(1, -1)) -> float:
    print("slope at", x)
    return float(sum(s * f(x + s * h) for s in signs)) / 2 / h

# %% right: partial
from functools import partial

def rise_over_run(f, x, width):
    start, end = x - width, x + width
    return (f(end) - f(start)) / (end - start)

def slope(rule, f, x, h=1e-3):
    return float(rule(f, x, h))

finite_difference = partial(slope, rise_over_run)

# %% right: float64_tensors
def finite_difference(f, x, h=1e-3):
    points = torch.tensor([x - h, x + h], dtype=torch.float64)
    values = torch.tensor([f(point) for point in points.tolist()], dtype=torch.float64)
    return (values.diff() / points.diff()).item()
