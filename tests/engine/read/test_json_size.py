"""What parsing a notebook costs is told from its bytes: crafted files are refused, large honest ones are read."""

from __future__ import annotations

import base64
import json
import random

import pytest

from autograder import notebook
from autograder.errors import SubmissionUnreadable
from autograder.json_size import seconds_to_parse

START = b'{"nbformat": 4, "cells": [], "metadata": {"x": '


def of(piece: bytes, count: int, start: bytes = b"[", end: bytes = b"]") -> bytes:
    return START + start + b",".join([piece] * count) + end + b"}}"


CRAFTED = {
    "empty lists": lambda: of(b"[]", 3_000_000),
    "empty dicts": lambda: of(b"{}", 3_000_000),
    "deep lists": lambda: of(b"[" * 500 + b"]" * 500, 6_000),
    "deep dicts": lambda: of(b'{"":' * 400 + b"0" + b"}" * 400, 4_000),
    "keys": lambda: START + b"{" + b",".join(b'"%x":1' % number for number in range(1_000_000)) + b"}}}",
    "numbers": lambda: of(b"0", 25_000_000),
    "numbers that are hard to round": lambda: of(b"2.47032822920623272e-324", 2_000_000),
    "long numbers": lambda: of(b"9" * 4300, 14_000),
    "texts": lambda: of(b'"a"', 9_000_000),
    "empty lists in UTF-16": lambda: of(b"[]", 3_000_000).decode().encode("utf-16"),
    "dicts of an old format": lambda: (
        b'{"nbformat": 3, "worksheets": [], "metadata": [' + b",".join([b"{}"] * 200_000) + b"]}"
    ),
    "cells of an old format": lambda: (
        b'{"nbformat": 1, "cells": [' + b",".join([b'{"cell_type": "code"}'] * 50_000) + b"]}"
    ),
}


@pytest.mark.parametrize("name", CRAFTED)
def test_a_file_of_countless_parts_is_refused_in_one_line(name):
    with pytest.raises(SubmissionUnreadable, match="^the file has more parts than a notebook can have$"):
        notebook.parse(CRAFTED[name]())


def shown(data: dict) -> bytes:
    """A notebook as Jupyter saves it, with an output."""
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    cell = {"cell_type": "code", "metadata": {}, "source": ["x = 1\n"], "outputs": [output]}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}, indent=1).encode()


rng = random.Random(1)
HONEST = {
    "a plot of a million numbers": lambda: {"application/vnd.plotly.v1+json": [rng.random() for _ in range(1_000_000)]},
    "a table of four million whole numbers": lambda: {"application/x": [[rng.randrange(256) for _ in range(784)] for _ in range(5_000)]},
    "a plot with half a million labels": lambda: {"application/x": [f"digit {number}" for number in range(500_000)]},
    "images": lambda: {"image/png": [base64.b64encode(rng.randbytes(1 << 20)).decode() for _ in range(20)]},
    "printed numbers": lambda: {"text/plain": [f"{rng.random():.6f} [{rng.random():.6f}]\n" for _ in range(800_000)]},
    "printed dicts": lambda: {"text/plain": ["{'a': {'b': [1, 2]}, \"c\": [[3], [4]]}\n" * 300_000]},
    "a page": lambda: {"text/html": [f'<td class="a">{rng.random()}</td>\n' for _ in range(400_000)]},
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_large_outputs_of_honest_notebooks_are_read(name):
    data = shown(HONEST[name]())
    assert len(data) > 10_000_000
    assert notebook.parse(data).cells[0].source == "x = 1\n"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('["[[[[", "{:{:"]', (1, 0, 2)),
        (r'["a\"[[", 1]', (1, 0, 1)),
        (r'["\\", [[]], "\\\""]', (3, 0, 2)),
        ('{"a": {"b": [1, 2]}}', (3, 2, 2)),
    ],
)
def test_only_what_stands_outside_texts_counts(text, parts):
    containers, keys, texts = parts
    json.loads(text)
    without = seconds_to_parse(b"")
    found = seconds_to_parse(text.encode()) - without
    least = containers * 0.45e-6 + keys * 1.2e-6 + (texts - keys) * 0.12e-6
    assert least <= found <= least + len(text) * 0.025e-6


def test_a_cell_that_is_longer_than_any_answer_is_skipped():
    cells = [{"cell_type": "code", "source": "x" * length} for length in (notebook.MAX_SOURCE, notebook.MAX_SOURCE + 1)]
    found = notebook.parse(json.dumps({"nbformat": 4, "cells": cells}).encode())
    assert [len(cell.source) for cell in found.cells] == [notebook.MAX_SOURCE] and found.notes
