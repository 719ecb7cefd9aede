"""An instructor's click path: formgrader in a real browser, from Generate to the feedback page, and our own pages beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from nbgrader.api import Gradebook as NbgraderGradebook

from autograder.commands import demo
from autograder.course import config, lesson
from autograder.report.student_page import page
from autograder.results import CURVE, TABLE, Check, ExerciseResult, Picture, Report
from tests.support.browsing import SECONDS, TOKEN, WebDriverWait, browser, complaints, jupyterlab, needs_browser
from tests.support.example_class import IN_TIME, write_course
from tests.support.harness import ROOT, command

pytestmark = [needs_browser, pytest.mark.slow]

ASSIGNMENT, NOTEBOOK = "01-pixels", "pixels"


class Formgrader:
    """The formgrader's pages; every step waits for what it should bring about."""

    def __init__(self, driver: Any, address: str) -> None:
        self.driver, self.address = driver, address

    def open(self, page: str, shows: str) -> None:
        self.driver.get(f"{self.address}/formgrader/{page}?token={TOKEN}")
        self.find(shows)

    def find(self, selector: str) -> Any:
        return WebDriverWait(self.driver, SECONDS, 0.2).until(
            lambda driver: next(iter(driver.find_elements("css selector", selector)), None), selector
        )

    def until(self, script: str, *arguments: Any) -> Any:
        """The value of an expression, as soon as it is true."""
        return WebDriverWait(self.driver, SECONDS, 0.2).until(
            lambda driver: driver.execute_script(f"return {script};", *arguments), script
        )

    def press(self, selector: str) -> None:
        """Press a button of a table's row, and read and close the window that says how it went."""
        self.driver.execute_script("arguments[0].click();", self.find(selector))
        text = self.until("(window => window && window.innerText)(document.querySelector('.modal.in .modal-body'))")
        title = self.until("document.querySelector('.modal.in .modal-title').innerText")
        assert "Success" in title, text
        self.driver.execute_script("arguments[0].click();", self.find(".modal.in .close, .modal.in .btn"))
        self.until("!document.querySelector('.modal.in')")


