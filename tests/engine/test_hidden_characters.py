"""Characters that a reader can't see: shown on pages, in terminals and in logs, wherever the text comes from."""

from __future__ import annotations

import io
import json
import sys
import unicodedata

import pytest
from rich.console import Console

from autograder.commands import shared
from autograder.errors import CourseError
from autograder.hidden_characters import CleanStream, in_one_line, shown
from autograder.judge import checks
from autograder.report import class_page, console, gradescope, similar, student_page
from autograder.results import Check, ExerciseResult, Report
from tests.support.harness import command

# a title for the terminal, a cleared screen, a colour by its one-byte form, a backspace, a deleted line
TERMINAL = "\x1b]0;owned\x07\x1b[2J\x9b31m\x08\x7f\r"
TROJAN = "\u202e\u2066\u200b\u200f\ufeff\u2028\u00ad"
EVIL = f"a{TERMINAL}b{TROJAN}c"


def hidden_in(text: str) -> list[str]:
    return [
        f"{ord(char):04X}"
        for char in text
        if char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]


def test_what_is_hidden_is_named_and_the_rest_stays():
    assert shown("if admin:\u202e # \u2066") == "if admin:<U+202E> # <U+2066>"
    honest = "größer\t×\r\n    ✓ 名前 שלום é\u00a0!"
    assert shown(honest) == honest
    assert in_one_line("a\nb\tc\x1b[2J") == "a b c<U+001B>[2J"
    every = "".join(map(chr, range(0x110000)))
    visible = {f"{code:04X}" for code in (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2)}  # Arabic signs
    others = {code for code in hidden_in(shown(every)) if int(code, 16) < 0x10000}
    assert others <= visible | {"000D"}, others
    assert shown("\U000e0041\U0001d173") == "<U+E0041><U+1D173>"
    assert shown("\u3164\u115f\uffa0\u2800") == "<U+3164><U+115F><U+FFA0><U+2800>", "blank, and yet letters"


def test_no_page_hides_a_character():
    check = Check("a", "failed", EVIL, EVIL, 1.0, [])
    exercise = ExerciseResult("first", 2.0, [check], diagnosis=EVIL, source=f"def f():\n    return 1  # {EVIL}\n")
    report = Report(EVIL, "02", "n", exercises=[exercise], notes=[EVIL], not_checked=[EVIL], written={EVIL: True})
    pair = similar.Pair(
        (EVIL, "bob"), 0.9, 9, 3.0,
        (similar.Shared("first", (EVIL, EVIL), (frozenset({0}), frozenset())),),
    )  # fmt: skip
    pages = [
        student_page.page(report),
        class_page.page("02", [report], {}, {}),
        similar.page("02", [pair], 2),
        json.dumps(gradescope.results(report), ensure_ascii=False),
    ]
    for page in pages:
        assert not hidden_in(page), hidden_in(page)
        assert "U+202E" in page and "U+001B" in page


@pytest.fixture
def screen(monkeypatch):
    stream = io.StringIO()
    # `file` stands in for a terminal, with colours
    wide = Console(file=stream, force_terminal=True, width=400, color_system=None)
    monkeypatch.setattr(shared, "err", wide)
    monkeypatch.setattr(shared, "out", wide)
    return stream


def test_no_line_of_a_command_drives_the_terminal(screen):
    for error in (CourseError(EVIL), OSError(28, "No space left", EVIL), RuntimeError(EVIL)):
        with pytest.raises((SystemExit, Exception)) as caught, shared.faults():
            raise error
        assert getattr(caught.value, "exit_code", None) == 2
    shared.say(EVIL, shared.err)
    report = Report(EVIL, EVIL, "n", exercises=[ExerciseResult("first", 2.0, diagnosis=EVIL)], notes=[EVIL])
    console.show_submission(shared.err, report)
    text = screen.getvalue()
    assert "U+202E" in text and not hidden_in(text), hidden_in(text)


def test_a_graders_own_error_is_cleaned(capsys):
    checks._verdict(ValueError(EVIL))
    text = capsys.readouterr().err
    assert text.startswith("grader error") and not hidden_in(text) and text.count("\n") == 1


def test_a_graders_process_prints_nothing_hidden():
    stream = io.StringIO()
    clean = CleanStream(stream)
    print(EVIL, file=clean, flush=True)
    assert stream.getvalue().endswith("c\n") and not hidden_in(stream.getvalue()) and not clean.isatty()


def test_the_command_names_a_file_harmlessly(tmp_path):
    done = command("grade", tmp_path / f"x{TERMINAL}\u202e.ipynb")
    assert done.code == 2 and not hidden_in(done.err) and "U+202E" in done.err and "U+001B" in done.err


def test_an_uncaught_fault_is_cleaned_and_told(screen):
    with pytest.raises(Exception) as caught, shared.faults():
        raise KeyError(EVIL)
    assert getattr(caught.value, "exit_code", None) == 2
    assert "Traceback" in screen.getvalue() and not hidden_in(screen.getvalue())
    assert sys.stderr is not None
