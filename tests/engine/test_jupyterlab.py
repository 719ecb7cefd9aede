"""What a student sees: a released notebook in a real JupyterLab, in a real browser without a window.

Two answers are written, one right and one wrong. "Run All Cells" goes as far as the first narrative cell below an answer that is not
written yet, which raises; below it, cells are run one by one, as a student would.
"""

from __future__ import annotations

import json
import pathlib
from dataclasses import dataclass
from typing import Any

import pytest

from autograder.commands import demo
from autograder.course import lesson
from autograder.course.bank import read_bank
from tests.support.browsing import SECONDS, TOKEN, WebDriverWait, browser, complaints, jupyterlab, needs_browser

pytestmark = [needs_browser, pytest.mark.slow]


@dataclass(frozen=True)
class Row:
    """One line under a check as the page shows it: `colour` is the mark's (red, green, blue), `height` in lines of text."""

    mark: str
    text: str
    reason: str
    colour: tuple[int, int, int]
    height: float

    @property
    def hue(self) -> str:
        red, green, blue = self.colour
        if max(self.colour) - min(self.colour) < 10:
            return "grey"
        return "green" if green > max(red, blue) else "red" if red > max(green, blue) else "blue"


class Screen:
    """A notebook that is open in JupyterLab; cells are named by their ids."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def script(self, body: str, *arguments: Any) -> Any:
        """The value of an async function's body in the page, where `app` is JupyterLab and `panel` the notebook."""
        answer = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1], given = Array.from(arguments).slice(0, -1);"
            "const app = window.jupyterapp, panel = app && app.shell.currentWidget;"
            f"(async () => {{ {body} }})().then(value => done([value, null]), error => done([null, String(error)]));",
            *arguments,
        )
        value, error = answer
        assert error is None, error
        return value

    def wait(self, condition: str) -> None:
        """Until an expression in `app` and `panel` is true."""
        WebDriverWait(self.driver, SECONDS, 0.2).until(
            lambda _: self.script(f"return Boolean({condition});"), condition
        )

    def open(self, url: str) -> None:
        self.driver.get(url)
        self.wait("app && panel && panel.context && panel.context.isReady && panel.content.widgets.length")
        self.wait("panel.sessionContext.isReady && panel.sessionContext.session?.kernel?.status === 'idle'")

    def run(self, *cells: str) -> None:
        """Run these cells one after the other, as with shift and enter."""
        self.script(
            """for (const id of given[0]) {
                 panel.content.activeCellIndex = panel.content.widgets.findIndex(cell => cell.model.id === id);
                 if (panel.content.activeCellIndex < 0) throw new Error('no cell ' + id);
                 await app.commands.execute('notebook:run-cell');
               }""",
            cells,
        )

    def run_all(self) -> None:
        self.script("await app.commands.execute('notebook:run-all-cells');")

    def save(self) -> None:
        self.script("await app.commands.execute('docmanager:save');")

    def show(self, cell: str, where: str = "center") -> None:
        """Scroll a cell into view: JupyterLab draws only what is near."""
        self.script(
            """const index = panel.content.widgets.findIndex(cell => cell.model.id === given[0]);
               panel.content.activeCellIndex = index;
               await panel.content.scrollToItem(index, given[1]);""",
            cell,
            where,
        )
        self.wait(f"(cell => cell.inViewport && cell.isPlaceholder() === false)({_widget(cell)})")

    def rows(self, cell: str) -> list[Row]:
        """The lines of a check cell's output that carry a mark."""
        self.show(cell)
        self.wait(f"{_widget(cell)}.node.querySelector('.jp-OutputArea-output div > b')")
        found = self.script(
            f"""const rows = {_widget(cell)}.node.querySelectorAll('.jp-RenderedHTMLCommon > div > div');
               return Array.from(rows).filter(row => row.querySelector(':scope > b')).map(row => {{
                 const mark = row.querySelector(':scope > b'), reason = row.querySelector(':scope > div');
                 const height = row.getBoundingClientRect().height - (reason ? reason.getBoundingClientRect().height : 0);
                 return {{mark: mark.innerText, reason: reason ? reason.innerText : '', text: row.innerText,
                         colour: getComputedStyle(mark).color.match(/[0-9]+/g).slice(0, 3).map(Number),
                         height: height / parseFloat(getComputedStyle(row).lineHeight)}};
               }});"""
        )
        return [
            Row(
                row["mark"],
                row["text"].split("\n")[0].removeprefix(row["mark"]).strip(),
                row["reason"],
                tuple(row["colour"]),
                row["height"],
            )
            for row in found
        ]


