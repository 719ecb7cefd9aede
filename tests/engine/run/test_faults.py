"""What a student reads where there is no value: the first cause, once, and nothing that is not true of their code."""

import ast
import sys

import pytest
import torch

from autograder.errors import MissingAnswer, StudentError
from autograder.run.student import Student
from autograder.worker import cell_facts, newer_python

ONES = torch.ones(3)


def told_of(session, *args):
    """What a call of `accuracy` says."""
    session.begin_check("test")
    with pytest.raises((StudentError, MissingAnswer)) as raised:
        Student(session).accuracy(*(args or (ONES, ONES)))
    return str(raised.value)


def told_with_notes(session):
    """The same, where the session hands over what failed in its cells."""
    give = session.faults.of_call
    session.faults.of_call = lambda error, sizes, notes=None: give(error, sizes, session.loader.notes)
    return told_of(session)


IMPORTS = {
    "import einops": ("einops.reduce(predictions)", "einops"),
    "import einops as eo": ("eo.reduce(predictions)", "eo"),
    "import einops.layers": ("einops.layers", "einops"),
    "from einops import (\n    reduce,\n    rearrange as r,\n)": ("r(predictions)", "r"),
    "if True:\n    import einops": ("einops", "einops"),
}


@pytest.mark.parametrize("line", IMPORTS)
def test_a_failing_import_is_named_and_not_only_the_name_that_is_missing_later(open_session, line):
    use, name = IMPORTS[line]
    told = told_with_notes(
        open_session({"accuracy": f"{line}\ndef accuracy(predictions, targets):\n    return {use}\n"})
    )
    assert told.startswith("ModuleNotFoundError: No module named 'einops'"), told
    assert f"so there is no `{name}` when the answer is called" in told and f"NameError: name '{name}'" in told


def test_any_statement_that_failed_is_named_for_the_name_it_would_have_made(open_session):
    answer = "scale = 1 / 0\ndef accuracy(predictions, targets):\n    return predictions * scale\n"
    assert told_with_notes(open_session({"accuracy": answer})).startswith(
        "ZeroDivisionError: division by zero (line 1): `scale = 1 / 0`"
    )


def test_the_first_of_a_chain_of_failures_is_named(open_session):
    answer = "import einops\nlayer = einops.layers\nhelper = layer(3)\ndef accuracy(predictions, targets):\n    return helper\n"
    told = told_with_notes(open_session({"accuracy": answer}))
    assert told.startswith(
        "ModuleNotFoundError: No module named 'einops' (line 1): `import einops`, so there is no `helper`"
    )


def test_a_chain_that_bites_its_tail_ends(open_session):
    answer = "a = b\nb = a\ndef accuracy(predictions, targets):\n    return a\n"
    assert "so there is no `a`" in told_with_notes(open_session({"accuracy": answer}))


@pytest.mark.parametrize(
    "answer",
    [
        "import einops\ndef accuracy(predictions, targets):\n    return missing\n",
        "import einops\ndef accuracy(predictions, targets):\n    return len(5)\n",
        "1 / 0\ndef accuracy(predictions, targets):\n    return scale\n",
        "def helper():\n    scale = 1\n[scale for scale in 3]\ndef accuracy(predictions, targets):\n    return scale\n",
    ],
)
def test_a_failing_statement_is_not_blamed_for_another_error(open_session, answer):
    assert "so there is no" not in told_with_notes(open_session({"accuracy": answer}))


def test_a_cell_that_fails_says_why_with_its_line(open_session):
    told = told_of(open_session({"accuracy": "@undefined_decorator\ndef accuracy(predictions, targets): return 1\n"}))
    assert told == (
        "Its cell failed before the function was defined: "
        "NameError: name 'undefined_decorator' is not defined (line 1): `@undefined_decorator`."
    )


def test_a_cells_words_are_no_more_told_than_a_calls(open_session):
    told = told_of(open_session({"accuracy": "accuracy = {}[str(3 + 4) + '0.25']\n"}))
    assert "70.25" not in told and "KeyError" in told and "may contain test inputs" in told


def test_a_syntax_error_is_found_by_the_grader_itself(open_session):
    session = open_session({"accuracy": "def accuracy(predictions, targets:\n    return 1\n"})
    told = told_of(session)
    assert told.startswith("Python can't read its cell: SyntaxError: ") and "(line 1)" in told
    session.loader.notes["accuracy"][0]["message"] = "0.25"  # what a worker says of it is not asked
    assert "0.25" not in told_of(session)


NEWER = {
    'x = f"{d["a"]}"': (3, 12),
    'def f():\n    return f"{d["k"]!r:>{w}} and {x["y"]=}"': (3, 12),
    'x = "a" f"{"\\n".join(x)}" f"{f"{x}"}"': (3, 12),
    "type X = int": (3, 12),
    "type X[T] = list[T]": (3, 12),
    "def f[T](x: T) -> T:\n    return x": (3, 12),
    "class A[T]:\n    pass": (3, 12),
    "try:\n    pass\nexcept* ValueError:\n    pass": (3, 11),
}
NEVER = [
    'f"{}" + f"{d["a"]}"', 'f"{d["a"}"', 'f"{a b}" + f"{d["a"]}"', 'f"{x!z}{d["a"]}"', "def f(:", 'print "a"', 'f"{d["a"]} }"', "type X =", "type X = a = b",
    "type X = a,", "type X = #", "def f[T(x): pass", 'f"{lambda x: d["a"]}"', 'x = f"{d["a"]} + ', 'f"{d["a"]}" = 3', 'def f(x)\n    return f"{d["a"]}"',
    'f"{a for a in d["b"]}"', 'bf"{d["a"]}"', 'f"\\xz{d["a"]}"', "class A[T*]: pass", "x = 5 5", "match x:\n  1", 'a = f"{d["a"]}"b', "return 1 2",
]  # fmt: skip


@pytest.mark.parametrize("source", NEWER)
def test_code_for_a_newer_python_is_known_as_such(source):
    version = NEWER[source]
    assert newer_python.needed(source) == (version if sys.version_info[:2] < version else None)


@pytest.mark.parametrize("source", [*NEVER, "x = 1", 'f"{x}"'])
def test_code_that_no_python_reads_is_not_called_newer(source):
    assert newer_python.needed(source) is None


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python reads it")
def test_a_newer_pythons_code_is_said_to_be_one(open_session):
    told = told_of(open_session({"accuracy": "def accuracy(predictions, targets):\n    return f'{targets['a']}'\n"}))
    here = ".".join(map(str, sys.version_info[:2]))
    assert told.startswith(
        f"Its cell is written for Python 3.12 or newer, and Python {here}, which runs it here, can't read it: "
    )


def test_names_made():
    made = {
        "import a.b, c as d": {"a", "d"}, "x, (y, *z) = 1, (2,)": {"x", "y", "z"}, "def f(a): b = 1": {"f"}, "for i in x: j = i": {"i", "j"},
        "[k for k in x]": set(), "with open(p) as f: pass": {"f"}, "if (n := 1): pass": {"n"}, "x.y = z[0] = 1": set(), "x += 1": {"x"},
    }  # fmt: skip
    for source, names in made.items():
        assert cell_facts._bound(ast.parse(source).body[0]) == names, source
