"""Read notebooks that may be damaged or hostile; keep only the few plain facts that grading needs."""

from __future__ import annotations

import functools
import hashlib
import json
import pathlib
import warnings
from dataclasses import dataclass, field
from typing import Any

from autograder.errors import SubmissionUnreadable
from autograder.files import read_once
from autograder.json_size import seconds_to_parse

MAX_CELLS = 5_000
MAX_SOURCE = 1 << 18
"""Characters of a cell. All text in a notebook of this length is some 5,000 lines."""
MAX_CODE = 1 << 22
"""Characters of all code cells together. They are searched for the names of exercises."""
MAX_SECONDS = 0.6
"""CPU time that parsing a notebook may take: 24 MB of numbers do, and images and texts of any size that is read."""
_CONVERTING = 25
"""How many times as long it takes to convert a notebook of an old format as to parse it."""
MAX_OUTPUT = 4_000
_IMAGES = ("image/png", "image/jpeg", "image/gif")


@dataclass
class Cell:
    """One cell: its type, its text, its nbgrader and Jupyter metadata, and the first characters of what it shows."""

    kind: str
    source: str
    id: str = ""
    grade_id: str = ""
    nbgrader: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    attachments: dict[str, dict[str, str]] = field(default_factory=dict)
    output: str = ""


@dataclass(frozen=True)
class Content:
    """The bytes of a file, or None and `problem`, the sentence that says why it can't be read.

    `name` is the file's; `beside` are the other notebooks that the same person handed in with it.
    """

    data: bytes | None
    problem: str = ""
    name: str = ""
    beside: tuple[str, ...] = ()

    @functools.cached_property
    def sha256(self) -> str:
        """The hash of the bytes, or of `problem` if there are none: then the report depends on nothing else."""
        names = b"".join(b"\0" + name.encode("utf-8", "surrogatepass") for name in self.beside)
        return hashlib.sha256(self.problem.encode() if self.data is None else b"\0" + self.data + names).hexdigest()

    def fingerprint(self, state: str) -> str:
        """Changes whenever the bytes or the state of course and engine change (SHA-256, hex)."""
        return hashlib.sha256((state + self.sha256).encode()).hexdigest()

    def notebook(self) -> Notebook:
        """The parsed notebook; raises SubmissionUnreadable with the reason in one line."""
        if self.data is None:
            raise SubmissionUnreadable(self.problem)
        return parse(self.data)


@dataclass
class Notebook:
    """`too_long`: the `grade_id`s of cells that were too long to be read."""

    cells: list[Cell]
    notes: list[str] = field(default_factory=list)
    too_long: frozenset[str] = frozenset()


def text_of(value: Any, most: int | None = None) -> str:
    """A notebook's text field (a string or a list of strings) as valid Unicode, its first `most` characters; anything
    else is empty.
    """
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    return (
        value[:most]
        .encode("utf-8", "replace")
        .decode("utf-8")
        .replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\0", "")
    )


def read(path: pathlib.Path, max_bytes: int) -> Notebook:
    """The notebook in a file of at most `max_bytes` bytes; raises SubmissionUnreadable with the reason in one line."""
    return parse(read_once(path, max_bytes))


def content_of(path: pathlib.Path, max_bytes: int) -> Content:
    """What a file holds now, read once: its bytes, or why it can't be read."""
    try:
        return Content(read_once(path, max_bytes))
    except SubmissionUnreadable as error:
        return Content(None, str(error))


_TOO_MANY = "the file has more parts than a notebook can have"


