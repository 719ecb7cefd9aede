"""An honest course still works behind the wall: plots, tables, pictures, data loaders, training, files in the scratch folder."""

import pytest
import torch

from autograder.run import isolation
from autograder.run.student import Student

HONEST = {
    "matplotlib": "import os\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('loss')\nplt.savefig('a.png')\nreturn os.path.getsize('a.png') > 1000",
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
    "torch.compile": "return torch.equal(torch.compile(lambda x: x * 2 + 1, backend='eager')(torch.ones(3)), torch.full((3,), 3.0))",
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
    "torch.compile": ["import torch._dynamo"],
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