def _widget(cell: str) -> str:
    return f"panel.content.widgets.find(cell => cell.model.id === {json.dumps(cell)})"


def put_notebook(
    course: Any, assignment: str, folder: pathlib.Path, right: str, wrong: tuple[str, str]
) -> pathlib.Path:
    """The released notebook with one right answer and one mistake (exercise, name) written in, where the server finds it."""
    about = lesson.load(course, assignment)
    exercise, name = wrong
    mistake = next(entry for entry in read_bank(course.mistakes / about.notebook, exercise) if entry.name == name)
    filled = demo.fill_in(course, about, {right: demo.right_answers(about)[right], exercise: mistake.source})
    path = folder / "notebooks" / f"{about.notebook}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(filled), encoding="utf-8")
    return path


def saved_output(notebook: pathlib.Path, cell: str) -> str:
    """The plain text that the saved notebook keeps of a cell's output, errors included."""
    found = next(entry for entry in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if entry["id"] == cell)
    return "\n".join(
        "".join(output.get("data", {}).get("text/plain", output.get("ename", ""))) for output in found["outputs"]
    )


RIGHT, WRONG, UNTOUCHED = "stack_images", "l2_distance", "mnist_distance"
BELOW = (WRONG, "test_l2_distance", UNTOUCHED, "test_mnist_distance")


def test_a_student_sees_green_red_and_not_written(course, tmp_path):
    notebook = put_notebook(course, "02-pixel-similarity", tmp_path, RIGHT, (WRONG, "no_root"))
    with jupyterlab(tmp_path, FASTAI_HOME=str(tmp_path / "fastai"), https_proxy="http://127.0.0.1:9") as address:
        with browser(tmp_path) as driver:
            screen = Screen(driver)
            screen.open(f"{address}/lab/tree/{notebook.name}?reset&token={TOKEN}")
            screen.run_all()
            screen.run(*BELOW)
            green, red, neutral = (screen.rows(f"test_{name}") for name in (RIGHT, WRONG, UNTOUCHED))
            screen.save()
            errors = complaints(driver)

    assert [(row.mark, row.hue, row.reason) for row in green] == [("✓", "green", "")] * 3
    assert green[0].text == "Gives one rank-3 tensor of floats"
    assert {(row.mark, row.hue) for row in red if row.reason} == {("✗", "red")}
    assert {(row.mark, row.hue) for row in red if not row.reason} <= {("✓", "green")}
    assert any("2.5" in row.reason for row in red), "the reason names what was wanted"
    assert [(row.mark, row.hue, row.text) for row in neutral] == [("○", "grey", "Not written yet")]
    for row in (*green, *red, *neutral):
        assert row.height < 1.5, f"more than one line: {row}"

    # "Run All Cells" went as far as the first cell that needs what is not written
    assert "3 of 3 examples pass" in saved_output(notebook, "test_stack_images")
    assert "Not written yet" in saved_output(notebook, "test_mean_prototype")
    assert saved_output(notebook, "ideal_digits") == "NotImplementedError"
    assert "✗" in saved_output(notebook, "test_l2_distance")
    assert "Not written yet" in saved_output(notebook, "test_mnist_distance")
    assert errors == []
