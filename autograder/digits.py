"""Pictures of 3s and 7s on this machine: fastai's MNIST sample, or the digits that scikit-learn carries where it can't be had.

Both are laid out alike: `train/3`, `train/7`, `valid/3`, `valid/7` with one 28x28 8-bit greyscale PNG an image, and `labels.csv`
(header `name,label`; 0 is a 3, 1 is a 7). Only the standard library is imported until something has to be downloaded or made.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import urllib.request
import warnings
from configparser import ConfigParser
from configparser import Error as IniError
from dataclasses import dataclass
from pathlib import Path

from .errors import MachineError

SIZES = {
    "mnist_sample": {"train/3": 6131, "train/7": 6265, "valid/3": 1010, "valid/7": 1028},
    "offline_digits": {"train/3": 147, "train/7": 144, "valid/3": 36, "valid/7": 35},
}
PROBE_SECONDS = 10


@dataclass(frozen=True)
class DigitFolder:
    """`name` is "mnist_sample" or "offline_digits"; `sentence` says which set it is and how large, for a person."""

    name: str
    path: Path
    sentence: str


def find() -> DigitFolder:
    """The digits for graders: the MNIST sample if it is on this machine, else the offline digits (made on first use).

    Never downloads, never prints, never imports fastai. Raises MachineError where not even the offline digits can be written.
    """
    path = _data_folder() / "mnist_sample"
    damage = _damage(path, "mnist_sample")
    return _offline(_passed_over(path, damage)) if damage else _described("mnist_sample", path)


def folder() -> Path:
    """The digits for a notebook: like `untar_data(URLs.MNIST_SAMPLE)`, or the offline digits where there is no network.

    Prints one line that says which set it is. Touches no network if the sample is already there.
    Raises MachineError where not even the offline digits can be written.
    """
    path = _data_folder() / "mnist_sample"
    damage = _damage(path, "mnist_sample")
    if damage == "missing":
        reason = _download()
        damage = _damage(path, "mnist_sample")
        remark = _passed_over(path, damage) if damage != "missing" else f"The MNIST sample could not be downloaded ({reason})."
    else:
        remark = _passed_over(path, damage)
    found = _offline(remark) if damage else _described("mnist_sample", path)
    print(found.sentence)
    return found.path


def _data_folder() -> Path:
    """Where fastai keeps its data: `data` in config.ini under FASTAI_HOME, read as fastai reads it, but never written."""
    home = Path(os.environ.get("FASTAI_HOME", "~/.fastai")).expanduser().absolute()
    ini = ConfigParser()
    try:
        ini.read(home / "config.ini", encoding="utf8")
        return home / ini["DEFAULT"].get("data", "data")
    except (IniError, OSError, UnicodeDecodeError):
        return home / "data"


def _damage(path: Path, name: str) -> str:
    """What is wrong with a set: "missing", a short reason, or "" if it is whole.

    Files are counted: fastai takes any folder of that name for the set, also one whose unpacking was interrupted.
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
        text = f"{lead} the offline digits from scikit-learn: {images}. The numbers in the text belong to MNIST, so yours will differ."
    return DigitFolder(name, path, text)


def _download() -> str:
    """Tries `untar_data`; returns why it failed, "" if it did not. fastai draws its own progress bar."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # fastai's imports warn about themselves, which is no news for a student
            from fastai.data.external import URLs, untar_data

        # fastai asks for no timeout at all, so a network that swallows packets would hang the notebook: knock first.
        request = urllib.request.Request(URLs.MNIST_SAMPLE, method="HEAD")
        urllib.request.urlopen(request, timeout=PROBE_SECONDS).close()
        untar_data(URLs.MNIST_SAMPLE)
    except Exception as error:  # network, disk, checksum, a proxy's error page: whatever it is, there are other digits
        return " ".join(str(error).split())[:120] or type(error).__name__
    return ""


def _offline(remark: str = "") -> DigitFolder:
    """The offline digits in fastai's data folder, or in the temporary folder where that can't be written."""
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
    """Writes scikit-learn's 3s and 7s to `path`, the same bytes every time. Raises OSError where it can't."""
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_digits

    small = load_digits()  # 8x8, 0 to 16
    # A sibling that is renamed when whole: an interrupted write never leaves half a set under the real name.
    work = Path(tempfile.mkdtemp(prefix="offline_digits-", dir=path.parent))
    try:
        rows = ["name,label"]
        for label, digit in enumerate((3, 7)):
            for position, index in enumerate(np.flatnonzero(small.target == digit)):
                name = f"{'valid' if position % 5 == 4 else 'train'}/{digit}/{index}.png"
                grey = np.rint(small.images[index] * 255 / 16).astype("uint8")
                image = Image.new("L", (28, 28))  # as in MNIST: the digit in 20x20, a margin of 4 around it
                image.paste(Image.fromarray(grey).resize((20, 20), Image.Resampling.BICUBIC), (4, 4))
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                image.save(work / name)
                rows.append(f"{name},{label}")
        (work / "labels.csv").write_text("\n".join(rows) + "\n", encoding="utf8", newline="\n")
        work.chmod(0o755)
        if _damage(path, "offline_digits") not in ("", "missing"):
            shutil.rmtree(path)
        with contextlib.suppress(OSError):
            work.rename(path)
        if damage := _damage(path, "offline_digits"):  # "" also where another process was first: then its copy is used
            raise OSError(f"{path}: {damage}")
    finally:
        shutil.rmtree(work, ignore_errors=True)
