"""What `pip install` gives a student: the package alone, with no test, solution or source notebook in it, on every Python it is for."""

import importlib.metadata
import re
import subprocess
import sys
import zipfile

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tests.support.harness import ROOT


def test_the_wheel_holds_the_package_only(tmp_path):
    for name in ("autograder", "pyproject.toml", "README.md", "LICENSE"):
        (tmp_path / name).symlink_to(ROOT / name)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path / "dist", tmp_path],
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "autograder").rglob("*.py")}
    inside = {name for name in names if ".dist-info/" not in name}
    assert inside == modules | {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "autograder" / "report" / "templates").iterdir()
    } | {"autograder/run/messages.txt", "autograder/py.typed"}


def test_every_pin_installs_on_every_python_that_it_is_for():
    """Debian 12 has Python 3.11.2, and a package may ask for 3.11.5. What is not installed here can't be asked."""
    pins = [
        Requirement(line)
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    pythons = SpecifierSet(re.findall(r'requires-python = "(.*)"', (ROOT / "pyproject.toml").read_text())[0])
    first = [
        Version(f"3.{minor}.{patch}") for minor in range(8, 20) for patch in (0, 2) if f"3.{minor}.{patch}" in pythons
    ]
    asked, refused = 0, []
    for pin in pins:
        try:
            found = importlib.metadata.distribution(pin.name)
        except importlib.metadata.PackageNotFoundError:
            continue
        needed = found.metadata.get("Requires-Python")
        if needed is None or found.version not in pin.specifier:
            continue
        asked += 1
        for python in first:
            here = {"python_version": f"3.{python.minor}", "python_full_version": str(python)}
            if (pin.marker is None or pin.marker.evaluate(here)) and python not in SpecifierSet(needed):
                refused.append(f"{pin} on {python}: {pin.name} {found.version} needs {needed}")
    assert asked > 100 and not refused, refused
