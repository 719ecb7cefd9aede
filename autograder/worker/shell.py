"""What a notebook's kernel has and a worker lacks: IPython's shell with the magics that answers may depend on
and `display`.

A magic that runs code runs it here too. Those that only set up a notebook or show something are left out silently;
others are left out with a note.
"""

from __future__ import annotations

import importlib
import os
import pathlib
import re
import shlex
import sys
import time
import types
from collections.abc import Callable
from typing import Any

from .cell_text import as_python

_RUN_THEIR_TEXT = frozenset(("time", "prun", "memit"))
"""Magics whose text is Python that runs in the notebook's namespace."""
_SILENT = frozenset(
    (
        "matplotlib", "config", "load_ext", "aimport", "reload_ext", "pip", "conda", "precision", "xmode", "pdb",
        "automagic", "cd", "who", "whos", "reset_selective", "history", "pinfo", "pinfo2", "pdoc", "psource",
        "html", "HTML", "markdown", "latex", "svg", "javascript", "js",
    )
)  # fmt: skip
"""Magics that set up a notebook or show something: leaving them out changes no answer, so nothing is said."""
_TIMEIT_OPTION = re.compile(r"\s*-(?:[nrp]\s*\d+|v\s*\w+|([tcoq]+))(?=\s|$)")
_PYLAB = """
import numpy
import matplotlib
from matplotlib import pylab, mlab, pyplot
np = numpy
plt = pyplot
"""


class _Nothing:
    """Any part of the shell that is not here: it has every attribute and item, and does nothing."""

    def __getattr__(self, name: str) -> _Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: Any) -> _Nothing:
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        pass


class ZMQInteractiveShell:
    """Stands in for IPython's shell, under the name by which code tells that it runs in a notebook.

    `names` is the notebook's namespace. `run(text, names)` runs a text in a namespace and gives the value of an
    expression.
    """

    def __init__(self, names: dict[str, Any], run: Callable[[str, dict[str, Any]], Any]) -> None:
        self.user_ns, self._run = names, run
        self.config = {"IPKernelApp": {"connection_file": ""}}
        self.left_out: set[str] = set()
        self._magics: dict[tuple[str, str], Callable[..., Any]] = {}
        self._reloads = False
        self._saved: dict[str, int] = {}

    # ------------------------------------------------------------ magics

    def run_cell_magic(self, name: str, line: str, body: str) -> Any:
        line = self._expanded(name, line)
        own = self._magics.get(("cell", name))
        if own is not None:
            return own(line, body)
        if name in _RUN_THEIR_TEXT:
            return self._run(as_python(body), self.user_ns)
        if name == "timeit":
            return self._timeit(line, body)
        if name == "capture":
            return self._capture(line, body)
        if name in ("writefile", "file"):
            return _write(line, body)
        return self._leave_out(f"%%{name}")

    def run_line_magic(self, name: str, line: str = "", *args: Any, **kwargs: Any) -> Any:
        line = self._expanded(name, line)
        own = self._magics.get(("line", name))
        if own is not None:
            return own(line)
        if name in _RUN_THEIR_TEXT:
            return self._run(line, self.user_ns)
        if name == "timeit":
            return self._timeit(line, "")
        if name in ("env", "set_env"):
            return _environment(line)
        if name == "pylab":
            more = "" if "--no-import-all" in line else "from matplotlib.pylab import *\nfrom numpy import *\n"
            return self._run(_PYLAB + more, self.user_ns)
        if name == "run":
            return self._run_file(line)
        if name == "autoreload":
            self._reloads = line.strip() not in ("0", "off")
            return None
        if name == "pwd":
            return os.getcwd()
        if name == "mkdir":
            return self.system(f"mkdir {line}")
        return self._leave_out(f"%{name}")

    def magic(self, text: str) -> Any:
        name, _, line = text.lstrip("%").partition(" ")
        return self.run_line_magic(name, line)

    def register_magic_function(self, function: Callable[..., Any], magic_kind: str = "line", name: str = "") -> None:
        for kind in magic_kind.split("_"):
            self._magics[kind, name or function.__name__] = function

    def register_magics(self, *classes: Any) -> None:
        for one in classes:
            made = one(None) if isinstance(one, type) else one
            made.shell = self
            for kind, table in made.magics.items():
                self._magics.update({(kind, name): function for name, function in table.items()})

    def _expanded(self, magic: str, line: str) -> str:
        """The line of a magic with the values of `$name` and `{name}` in it."""
        from IPython.utils.text import DollarFormatter

        if magic in _RUN_THEIR_TEXT or magic == "timeit":
            return line
        try:
            return str(DollarFormatter().vformat(line, (), self.user_ns))
        except Exception:
            return line

    def _timeit(self, line: str, body: str) -> Any:
        """Run the text once; with `-o`, give the time as IPython does."""
        from IPython.core.magics.execution import TimeitResult

        flags = ""
        while option := _TIMEIT_OPTION.match(line):
            flags, line = flags + (option[1] or ""), line[option.end() :]
        space = dict(self.user_ns)  # what it defines is gone afterwards
        if body:
            self._run(line, space)
        start = time.perf_counter()
        self._run(as_python(body or line.strip()), space)
        took = time.perf_counter() - start
        return TimeitResult(1, 1, took, took, [took], 0.0, 3) if "o" in flags else None

    def _capture(self, line: str, body: str) -> None:
        from IPython.utils.capture import capture_output

        words = [word for word in line.split() if not word.startswith("-")]
        with capture_output("--no-stdout" not in line, "--no-stderr" not in line) as captured:
            self._run(as_python(body), self.user_ns)
        if words:
            self.user_ns[words[0]] = captured

    def _run_file(self, line: str) -> None:
        words = [word for word in shlex.split(line) if not word.startswith("-")]
        if words:
            path = pathlib.Path(words[0])
            self._run(as_python((path if path.suffix else path.with_suffix(".py")).read_text()), self.user_ns)

    # ------------------------------------------------------------ the rest of a shell

    def run_cell(self, text: str, *args: Any, **kwargs: Any) -> Any:
        value = self._run(as_python(text), self.user_ns)
        return types.SimpleNamespace(result=value, success=True, error_in_exec=None, error_before_exec=None)

    ex = run_cell

    def ev(self, text: str) -> Any:
        return self._run(text, self.user_ns)

    def push(self, variables: dict[str, Any], interactive: bool = True) -> None:
        self.user_ns.update(variables)

    def system(self, command: str = "") -> None:
        """A shell line. Nothing can be started here; what `mkdir` does is done without it."""
        command = self._expanded("!", command)
        words = shlex.split(command, comments=True) if command.lstrip().startswith("mkdir") else []
        if not words or any(sign in command for sign in ";&|$<>"):
            return self._leave_out("!")
        for folder in words[1:]:
            if not folder.startswith("-"):
                os.makedirs(folder, exist_ok=True)

    def getoutput(self, command: str = "", *args: Any, **kwargs: Any) -> list[str]:
        self._leave_out("!")
        return []

    def _leave_out(self, name: str) -> None:
        if name.lstrip("%") not in _SILENT and len(self.left_out) < 20:
            self.left_out.add(name[:40])

    def __getattr__(self, name: str) -> _Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing()

    # ------------------------------------------------------------ before each cell

    def before_a_cell(self) -> None:
        """Let imports see files that the last cell wrote; with `%autoreload`, load those again that have changed."""
        folder = str(pathlib.Path().absolute()) if os.path.exists(".") else ""
        finder: Any = sys.path_importer_cache.get(folder)
        if finder is not None:  # it trusts the folder's time, which is too coarse for two cells in a row
            finder.invalidate_caches()
        if not self._reloads:
            return
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if not (isinstance(file, str) and file.startswith(folder + os.sep) and os.path.exists(file)):
                continue
            saved = os.stat(file).st_mtime_ns
            if self._saved.setdefault(name, saved) != saved:
                self._saved[name] = saved
                _reload(module)


