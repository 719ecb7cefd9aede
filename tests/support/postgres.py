"""A PostgreSQL server of a test's own, in a folder of its own; None and the reason where there can be none."""

from __future__ import annotations

import contextlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator

import pytest


def _program(name: str) -> str | None:
    found = shutil.which(name)
    if found is None:
        newest = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        found = str(newest[-1]) if newest else None
    return found


def _another_user() -> pwd.struct_passwd | None:
    """The server refuses to run as root: the user postgres, or else nobody, runs it then."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    pytest.skip("PostgreSQL does not run as root, and there is no other user here")


@contextlib.contextmanager
def server(folder: pathlib.Path) -> Iterator[str]:
    """A running server with an empty database; gives its URL. Skips the test, with the reason, where none can be started."""
    pytest.importorskip("psycopg2", reason="no driver for PostgreSQL: pip install psycopg2-binary")
    initdb, ctl = _program("initdb"), _program("pg_ctl")
    if not (initdb and ctl):
        pytest.skip("no PostgreSQL server on this machine (Debian: postgresql)")
    user = _another_user()
    folder.mkdir()
    switch = {}
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
        for parent in folder.parents:  # the other user has to get there
            if parent.owner() == "root" and len(parent.parts) > 2:
                parent.chmod(parent.stat().st_mode | 0o011)
        switch = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, log = folder / "data", folder / "log"

    def run(*command: object) -> int:
        environment = {**os.environ, "LC_ALL": "C", "HOME": str(folder)}
        with log.open("a") as told:  # a file and not a pipe: the server inherits it and would keep a pipe open
            done = subprocess.run([*map(str, command)], stdout=told, stderr=told, cwd=folder, env=environment, **switch)
        return done.returncode

    if run(initdb, "-D", data, "-U", "grader", "--auth=trust", "--no-sync"):
        pytest.skip(f"PostgreSQL can't make a database here: {log.read_text(errors='replace').strip()[-200:]}")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    if run(ctl, "-D", data, "-w", "-t", 60, "-o", options, "start"):
        pytest.skip(f"PostgreSQL does not start here: {log.read_text(errors='replace').strip()[-200:]}")
    try:
        yield f"postgresql+psycopg2://grader@127.0.0.1:{port}/postgres"
    finally:
        run(ctl, "-D", data, "-m", "immediate", "stop")
