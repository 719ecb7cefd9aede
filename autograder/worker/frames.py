"""Frames between grader and worker.

A frame is a 4-byte big-endian length, that many bytes of JSON (the header), and the blobs. The header lists the sizes
of the blobs under "blobs".

Both sides import this module. It needs only the standard library, so that a grader can start its warm parent before it
imports torch.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from typing import Any

MAX_HEADER = 4 << 20
MAX_ITEMS = 20_000
_AT_ONCE = 512  # buffers per system call; Linux allows 1,024, see readv(2)
_JOINED = 1 << 20  # bytes; up to this size a frame is joined, because a system call for each blob costs more


class WireError(Exception):
    """A frame or value that violates the protocol."""


class ChannelClosed(WireError):
    """The other side is gone: the channel ended before or inside a frame."""


def frame_bytes(header: dict[str, Any], blobs: list[memoryview]) -> bytes:
    """One frame as bytes."""
    text = json.dumps({**header, "blobs": [blob.nbytes for blob in blobs]}, separators=(",", ":")).encode("ascii")
    return b"".join([struct.pack(">I", len(text)), text, *blobs])


def write_frame(
    fd: int, header: dict[str, Any], blobs: list[memoryview], wait: Callable[[], None] | None = None
) -> None:
    """Write one frame to the file descriptor `fd`; `wait` is called when a non-blocking `fd` is full."""
    header = {**header, "blobs": [blob.nbytes for blob in blobs]}
    text = json.dumps(header, separators=(",", ":")).encode("ascii")
    parts = [memoryview(struct.pack(">I", len(text)) + text), *blobs]
    if sum(part.nbytes for part in parts) <= _JOINED:
        parts = [memoryview(b"".join(parts))]
    for part in parts:
        while part.nbytes:
            try:
                part = part[os.write(fd, part[: 1 << 20]) :]
            except BlockingIOError:
                if wait is None:
                    raise
                wait()
            except OSError as error:
                raise ChannelClosed(str(error)) from None


def _fill(fd: int, views: list[memoryview], wait: Callable[[], None] | None) -> None:
    """Read until the views are full. `wait` is called after every read that leaves something missing."""
    # readv on empty views returns 0, which would look like end of file
    views = [view for view in views if view.nbytes]
    while views:
        try:
            got = os.readv(fd, views[:_AT_ONCE])
            if not got:
                raise ChannelClosed("end of file")
        except BlockingIOError:
            got = 0
        except OSError as error:
            raise ChannelClosed(str(error)) from None
        while views and got >= views[0].nbytes:
            got -= views.pop(0).nbytes
        if views:
            views[0] = views[0][got:]
            if wait is not None:
                wait()


def _read_exactly(fd: int, sizes: list[int], wait: Callable[[], None] | None) -> list[bytearray]:
    buffers = [bytearray(size) for size in sizes]
    _fill(fd, [memoryview(buffer) for buffer in buffers], wait)
    return buffers


def read_frame(
    fd: int, wait: Callable[[], None] | None = None, max_header: int = MAX_HEADER, max_bytes: int | None = None
) -> tuple[dict[str, Any], list[bytearray]]:
    """Read one frame: header and blobs.

    `wait` is called first and whenever data is missing; it may raise (a deadline). Raises WireError for anything that
    is not a frame, and ChannelClosed at end of file.
    """
    if wait is not None:
        wait()
    (length,) = struct.unpack(">I", _read_exactly(fd, [4], wait)[0])
    if length > max_header:
        raise WireError(f"a header of {length} bytes is too long")
    try:
        header = json.loads(_read_exactly(fd, [length], wait)[0].decode("utf-8"))
    except (ValueError, RecursionError) as error:  # RecursionError: deeply nested JSON
        raise WireError(f"the header is not JSON: {type(error).__name__}") from None
    if not isinstance(header, dict):
        raise WireError("the header is not a JSON object")
    sizes = header.get("blobs")
    # type(), because isinstance takes JSON's true for an int
    if (
        not isinstance(sizes, list)
        or len(sizes) > MAX_ITEMS
        or not all(type(size) is int and size >= 0 for size in sizes)
    ):
        raise WireError("the header lists no valid sizes of blobs")
    # before the buffers are made: the other side chose these sizes
    if max_bytes is not None and sum(sizes) > max_bytes:
        raise WireError(f"the blobs have {sum(sizes)} bytes, more than the {max_bytes} allowed")
    return header, _read_exactly(fd, sizes, wait)
