"""What the formgrader shows of a stranger's notebook: nothing of it runs, and honest notebooks look as they should.

The last test opens the formgrader's own page in a real browser, and first the same notebook without our settings: there
the payloads do run, so that a payload that never could is noticed.
"""

from __future__ import annotations

import base64
import json
import pathlib
import re
import warnings
from typing import Any

import bs4
import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from nbgrader.api import Gradebook as NbgraderGradebook
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config

from autograder.commands import demo
from autograder.course import config, lesson
from autograder.nbgrader.formgrader_pages import clean_html
from autograder.nbgrader_settings import run_engine_inside
from tests.support.example_class import write_course
from tests.support.harness import ROOT, command

ASSIGNMENT, NOTEBOOK = "01-pixels", "pixels"


def js(number: int | str) -> str:
    return f"(window.caught=window.caught||[]).push('{number}'),fetch('/caught-{number}')"


def svg(number: int | str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" onload="{js(number)}"><script>{js(number)}</script></svg>'


PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
MARKDOWN = [
    "<script>{js}</script>",
    "<SCRIPT>{js}</SCRIPT>",
    "<scr<script>ipt>{js}</script>",
    '<img src=x onerror="{js}">',
    "<img src='x' ONERROR='{js2}'/>",
    "<img/src=x/onerror={url}>",
    '<svg onload="{js}"></svg>',
    '<svg><animate onbegin="{js}" attributeName=x dur=1s></svg>',
    "<svg><set attributeName=href to=javascript:{url} /><a id=x><text>x</text></a></svg>",
    '<math><mtext><table><mglyph><style><img src=x onerror="{js}"></style></mglyph></table></mtext></math>',
    '<iframe srcdoc="<script>parent.{js2}</script>"></iframe>',
    '<iframe src="javascript:parent.{js2}"></iframe>',
    '<object data="javascript:{js2}"></object><embed src="javascript:{js2}">',
    '<body onload="{js}"><div onmouseover="{js}" style="position:fixed;inset:0">x</div>',
    '<details open ontoggle="{js}"><summary>x</summary></details>',
    '<video><source onerror="{js}"></video><audio src=x onerror="{js}"></audio>',
    '<input autofocus onfocus="{js}"><select autofocus onfocus="{js}"></select>',
    '<textarea autofocus onfocus="{js}"></textarea>',
    '<form action="javascript:{js2}"><button>x</button></form><isindex type=image src=1 onerror="{js}">',
    '<link rel=stylesheet href="/caught-{n}.css"><base href="/caught-{n}/"><meta http-equiv=refresh content="0;/caught-{n}">',
    "<style>@import '/caught-{n}';*{{background:url(/caught-{n})}}</style>",
    '<p style="background:url(/caught-{n});background-image:url(/caught-{n});position:fixed;top:0;left:0;width:999px">x</p>',
    '<p style="background-color:red;color:u\\72l(/caught-{n})">x</p>',
    '<img src="/caught-{n}.png"><img src="../../../caught-{n}.png"><img src="//localhost/caught-{n}.png">',
    '![x](/caught-{n}.png) ![x](files//caught-{n}.png) <img srcset="/caught-{n} 1x">',
    '[x](javascript:{url}) [y](JaVaScRiPt:{url}) [z](files/javascript:{url}) <a href="files/javascript:{url}">f</a>',
    '<a href="&#106;avascript:{url}">x</a> <a href="java\tscript:{url}">y</a> <a href=" javascript:{url}">z</a>',
    '<a href="data:text/html,<script>{js2}</script>">x</a> <a href="vbscript:{url}">v</a> <a href=\'blob:x\'>b</a>',
    '<a href="/logout">x</a> [x](/formgrader/caught-{n}) <a ping="/caught-{n}" href="#x">p</a>',
    '<noscript><p title="</noscript><img src=x onerror={url}>"></noscript>',
    "<!--><img src=x onerror={url}>--> <!-- --!><img src=x onerror={url}> -->",
    '<title><img title="</title><img src=x onerror={url}>"></title><xmp><img title="</xmp><img src=x onerror={url}>"></xmp>',
    '<template><img src=x onerror="{js}"></template><marquee onstart="{js}">x</marquee>',
    '<span id=submission_id class="full-credit score mark-graded" data-link="x" data-toggle="tooltip" name=body>x</span>',
    "```html\n<script>{js}</script>\n```\n`<img src=x onerror={url}>`",
    '```mermaid\ngraph TD; A["<img src=x onerror={url}>"]\n```',
    "```<img/src=x/onerror={url}>\nx\n```",
    "$<img src=x onerror={url}>$ $$\\href{{javascript:{url}}}{{x}}$$ \\begin{{x}}<script>{js}</script>\\end{{x}}",
    "# <img src=x onerror={url}>\n\nx\n===\n\n| <img src=x onerror={url}> |\n|---|\n| <script>{js}</script> |",
    '![<img src=x onerror={url}>](x"onerror="{url}) ![a](<x" onerror="{js2}>)',
    "<p>\x00<scr\x00ipt>{js}</scr\x00ipt> \u202e<img src=x onerror={url}>",
    '<div><table><a href="x"><tr><td><img src=x onerror="{js}"></a>',
    "<plaintext hidden><img src=x onerror={url}>",
]


def filled(text: str, number: int | str) -> str:
    code = js(number)
    plain = code.replace("'", "`")
    return text.format(js=code.replace('"', "'"), js2=plain, url=plain.replace(" ", ""), n=number)


def hostile_markdown() -> list[Any]:
    """Cells that a student can hand in: markdown and attachments."""
    cells = [new_markdown_cell(filled(text, f"m{number}")) for number, text in enumerate(MARKDOWN)]
    name = f'"><img src=x onerror={js("name")}>'
    data = base64.b64encode(svg("attached").encode()).decode()
    for number, attachments in enumerate([
        {name: {"image/png": PNG}},
        {"a.svg": {"image/svg+xml": data}},
        {"a.svg": {"image/png": f'x" onerror="{js("data")}" x="'}},
        {"a.svg": {f'text/html"onerror="{js("type")}': PNG}},
        {"a.svg": {"text/html": base64.b64encode(b"<script>1</script>").decode()}},
    ]):  # fmt: skip
        shown = next(iter(attachments))
        cell = new_markdown_cell(f"![x](attachment:{shown}) ![y](<attachment:{shown}>) attachment {number}")
        cell["attachments"] = attachments
        cells.append(cell)
    cells.append(new_markdown_cell("![x](attachment:missing.png) is still shown"))
    return cells


def hostile_rest() -> list[Any]:
    """Cells as another version of nbgrader, or a hand, could have left them in `autograded/`."""
    evil = f'</pre></script><script>{js("o")}</script><img src=x onerror="{js("o")}">'
    types = {
        "text/html": f"<script>{js('html')}</script><img src=x onerror=\"{js('html')}\"><iframe srcdoc='{evil}'></iframe>",
        "image/svg+xml": svg("svg"),
        "application/javascript": js("javascript"),
        "text/markdown": f'**x** <script>{js("markdown")}</script> [x](javascript:{js("markdown")}) <img src=x onerror="{js("md")}">',
        "text/latex": f"$x$ {evil}",
        "text/plain": evil,
        "image/png": f'x" onerror="{js("png")}" y="',
        "image/jpeg": f'x" onerror="{js("jpeg")}" y="',
        "application/vnd.jupyter.widget-view+json": {"model_id": evil},
        "text/vnd.mermaid": evil,
        "application/pdf": evil,
        f"x/{evil}": evil,
    }
    outputs = [new_output("display_data", {kind: data}) for kind, data in types.items()]
    outputs.append(
        new_output(
            "display_data",
            {"image/png": PNG},
            metadata={
                "image/png": {"width": f"1 onerror={js('width')}", "alt": evil},
                "filenames": {"image/png": evil},
            },
        )
    )
    outputs.append(new_output("display_data", {"text/html": evil}, metadata={"text/html": {"isolated": True}}))
    outputs.append(new_output("stream", name="stdout", text=evil + "\x1b[31mred\x1b[0m"))
    outputs.append(new_output("error", ename=evil, evalue=evil, traceback=[evil, f"\x1b[{evil}m"]))
    first = new_code_cell(f"# {evil}\u202e", outputs=outputs)
    first["metadata"] = nbformat.from_dict({"tags": ['" onclick="window.caught=[1]'], "alt": evil})
    graded = new_markdown_cell("graded")
    graded["metadata"]["nbgrader"] = {
        "grade": True,
        "solution": True,
        "grade_id": f'"><img src=x onerror={js("grade")}>',
        "points": 1,
    }
    return [first, graded, new_raw_cell(evil), new_raw_cell(evil, metadata={"raw_mimetype": "text/html"})]


def exporter(ours: bool) -> HTMLExporter:
    """As the formgrader makes it."""
    c = Config()
    if ours:
        run_engine_inside(c)
    c.HTMLExporter.template_name = "formgrade"
    c.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    return HTMLExporter(config=c)


RESOURCES = {
    "assignment_id": ASSIGNMENT, "notebook_id": NOTEBOOK, "submission_id": "1", "index": 0, "total": 1, "base_url": "",
    "student": "ada", "last_name": "", "first_name": "", "notebook_path": "x",
}  # fmt: skip


def rendered(cells: list[Any], **resources: Any) -> tuple[bs4.BeautifulSoup, str]:
    notebook = new_notebook(cells=cells)
    before = json.dumps(notebook)
    page, _ = exporter(True).from_notebook_node(notebook, resources={**RESOURCES, **resources})
    assert json.dumps(notebook) == before, "the notebook itself is not changed"
    return bs4.BeautifulSoup(page, "html.parser").select_one("#notebook-container"), page


GONE = (
    "script, iframe, object, embed, link, meta, base, form, style, svg, math, video, audio, template, noscript, frame"
)


def check_harmless(part: bs4.BeautifulSoup) -> None:
    for element in part.find_all(True):
        where = (element.name, element.attrs)  # not its text: this is done for thousands inside one another
        assert element.name not in GONE.replace(",", "").split(), where
        for name, value in element.attrs.items():
            text = " ".join(value) if isinstance(value, list) else value
            assert not name.startswith("on"), where
            assert name not in ("srcdoc", "srcset", "ping", "data", "formaction", "poster", "background"), where
            if name == "href":
                assert re.match(r"(https?:|mailto:|#)", text), where
            if name == "src":
                assert re.match(r"data:image/(png|jpeg|svg\+xml);base64,[A-Za-z0-9+/=\s]*$", text), where
            if name == "style" and "score" not in str(element.get("class")):
                assert "url" not in text and "position" not in text, where


@pytest.mark.parametrize("number", range(len(MARKDOWN)))
def test_no_markdown_gets_through(number):
    part, _ = rendered([new_markdown_cell(filled(MARKDOWN[number], number))])
    check_harmless(part)


def test_no_attachment_output_or_metadata_gets_through():
    for cell in [*hostile_markdown(), *hostile_rest()]:
        part, _ = rendered([cell])
        check_harmless(part)


def test_no_name_gets_through():
    evil = '"><img src=x onerror=alert(1)>'
    _, page = rendered([], student=evil, first_name=evil, last_name=evil, notebook_path=evil)
    assert not [image for image in bs4.BeautifulSoup(page, "html.parser").find_all("img")]


HONEST = """# A heading with `code`

Some *text*, **bold**, [a link](https://example.org/a?b=c&d=e) and `x < 3`: $a_i < b$, and

$$\\sum_i x_i & y$$

| a | b |
|:--|--:|
| 1 | 2 < 3 |

* one
* [x] done
* [ ] open

> quoted

```python
def f(x):
    return x < 3
```

<details><summary>A hint</summary>It is <b>here</b>.</details>

<img src="data:image/png;base64,PNG" width="20" alt="a digit"> ![pic](attachment:own.png) ![own](images/own.png)
""".replace("PNG", PNG)


def test_honest_notebooks_look_as_they_should():
    import pandas

    frame = pandas.DataFrame({"a": [1.5, 2], "b<": ["<x>", "y"]})
    written = new_markdown_cell(HONEST)
    written["attachments"] = {"own.png": {"image/png": PNG}}
    outputs = [
        new_output("execute_result", {"text/html": frame._repr_html_(), "text/plain": str(frame)}, execution_count=3),
        new_output("display_data", {"image/png": PNG, "text/plain": "<Figure>"}, metadata={"image/png": {"width": 30}}),
        new_output("display_data", {"text/latex": "$x^2 < 3$"}),
        new_output("display_data", {"text/markdown": "**bold** output"}),
        new_output("display_data", {"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'/>"}),
        new_output("stream", name="stdout", text="printed < \x1b[31mred\x1b[0m"),
        new_output("error", ename="E", evalue="e", traceback=["\x1b[31mE\x1b[0m: e"]),
    ]
    part, _ = rendered([written, new_code_cell("x = 1 < 2  # é", outputs=outputs, execution_count=3)])
    check_harmless(part.__copy__() if not part.select('img[src="images/own.png"]') else _without_own(part))
    assert part.select_one("h1").get_text().startswith("A heading with code")
    assert [cell.get_text(strip=True) for cell in part.select("table")[0].select("td")] == ["1", "2 < 3"]
    assert part.select_one('a[href="https://example.org/a?b=c&d=e"]') is not None
    assert part.select_one("details summary") and part.select_one("blockquote") and len(part.select("ul li")) == 3
    text = part.get_text()
    for wanted in (
        "$a_i < b$",
        "$$\\sum_i x_i & y$$",
        "☑ done",
        "☐ open",
        "$x^2 < 3$",
        "printed < red",
        "x = 1 < 2  # é",
    ):
        assert wanted in text, wanted
    assert part.select_one("div.highlight .k").get_text() == "def", "code has its colours"
    data = [image["src"] for image in part.select("img") if image["src"].startswith("data:image/png")]
    assert len(data) == 3 and part.select_one('img[width="30"]') is not None
    table = part.select_one("table.dataframe")
    assert table.select_one("tbody tr td").get_text() == "1.5" and "<x>" in table.get_text()
    assert ".dataframe tbody" not in text, "no style sheet is shown as text"
    assert part.select_one(".output_stdout .ansi-red-fg").get_text() == "red"
    assert "In\xa0[3]" in text and part.select_one("strong").get_text() == "bold"


def _without_own(part: bs4.BeautifulSoup) -> bs4.BeautifulSoup:
    """But for the one picture that lies beside the notebook."""
    copy = bs4.BeautifulSoup(str(part), "html.parser")
    copy.select_one('img[src="images/own.png"]').decompose()
    return copy


def test_what_can_not_be_parsed_is_shown_as_text():
    assert clean_html("<b>" * 50_000).startswith("<pre>&lt;b&gt;")
    for text in ("<div>" * 2_000, "[" * 20_000, "> " * 1_000 + "x", "<" * 4_000, "*a" * 5_000, "x" * 200_000):
        part, _ = rendered([new_markdown_cell(text)])
        check_harmless(part)
    part, _ = rendered([new_markdown_cell("![x](attachment:no.png) **kept**")])
    assert "**kept**" in part.get_text()


def test_a_page_of_many_long_texts_is_shown_as_text():
    """Each of them is short enough; together they would be parsed for minutes."""
    long = "**bold** " + "\\\\(" * 1_900
    table = new_output("display_data", data={"text/html": "<b>" * 4_900, "text/plain": "a table"})
    page, _ = rendered(
        [make() for make in (lambda: new_markdown_cell(long), lambda: new_code_cell("x", outputs=[table])) * 5]
    )
    assert not page.select(".text_cell_render strong, .output b") and "a table" in page.get_text()
    page, _ = rendered([new_markdown_cell("**bold**") for _ in range(60)])
    assert len(page.find_all("strong")) == 60


def test_hidden_characters_are_shown():
    part, _ = rendered([new_markdown_cell("a\u202eb"), new_code_cell("x = 1 #\u2066")])
    assert "a<U+202E>b" in part.get_text() and "<U+2066>" in part.get_text()


def make_course(folder: pathlib.Path) -> pathlib.Path:
    exchange = folder / "exchange"
    exchange.mkdir()
    root = write_course(folder / "course", ROOT, [ASSIGNMENT], f"\nc.Exchange.root = {str(exchange)!r}\n")
    about = lesson.load(config.load(ROOT), ASSIGNMENT)
    handed_in = demo.fill_in(config.load(ROOT), about, demo.right_answers(about))
    # an answer in words is shown in a cell that is marked; the rest are cells that the student has added
    question = next(iter(about.questions))
    for cell in handed_in["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == question:
            cell["source"] = "My answer. " + filled(MARKDOWN[3], "answer")
    handed_in["cells"] += json.loads(json.dumps(hostile_markdown()))
    path = root / "submitted" / "ada" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(handed_in))
    return root


@pytest.mark.slow
def test_nothing_runs_in_the_formgrader(tmp_path):
    browsing = pytest.importorskip("tests.support.browsing")
    if not (browsing.BROWSER and browsing.DRIVER):
        pytest.skip("no chromium or chromedriver on this machine (Debian: chromium-driver)")
    root = make_course(tmp_path)
    assert command("grade", ASSIGNMENT, cwd=root).code == 0
    path = root / "autograded" / "ada" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    stored = nbformat.reads(path.read_text(), 4)
    assert any("<script>" in cell.source for cell in stored.cells), "the stored text is the student's"
    stored.cells += hostile_rest()
    path.write_text(nbformat.writes(stored))
    bare = tmp_path / "bare.html"
    # without settings a missing attachment ends the page, and these tags end it for all that follows
    ends = ("attachment:", "<plaintext", "http-equiv")
    plain = nbformat.from_dict(
        {**stored, "cells": [c for c in stored.cells if not any(end in c.source for end in ends)]}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of outputs that no browser shows
        bare.write_text(exporter(False).from_notebook_node(plain, resources=RESOURCES)[0], errors="replace")
    with NbgraderGradebook(config.load(root).db_url) as book:
        opened = book.find_submission(ASSIGNMENT, "ada").notebooks[0].id
    settled = """const done = arguments[0], image = new Image();
                 image.onerror = () => setTimeout(() => done(window.caught || []), 0);
                 image.src = '/not-there-' + document.location.protocol;"""
    with browsing.jupyterlab(tmp_path, root) as address, browsing.browser(tmp_path) as driver:
        driver.get(bare.as_uri())
        ran = set(driver.execute_async_script(settled))
        driver.get(f"{address}/formgrader/submissions/{opened}/?token={browsing.TOKEN}")
        browsing.WebDriverWait(driver, browsing.SECONDS, 0.2).until(
            lambda found: found.execute_script("return document.readyState === 'complete' && !!window.jQuery")
        )
        caught = driver.execute_async_script(settled)
        text = driver.find_element("css selector", "#notebook-container").text
        part = driver.execute_script("return document.querySelector('#notebook-container').outerHTML")
        # hover and click on what can be clicked: a payload may wait for it
        driver.execute_script(
            """for (const one of document.querySelectorAll('#notebook-container *'))
                 for (const kind of ['mouseover', 'focus', 'toggle']) one.dispatchEvent(new Event(kind));
               for (const link of document.querySelectorAll('#notebook-container a'))
                 if (!/^https?:|^mailto:/.test(link.getAttribute('href') || '')) link.click();"""
        )
        later = driver.execute_async_script(settled)
        driver.save_screenshot(str(tmp_path / "formgrader.png"))
    assert len(ran) > 15, f"payloads that can run where nothing cleans them: {sorted(ran)}"
    assert {"answer", "html"} <= ran
    assert caught == later == []
    assert "caught-" not in (tmp_path / "server.log").read_text()
    assert "My answer." in text and "Student's answer" in text
    check_harmless(_only_students(bs4.BeautifulSoup(part, "html.parser")))


def _only_students(part: bs4.BeautifulSoup) -> bs4.BeautifulSoup:
    """Without what the formgrader's own template puts around an answer."""
    for own in part.select(".panel-heading, .panel-footer"):
        own.decompose()
    return part
