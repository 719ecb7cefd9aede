"""All ten digits: which set is taken, what is in it, and what is said about an invalid file."""

import gc

import pytest

from autograder import digit_arrays, digits
from autograder.errors import MachineError

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")


@pytest.fixture
def home(tmp_path, monkeypatch, parsed_once):
    """An empty FASTAI_HOME, and no file named."""
    monkeypatch.setenv("FASTAI_HOME", str(tmp_path))
    monkeypatch.delenv(digits.TEN_DIGITS_FILE, raising=False)
    monkeypatch.setattr(digits, "_download", lambda name: "no route to host")
    return tmp_path


def arrays(n=3, **changed):
    made = {}
    for part in ("train", "valid"):
        made[f"x_{part}"], made[f"y_{part}"] = np.zeros((n, 28, 28), "uint8"), np.arange(n, dtype="uint8")
    return {**made, **changed}


def test_offline_digits(home, capsys):
    found = digits.ten_digits()
    assert found.name == "offline_digits"
    lines = capsys.readouterr().out.splitlines()
    assert " ".join(lines) == found.sentence and all(len(line) <= 80 for line in lines)
    assert (len(found.x_train), len(found.x_valid)) == (4000, 1000)
    for x, y in ((found.x_train, found.y_train), (found.x_valid, found.y_valid)):
        assert (x.dtype, x.shape[1:], y.dtype, y.shape) == (torch.uint8, (28, 28), torch.int64, x.shape[:1])
        assert y.bincount().tolist() == [len(y) // 10] * 10
        rows = x.double().sum(2) @ torch.arange(28.0, dtype=torch.float64) / x.double().sum((1, 2))
        assert rows.min() > 12.9 and rows.max() < 14.6, "MNIST puts the centre of mass in the middle"


def test_a_file_that_is_named(home, monkeypatch, capsys):
    np.savez(home / "own.npz", **arrays())
    monkeypatch.setenv(digits.TEN_DIGITS_FILE, str(home / "own.npz"))
    found = digits.ten_digits()
    assert (found.name, found.y_valid.tolist(), found.y_valid.dtype) == ("file", [0, 1, 2], torch.int64)
    assert "own.npz: 3 training and 3 validation" in capsys.readouterr().out


@pytest.mark.parametrize(
    "changed",
    [
        {"x_train": np.zeros((3, 28, 27), "uint8")},
        {"x_valid": np.zeros((3, 28, 28))},
        {"y_train": np.arange(4)},
        {"y_valid": np.array([0, 1, 10])},
        {"y_valid": np.array([None, 1, 2])},
    ],
)
def test_a_file_with_something_else(home, monkeypatch, changed):
    np.savez(home / "own.npz", **arrays(**changed))
    monkeypatch.setenv(digits.TEN_DIGITS_FILE, str(home / "own.npz"))
    with pytest.raises(MachineError, match="own.npz"):
        digits.ten_digits()


@pytest.mark.parametrize("content", [None, b"", b"rubbish", b"PK\x03\x04rubbish"])
def test_no_such_file_or_rubbish(home, monkeypatch, content):
    if content is not None:
        (home / "own.npz").write_bytes(content)
    monkeypatch.setenv(digits.TEN_DIGITS_FILE, str(home / "own.npz"))
    with pytest.raises(MachineError, match=r"own\.npz, which can't be read"):
        digits.ten_digits()
    gc.collect()  # so that the file is closed here, where that is no error


@pytest.fixture
def small_mnist(home, monkeypatch):
    """Makes fastai's MNIST of 20 training and 10 validation images; the table of sizes is told so."""
    image_module = pytest.importorskip("PIL.Image")
    monkeypatch.setattr(digit_arrays, "WHOLE_MNIST", {"training": 20, "testing": 10})

    def make():
        for part, numbers in (("training", (10, 9)), ("testing", (100,))):
            for digit in range(10):
                folder = home / "data" / "mnist_png" / part / str(digit)
                folder.mkdir(parents=True)
                for number in numbers:
                    image_module.new("L", (28, 28), number).save(folder / f"{number}.png")

    return make


def test_fastais_mnist_if_it_is_here(home, small_mnist, capsys):
    small_mnist()
    found = digits.ten_digits()
    assert (found.name, tuple(found.x_train.shape), tuple(found.x_valid.shape)) == ("mnist", (20, 28, 28), (10, 28, 28))
    assert found.x_train[:2, 0, 0].tolist() == [9, 10], "in the order of their numbers"
    assert "Using MNIST: 20 training and 10 validation images" in capsys.readouterr().out
    digits.shutil.rmtree(home / "data" / "mnist_png")
    again = digits.ten_digits()
    assert again.name == "mnist" and torch.equal(again.x_train, found.x_train), "read once and kept"


def test_mnist_is_downloaded_where_there_is_a_network(small_mnist, monkeypatch):
    asked = []
    monkeypatch.setattr(digits, "_download", lambda name: asked.append(name) or small_mnist() or "")
    assert digits.ten_digits().name == "mnist"
    assert asked == ["MNIST"]


def test_half_of_mnist_is_not_taken(home, small_mnist):
    small_mnist()
    for file in (home / "data" / "mnist_png" / "testing" / "4").iterdir():
        file.unlink()
    assert digits.ten_digits().name == "offline_digits"
    assert not (home / "data" / "mnist_png.npz").exists()
