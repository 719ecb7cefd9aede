"""Lines of JSON with file descriptors beside them, on the socket between the grader and its warm parent.

Both sides import this module. It needs only the standard library.
"""

from __future__ import annotations

import json
import socket
from typing import Any


def send(control: socket.socket, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
    """Send one message and its file descriptors. Raises OSError if the other side is gone."""
    socket.send_fds(control, [json.dumps(message).encode() + b"\n"], descriptors or [])


def receive(control: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """The next message and its file descriptors; the message is None if the other side hung up. Raises OSError."""
    line, descriptors = b"", []
    while not line.endswith(b"\n"):
        # a long message arrives in pieces, and its descriptors come with the first one
        piece, new, _, _ = socket.recv_fds(control, 1 << 20, 4)
        descriptors += new
        if not piece:
            return None, list(descriptors)
        line += piece
    return json.loads(line), list(descriptors)
