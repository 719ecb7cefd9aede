# %% mistake: upside_down
# says: Your answer is upside down: True where the lists fit, False where they don't.
def is_jagged_deep(rows):
    try:
        torch.tensor(rows)
    except ValueError:
        return False
    return True

# %% mistake: outer_level_only
# says: Right for rows of numbers. But you look at the first level of lists only; one with another length may hide further in.
def is_jagged_deep(rows):
    return any(isinstance(row, list) for row in rows) and len({len(row) for row in rows}) > 1

# %% mistake: neighbours_only
# says: You compare lists that lie side by side in one list. Two lists of the same level can also be in different branches.
def is_jagged_deep(rows):
    if not rows or not isinstance(rows[0], list):
        return False
    return len({len(row) for row in rows}) > 1 or any(is_jagged_deep(row) for row in rows)

# %% mistake: first_and_last
# says: You compare the first list with the last one only. The odd one may be in between.
def is_jagged_deep(rows):
    level = rows
    while level and isinstance(level[0], list):
        if len(level[0]) != len(level[-1]):
            return True
        level = [item for row in level for item in row]
    return False

# %% mistake: first_branch_only
# says: You follow the first list of every level down, and never look into the others.
def is_jagged_deep(rows):
    while rows and isinstance(rows[0], list):
        if len({len(row) for row in rows}) > 1:
            return True
        rows = rows[0]
    return False

# %% mistake: not_square
# says: You ask whether there are as many rows as columns. A table need not be square; only its rows must have the same length.
def is_jagged_deep(rows):
    return any(isinstance(row, list) and len(row) != len(rows) for row in rows)

# %% mistake: two_levels_at_most
# says: You look two levels deep. Lists can be nested deeper than that: how could a function go on for as long as there are lists?
def is_jagged_deep(rows):
    for _ in range(2):
        if not rows or not isinstance(rows[0], list):
            return False
        if len({len(row) for row in rows}) > 1:
            return True
        rows = [item for row in rows for item in row]
    return False

# %% mistake: plain_list_refused
# says: Right for lists of lists. But a plain list of numbers has no inner list, and a number has no length.
def is_jagged_deep(rows):
    if len({len(row) for row in rows}) > 1:
        return True
    inner = [item for row in rows for item in row]
    return bool(inner) and isinstance(inner[0], list) and is_jagged_deep(inner)

# %% mistake: taken_apart
# says: The answers are right, but you took the caller's lists apart on the way (`pop`, `remove` or `clear`). Look without touching.
def is_jagged_deep(rows):
    level = rows
    while level and isinstance(level[0], list):
        if len({len(row) for row in level}) > 1:
            level.pop()
            return True
        level = [level.pop(0)] + level if len(level) == 1 else level
        level = [item for row in level for item in row]
    return False

# %% mistake: no_return
# says: Your function finds out and then keeps it to itself: nothing is returned.
def is_jagged_deep(rows):
    lengths = {len(row) for row in rows if isinstance(row, list)}
    jagged = len(lengths) > 1

# %% right: level_by_level
def is_jagged_deep(rows):
    level = rows
    while level and isinstance(level[0], list):
        if len({len(row) for row in level}) > 1:
            return True
        level = [item for row in level for item in row]
    return False

# %% right: ask_torch
def is_jagged_deep(rows):
    try:
        torch.tensor(rows)
    except ValueError:
        return True
    return False

# %% right: ask_numpy
def is_jagged_deep(rows, kind=float):
    try:
        np.array(rows, dtype=kind)
        return False
    except Exception as error:
        print("no array:", error)
        return True

# %% right: compare_shapes
def shape_of(rows):
    """The shape of a nested list, or None where there is none."""
    if not isinstance(rows, list):
        return ()
    shapes = [shape_of(row) for row in rows]
    if None in shapes or len(set(shapes)) > 1:
        return None
    return (len(rows), *(shapes[0] if shapes else ()))

def is_jagged_deep(rows: list) -> bool:
    return shape_of(rows) is None

# %% right: lengths_by_depth
def is_jagged_deep(rows):
    lengths = {}
    todo = [(0, rows)]
    while todo:
        depth, item = todo.pop()
        if type(item) is list:
            lengths.setdefault(depth, set()).add(len(item))
            todo += [(depth + 1, inner) for inner in item]
    return max(map(len, lengths.values())) > 1
