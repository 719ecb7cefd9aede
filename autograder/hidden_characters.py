"""Show characters that a reader can't see: controls, escape sequences, directions, and signs without a width.

Text from a submission, a file name or a worker may drive a terminal (`ESC ] 0 ;` sets its title), or read otherwise
than it runs (U+202E turns the direction around: "Trojan Source", CVE-2021-42574). Pages, terminals and logs all show it
through this module. Files for other programs keep the text as it is.
"""

from __future__ import annotations

import re
from typing import TextIO

__all__ = ["CleanStream", "in_one_line", "shown"]

_HIDDEN = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls, but for tab and newline
    "\u00ad\u034f\u061c\u180b-\u180f"  # soft hyphen, joiner, Arabic and Mongolian marks
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # without width, line separators, directions
    "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # letters and a sign that are blank
    "\ufff0-\ufffb\ud800-\udfff"  # annotations, and halves of characters
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # format controls
    "\U000e0000-\U000e0fff"  # tags, and selectors that can carry any text
    "]"
    "|\r(?!\n)"  # before a newline it is the end of a line, as Windows writes it
)


def shown(text: str) -> str:
    """The text with each hidden character by its number, as `<U+202E>`. Tabs and line ends stay."""
    return _HIDDEN.sub(lambda match: f"<U+{ord(match[0]):04X}>", text)


def in_one_line(text: str) -> str:
    """As `shown`, with spaces in place of tabs and line ends: nobody can add a line to a list, a log or a table."""
    return re.sub(r"\r\n|[\n\t]", " ", shown(text))


class CleanStream:
    """A text stream that shows hidden characters; for the error output of a process whose errors may quote students."""

    encoding, errors = "utf-8", "backslashreplace"

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(shown(text))
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def fileno(self) -> int:
        return self._stream.fileno()

    def isatty(self) -> bool:
        """False: whoever asks would write colours, and they are escape sequences."""
        return False

    def writable(self) -> bool:
        return True

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)
