"""Which digits are found, and that the offline ones are whole, MNIST-like and always the same."""

import csv
import subprocess
import sys

import pytest

from autograder import digit_arrays, digits


@pytest.fixture
def home(tmp_path, monkeypatch, parsed_once):
    """An empty FASTAI_HOME and an empty temporary folder."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("FASTAI_HOME", str(home))
    monkeypatch.setattr(digits.tempfile, "tempdir", str(tmp_path / "tmp"))
    return home


@pytest.fixture
def small_sample(monkeypatch):
    """Makes an MNIST sample of two images a folder; the size table is told so."""
    monkeypatch.setitem(digits.SIZES, "mnist_sample", {part: 2 for part in digits.SIZES["mnist_sample"]})

    def make(data):
        for part in digits.SIZES["mnist_sample"]:
            (data / "mnist_sample" / part).mkdir(parents=True)
            for name in ("0.png", "1.png"):
                (data / "mnist_sample" / part / name).write_bytes(b"\x89PNG\r\n\x1a\n")
        return data / "mnist_sample"

    return make


def test_import_is_light():
    code = "import sys, autograder.digits; print([m for m in ('torch', 'fastai', 'numpy', 'PIL', 'mlxtend') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_find_takes_the_sample_that_is_there(home, small_sample, capsys):
    path = small_sample(home / "data")
    found = digits.find()
    assert (found.name, found.path) == ("mnist_sample", path)
    assert not (home / "config.ini").exists(), "fastai's settings were written"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("relative", [True, False])
def test_config_ini_says_where_the_data_is(home, small_sample, tmp_path, relative):
    elsewhere = home / "elsewhere" if relative else tmp_path / "absolute"
    (home / "config.ini").write_text(f"[DEFAULT]\ndata = {'elsewhere' if relative else elsewhere}\narchive = archive\n")
    small_sample(elsewhere)
    assert digits.find().path == elsewhere / "mnist_sample"


def test_a_broken_config_ini_is_no_crash(home):
    (home / "config.ini").write_text("no section\n%%%")
    assert digits.find().name == "offline_digits"


def test_offline_digits_are_laid_out_and_look_like_mnist(home):
    numpy, image_module = pytest.importorskip("numpy"), pytest.importorskip("PIL.Image")
    path = digits.find().path
    assert path == home / "data" / "offline_digits"
    rows = list(csv.DictReader((path / "labels.csv").read_text().splitlines()))
    files = sorted(file.relative_to(path).as_posix() for file in path.rglob("*.png"))
    assert sorted(row["name"] for row in rows) == files
    assert {(row["name"].split("/")[1], row["label"]) for row in rows} == {("3", "0"), ("7", "1")}
    assert {part: len(list((path / part).glob("*.png"))) for part in digits.SIZES["offline_digits"]} == digits.SIZES[
        "offline_digits"
    ]
    with image_module.open(path / files[0]) as image:
        assert image.mode == "L"
        pixels = numpy.asarray(image)
    assert pixels.shape == (28, 28) and pixels.max() > 200


def test_offline_digits_are_digits_of_mnist(home):
    """The figures that the lessons' story rests on: a 3 has more ink, and both baselines are well above chance."""
    numpy, image_module = pytest.importorskip("numpy"), pytest.importorskip("PIL.Image")
    path = digits.find().path

    def stack(part):
        files = sorted((path / part).glob("*.png"))
        return numpy.stack([numpy.asarray(image_module.open(file)) for file in files]) / 255.0

    threes, sevens = stack("train/3"), stack("train/7")
    assert [round(one.mean(), 4) for one in (threes, sevens)] == [0.1425, 0.1152]

    def says_three(images, power):
        to_3, to_7 = ((abs(images - ideal.mean(0)) ** power).mean((1, 2)) for ideal in (threes, sevens))
        return (to_3 < to_7).mean()

    assert [says_three(stack("valid/3"), power) for power in (1, 2)] == [0.93, 0.97]
    assert [1 - says_three(stack("valid/7"), power) for power in (1, 2)] == pytest.approx([1.0, 0.98])


