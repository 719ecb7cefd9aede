"""The warm parent: imports what the lesson needs once, then forks a child for each submission.

Run with `python -I -S main.py CONTROL_FD`, or with `probe` to try layers of isolation and exit. It imports only its own
folder, the standard library and the folders of installed packages that the first message names.

It never runs student code and holds nothing secret. It never sees what a child is asked or answers: the grader makes
the channel of each child, and this process only hands it on.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import os
import pathlib
import signal
import socket
import sys
import time
from typing import Any

if __package__:
    from . import control, landlock, limits, probe, scratch
else:  # started as a script: make this folder a package, so that relative imports work and find nothing else
    _folder = pathlib.Path(__file__).resolve().parent
    _spec = importlib.util.spec_from_file_location(
        "worker", _folder / "__init__.py", submodule_search_locations=[str(_folder)]
    )
    assert _spec is not None
    sys.modules["worker"] = importlib.util.module_from_spec(_spec)
    __package__ = "worker"
    from worker import control, landlock, limits, probe, scratch  # type: ignore[import-not-found,no-redef]


def _kill_orphans(alive: set[int]) -> None:
    """Kill whatever a dead child left behind. As the subreaper, this process has become its parent."""
    children = pathlib.Path(f"/proc/self/task/{os.getpid()}/children")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:  # again, because the children of a killed orphan come here next
        try:
            left = {int(pid) for pid in children.read_text().split()} - alive
        except (OSError, ValueError):
            return
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass


class WarmParent:
    """Serves the control socket: one JSON line per request and per reply, with file descriptors beside them."""

    def __init__(self, grader: socket.socket) -> None:
        self.control = grader
        self.scratch: dict[int, str] = {}
        self.settings: dict[str, Any] = {}

    def reply(self, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
        control.send(self.control, message, descriptors)

    def reply_with_descriptor(self, message: dict[str, Any], pid: int, folder: str = "") -> None:
        """Reply with a descriptor of a folder, if one is asked for, and one of the process if the system has them
        (pidfd_open(2)).
        """
        descriptors = [os.open(folder, os.O_RDONLY | os.O_DIRECTORY)] if folder else []
        # it means this process for good, while the system uses process numbers again
        descriptors += [os.pidfd_open(pid)] if hasattr(os, "pidfd_open") else []
        self.reply(message, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)

    def warm_up(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        sys.path.extend(settings["packages"])
        import torch

        torch.set_num_threads(
            1
        )  # a pool started before the fork leaves every child waiting for threads that it doesn't have
        from . import child, notebook_modules  # noqa: F401

        notebook_modules.install()
        import IPython.core.inputtransformer2
        import IPython.display  # noqa: F401

        # fastai starts CUDA on import, and CUDA that was started before a fork can't be used after it
        is_available, torch.cuda.is_available = torch.cuda.is_available, lambda: False
        for statement in settings["preload"]:
            # a missing package fails again in the cell that imports it, and costs only the answers that need it
            with contextlib.suppress(ImportError):
                exec(statement, {})
        from . import library_patches, warm_up

        library_patches.apply()
        warm_up.run_once(settings["simulated"])
        torch.cuda.is_available = is_available
        limits.prctl(limits.PR_SET_CHILD_SUBREAPER, 1)
        limits.prctl(limits.PR_SET_DUMPABLE, 0)
        # a full collection in a child would write to every object, and so copy some 130 MB of shared memory
        gc.collect()
        gc.freeze()
        self.reply_with_descriptor({"ready": True, "torch": torch.__version__}, os.getpid(), settings["scratch"])

    def spawn(self, channel: int, child_limits: dict[str, Any]) -> None:
        folder = os.path.join(self.settings["scratch"], str(time.monotonic_ns()))
        os.mkdir(folder)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                self._be_child(channel, folder, child_limits)
                status = 0
            finally:
                os._exit(status)  # whatever happens, a child never goes on as a warm parent
        os.close(channel)
        self.scratch[pid] = folder
        self.reply_with_descriptor({"pid": pid, "scratch": folder}, pid)

    def _be_child(self, channel: int, folder: str, child_limits: dict[str, Any]) -> None:
        start = time.monotonic()
        os.setsid()  # a process group of its own, so that signals to a group stay inside
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        limits.close_all_but(channel)
        limits.apply(child_limits)
        os.chdir(folder)
        os.environ.update(HOME=folder, TMPDIR=folder)
        sys.path.append("")  # modules that a cell writes
        sys.dont_write_bytecode = True  # else one that is written again within a second would be its first version
        from . import event_loop
        from .child import Child

        event_loop.without_sockets()
        child = Child(channel)
        self._lock_in(folder)
        child.serve({"locked_in": time.monotonic() - start})

    def _lock_in(self, folder: str) -> None:
        """The last steps, which can't be undone: first what may be opened, then which system calls are allowed."""
        if self.settings["landlock"]:
            # of /proc only its own entry: libraries read their own maps there
            landlock.Ruleset([*self.settings["readable"], f"/proc/{os.getpid()}"], [folder, os.devnull]).restrict()
        # last, because the filter refuses the system calls of the steps before
        if self.settings["filter"]:
            limits.load_filter(bytes.fromhex(self.settings["filter"]))

    def reap(self, pid: int) -> None:
        """Wait for a child that has ended or that the grader has killed, and clean up after it."""
        try:
            status = os.waitpid(pid, 0)[1]
        except ChildProcessError:
            status = 0
        folder = self.scratch.pop(pid, None)
        _kill_orphans(set(self.scratch))
        if folder:
            scratch.remove(folder)
        # without Landlock a submission can also write beside its own folder, and the next one must not find that
        scratch.tidy(self.settings["scratch"], set(self.scratch.values()))
        self.reply({"status": status})

    def run(self) -> None:
        while True:
            message, descriptors = control.receive(self.control)
            if message is None:
                return
            if message["op"] == "warm_up":
                self.warm_up(message)
            elif message["op"] == "spawn":
                self.spawn(descriptors[0], message["limits"])
            elif message["op"] == "reap":
                self.reap(message["pid"])


def main() -> None:
    if sys.argv[1] == "probe":
        return probe.main()
    limits.prctl(limits.PR_SET_PDEATHSIG, signal.SIGKILL)
    limits.lift_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches this process too, but the grader decides when to stop
    WarmParent(socket.socket(fileno=int(sys.argv[1]))).run()


if __name__ == "__main__":
    main()
