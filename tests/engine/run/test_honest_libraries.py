"""An honest course still works behind the wall: plots, tables, pictures, data loaders, training, files in the scratch folder."""

import pytest
import torch

from autograder.errors import StudentError
from autograder.run import isolation
from autograder.run.student import Student

HONEST = {
    "matplotlib": "import os\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('loss')\nplt.savefig('a.png')\nreturn os.path.getsize('a.png') > 1000",
    "the names of every set-up cell": (
        "plt.plot([math.pi])\nplt.close()\n"
        "return bool(np.ones(3).sum() == 3 and Path('.').is_dir() and Image.new('L', (2, 2)).size == (2, 2) and nn.ReLU()(F.relu(torch.ones(()))) == 1)"
    ),
    "pandas": "import pandas as pd\npd.DataFrame({'a': [1, 2]}).to_csv('x.csv')\nreturn len(pd.read_csv('x.csv')) == 2",
    "PIL": "from PIL import Image\nImage.new('L', (9, 9)).save('i.png')\nreturn Image.open('i.png').size == (9, 9)",
    "scikit-learn": "import numpy as np\nfrom sklearn.cluster import KMeans\nreturn KMeans(2, n_init=1).fit(np.random.rand(20, 2)).labels_.shape == (20,)",
    "DataLoader": (
        "from torch.utils.data import DataLoader, TensorDataset\n"
        "dl = DataLoader(TensorDataset(torch.arange(10.0)), batch_size=3, num_workers=4, persistent_workers=True, prefetch_factor=2)\n"
        "return len(list(dl)) == 4"
    ),
    "Learner.fit": (
        "from torch import nn\n"
        "from fastai.data.core import DataLoaders\nfrom fastai.learner import Learner\nfrom fastai.optimizer import SGD\n"
        "x = torch.rand(64, 2)\ny = (x.sum(1, keepdim=True) > 1).float()\n"
        "data = list(zip(x, y))\n"
        "dls = DataLoaders.from_dsets(data[:48], data[48:], bs=16, num_workers=3)\n"
        "learner = Learner(dls, nn.Linear(2, 1), loss_func=nn.functional.mse_loss, opt_func=SGD)\n"
        "learner.fit(2)\nlearner.save('m')\nlearner.load('m')\nreturn len(learner.recorder.losses) == 6"
    ),
    "saving and loading": "torch.save({'a': torch.ones(3)}, 't.pt')\nreturn torch.equal(torch.load('t.pt')['a'], torch.ones(3))",
    "folders": "import pathlib, shutil\npathlib.Path('d/e').mkdir(parents=True)\npathlib.Path('d/e/f').write_text('x')\nshutil.copy('d/e/f', 'g')\nshutil.rmtree('d')\nreturn open('g').read() == 'x'",
    "temporary files": "import tempfile\nwith tempfile.NamedTemporaryFile() as file:\n    file.write(b'x')\nreturn True",
    "zip files": "import zipfile\nwith zipfile.ZipFile('a.zip', 'w') as z: z.writestr('x', 'y')\nzipfile.ZipFile('a.zip').extractall('o')\nreturn open('o/x').read() == 'y'",
    "threads": "import concurrent.futures as c\ntorch.set_num_threads(2)\n_ = torch.rand(300, 300) @ torch.rand(300, 300)\nwith c.ThreadPoolExecutor(4) as pool: return list(pool.map(abs, [-1, 2])) == [1, 2]",
    "a progress bar": "from tqdm import tqdm\nreturn sum(1 for _ in tqdm(range(3))) == 3",
    "looking at sources": "import inspect\nreturn len(inspect.getsource(torch.nn.Linear)) > 100",
}


# a cell's imports have more time than a call
IMPORTS = {
    "Learner.fit": ["import fastai.learner, fastai.optimizer"],
    "scikit-learn": ["import sklearn.cluster"],
}


@pytest.mark.skipif(
    isolation.fence().level in (isolation.COMPUTE_ONLY,), reason="no files can be opened at this level, by design"
)
@pytest.mark.parametrize("what", HONEST)
def test_works(open_session, what):
    body = "\n".join("    " + line for line in HONEST[what].splitlines())
    session = open_session({"accuracy": f"def accuracy(predictions, targets):\n{body}\n"}, *IMPORTS.get(what, []))
    session.begin_check(what)
    assert Student(session).accuracy(torch.ones(3), torch.ones(3)) is True
    assert session.requests.remarks == ({"num_workers"} if what in ("DataLoader", "Learner.fit") else set())


COMPILED = {
    "a function": "f = torch.compile(lambda x: x * 2)\nreturn f(predictions)",
    "a decorator": "@torch.compile\ndef f(x): return x * 2\nreturn f(predictions)",
    "a decorator with settings": "@torch.compile(mode='max-autotune', fullgraph=True)\ndef f(x): return x * 2\nreturn f(predictions)",
    "by keyword": "return torch.compile(model=lambda x: x * 2)(predictions)",
    "torch.compiler": "return torch.compiler.compile(lambda x: x * 2)(predictions)",
    "a module": "net = torch.compile(torch.nn.ReLU())\nreturn net(predictions) * 2",
    "in place": "net = torch.nn.ReLU()\nnet.compile()\nreturn net(predictions) * 2",
    "script": "@torch.jit.script\ndef f(x): return x * 2\nreturn f(predictions)",
    "script of a module": "return torch.jit.script(torch.nn.ReLU())(predictions) * 2",
    "trace": "return torch.jit.trace(lambda x: x * 2, (predictions,))(predictions)",
    "trace of a module": "return torch.jit.freeze(torch.jit.trace(torch.nn.ReLU(), predictions))(predictions) * 2",
}


@pytest.mark.parametrize("what", COMPILED)
def test_compilers_do_nothing_and_it_is_said(open_session, what):
    body = "\n".join("    " + line for line in COMPILED[what].splitlines())
    session = open_session({"accuracy": f"def accuracy(predictions, targets):\n{body}\n"})
    session.begin_check(what)
    assert torch.equal(Student(session).accuracy(torch.ones(3), torch.ones(3)), torch.full((3,), 2.0))
    assert session.requests.remarks == {"compile"}


def test_a_librarys_own_scripts_are_left_alone_and_nothing_is_said_of_them(open_session):
    library = "made = torch.jit.script(torch.nn.ReLU())"
    body = f"    space = {{'torch': torch}}\n    exec(compile({library!r}, '/lib/f.py', 'exec'), space)\n"
    session = open_session(
        {"accuracy": f"def accuracy(predictions, targets):\n{body}    return type(space['made']).__name__\n"}
    )
    session.begin_check("a library")
    assert Student(session).accuracy(torch.ones(3), torch.ones(3)) == "RecursiveScriptModule"
    assert session.requests.remarks == set()


@pytest.mark.parametrize("ask", ["input('name? ')", "__import__('getpass').getpass()"])
def test_nobody_types(open_session, ask):
    session = open_session({"accuracy": f"def accuracy(predictions, targets):\n    return {ask}\n"})
    session.begin_check(ask)
    with pytest.raises(StudentError, match="EOFError: nobody can type an answer while your work is graded"):
        Student(session).accuracy(torch.ones(3), torch.ones(3))
