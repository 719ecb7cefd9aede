"""Landlock (Linux 5.13 and newer) by its three system calls: from `restrict` on, this process opens nothing but what it
was allowed.

Numbers and layouts are those of linux/landlock.h; the system calls have the same numbers on x86-64 and aarch64.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH = 1

READ_FILE, READ_DIR = 1 << 2, 1 << 3
_EXECUTE, _WRITE_FILE = 1 << 0, 1 << 1
_REMOVE_DIR, _REMOVE_FILE, _MAKE_CHAR, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8
_MAKE_SOCK, _MAKE_FIFO, _MAKE_BLOCK, _MAKE_SYM = 1 << 9, 1 << 10, 1 << 11, 1 << 12
_REFER, _TRUNCATE, _IOCTL_DEV, _RESOLVE_UNIX = 1 << 13, 1 << 14, 1 << 15, 1 << 16
_FIRST = (1 << 13) - 1  # everything that the first version knows

READ = READ_FILE | READ_DIR
WRITE = READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _TRUNCATE
"""No devices, sockets, pipes or links, and nothing to execute: a scratch folder is for plain files."""

_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | READ_FILE | _TRUNCATE | _IOCTL_DEV


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def _syscall(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    result = int(libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def version() -> int:
    """The kernel's version of the interface; 0 if it has none or it is switched off."""
    if not sys.platform.startswith("linux"):
        return 0
    try:
        return _syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    except OSError:
        return 0


class Ruleset:
    """What may be opened: `readable` and `writable` folders or files. A folder's rule holds for everything below it.
    Paths that do not exist are left out.

    Every other access that this kernel's version handles is denied. From version 4 that includes TCP; from version 6,
    signals and abstract Unix sockets to processes outside; from version 9, Unix sockets by path.

    Raises OSError if the kernel refuses.
    """

    def __init__(self, readable: Iterable[str], writable: Iterable[str] = ()) -> None:
        known = version()
        handled = (
            _FIRST
            | (_REFER if known >= 2 else 0)
            | (_TRUNCATE if known >= 3 else 0)
            | (_IOCTL_DEV if known >= 5 else 0)
            | (_RESOLVE_UNIX if known >= 9 else 0)
        )
        attributes = _Ruleset(handled, 3 if known >= 4 else 0, 3 if known >= 6 else 0)
        size = 24 if known >= 6 else 16 if known >= 4 else 8
        self._handled = handled
        self.fd = _syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0))
        for path in readable:
            self.allow(path, READ)
        for path in writable:
            self.allow(path, WRITE)

    def allow(self, path: str, rights: int) -> None:
        try:
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            return
        try:
            if not os.path.isdir(path):  # the kernel refuses a rule that gives a file the rights of a folder
                rights &= _FILE_RIGHTS
            rule = _PathBeneath(rights & self._handled, fd)
            _syscall(
                _ADD_RULE, ctypes.c_int(self.fd), ctypes.c_int(_PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0)
            )
        finally:
            os.close(fd)

    def restrict(self) -> None:
        """Bind this process and everything it starts, for good. It must have set no_new_privs first, or be root."""
        _syscall(_RESTRICT_SELF, ctypes.c_int(self.fd), ctypes.c_uint32(0))
        os.close(self.fd)
