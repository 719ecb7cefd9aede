"""A box for a grader that has no wall of its own, so that attacks on it end there: for the benchmarks, not for grading.

Inside, the grader and the attack are one ordinary user's processes, with a home that they may write, as on an instructor's machine. Outside
nothing can be reached: namespaces of their own, the disk read-only and without the rest of the homes, limits on memory, files and processes.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Sequence

HOME = pathlib.Path("/home/teacher")
USER = 61_000 + os.getpid() % 4_000  # nobody else's, since the limit of processes counts all that a user has
MEMORY = 6 << 30  # bytes of address space for one process; importing torch maps 3 GiB
DISK = 1 << 30  # bytes for the home, and as many for /tmp
PROCESSES = 100  # threads too; a grader and a kernel have about 30
FILE = 16 << 40  # bytes of one file, as ext4 has it: the box's own file system would take any size


def command(
    readable: Sequence[pathlib.Path], writable: dict[pathlib.Path, pathlib.Path], hidden: Sequence[pathlib.Path] = ()
) -> list[str]:
    """The start of a command line that runs the rest in the box, as its process 1.

    `readable`: folders and files to be seen there, at their own paths. `writable`: place in the box -> what lies there. `hidden`: folders
    that are seen as empty."""
    line = [
        "bwrap",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-net",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--die-with-parent",
    ]
    line += ["--new-session", "--as-pid-1", "--chdir", "/"]
    for name in ("usr", "bin", "sbin", "lib", "lib64", "etc"):
        path = pathlib.Path("/", name)
        if path.is_symlink():
            line += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            line += ["--ro-bind", str(path), str(path)]
    line += ["--proc", "/proc", "--dev", "/dev"]
    for place in ("/dev/shm", "/tmp", str(HOME)):
        line += ["--perms", "1777", "--size", str(DISK), "--tmpfs", place]
    mounted = [HOME, *dict.fromkeys(readable)]
    for parent in dict.fromkeys(parent for path in mounted for parent in reversed(path.parents)):
        if parent != pathlib.Path("/") and not parent.is_relative_to("/usr"):
            line += ["--perms", "0755", "--dir", str(parent)]  # else bubblewrap makes some for root alone
    for path in mounted[1:]:
        line += ["--ro-bind", str(path), str(path)]
    for place in hidden:
        line += ["--tmpfs", str(place)]
    for place, content in writable.items():
        line += ["--bind", str(content), str(place)]
    limits = [f"--as={MEMORY}", f"--nproc={PROCESSES}", f"--fsize={FILE}", "--core=0"]
    if os.getuid() == 0:  # root alone isn't held by a limit of processes, and an instructor isn't root
        line += ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
        line += ["--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]
    else:
        line.insert(1, "--unshare-user")
    return [*line, "prlimit", *limits]


def user() -> int:
    """The user id of everything inside."""
    return USER if os.getuid() == 0 else os.getuid()


def python_folders(*pythons: str) -> list[pathlib.Path]:
    """What must be readable for these interpreters to start: their own folders and every folder on their path."""
    found = []
    for python in pythons:
        ask = "import sys; print(sys.prefix, sys.base_prefix, *[p for p in sys.path if p], sep='\\n')"
        told = subprocess.run(
            [python, "-c", ask], capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}
        ).stdout
        found += [pathlib.Path(line) for line in told.splitlines() if os.path.exists(line)]
    outermost = [
        path
        for path in dict.fromkeys(found)
        if not any(path != other and path.is_relative_to(other) for other in found)
    ]
    return [path for path in outermost if not path.is_relative_to("/usr")]


def available() -> str | None:
    """Why the box can't be made on this machine, or None."""
    line = [*command([], {}), "true"]
    try:
        done = subprocess.run(line, capture_output=True, text=True)
    except FileNotFoundError as error:
        return f"{error.filename} is not installed: the benchmark needs bubblewrap and util-linux"
    return None if done.returncode == 0 else f"bubblewrap can't make the box: {done.stderr.strip()}"
