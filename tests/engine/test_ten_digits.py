"""All ten digits: which set is taken, what is in it, and what is said about an invalid file."""

import gc

import pytest

from autograder import digits
from autograder.errors import MachineError

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty FASTAI_HOME, and no file named."""
    monkeypatch.setenv("FASTAI_HOME", str(tmp_path))
    monkeypatch.delenv(digits.TEN_DIGITS_FILE, raising=False)
    return tmp_path


def arrays(n=3, **changed):
    made = {}
    for part in ("train", "valid"):
        made[f"x_{part}"], made[f"y_{part}"] = np.zeros((n, 28, 28), "uint8"), np.arange(n, dtype="uint8")
    return {**made, **changed}


def test_offline_digits(home, capsys):
    found = digits.ten_digits()
    assert found.name == "offline_digits"
    assert capsys.readouterr().out == found.sentence + "\n"
    assert len(found.x_train) + len(found.x_valid) == 1797
    for x, y in ((found.x_train, found.y_train), (found.x_valid, found.y_valid)):
        assert (x.dtype, x.shape[1:], y.dtype, y.shape) == (torch.uint8, (28, 28), torch.int64, x.shape[:1])
        assert y.unique().tolist() == list(range(10))
        assert int(x[:, 4:24, 4:24].sum()) == int(x.sum()), "there is ink in the margin"
    for digit, (train, valid) in {3: (147, 36), 7: (144, 35)}.items():
        assert (int((found.y_train == digit).sum()), int((found.y_valid == digit).sum())) == (train, valid)


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


@pytest.mark.filterwarnings(
    "ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)  # numpy leaves what only begins like a zip file open
@pytest.mark.parametrize("content", [None, b"", b"rubbish", b"PK\x03\x04rubbish"])
def test_no_such_file_or_rubbish(home, monkeypatch, content):
    if content is not None:
        (home / "own.npz").write_bytes(content)
    monkeypatch.setenv(digits.TEN_DIGITS_FILE, str(home / "own.npz"))
    with pytest.raises(MachineError, match=r"own\.npz, which can't be read"):
        digits.ten_digits()
    gc.collect()  # so that the file is closed here, where that is no error


def test_fastais_mnist_if_it_is_here(home, monkeypatch):
    image_module = pytest.importorskip("PIL.Image")
    monkeypatch.setattr(digits, "PER_DIGIT", {"training": 2, "testing": 1})
    for part in ("training", "testing"):
        for digit in range(10):
            folder = home / "data" / "mnist_png" / part / str(digit)
            folder.mkdir(parents=True)
            for number in (10, 9, 100):
                image_module.new("L", (28, 28), number).save(folder / f"{number}.png")
    found = digits.ten_digits()
    assert (found.name, tuple(found.x_train.shape), tuple(found.x_valid.shape)) == ("mnist", (20, 28, 28), (10, 28, 28))
    assert found.x_train[:2, 0, 0].tolist() == [9, 10], "the first files by number"
    for file in (home / "data" / "mnist_png" / "testing" / "4").iterdir():
        file.unlink()
    assert digits.ten_digits().name == "offline_digits"
