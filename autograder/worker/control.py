"""Lines of JSON with descriptors beside them, on the socket between the grader and its warm parent.

Both sides import this module; it knows the standard library alone.
"""

from __future__ import annotations

import json
import socket
from typing import Any


def send(control: socket.socket, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
    """Send one message and the descriptors that go with it; raises OSError where the other side is gone."""
    socket.send_fds(control, [json.dumps(message).encode() + b"\n"], descriptors or [])


def receive(control: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """The next message and its descriptors; no message where the other side has hung up. Raises OSError."""
    line, descriptors = b"", []
    while not line.endswith(b"\n"):
        piece, new, _, _ = socket.recv_fds(control, 1 << 20, 4)
        descriptors += new
        if not piece:
            return None, list(descriptors)
        line += piece
    return json.loads(line), list(descriptors)
