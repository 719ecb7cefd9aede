# %% mistake: upside_down
# says: Your answer is upside down: True where the rows fit, False where they don't.
def is_jagged(rows):
    try:
        torch.tensor(rows)
    except ValueError:
        return False
    return True

# %% mistake: first_and_last
# says: You compare the first row with the last one only. The odd one may be in between.
def is_jagged(rows):
    return bool(rows) and isinstance(rows[0], list) and len(rows[0]) != len(rows[-1])

# %% mistake: first_two
# says: You compare the first two rows only. The odd one may come later.
def is_jagged(rows):
    return len(rows) > 1 and isinstance(rows[0], list) and len(rows[0]) != len(rows[1])

# %% mistake: returns_after_the_first_pair
# says: A `return` in the loop ends it with the first pair of neighbours that fit: say False only when all of them have been compared.
def is_jagged(rows):
    for row, after in zip(rows, rows[1:]):
        if isinstance(row, list):
            if len(row) == len(after):
                return False
            return True
    return None

# %% mistake: not_square
# says: You ask whether there are as many rows as columns. A table need not be square; only its rows must have the same length.
def is_jagged(rows):
    return any(isinstance(row, list) and len(row) != len(rows) for row in rows)

# %% mistake: plain_list_refused
# says: Right for lists of lists. But a plain list of numbers has no inner list, and a number has no length.
def is_jagged(rows):
    return len({len(row) for row in rows}) > 1

# %% mistake: plain_list_is_jagged
# says: Right for lists of lists. But a plain list of numbers has no inner lists that could differ, so it is not jagged.
def is_jagged(rows):
    try:
        lengths = {len(row) for row in rows}
    except TypeError:
        return True
    return len(lengths) > 1

# %% mistake: empty_rows_left_out
# says: You leave out rows without a number. Such a row has a length too: 0, which differs from all others.
def is_jagged(rows):
    return len({len(row) for row in rows if isinstance(row, list) and row}) > 1

# %% mistake: numbers_compared
# says: You compare the rows themselves. Rows with other numbers may still have the same length.
def is_jagged(rows):
    return any(isinstance(row, list) and row != rows[0] for row in rows)

# %% mistake: taken_apart
# says: The answers are right, but you took the caller's lists apart on the way (`pop`, `remove` or `clear`). Look without touching.
def is_jagged(rows):
    lengths = set()
    while rows:
        row = rows.pop()
        if isinstance(row, list):
            lengths.add(len(row))
    return len(lengths) > 1

# %% mistake: no_return
# says: Your function finds out and then keeps it to itself: nothing is returned.
def is_jagged(rows):
    lengths = {len(row) for row in rows if isinstance(row, list)}
    jagged = len(lengths) > 1

# %% right: lengths
def is_jagged(rows):
    lengths = [len(row) for row in rows if type(row) is list]
    return len(set(lengths)) > 1

# %% right: first_as_a_measure
def is_jagged(rows: list) -> bool:
    return bool(rows) and isinstance(rows[0], list) and any(len(row) != len(rows[0]) for row in rows)

# %% right: ask_torch
def is_jagged(rows):
    try:
        torch.tensor(rows)
    except ValueError:
        return True
    return False

# %% right: ask_numpy
def is_jagged(rows, kind=float):
    try:
        np.array(rows, dtype=kind)
        return False
    except Exception as error:
        print("no array:", error)
        return True

# %% right: any_depth
def is_jagged(rows):
    level = rows
    while level and isinstance(level[0], list):
        if len({len(row) for row in level}) > 1:
            return True
        level = [item for row in level for item in row]
    return False

# %% right: loop
def is_jagged(rows):
    for row in rows:
        if not isinstance(row, list):
            return False
        if len(row) != len(rows[0]):
            return True
    return False
