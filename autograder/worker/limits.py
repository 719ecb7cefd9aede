"""What a child may use, set by the child on itself right after the fork and before any of the student's code."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Any

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38


def prctl(option: int, value: int) -> bool:
    """Linux's prctl(2); False where it does not exist or refuses."""
    if not sys.platform.startswith("linux"):
        return False
    return bool(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) == 0)


def address_space() -> int:
    """Bytes of virtual memory that this process has mapped; 0 where that can't be known."""
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def close_all_but(keep: int) -> None:
    """Close every descriptor above 2 but `keep`; 0, 1 and 2 become /dev/null, so a print costs nothing and tells nobody anything."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.closerange(3, keep)
    os.closerange(keep + 1, 1 << 16)


def apply(limits: dict[str, Any]) -> None:
    """Set the limits: `memory` bytes beyond what is mapped now, `cpu` seconds for the whole life of the child, `file` bytes in one file.

    The address space is counted from the warm parent's own size: a fixed figure would be either too small for torch or no limit at all.
    `memory` 0 is no limit: drivers of real accelerators map far more than they use.
    """
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_SET_DUMPABLE, 0)
    if resource is None:
        return
    mapped = address_space()
    wanted = {
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": limits["file"],
        "RLIMIT_NOFILE": 256,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_CPU": limits["cpu"],
    }
    if mapped and limits["memory"]:
        wanted["RLIMIT_AS"] = mapped + limits["memory"]
    for name, value in wanted.items():
        kind = getattr(resource, name, None)
        if kind is not None:
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file too large is then an OSError in the student's code, not a death