def _reload(module: types.ModuleType) -> None:
    """Load a module again; functions that were taken from it get their new code, as from IPython."""
    old = dict(vars(module))
    try:
        importlib.reload(module)
    except Exception:
        return
    for name, function in old.items():
        new = getattr(module, name, None)
        if isinstance(function, types.FunctionType) and isinstance(new, types.FunctionType):
            try:
                function.__code__, function.__defaults__ = new.__code__, new.__defaults__
            except ValueError:  # another number of names from around it
                pass


def _write(line: str, body: str) -> None:
    """`%%writefile`: a module of the student's own, in the worker's scratch folder, where imports find it."""
    words = line.split()
    files = [word.strip("'\"") for word in words if not word.startswith("-")]
    if files:
        path = pathlib.Path(files[-1])
        if path.is_absolute() or not path.parent.is_dir():
            path = pathlib.Path(path.name)
        with path.open("a" if "-a" in words or "--append" in words else "w") as file:
            file.write(body)


def _environment(line: str) -> Any:
    """`%env`: `NAME=value` and `NAME value` set a variable, `NAME` gives it."""
    name, sign, value = line.strip().partition("=") if "=" in line else line.strip().partition(" ")
    if sign:
        os.environ[name.strip()] = value.strip()
        return None
    return os.environ.get(name) if name else dict(os.environ)


# ---------------------------------------------------------------- display


class Handle:
    """What `display(..., display_id=...)` gives."""

    def __init__(self, display_id: Any) -> None:
        self.display_id = display_id if isinstance(display_id, str) else "shown"

    def display(self, *args: Any, **kwargs: Any) -> None:
        pass

    update = display


def display(*things: Any, display_id: Any = None, **options: Any) -> Handle | None:
    return Handle(display_id) if display_id else None


def install(shell: ZMQInteractiveShell) -> None:
    """Let a student's cells import `get_ipython` and `display` from IPython. Libraries go on seeing no notebook: they
    would talk to a browser.
    """
    import IPython
    import IPython.core.display_functions
    import IPython.core.getipython
    import IPython.display

    def get_ipython() -> Any:
        return shell if sys._getframe(1).f_code.co_filename.startswith("<cell ") else None

    for module in (IPython, IPython.core.getipython):
        module.get_ipython = get_ipython  # type: ignore[attr-defined]
    for module in (IPython, IPython.display, IPython.core.display_functions):
        module.display = display  # type: ignore[attr-defined]
