"""Every source notebook runs from top to bottom: on the digits that need no network, and on the real ones where they are.

The fast tier runs one notebook offline, the slow tier the others; the real digits are a proof.
Where the real digits are: an archive that AUTOGRADER_MNIST_SAMPLE names, else fastai's own copy on this machine.
"""

import os
import pathlib
import re
import tarfile
from fractions import Fraction

import nbformat
import pytest
from nbclient import NotebookClient

from autograder import digits
from autograder.course import claims, config, lesson
from autograder.notebook import read
from tests.support.harness import ROOT

ASSIGNMENTS = lesson.assignments(config.load(ROOT))
QUICKEST = "03-gradient-descent"

CONTRACT = {
    "01-pixels": (6131, 6265),
    "02-pixel-similarity": (
        *(6131, 6265, 1010, 1028, 0.9168, 0.9854, 0.9511, 0.9584, 0.9737, 0.9661),
        *(0.1114, 0.2021, 0.1586, 0.3021, 0.93, 0.97, 0.98),
    ),
    "06-all-digits": (0.6685, 0.8203, 0.650, 0.810, 0.675, 0.808),
}
"""The figures that a lesson must show on MNIST, and on the digits that need no network."""


def run(assignment: str, folder: pathlib.Path) -> str:
    """Run a source notebook in a real kernel; all text that it shows. A cell that raises fails the test."""
    path = lesson.source_path(config.load(ROOT), assignment)
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    shown = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            shown.append(output.get("text", "") or str(output.get("data", {}).get("text/plain", "")))
            shown.append(re.sub("<[^>]*>", " ", str(output.get("data", {}).get("text/html", ""))))
    return "\n".join(shown)


@pytest.fixture
def kernel_environment(monkeypatch):
    """What a kernel started here gets: this checkout's package, one thread (two kernels may run side by side), no display."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.mark.parametrize(
    "assignment", [pytest.param(name, marks=[] if name == QUICKEST else pytest.mark.slow) for name in ASSIGNMENTS]
)
def test_offline(assignment, tmp_path, monkeypatch, kernel_environment):
    monkeypatch.setenv("FASTAI_HOME", str(tmp_path / "fastai"))
    monkeypatch.delenv("AUTOGRADER_TEN_DIGITS", raising=False)
    monkeypatch.setenv(
        "https_proxy", "http://127.0.0.1:9"
    )  # nothing listens there: the download fails at once, as without a network
    shown = run(assignment, tmp_path)
    assert "✗" not in shown and "Not written" not in shown


@pytest.fixture(scope="session")
def real_digits(tmp_path_factory):
    """A FASTAI_HOME with the real sample in it."""
    archive = os.environ.get("AUTOGRADER_MNIST_SAMPLE")
    if archive:
        home = tmp_path_factory.mktemp("fastai")
        with tarfile.open(archive) as tar:
            tar.extractall(home / "data", filter="data") if hasattr(tarfile, "data_filter") else tar.extractall(
                home / "data"
            )
        return home
    if digits.find().name == "mnist_sample":
        return None
    pytest.skip(
        "the real digits are not on this machine: AUTOGRADER_MNIST_SAMPLE names no archive, and fastai has no copy"
    )


@pytest.mark.proof
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_real_digits(assignment, tmp_path, monkeypatch, kernel_environment, real_digits):
    """With its claims, which hold the known figures."""
    if real_digits is not None:
        monkeypatch.setenv("FASTAI_HOME", str(real_digits))
    if assignment == "06-all-digits" and "AUTOGRADER_TEN_DIGITS" not in os.environ:
        pytest.skip("the ten-digit sample is not here: AUTOGRADER_TEN_DIGITS names no file")
    shown = run(assignment, tmp_path)
    assert "✗" not in shown and "Not written" not in shown


@pytest.mark.parametrize("assignment", CONTRACT)
def test_claims_assert_the_known_figures(assignment):
    cells = read(lesson.source_path(config.load(ROOT), assignment), 1 << 30).cells
    claimed = set().union(*(claims.numbers(cell.source) for cell in cells if claims.CLAIM in cell.tags))
    assert not set(map(Fraction, map(str, CONTRACT[assignment]))) - claimed