def parse(data: bytes) -> Notebook:
    """The notebook in `data`; raises SubmissionUnreadable with the reason in one line."""
    if not data.strip():
        raise SubmissionUnreadable("the file is empty")
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            data = data.decode("utf-16").encode()
        seconds = seconds_to_parse(data)
        if seconds > MAX_SECONDS:
            raise SubmissionUnreadable(_TOO_MANY)
        content = json.loads(data.decode("utf-8-sig"))
    except UnicodeError:
        raise SubmissionUnreadable("the file is not text in UTF-8") from None
    except MemoryError:
        raise SubmissionUnreadable(_TOO_MANY) from None
    except RecursionError:
        raise SubmissionUnreadable("the file is nested too deeply to be a notebook") from None
    except ValueError as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise SubmissionUnreadable(f"the file is not JSON, so it is not a notebook{where}") from None
    if not isinstance(content, dict):
        raise SubmissionUnreadable("the file is JSON but not a notebook")
    notes = []
    if content.get("nbformat") in (1, 2, 3):
        if _CONVERTING * seconds > MAX_SECONDS:
            raise SubmissionUnreadable(_TOO_MANY)
        content = _upgrade(content)
        notes.append("The notebook had an old format and has been converted.")
    raw = content.get("cells")
    if not isinstance(raw, list):
        raise SubmissionUnreadable("the file is JSON but has no cells, so it is not a notebook")
    if len(raw) > MAX_CELLS:
        raise SubmissionUnreadable(f"the notebook has {len(raw)} cells, more than the {MAX_CELLS} that are read")
    read = list(map(_cell, raw))
    cells = [cell for cell in read if cell is not None and len(cell.source) <= MAX_SOURCE]
    if sum(len(cell.source) for cell in cells if cell.kind == "code") > MAX_CODE:
        raise SubmissionUnreadable(f"its code cells hold more than the {MAX_CODE:,} characters that are read")
    damaged = read.count(None)
    if damaged:
        notes.append("1 damaged cell was skipped." if damaged == 1 else f"{damaged} damaged cells were skipped.")
    too_long = [number for number, cell in enumerate(read) if cell is not None and len(cell.source) > MAX_SOURCE]
    notes += [
        f"Cell {number + 1} is longer than {MAX_SOURCE:,} characters and was not read." for number in too_long[:20]
    ]
    left_out = frozenset(cell.grade_id for cell in read if cell is not None and len(cell.source) > MAX_SOURCE)
    return Notebook(cells, notes, left_out)


def _upgrade(content: dict[str, Any]) -> dict[str, Any]:
    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return dict(nbformat.convert(nbformat.from_dict(content), 4))
    except Exception:
        raise SubmissionUnreadable(
            f"the notebook has the old format {content['nbformat']} and can't be converted"
        ) from None


def _cell(raw: Any) -> Cell | None:
    if not isinstance(raw, dict) or raw.get("cell_type") not in ("code", "markdown", "raw"):
        return None
    source = text_of(raw.get("source"), 2 * (MAX_SOURCE + 1))  # line ends of two characters become one
    metadata: dict[str, Any] = _as(dict, raw.get("metadata"))
    nbgrader: dict[str, Any] = _as(dict, metadata.get("nbgrader"))
    tags: list[Any] = _as(list, metadata.get("tags"))
    grade_id = nbgrader.get("grade_id")
    return Cell(
        kind=raw["cell_type"],
        source=source,
        id=raw["id"] if isinstance(raw.get("id"), str) else "",
        grade_id=grade_id if isinstance(grade_id, str) else "",
        nbgrader=nbgrader,
        tags=tuple(tag for tag in tags if isinstance(tag, str)),
        metadata=metadata,
        attachments=_images(raw.get("attachments")),
        output=_output(raw.get("outputs")),
    )


def _output(outputs: Any) -> str:
    """The plain text that a code cell shows, its first characters."""
    shown = ""
    for output in outputs[:20] if isinstance(outputs, list) else ():
        data = output.get("data") if isinstance(output, dict) else None
        shown += text_of(
            data.get("text/plain") if isinstance(data, dict) else _as(dict, output).get("text"), 2 * MAX_OUTPUT
        )
        if len(shown) >= MAX_OUTPUT:
            break
    return shown[:MAX_OUTPUT]


def _as(kind: type, value: Any) -> Any:
    """The value if it has this type, otherwise an empty one."""
    return value if isinstance(value, kind) else kind()


def _images(attachments: Any) -> dict[str, dict[str, str]]:
    """Images pasted into a cell. Other attachments are dropped: pages could not show them safely."""
    if not isinstance(attachments, dict):
        return {}
    kept = {}
    for name, formats in attachments.items():
        if isinstance(name, str) and isinstance(formats, dict):
            images = {kind: data for kind, data in formats.items() if kind in _IMAGES and isinstance(data, str)}
            if images:
                kept[name] = images
    return kept
