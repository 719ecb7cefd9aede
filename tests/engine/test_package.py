"""What `pip install` gives a student: the package alone, with no test, solution or source notebook in it."""

import subprocess
import sys
import zipfile

from harness import ROOT


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
    assert inside == modules | {path.relative_to(ROOT).as_posix() for path in (ROOT / "autograder" / "templates").iterdir()}
