"""The widgets in a real JupyterLab: a digit is drawn by mouse and by keyboard, a slider is moved."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.test_jupyterlab import Screen
from tests.support.browsing import TOKEN, browser, complaints, jupyterlab, needs_browser

pytestmark = [needs_browser, pytest.mark.slow]

CELLS = {
    "pad": "from autograder.widgets import DrawingPad, descent\n"
    "pad = DrawingPad(judge=lambda image: f'{float(image.mean()):.4f} of ink')\n"
    "pad",
    "image": "print(tuple(pad.image.shape), float(pad.image.max()), pad.said)",
    "descent": "def valley(xs):\n    return xs[0] ** 2 + 3 * xs[1] ** 2\n\n\ndescent(valley, start=(-1.8, 1.6))",
}
CANVAS, SAID, PREVIEW = ".digit-pad canvas", ".digit-pad-said", ".digit-pad img"


def notebook() -> dict[str, Any]:
    cells = [
        {"cell_type": "code", "id": name, "metadata": {}, "source": source, "outputs": [], "execution_count": None}
        for name, source in CELLS.items()
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def text(screen: Screen, selector: str) -> str:
    return screen.script("return document.querySelector(given[0])?.textContent ?? '';", selector)


def wait_for(screen: Screen, selector: str, condition: str) -> None:
    """Until a condition holds of the element's text, which is called `text` in it."""
    screen.wait(f"(text => {condition})(document.querySelector({json.dumps(selector)})?.textContent ?? '')")


def stroke(driver: Any, *points: tuple[int, int]) -> None:
    """Draw with the mouse from point to point, in pixels from the middle of the canvas."""
    from selenium.webdriver import ActionChains

    canvas = driver.find_element("css selector", CANVAS)
    hand = ActionChains(driver, duration=50).move_to_element_with_offset(canvas, *points[0]).click_and_hold()
    for (x1, y1), (x2, y2) in zip(points, points[1:]):
        hand = hand.move_by_offset(x2 - x1, y2 - y1)
    hand.release().perform()


def press(driver: Any, element: Any, *keys: str) -> None:
    from selenium.webdriver.common.keys import Keys

    element.send_keys(*(getattr(Keys, key) for key in keys))


@pytest.fixture
def screen(tmp_path):
    path = tmp_path / "notebooks" / "widgets.ipynb"
    path.parent.mkdir()
    path.write_text(json.dumps(notebook()))
    with jupyterlab(tmp_path) as address, browser(tmp_path) as driver:
        screen = Screen(driver)
        screen.open(f"{address}/lab/tree/{path.name}?reset&token={TOKEN}")
        yield screen
        assert complaints(driver) == []


def test_a_digit_is_drawn_and_judged(screen, tmp_path):
    driver = screen.driver
    screen.run("pad")
    screen.show("pad")
    screen.wait(f"document.querySelector({json.dumps(CANVAS)})")
    assert text(screen, SAID) == ""

    stroke(driver, (-60, -90), (60, -90))
    wait_for(screen, SAID, "text.endsWith('of ink')")
    first = text(screen, SAID)
    assert screen.script("const shown = document.querySelector(given[0]); return !shown.hidden;", PREVIEW)
    stroke(driver, (60, -90), (0, 90))
    wait_for(screen, SAID, f"text !== {json.dumps(first)}")
    second = text(screen, SAID)
    screen.run("image")
    screen.save()
    saved = json.loads((tmp_path / "notebooks" / "widgets.ipynb").read_text())
    (printed,) = saved["cells"][1]["outputs"]
    assert "".join(printed["text"]) == f"(28, 28) 1.0 {second}\n"

    # a dark page: the sheet is white paper with a border that is seen
    screen.script("await app.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'});")
    screen.wait("document.body.dataset.jpThemeLight === 'false'")
    screen.show("pad")
    paper, border, words = screen.script(
        "const sheet = getComputedStyle(document.querySelector(given[0]));"
        "return [sheet.backgroundColor, sheet.borderTopWidth, getComputedStyle(document.querySelector(given[1])).color];",
        CANVAS,
        SAID,
    )
    assert (paper, border) == ("rgb(255, 255, 255)", "1px")
    assert "255, 255, 255" in words, "the answer is light on the dark page"

    clear = driver.find_element("css selector", ".digit-pad button")
    assert clear.text == "Clear"
    press(driver, clear, "SPACE")  # a button, so the keyboard presses it
    wait_for(screen, SAID, "text === ''")

    # with the keyboard alone; JupyterLab must not take the arrows for its own
    before = screen.script("return panel.content.activeCellIndex;")
    canvas = driver.find_element("css selector", CANVAS)
    press(driver, canvas, *["ARROW_UP"] * 8, "SPACE", *["ARROW_DOWN"] * 16, "SPACE")
    wait_for(screen, SAID, "text.endsWith('of ink')")
    assert screen.script("return panel.content.activeCellIndex;") == before
    assert screen.script("return panel.content.widgets.length;") == len(CELLS)


def test_a_finger_draws_too(screen):
    driver = screen.driver
    screen.run("pad")
    screen.show("pad")
    screen.wait(f"document.querySelector({json.dumps(CANVAS)})")
    box = screen.script(
        "const box = document.querySelector(given[0]).getBoundingClientRect(); return [box.left, box.top];", CANVAS
    )
    places = [(140, 60), (140, 120), (140, 200)]
    for kind, place in zip(("touchStart", "touchMove", "touchMove"), places):
        points = [{"x": box[0] + place[0], "y": box[1] + place[1]}]
        driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_for(screen, SAID, "text.endsWith('of ink')")


def test_a_slider_moves_the_descent(screen):
    driver = screen.driver
    screen.run("pad", "descent")
    screen.show("descent")
    words = ".widget-vbox > .widget-label"
    wait_for(screen, words, "text.startsWith('Learning rate 0.2,')")
    picture = "return document.querySelector('.widget-vbox .widget-image').src;"
    before = screen.script(picture)
    rate = driver.find_element("css selector", ".widget-vbox .noUi-handle")
    press(driver, rate, "ARROW_RIGHT")
    wait_for(screen, words, "text.startsWith('Learning rate 0.21,')")
    screen.wait(f"document.querySelector('.widget-vbox .widget-image').src !== {json.dumps(before)}")
    driver.find_element("css selector", ".widget-play button").click()
    wait_for(screen, words, "/after [1-9] of 30/.test(text)")
