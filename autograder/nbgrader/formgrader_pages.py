"""What nbgrader's formgrader shows of a notebook, made harmless when it is rendered; the stored file is not changed.

A notebook is a stranger's HTML: markdown may hold any tag, an output may be a script, and the page runs in the
instructor's Jupyter with everything that the instructor may do. nbconvert's own switch, `HTMLExporter.sanitize_html`,
is read by its templates, but the formgrader's template has a markdown block of its own that doesn't ask for it. So the
work is done where no template can leave it out: a preprocessor rebuilds every cell from what is known to be text, and
the filter that makes HTML of markdown cleans its result. `nbgrader_settings` names both to nbconvert.

Allowed is what a reader needs. There are no ids, names, data attributes and few classes, because the formgrader's own
scripts look for those; no addresses on this server, which a page could call with the instructor's cookie; no pictures
from elsewhere, which tell that somebody looks.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import bleach
from bleach.css_sanitizer import CSSSanitizer
from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.hidden_characters import shown

__all__ = ["as_it_is", "clean_html", "clean_notebook", "markdown2html"]

_TAGS = {
    *("a", "abbr", "b", "br", "code", "del", "em", "i", "img", "ins", "kbd", "mark", "q", "s", "samp", "small", "span"),
    *("strike", "strong", "sub", "sup", "tt", "u", "var"),
    *(
        "blockquote",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
    ),
    *("li", "ol", "p", "pre", "summary", "ul"),
    *("caption", "col", "colgroup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"),
}
_PLAIN_ATTRIBUTES = {
    *("align", "alt", "border", "colspan", "height", "rowspan", "scope", "start", "title", "valign", "width"),
}
_STYLES = ["background-color", "color", "font-style", "font-weight", "text-align", "text-decoration", "vertical-align"]
# of pygments (one or two letters and a digit), of pandas, and of nbconvert's headings
_CLASS = re.compile(r"[a-z]{1,2}[0-9]?|highlight|dataframe|anchor-link|hl-\w+|language-\w+", re.ASCII)
_LINK = re.compile(r"https?://\S+|mailto:\S+|#.*", re.IGNORECASE)
# data, or a picture of the course's own beside the notebook
_PICTURE = re.compile(
    r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*|[\w-]+(/[\w-]+)*\.(png|jpe?g|gif|webp)",
    re.IGNORECASE | re.ASCII,
)
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
# values without addresses: the only functions are those of colours
_STYLE = re.compile(r"([\w\s:;#%.,!-]|(?<=rgb)\(|(?<=rgba)\(|(?<=hsl)\(|\))*", re.ASCII)
_STYLE_BEGINS = re.compile(r"<style\b[^<>]*>", re.IGNORECASE)
_STYLE_ENDS = re.compile(r"</style\s*>", re.IGNORECASE)
_COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")
_TASK_BOX = re.compile(r'<input class="task-list-item-checkbox" type="checkbox" disabled(?P<checked> checked)?\s*/?>')
_LONGEST, _MOST_TAGS, _MOST_BACKSLASHES = 100_000, 5_000, 4_000
"""Characters, but for those of pictures, tags that are parsed as HTML, and backslashes: nbconvert looks for the end of
each formula in all that follows. A text with more is shown as text: the worst that is parsed takes seconds, and the
formgrader waits.
"""
_PAGE = 5
"""As many of the longest texts a page may hold; what is more than that is shown as text altogether."""
_PICTURE_DATA = re.compile(r"[A-Za-z0-9+/=]{200,}")


def _allowed(tag: str, name: str, value: str) -> bool:
    if name == "href":
        return tag == "a" and bool(_LINK.fullmatch(value.strip()))
    if name == "src":
        return tag == "img" and bool(_PICTURE.fullmatch(value.strip()))
    if name == "class":
        return all(_CLASS.fullmatch(one) for one in value.split())
    if name == "open":
        return tag == "details"
    if name == "style":
        return bool(_STYLE.fullmatch(value))
    return name in _PLAIN_ATTRIBUTES


def clean_html(text: str) -> str:
    """HTML with what is allowed; other tags are shown as text, other attributes are left out."""
    text = shown(text)
    if _is_too_long(text):
        return _as_text(text)
    try:
        # pandas and others put style sheets before their tables: they would be shown as text
        cleaned = bleach.clean(
            _without_styles(text),
            tags=_TAGS,
            attributes=_allowed,
            protocols=["http", "https", "mailto", "data"],
            strip_comments=True,
            css_sanitizer=CSSSanitizer(allowed_css_properties=_STYLES),
        )
        return str(cleaned)
    except Exception:  # a parser that a stranger's text has broken: the text can still be read
        return _as_text(text)


def _without_styles(text: str) -> str:
    """The text without its style sheets. Nothing is searched twice: a stranger may open thousands and close none."""
    kept, place = [], 0
    while (begins := _STYLE_BEGINS.search(text, place)) and (ends := _STYLE_ENDS.search(text, begins.end())):
        kept.append(text[place : begins.start()])
        place = ends.end()
    return "".join(kept) + text[place:]


def _is_too_long(text: str) -> bool:
    return _length(text) > 1


def _length(text: str) -> float:
    """Of the time that parsing a text may take, as a share of what one text is allowed."""
    characters = len(_PICTURE_DATA.sub("", text))
    return max(characters / _LONGEST, text.count("<") / _MOST_TAGS, text.count("\\") / _MOST_BACKSLASHES)


def _parsed(notebook: Any) -> Iterator[str]:
    """The texts of a notebook that are parsed for its page."""
    for cell in notebook.cells:
        if cell.get("cell_type") == "markdown":
            yield str(cell.source)
        for output in cell.get("outputs", []):
            data = output.get("data") if isinstance(output, dict) else None
            if isinstance(data, dict):
                yield from (_text(data.get(kind)) for kind in _PARSED)


def _as_text(text: str) -> str:
    return f"<pre>{html.escape(text)}</pre>"


@pass_context
def markdown2html(context: Any, source: str) -> str:
    """In place of nbconvert's filter: the same HTML, cleaned. What can't be rendered is shown as it was written."""
    cell = context.get("cell", {})
    if _is_too_long(source):
        return _as_text(shown(source))
    try:
        renderer = IPythonRenderer(escape=False, attachments=cell.get("attachments", {}))
        rendered = MarkdownWithMath(renderer=renderer).render(shown(source))
    except Exception:  # for instance, an attachment that is not there
        return _as_text(shown(source))
    return clean_html(_TASK_BOX.sub(lambda match: "☑ " if match["checked"] else "☐ ", rendered))


def as_it_is(text: str) -> str:
    """In place of nbconvert's `strip_files_prefix`: it runs after the cleaning, and makes a `javascript:` address of
    `files/javascript:`.
    """
    return text


def clean_notebook(notebook: Any, resources: Any) -> tuple[Any, Any]:
    """A preprocessor: rebuild every cell from text, numbers and pictures, and escape names in `resources`.

    nbconvert's templates put some fields into the page unescaped: an execution count, a picture's width, a grade id, a
    student's name.
    """
    too_long = sum(length for length in map(_length, _parsed(notebook)) if length <= 1) > _PAGE
    notebook.metadata.clear()
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        if cell.get("cell_type") != "markdown" or too_long:
            if cell.get("cell_type") != "code":  # raw HTML, or a kind that nobody knows: shown as text
                cell.cell_type, cell.outputs = "code", []
            cell.source = shown(str(cell.source))
            cell.execution_count = _number(cell.get("execution_count"))
            outputs = [one for one in cell.get("outputs", []) if isinstance(one, dict)]
            cell.outputs = [_output(_without_parsed(one) if too_long else one) for one in outputs]
        about = cell.metadata.get("nbgrader")
        cell.metadata.clear()
        if isinstance(about, dict):
            cell.metadata["nbgrader"] = {name: _escaped(value) for name, value in about.items()}
        if "id" in cell:
            cell.id = _escaped(cell.id)
    for name in ("student", "first_name", "last_name", "notebook_path"):
        if resources.get(name):
            resources[name] = _escaped(resources[name])
    return notebook, resources


def _escaped(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float)) else html.escape(shown(str(value)))


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _output(output: Any) -> Any:
    """An output with nothing in it but text, cleaned HTML and pictures."""
    make = type(output)  # nbformat's dictionary, whose entries templates read as attributes
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return make(output_type=kind, name=name, text=_coloured(_text(output.get("text"))))
    if kind == "error":
        lines = output.get("traceback")
        lines = lines if isinstance(lines, list) else [lines]
        return make(output_type=kind, ename="", evalue="", traceback=[_coloured(_text(line)) for line in lines])
    data, sizes = output.get("data"), output.get("metadata")
    data = data if isinstance(data, dict) else {}
    kept = make({name: _MADE[name](_text(value)) for name, value in data.items() if name in _MADE})
    kept = kept or make({"text/plain": "(an output of a kind that is not shown here)"})
    sizes = sizes if isinstance(sizes, dict) else {}
    about = {name: _size(sizes.get(name)) for name in ("image/png", "image/jpeg")}
    return make(output_type="display_data", data=kept, metadata=make({name: make(one) for name, one in about.items()}))


def _without_parsed(output: Any) -> Any:
    data = output.get("data")
    if not isinstance(data, dict):
        return output
    return type(output)({**output, "data": {name: data[name] for name in data if name not in _PARSED}})


def _text(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _coloured(text: str) -> str:
    """Text whose colours, as a terminal has them, nbconvert makes HTML of; it escapes the rest."""
    return "".join(one if _COLOUR.fullmatch(one) else shown(one) for one in _COLOUR.split(text))


def _size(about: Any) -> dict[str, int]:
    about = about if isinstance(about, dict) else {}
    return {name: about[name] for name in ("width", "height") if isinstance(about.get(name), int)}


_PARSED = ("text/html", "text/markdown")
_MADE = {
    "text/plain": _coloured,  # escaped by nbconvert, as is LaTeX
    "text/latex": shown,
    "text/html": clean_html,
    "text/markdown": _text,  # cleaned by the filter above
    "image/png": lambda text: text if _BASE64.fullmatch(text) else "",
    "image/jpeg": lambda text: text if _BASE64.fullmatch(text) else "",
    "image/svg+xml": _text,  # nbconvert puts it into a picture, where no script runs and nothing is fetched
}
"""Type of an output's data -> what is kept of it. Others are left out: scripts, widgets, what a browser may open."""
