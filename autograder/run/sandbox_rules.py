"""What student code may do, as data: which system calls, which folders, and how bubblewrap is called.

Whatever is not listed is refused. Each group of system calls says what needs it. A refused call gives EPERM in the
student's code and kills nobody, so a library that asks for one call too many goes on without it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import pathlib
import sys
import sysconfig
import termios
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.worker import notebook_modules

_PLAIN: dict[str, str] = {
    "memory": "brk mmap munmap mremap mprotect madvise msync mincore membarrier",
    "channel and files": "read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek _llseek close",
    "file names": (
        "stat lstat fstat newfstatat fstatat64 statx access faccessat faccessat2 readlink readlinkat "
        "getdents64 getcwd chdir fchdir statfs fstatfs"
    ),
    "scratch folder": (
        "mkdir mkdirat unlink unlinkat rmdir rename renameat renameat2 ftruncate truncate fallocate fsync "
        "fdatasync umask copy_file_range sendfile"
    ),
    "descriptors": (
        "dup dup2 dup3 pipe pipe2 poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait "
        "epoll_pwait eventfd eventfd2"
    ),
    "threads": (
        "futex set_robust_list get_robust_list rseq sched_yield sched_getaffinity sched_getparam "
        "sched_getscheduler getcpu exit"
    ),
    "signals to itself": (
        "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack "
        "pause alarm setitimer getitimer restart_syscall"
    ),
    "clocks": "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times",
    "who and where am I": (
        "getpid gettid getppid getuid geteuid getgid getegid getgroups getpgrp getpgid getsid getresuid "
        "getresgid uname sysinfo getrusage getrlimit getpriority"
    ),
    "chance": "getrandom",
    "the end": "exit_group",
}


@dataclass(frozen=True)
class When:
    """A system call that is allowed where argument `argument`, masked, equals `value`."""

    name: str
    argument: int
    value: int
    mask: int = (1 << 64) - 1


_CLONE_THREAD = 0x00010000
_PR_SET_NAME, _PR_GET_NAME, _PR_GET_DUMPABLE = 15, 16, 3
_FCNTL = (
    fcntl.F_DUPFD,
    fcntl.F_DUPFD_CLOEXEC,
    fcntl.F_GETFD,
    fcntl.F_SETFD,
    fcntl.F_GETFL,
    fcntl.F_SETFL,
)
_IOCTL = (termios.TCGETS if hasattr(termios, "TCGETS") else 0x5401, termios.FIOCLEX, termios.FIONBIO, termios.FIONREAD)

PLAIN: tuple[str, ...] = tuple(name for group in _PLAIN.values() for name in group.split())
"""System calls that are allowed with any arguments."""

CONDITIONAL: tuple[When, ...] = (
    # a thread, never a process: with no fork there is nothing to linger, and one SIGKILL is the end of everything
    When("clone", 0, _CLONE_THREAD, _CLONE_THREAD),
    # reading with truncation would empty a file that is only readable; older Landlock does not know of it
    *(
        When(name, argument, value, mask)
        for name, argument in (("open", 1), ("openat", 2))
        for value, mask in ((0, os.O_TRUNC), (os.O_WRONLY, os.O_ACCMODE), (os.O_RDWR, os.O_ACCMODE))
    ),
    # not F_SETOWN or F_SETSIG: with O_ASYNC they send signals to others without kill(); and no locks, here or by flock:
    # a lock on a package's file would be a message to the next submission
    *(When("fcntl", 1, command) for command in _FCNTL),
    *(When("ioctl", 1, request) for request in _IOCTL),
    *(When("prctl", 0, option) for option in (_PR_SET_NAME, _PR_GET_NAME, _PR_GET_DUMPABLE)),
    # its own limits, and only to read them
    When("prlimit64", 2, 0),
)

_FILE_CALLS = frozenset(f"{_PLAIN['file names']} {_PLAIN['scratch folder']} open openat".split()) - {
    "fstat",
    "getcwd",
    "umask",
}

NOT_THERE = ("clone3", "openat2")
"""Refused with ENOSYS: their flags lie in memory, where a filter can't see them, and the C library then takes the older
call.
"""

ARCHITECTURES = ("x86_64", "aarch64")


def system_call_filter(architecture: str | None = None, *, files: bool = True) -> bytes:
    """The compiled filter (BPF, 8 bytes an instruction) for this machine, or for an architecture of the list.

    Without `files` nothing can be opened, looked up or made: for a machine that has no other way to hide files.

    Raises ImportError where pyseccomp, or the library libseccomp that it needs, is missing, and OSError where it can't
    be compiled.
    """
    import tempfile

    import pyseccomp as seccomp

    native = seccomp.system_arch()
    wanted = (
        native
        if architecture is None
        else {"x86_64": seccomp.Arch.X86_64, "aarch64": seccomp.Arch.AARCH64}[architecture]
    )
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    if wanted != native:
        rules.add_arch(wanted)
        rules.remove_arch(native)
    rules.set_attr(seccomp.Attr.CTL_NNP, 0)
    for name in PLAIN:
        if _exists(seccomp, wanted, name) and (files or name not in _FILE_CALLS):
            rules.add_rule(seccomp.ALLOW, name)
    for rule in CONDITIONAL:
        if (files or rule.name not in _FILE_CALLS) and _exists(seccomp, wanted, rule.name):
            rules.add_rule(
                seccomp.ALLOW, rule.name, seccomp.Arg(rule.argument, seccomp.MASKED_EQ, rule.mask, rule.value)
            )
    for name in NOT_THERE:
        if _exists(seccomp, wanted, name):
            rules.add_rule(seccomp.ERRNO(errno.ENOSYS), name)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _exists(seccomp: object, architecture: int, name: str) -> bool:
    return int(seccomp.resolve_syscall(architecture, name)) >= 0  # type: ignore[attr-defined]


# ---------------------------------------------------------------- folders

_SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib",  # shared libraries
    "/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo", "/usr/share/fonts", "/etc/fonts",
)  # fmt: skip
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")


def packages() -> list[str]:
    """The folders of installed packages that the worker imports from."""
    paths = sysconfig.get_paths()
    return list(dict.fromkeys([paths["purelib"], paths["platlib"]]))


def readable(worker_folder: pathlib.Path) -> list[str]:
    """What a worker may read: Python, installed packages, shared libraries, its own code, and the visible examples'.
    Never the course.
    """
    paths = sysconfig.get_paths()
    base = pathlib.Path(sys.base_prefix)
    examples = [str(worker_folder.parent / name) for name in notebook_modules.FILES]
    python = [paths["stdlib"], paths["platstdlib"], str(base / "lib"), *packages(), executable()]
    own = [*python, str(worker_folder), *examples]
    found = [path for path in (*own, *_SYSTEM, *DEVICES) if os.path.exists(path)]
    # a Python installed in one of these must not make all of it readable
    return [path for path in dict.fromkeys(found) if path not in ("/", "/usr", os.path.expanduser("~"))]


def executable() -> str:
    """Python itself, behind the links of a virtual environment."""
    return os.path.realpath(sys.executable)


def bubblewrap(
    program: str,
    command: Iterable[str],
    readable_paths: Iterable[str],
    scratch: str,
    *,
    scratch_bytes: int,
    see_processes: bool,
) -> list[str]:
    """The argument list that runs `command` in its own namespaces, on a read-only root with only the readable paths.

    `scratch`, a file system in memory of `scratch_bytes`, is the only place where anything can be written. What a file
    without a name takes counts too. /proc shows only the processes of this namespace, and
    exists only where Landlock (`see_processes`) keeps each submission to its own entry.
    """
    # --cap-drop, because as root bubblewrap would keep all capabilities
    arguments = [program, "--unshare-user", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    for path in readable_paths:
        if path in DEVICES:
            continue
        if os.path.islink(path) and not path.startswith("/etc"):
            arguments += ["--symlink", os.readlink(path), path]
        else:
            arguments += ["--ro-bind", os.path.realpath(path), path]
    for device in DEVICES:
        arguments += ["--dev-bind", device, device]
    if see_processes:
        arguments += ["--proc", "/proc"]
    # --remount-ro, because the root of a new namespace is a file system in memory that can be written to
    arguments += ["--size", str(scratch_bytes), "--tmpfs", scratch]
    return [*arguments, "--remount-ro", "/", "--chdir", scratch, "--", *command]
