"""The limits of a child. It sets them on itself right after the fork, before any of the student's code runs."""

from __future__ import annotations

import contextlib
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
_PR_SET_SECCOMP, _PR_CAPBSET_DROP, _SECCOMP_MODE_FILTER = 22, 24, 2
_CAPABILITY_VERSION_3 = 0x20080522


def prctl(option: int, value: int) -> bool:
    """Linux's prctl(2); False if it does not exist or refuses."""
    if not sys.platform.startswith("linux"):
        return False
    return bool(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) == 0)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def load_filter(program: bytes) -> None:
    """Load a compiled seccomp filter (8 bytes per instruction) for good. Raises OSError if the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    loaded = _Program(len(program) // 8, program)
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(loaded), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def drop_capabilities() -> None:
    """Give up every right that root has beyond an ordinary user, as far as the kernel allows; see capabilities(7)."""
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    for number in range(64):
        if libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0) != 0:
            break  # no such capability in this kernel, or no right to drop any
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    libc.capset(header, nothing)


def address_space(pid: int | str = "self") -> int:
    """Bytes of virtual memory that a process has mapped; 0 if unknown."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as statm:
            return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def limit_memory(more: int) -> None:
    """Let this process map only so many bytes more than it has now. Processes that it starts can lift the limit."""
    mapped = address_space()
    if resource is not None and mapped:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        if hard == resource.RLIM_INFINITY or hard > mapped + more:
            with contextlib.suppress(ValueError, OSError):  # macOS refuses
                resource.setrlimit(resource.RLIMIT_AS, (mapped + more, hard))


def lift_memory() -> None:
    """Take back the limit of the process that has started this one."""
    if resource is not None:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def close_all_but(keep: int) -> None:
    """Close every file descriptor above 2 except `keep`. 0, 1 and 2 become /dev/null, so that prints are dropped."""
    # no other layer takes away a descriptor that is already open
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.closerange(3, keep)
    os.closerange(keep + 1, 1 << 16)


def apply(limits: dict[str, Any]) -> None:
    """Set the limits: `memory` bytes beyond the `mapped` bytes of the warm parent, `cpu` seconds for the whole life of
    the child, `file` bytes per file, `files` open descriptors.

    The address space counts from the warm parent's size: a fixed figure would be too small for torch, or no limit at
    all. `memory` 0 means no limit, because drivers of real accelerators map far more than they use.
    """
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # a child must not outlive the warm parent, which alone can reap it
    prctl(PR_SET_NO_NEW_PRIVS, 1)  # Landlock and seccomp require it of anyone but root
    prctl(PR_SET_DUMPABLE, 0)  # other processes of the same user can't trace this one or read its memory
    drop_capabilities()
    if resource is None:
        return
    mapped = limits["mapped"] or address_space()
    wanted = {
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": limits["file"],
        "RLIMIT_NOFILE": limits["files"],
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
            # only root may raise a hard limit
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))
    # a file that grows too large is then an OSError in the student's code; the default action kills the process
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