def test_digits_of_an_older_version_are_replaced(home):
    """That version wrote fewer images, of another set, to the same folder."""
    for part in digits.SIZES["offline_digits"]:
        (home / "data" / "offline_digits" / part).mkdir(parents=True)
        (home / "data" / "offline_digits" / part / "13.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    path = digits.find().path
    assert len(list((path / "valid" / "7").iterdir())) == 100 and not (path / "valid" / "7" / "13.png").exists()


def test_the_parsed_digits_are_kept(home, monkeypatch):
    """Parsing them takes seconds. What was kept and is damaged is made again."""
    first = digits.find().path
    kept = home / "data" / "offline_digits.npz"
    before = kept.read_bytes()
    digits.shutil.rmtree(first)
    with monkeypatch.context() as patched:
        patched.delattr(digit_arrays, "parsed")
        assert digits.find().path == first
    digits.shutil.rmtree(first)
    kept.write_bytes(before[:1000])
    assert digits.find().path == first and len(kept.read_bytes()) > 1000


def test_offline_digits_are_always_the_same(home, tmp_path, monkeypatch):
    def contents(path):
        return {file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*.*")}

    first = digits.find().path
    monkeypatch.setenv("FASTAI_HOME", str(tmp_path / "another"))
    second = digits.find().path
    assert first != second and contents(first) == contents(second)


def test_nothing_is_left_of_an_interrupted_write(home, monkeypatch):
    image_module = pytest.importorskip("PIL.Image")
    save, calls = image_module.Image.save, []

    def interrupted(self, *args, **kwargs):
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt
        save(self, *args, **kwargs)

    monkeypatch.setattr(image_module.Image, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        digits.find()
    assert [entry.name for entry in (home / "data").iterdir()] == ["offline_digits.npz"]
    assert digits.find().name == "offline_digits"


def test_half_an_offline_set_is_made_whole(home):
    path = digits.find().path
    for file in (path / "train" / "3").iterdir():
        file.unlink()
    assert len(list((digits.find().path / "train" / "3").iterdir())) == digits.SIZES["offline_digits"]["train/3"]


def test_offline_digits_go_to_the_temporary_folder_if_need_be(home, tmp_path):
    (home / "data").write_text("a file where the folder should be")
    assert digits.find().path.is_relative_to(tmp_path / "tmp")


def test_nowhere_to_write_is_said(home, tmp_path, monkeypatch):
    (home / "data").write_text("")
    monkeypatch.setattr(digits.tempfile, "tempdir", str(home / "data"))
    with pytest.raises(digits.MachineError, match="can't be written"):
        digits.find()


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda path: (path / "train/7/1.png").unlink(), "train/7 holds 1 of 2 images"),
        (
            lambda path: (path / "valid/3/0.png").write_text("version https://git-lfs"),
            "valid/3 holds files that are not PNG",
        ),
        (lambda path: digits.shutil.rmtree(path / "valid/7"), "there is no valid/7"),
        (lambda path: (digits.shutil.rmtree(path), path.write_text("")), "can't be read"),
    ],
)
def test_a_damaged_sample_is_passed_over_with_a_word(home, small_sample, capsys, damage, word):
    path = small_sample(home / "data")
    damage(path)
    assert digits.folder().name == "offline_digits"
    printed = capsys.readouterr().out
    assert word in " ".join(printed.split()) and str(path) in printed, "a path is never broken"


def test_folder_prints_one_line(home, small_sample, capsys):
    path = small_sample(home / "data")
    assert digits.folder() == path
    assert capsys.readouterr().out == "Using the MNIST sample: 4 training and 4 validation images of 3s and 7s.\n"


def test_folder_without_network(home, monkeypatch, capsys):
    monkeypatch.setattr(digits, "_download", lambda name: "no route to host")
    assert digits.folder() == home / "data" / "offline_digits"
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 1 and all(len(line) <= 80 for line in lines), "a notebook breaks longer lines inside a word"
    printed = " ".join(lines)
    assert all(
        word in printed for word in ("no route to host", "800 training and 200 validation", "belong to the whole set")
    )


def test_folder_downloads_what_is_missing(home, small_sample, monkeypatch, capsys):
    monkeypatch.setattr(digits, "_download", lambda name: str(small_sample(home / "data"))[:0])
    assert digits.folder() == home / "data" / "mnist_sample"
    assert capsys.readouterr().out.startswith("Using the MNIST sample")


@pytest.mark.parametrize(
    ("yours", "on_mnist", "line"),
    [
        (0.93, 0.9168, "share: 0.9300   (on MNIST: 0.9168)"),
        (400, 6131, "share: 400   (on MNIST: 6,131)"),
        (0.5, 0.951, "share: 0.5000   (on MNIST: 0.9510)"),
    ],
)
def test_a_figure_stands_beside_the_one_of_mnist(capsys, yours, on_mnist, line):
    digits.beside_mnist("share", yours, on_mnist)
    assert capsys.readouterr().out == line + "\n"