@pytest.fixture
def root(tmp_path):
    """A course with two submissions: one right, one with a mistake."""
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    root = write_course(tmp_path / "course", ROOT, [ASSIGNMENT], f"\nc.Exchange.root = {str(exchange)!r}\n")
    (root / "release" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").unlink()
    (root / "release" / ASSIGNMENT).rmdir()
    about = lesson.load(config.load(ROOT), ASSIGNMENT)
    right = demo.right_answers(about)
    for student, answers in {
        "ada": right,
        "bob": {**right, "ink_density": "def ink_density(images):\n    return images.float().mean()\n"},
    }.items():
        folder = root / "submitted" / student / ASSIGNMENT
        folder.mkdir(parents=True)
        (folder / f"{NOTEBOOK}.ipynb").write_text(json.dumps(demo.fill_in(config.load(ROOT), about, answers)))
        (folder / "timestamp.txt").write_text(IN_TIME)
    return root


def hostile_page() -> str:
    """A feedback page with every kind of picture, all of whose texts would be a script or an image if they could."""
    evil = "</code></style><script>document.title = 'caught'</script><img src=x onerror=alert(1)>"
    pictures = [
        Picture(evil, 2, 2, [0.0, 1.0, 0.5, 0.2]),
        Picture(evil, 2, 2, [1.0, 3.0, 1.0, 0.2], CURVE),
        Picture(evil, 1, 2, [1.0, 2.0], TABLE),
    ]
    exercise = ExerciseResult(
        "first", 2.0, [Check("a", "failed", evil, evil, 1.0, pictures)], diagnosis=evil, source=evil
    )
    return page(Report(evil, ASSIGNMENT, NOTEBOOK, exercises=[exercise], notes=[evil], not_checked=[evil]))


def test_an_instructors_click_path(root, tmp_path):
    with jupyterlab(tmp_path, root) as address, browser(tmp_path) as driver:
        form = Formgrader(driver, address)
        form.open("manage_assignments", "td.assign a")
        form.press("td.assign a")
        assert (root / "release" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_bytes() == (
            ROOT / "release" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
        ).read_bytes()

        form.open(f"manage_submissions/{ASSIGNMENT}", "td.autograde a")
        for number in (1, 2):
            form.press(f"#main-table tr:nth-child({number}) td.autograde a")
        about = lesson.load(config.load(root), ASSIGNMENT)
        points = sum(task.points for task in about.exercises.values())
        # the table is drawn anew after the window with the outcome is closed
        texts = "return [...document.querySelectorAll('#main-table td.score')].map(cell => cell.innerText.trim())"
        scores = WebDriverWait(driver, SECONDS).until(lambda _: all(found := driver.execute_script(texts)) and found)
        with NbgraderGradebook(config.load(root).db_url) as book:
            ada, bob = (book.find_submission(ASSIGNMENT, student) for student in ("ada", "bob"))
            assert ada.score == points > bob.score > 0
            opened = ada.notebooks[0].id
            assert [text.split(" / ")[0] for text in scores] == [f"{ada.score:g}", f"{bob.score:g}"]
        driver.save_screenshot(str(tmp_path / "submissions.png"))

        question = next(iter(about.questions))
        form.open(f"submissions/{opened}/", f"#{question}")
        form.until(
            "document.querySelector(arguments[0]).closest('.nbgrader_cell, .panel').innerText.length > 20",
            f"#{question}",
        )
        # the page fetches the marks before it listens to their fields
        form.until(
            "$(document.getElementById(arguments[0])).parents().toArray().some(at => ($._data(at, 'events') || {}).change)",
            question,
        )
        driver.execute_script(
            """const field = document.getElementById(arguments[0]);
               field.scrollIntoView({block: 'center'}); field.focus(); field.value = '1.5'; $(field).trigger('change'); field.blur();""",
            question,
        )

        def saved(_: Any) -> bool:
            with NbgraderGradebook(config.load(root).db_url) as book:
                return book.find_grade(question, NOTEBOOK, ASSIGNMENT, "ada").manual_score == 1.5

        WebDriverWait(driver, SECONDS, 0.2).until(saved)
        driver.save_screenshot(str(tmp_path / "question.png"))
        form.open("manage_assignments", "td.generate-feedback a")
        form.press("td.generate-feedback a")
        complained = complaints(driver)

        feedback = root / "feedback" / "ada" / ASSIGNMENT / f"{NOTEBOOK}.html"
        assert f"<strong>{points + 1.5:g}</strong> of" in feedback.read_text()
        for write in ("report", "similar"):
            assert command(write, ASSIGNMENT, cwd=root).code == 0
        hostile = tmp_path / "hostile" / "a" / "b" / "page.html"
        hostile.parent.mkdir(parents=True)
        hostile.write_text(hostile_page())
        ours = [
            hostile,
            feedback,
            root / "feedback" / "bob" / ASSIGNMENT / feedback.name,
            *(root / "reports").glob("*.html"),
        ]
        assert len(ours) == 5
        for path in ours:
            driver.get(path.as_uri())
            driver.save_screenshot(str(tmp_path / f"{path.parts[-3]}-{path.stem}.png"))
            assert complaints(driver) == [] and driver.title != "caught", path
        driver.get((root / "reports" / f"{ASSIGNMENT}.html").as_uri())
        rows = (
            "Array.from(document.querySelectorAll('#students ~ .scroll tbody th')).map(cell => cell.innerText).join()"
        )
        assert form.until(rows) == "ada,bob"
        for wanted in ("ada,bob", "bob,ada"):  # by name, up and then down
            driver.find_element("css selector", "#students ~ .scroll thead th:first-child button").click()
            assert form.until(rows) == wanted
        assert (
            driver.execute_script("return document.querySelectorAll('img:not([alt]), svg:not([aria-label])').length")
            == 0
        )
    # nbgrader's page for one submission takes MathJax from the network, and complains without one
    assert [line for line in complained if "MathJax is not defined" not in line] == []
