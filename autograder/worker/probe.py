"""Tries layers of isolation on throw-away processes and reports their effect.

Run with `python -I -S main.py probe`: a JSON question on standard input, a JSON answer on standard output. It tries the
effect and never looks at versions: a kernel may know a layer and still refuse it.
"""

from __future__ import annotations

import errno
import json
import os
import pathlib
import socket
import sys
from collections.abc import Callable
from typing import Any

from . import landlock, limits


def _errno_of(attempt: Callable[[], Any]) -> int:
    """0 if the attempt succeeds, else the number of its error."""
    try:
        attempt()
    except OSError as error:
        return error.errno or -1
    return 0


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(1)


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _in_child(work: Callable[[], str]) -> str:
    """Run `work` in a forked child; "" if all is well, else what is wrong."""
    # in a child, because a process can't leave a layer again
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            said = work()
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode()[:1000])
        os._exit(0)
    os.close(writing)
    said = os.read(reading, 1000).decode()
    os.close(reading)
    status = os.waitpid(pid, 0)[1]
    return said if status == 0 else f"a process behind it ended with status {status}"


def try_landlock(question: dict[str, Any]) -> str:
    """Whether the hidden file can't be read, a readable one can, and the scratch folder can be written to."""
    limits.prctl(limits.PR_SET_NO_NEW_PRIVS, 1)
    landlock.Ruleset([str(pathlib.Path(__file__).parent)], [question["scratch"]]).restrict()
    if _errno_of(lambda: _read(question["hidden"])) not in (errno.EACCES, errno.ENOENT):
        return "a file that it should hide can be read"
    if _errno_of(lambda: _read(__file__)):
        return "a file that it should leave readable can't be read"
    note = os.path.join(question["scratch"], "probe")
    if _errno_of(lambda: pathlib.Path(note).write_bytes(b"x")):
        return "the scratch folder can't be written to"
    os.remove(note)
    return ""


def try_seccomp(question: dict[str, Any]) -> str:
    """Whether starting a process, opening a socket and sending a signal to another process are refused."""
    parent = os.getppid()
    limits.prctl(limits.PR_SET_NO_NEW_PRIVS, 1)
    limits.load_filter(bytes.fromhex(question["filter"]))
    for what, attempt in (
        ("a process can be started", _fork),
        ("a socket can be opened", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
        ("a signal can be sent", lambda: os.kill(parent, 0)),  # signal 0 only asks for permission
    ):
        if _errno_of(attempt) not in (errno.EPERM, errno.ENOSYS):
            return what
    return ""


def try_namespaces(question: dict[str, Any]) -> str:
    """Whether this process, started by bubblewrap, sees neither the hidden file nor other processes nor a network, and
    can't write to its root.
    """
    if _errno_of(lambda: _read(question["hidden"])) != errno.ENOENT:
        return "a file outside it is visible"
    if os.getpid() > 100:  # the numbers of a new namespace start at 1
        return "it has no process namespace of its own"
    if _errno_of(lambda: pathlib.Path("/probe").write_bytes(b"x")) not in (errno.EROFS, errno.EACCES):
        return "its root is writable"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # an address of TEST-NET-1 (RFC 5737): connecting a UDP socket only looks up the route and sends nothing
        if _errno_of(lambda: probe.connect(("192.0.2.1", 9))) == 0:
            return "it has a network"
    return ""


def main() -> None:
    question = json.load(sys.stdin)
    tried = {"landlock": try_landlock, "seccomp": try_seccomp, "namespaces": try_namespaces}
    print(json.dumps({name: _in_child(lambda: tried[name](question)) for name in question["layers"]}))  # noqa: B023  (called at once)
