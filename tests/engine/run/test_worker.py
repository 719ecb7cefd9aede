"""Student code that goes wrong, or means harm, costs its own call, and gains nothing."""

import contextlib
import json
import math
import os
import pathlib
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from autograder import notebook
from autograder.commands import demo
from autograder.compare import Mismatch, Opaque, expect, unchanged
from autograder.course import config
from autograder.errors import MissingAnswer, OutOfMemory, StudentError, StudentFault, TimedOut, WorkerDied
from autograder.grade import run
from autograder.grade.grader_process import Desk
from autograder.judge import diagnosis
from autograder.read import extract
from autograder.read.submission import Job, read
from autograder.report.store import Records
from autograder.results import DIED, HELD, KILLED_TWICE
from autograder.run.limits import Limits
from autograder.run.session import Session
from autograder.run.student import Given, Student
from autograder.run.warm_parent import WarmParent
from tests.support.harness import ASSIGNMENT, hand_in


def student_of(session, name="test"):
    session.begin_check(name)
    return Student(session)


def answering(body: str) -> dict[str, str]:
    """An answer to `accuracy` with this body."""
    return {
        "accuracy": "def accuracy(predictions, targets):\n"
        + "\n".join("    " + line for line in body.splitlines())
        + "\n"
    }


ONES = torch.ones(3)

DEADLY = {
    "endless": ("while True: pass", TimedOut),
    "endless, deaf to signals": (
        "import signal\nfor n in (signal.SIGTERM, signal.SIGALRM, signal.SIGXCPU): signal.signal(n, signal.SIG_IGN)\nwhile True: pass",
        TimedOut,
    ),
    "asleep": ("import time\ntime.sleep(1000)", TimedOut),
    "leaves the interpreter": ("import os\nos._exit(0)", WorkerDied),
    "raises SystemExit": ("raise SystemExit", WorkerDied),
    "crashes": ("import ctypes\nctypes.string_at(0)", WorkerDied),
    "kills itself": ("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)", StudentError),
    "aborts": ("import os\nos.abort()", WorkerDied),
    "wants 4 GB": ("return torch.zeros(1 << 30)", OutOfMemory),
    "wants lists without end": ("x = []\nwhile True: x.append(bytearray(1 << 26))", OutOfMemory),
    "recursion without end": ("return accuracy(predictions, targets)", StudentError),
    "raises": ("raise ValueError('no')", StudentError),
    "an exception without words": ("class E(Exception):\n    def __str__(self): raise E\nraise E", StudentError),
}


@pytest.mark.parametrize(
    "what", [pytest.param(what, marks=pytest.mark.slow) if what == "asleep" else what for what in DEADLY]
)
def test_costs_its_own_call_and_the_next_one_works(open_session, what):
    body, fault = DEADLY[what]
    session = open_session(answering(body))
    student = student_of(session)
    with pytest.raises(fault):
        student.accuracy(ONES, ONES)
    assert torch.equal(student.mean_prototype(torch.ones(2, 3, 4)), torch.ones(3, 4))


def test_a_gigabyte_on_the_screen_is_nothing(open_session):
    session = open_session(answering("for _ in range(64): print('x' * (1 << 24))\nreturn torch.tensor(0.5)"))
    assert student_of(session).accuracy(ONES, ONES) == 0.5


def test_a_reply_too_large_is_no_value(open_session):
    session = open_session(answering("return torch.zeros(1, dtype=torch.uint8).expand(300 << 20)"))
    with pytest.raises((WorkerDied, OutOfMemory)):
        student_of(session).accuracy(ONES, ONES)


RUBBISH = {
    "nothing": "return None",
    "itself": "return accuracy",
    "a class": "return int",
    "a list of itself": "x = []\nx.append(x)\nreturn x",
    "a million items": "return list(range(1_000_000))",
    "a huge int": "return 10 ** 100_000",
    "a huge text": "return 'x' * 10_000_000",
    "objects as keys": "return {(1, 2): 3, object(): 4}",
    "a module": "return torch",
    "an endless generator": "def g():\n    while True: yield 1\nreturn g()",
    "a lazy failure": "return (1 / 0 for _ in range(3))",
    "a sparse tensor": "return torch.eye(3).to_sparse()",
    "a quantised tensor": "return torch.quantize_per_tensor(torch.rand(3), 0.1, 0, torch.quint8)",
    "a tensor on meta": "return torch.zeros(3, device='meta')",
    "lone surrogates": "return '\\ud800'",
    "a dict with a list in it as a key's twin": "return {'a': [1, {'b': (None, True)}]}",
}


@pytest.mark.parametrize("what", RUBBISH)
def test_rubbish_is_a_mismatch_or_a_fault_of_the_student(open_session, what):
    session = open_session(answering(RUBBISH[what]))
    with pytest.raises((Mismatch, StudentError, WorkerDied, OutOfMemory, TimedOut)):
        expect(student_of(session).accuracy(ONES, ONES)).to_match(torch.tensor(0.25))


YES = "class Yes:\n    def __eq__(self, other): return True\n    def __bool__(self): return True\n    def __float__(self): return 1.0\n"

FORGERIES = {
    "an object that equals everything": YES
    + "    shape, dtype, device = (), torch.float32, torch.device('cpu')\nreturn Yes()",
    "a tensor that equals everything": (
        "class T(torch.Tensor):\n"
        "    @classmethod\n"
        "    def __torch_function__(cls, f, types, args=(), kwargs=None):\n"
        "        return True\n"
        "    def __eq__(self, other): return True\n"
        "return torch.tensor(9.0).as_subclass(T)"
    ),
    "torch.allclose patched": "torch.allclose = torch.equal = torch.isclose = lambda *a, **k: True\nreturn torch.tensor(9.0)",
    "pytest patched": "import sys, types\nsys.modules['pytest'] = types.ModuleType('pytest')\nreturn torch.tensor(9.0)",
    "builtins patched": "import builtins\nbuiltins.isinstance = lambda *a: True\nreturn torch.tensor(9.0)",
    "sys.modules emptied": "import sys\nfor name in list(sys.modules):\n    if name != 'builtins': sys.modules.pop(name)\nreturn torch.tensor(9.0)",
    "json patched": 'import json\njson.dumps = lambda *a, **k: \'{"id": 1, "value": 0.25, "verdict": "passed"}\'\nreturn torch.tensor(9.0)',
    "descriptors written to": (
        "import os\n"
        "for fd in range(3, 300):\n"
        '    try: os.write(fd, b\'\\0\\0\\0\\x17{"id": 2, "passed": true}\')\n'
        "    except OSError: pass\n"
        "return torch.tensor(9.0)"
    ),
    "frames walked": (
        "import sys\nframe = sys._getframe()\nwhile frame:\n"
        "    frame.f_locals.update(verdict='passed', passed=True)\n    frame = frame.f_back\nreturn torch.tensor(9.0)"
    ),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_forgery_gains_nothing_and_harms_no_other_answer(open_session, what):
    session = open_session(answering(FORGERIES[what]))
    student = student_of(session)
    with pytest.raises((Mismatch, StudentError, WorkerDied)):
        expect(student.accuracy(ONES, torch.tensor([1.0, 1.0, 0.0]))).to_match(torch.tensor(2 / 3))
    session.close()  # what was patched is patched in that process only
    expect(student_of(session, "next").mean_prototype(torch.full((2, 3, 4), 0.5))).to_match(torch.full((3, 4), 0.5))
    assert torch.allclose(ONES, ONES) and not torch.allclose(ONES, ONES * 2)


def test_the_worker_has_no_way_to_tests_and_solutions(open_session):
    session = open_session(
        answering(
            "import importlib\ntry:\n    importlib.import_module('solutions.pixel_similarity')\nexcept ImportError as e:\n    return str(e)\nreturn 'found'"
        )
    )
    assert "No module named" in student_of(session).accuracy(ONES, ONES)
    session = open_session(answering("import sys\nreturn [p for p in sys.path]"))
    root = str(pathlib.Path(__file__).parents[3])
    assert not any(
        os.path.isdir(path) and path.rstrip("/") == root for path in student_of(session).accuracy(ONES, ONES)
    )


def test_the_worker_has_no_environment_of_ours(open_session, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "hush")
    session = open_session(answering("import os\nreturn sorted(os.environ)"))
    names = student_of(session).accuracy(ONES, ONES)
    assert "SECRET_TOKEN" not in names and "HOME" in names


def test_descriptors_of_the_grader_are_not_inherited(open_session, tmp_path):
    with (tmp_path / "answers").open("w+") as secret:
        secret.write("secret")
        secret.flush()
        os.set_inheritable(secret.fileno(), True)
        session = open_session(
            answering(
                "import os\nfound = []\nfor fd in range(3, 300):\n    try: found.append(os.fstat(fd).st_mode)\n    except OSError: pass\nreturn len(found)"
            )
        )
        assert student_of(session).accuracy(ONES, ONES) == 1  # its own channel


def test_a_student_starts_no_process(open_session, warm_parent):
    session = open_session(answering("import os\nreturn os.fork()"))
    with pytest.raises(StudentError, match="PermissionError"):
        student_of(session).accuracy(ONES, ONES)
    session.close()


CHANGES = "predictions.mul_(2)\ntargets.append(7)\nreturn predictions"


def test_what_a_call_may_change_in_its_arguments_comes_back(open_session):
    session = open_session(answering(CHANGES))
    x, items = torch.arange(3.0), [1, 2]
    result = student_of(session).changing(x, items).accuracy(x, items)
    assert x.tolist() == [0, 2, 4] and items == [1, 2, 7] and result is x


def test_what_a_call_may_not_change_is_as_it_was(open_session):
    """Its result is what the call gave all the same."""
    session = open_session(answering(CHANGES))
    x, items = torch.arange(3.0), [1, 2]
    view, data = x[1:], x.data_ptr()
    result = student_of(session).changing(items).accuracy(x, items)
    assert x.tolist() == [0, 1, 2] and view.tolist() == [1, 2] and x.data_ptr() == data and items == [1, 2, 7]
    assert result.tolist() == [0, 2, 4] and result is not x
    assert session.observations[-1][-1] != session.observations[-1][-2]  # that it was changed is known


@pytest.mark.parametrize("and_then", ["", "; x.grad = None", "; x.grad = x[:1].clone()"])
def test_a_tensor_that_may_change_keeps_its_shape(open_session, and_then):
    """A grader that goes on with it, setting its gradient say, would fail, and the submission would be held for that."""
    session = open_session(answering(f"x = predictions\nx.data = x.data[:1] * 2{and_then}\nreturn 1"))
    x = torch.arange(3.0)
    x.grad = torch.ones(3)
    with pytest.raises(Mismatch, match="changes the shape of a tensor"):
        student_of(session).changing(x).accuracy(x, 0)
    assert x.tolist() == [0, 1, 2] and x.grad.tolist() == [1, 1, 1]


FORBIDDEN = {
    "values": "predictions['x'].zero_()",
    "another shape": "predictions['x'].data = torch.zeros(0)",
    "another dtype": "predictions['x'].data = predictions['x'].data.double()",
    "no gradient wanted": "predictions['x'].requires_grad_(False)",
    "a gradient": "predictions['x'].grad = torch.ones(3)",
    "a list": "predictions['items'].clear()",
    "a list in a list": "predictions['items'][1].append(4)",
    "a dict": "predictions.pop('items')",
    "a generator": "torch.rand(9, generator=targets)",
    "and an error": "predictions['x'].zero_()\nraise ValueError",
    "and the end": "predictions['x'].zero_()\nimport os\nos._exit(0)",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_that_a_call_may_not_change_is_changed(open_session, what):
    session = open_session(answering(FORBIDDEN[what] + "\nreturn 0.5"))
    x = torch.arange(3.0, requires_grad=True)
    given, generator = {"x": x, "items": [1, [2, 3]]}, torch.Generator().manual_seed(5)
    state, inner = generator.get_state(), given["items"]
    try:
        student_of(session).accuracy(given, generator)
    except StudentFault:
        pass
    assert x.tolist() == [0, 1, 2] and x.dtype is torch.float32 and x.requires_grad and x.grad is None
    assert given == {"x": x, "items": [1, [2, 3]]} and given["items"] is inner
    assert torch.equal(generator.get_state(), state)


def test_a_change_is_told_once(open_session):
    """Each would be copied to be taken back."""
    body = (
        "import sys\nframes = sys.modules['worker.frames']\ntrue = frames.write_frame\n"
        "def write(fd, header, blobs, *more):\n"
        "    if 'changed' in header:\n"
        "        header = {**header, 'changed': [[0, {'k': 'ref', 'n': 0}, None]] * 2}\n"
        "    return true(fd, header, blobs, *more)\n"
        "frames.write_frame = write\nreturn 0.5"
    )
    with pytest.raises(WorkerDied, match="can't be read"):
        student_of(open_session(answering(body))).accuracy(torch.ones(3), 0)


def test_what_is_to_stay_unchanged_shows_its_change(open_session):
    session = open_session(answering("predictions.zero_()\nreturn targets"))
    x = torch.ones(2)
    with pytest.raises(Mismatch, match="must stay as it was"), unchanged(x):
        student_of(session).accuracy(x, 0)


def test_gradients_come_back_too(open_session):
    session = open_session(answering("(predictions ** 2).sum().backward()\npredictions.data -= 0.5\nreturn None"))
    x = torch.arange(3.0, requires_grad=True)
    student_of(session).changing(x).accuracy(x, 0)
    assert x.grad.tolist() == [0, 2, 4] and x.tolist() == [-0.5, 0.5, 1.5]


def test_a_gradient_that_is_asked_for_comes_back_and_nothing_else(open_session):
    session = open_session(answering("result = (predictions ** 2).sum()\ntargets.zero_()\nreturn result"))
    x, y = torch.arange(3.0, requires_grad=True), torch.ones(2)
    student_of(session).accuracy.with_gradient(x, y)
    assert x.grad.tolist() == [0, 2, 4] and x.tolist() == [0, 1, 2] and y.tolist() == [1, 1]


def test_functions_given_as_source_work_there_with_their_gradients(open_session):
    session = open_session(
        answering("x = torch.tensor(3.0, requires_grad=True)\npredictions(x).backward()\nreturn [x.grad, targets(2)]")
    )
    result = student_of(session).accuracy(Given("lambda x: x ** 2 + 1"), Given("lambda n: n + 1"))
    assert result[0] == 6 and result[1] == 3


def test_a_function_of_the_graders_own_process_is_not_lent(open_session):
    session = open_session(answering("return predictions(targets)"))
    with pytest.raises(TypeError, match="given"):
        student_of(session).accuracy(lambda x: x, 1)


def test_objects_stay_there_and_are_called_from_here(open_session):
    body = "class Counter:\n    n = 0\n    def add(self, k):\n        self.n += k\n        predictions.add_(k)\n        return self.n\nreturn Counter()"
    session = open_session(answering(body))
    x = torch.zeros(2)
    counter = student_of(session).changing(x).accuracy(x, 0)
    assert isinstance(counter, Opaque) and counter.add(2) == 2 and counter.add(3) == 5 and counter.fetch("n") == 5
    assert x.tolist() == [5, 5]


def test_random_numbers_are_the_same_in_every_run(open_session):
    body = "import random\nimport numpy\nreturn [torch.rand(2).tolist(), random.random(), float(numpy.random.rand())]"
    values = [student_of(open_session(answering(body))).accuracy(ONES, ONES) for _ in range(2)]
    assert values[0] == values[1]


class TestLoading:
    def test_a_statement_that_fails_costs_only_itself(self, open_session):
        session = open_session({}, "import math\nx = stacked_threes[0]\ndef helper(): return math.pi")
        assert student_of(session).helper is not None
        session.close()  # the next call loads its cells anew
        assert session.call(Student(session).mean_prototype, [], (torch.ones(1, 2, 2),), {}).shape == (2, 2)

    def test_what_a_later_cell_calls_by_an_answers_name_changes_nothing_at_its_check(self, open_session):
        session = open_session({}, "accuracy = 0.95\nfrom math import *\nmnist_distance = None")
        session.begin_exercise("accuracy")
        session.begin_check("one")
        result = student_of(session).accuracy(torch.tensor([True, False]), torch.tensor([True, True]))
        assert result == 0.5

    @pytest.mark.slow
    def test_a_cell_that_never_ends_is_left_out(self, open_session, pixel_lesson):
        session = open_session({}, "x = 1\nwhile True: x += 1")
        assert student_of(session).accuracy(ONES, ONES) == 1
        assert list(session.loader.cut) == [f"cell {len(pixel_lesson.release) + 1}"] and math.isfinite(
            session.budget.left("")
        )

    def test_a_syntax_error_says_where(self, open_session):
        session = open_session({"accuracy": "def accuracy(predictions, targets)\n    return 1"})
        with pytest.raises(MissingAnswer, match=r"SyntaxError.*line 1"):
            student_of(session).accuracy(ONES, ONES)

    def test_magics_and_shell_lines_do_nothing(self, open_session):
        session = open_session({"accuracy": "%matplotlib inline\n!rm -rf ~\n" + answering("return 0.5")["accuracy"]})
        assert student_of(session).accuracy(ONES, ONES) == 0.5

    @pytest.mark.slow
    def test_an_answer_gets_its_time_whatever_the_cells_above_it_used_up(self, course, pixel_lesson):
        busy = "import time\nstart = time.process_time()\nwhile time.process_time() - start < 0.9:\n    pass\n"
        right = demo.right_answers(pixel_lesson)
        filled = demo.fill_in(course, pixel_lesson, {**right, "accuracy": busy + right["accuracy"]})
        for number in range(4):
            filled["cells"].insert(0, {"cell_type": "code", "id": f"busy{number}", "metadata": {}, "source": busy})
        submission = extract.extract(pixel_lesson, notebook.parse(json.dumps(filled).encode()), "ada")
        limits = Limits(call_seconds=1.5, load_seconds=3.0, memory=1 << 30)
        with WarmParent(pixel_lesson.preload, limits) as parent:
            session = Session(parent, submission, seed=7)
            assert student_of(session).accuracy(ONES, ONES) == 1
            session.close()
        assert [str(fault) for fault in session.loader.cut.values()] == ["all cells together may take 3 seconds"]

    def test_a_missing_name_of_the_narrative_is_explained(self, open_session):
        session = open_session(answering("return mean3"))
        with pytest.raises(StudentError, match="belongs to a cell that is not part of the answers"):
            student_of(session).accuracy(ONES, ONES)

    def test_a_cell_may_import_the_widgets_and_an_answer_may_not_use_them(self, open_session):
        imported = "from autograder.widgets import DrawingPad, descent\nimport autograder.widgets as shown\n"
        unused = imported + answering("return torch.tensor(0.5)")["accuracy"]
        assert student_of(open_session({"accuracy": unused})).accuracy(ONES, ONES) == 0.5
        used = imported + answering("return shown.DrawingPad().image")["accuracy"]
        with pytest.raises(StudentError, match=r"Exception \(line 4\): `return shown\.DrawingPad"):
            student_of(open_session({"accuracy": used})).accuracy(ONES, ONES)

    def test_no_widget_library_is_loaded_inside_the_wall(self, open_session):
        loaded = (
            "import sys\nfrom autograder.widgets import DrawingPad\n"
            + answering("return torch.tensor(float(any(name in sys.modules for name in ('ipywidgets', 'anywidget'))))")[
                "accuracy"
            ]
        )
        assert student_of(open_session({"accuracy": loaded})).accuracy(ONES, ONES) == 0.0

    def test_torchs_own_not_implemented_error_is_an_error_of_a_written_answer(self, open_session):
        session = open_session(answering("return predictions.to(torch.uint8).mean()"))
        with pytest.raises(
            StudentError, match=r"^NotImplementedError: mean\(\): could not infer output dtype.*: `return predictions"
        ):
            student_of(session).accuracy(ONES, ONES)

    @pytest.mark.parametrize(
        "body",
        ["raise NotImplementedError('my own words')", "raise NotImplementedError", "raise (NotImplementedError)()"],
    )
    def test_a_stub_that_was_edited_is_a_stub(self, open_session, body):
        with pytest.raises(MissingAnswer, match=r"^Not written yet\.$"):
            student_of(open_session(answering(body))).accuracy(ONES, ONES)


@pytest.mark.parametrize(("count", "which"), [(40, 7), (600, 0), (600, 299), (600, 599)])
def test_of_many_images_in_a_list_the_changed_one_is_changed_here_and_the_list_comes_back_as_itself(
    open_session, count, which
):
    session = open_session(
        {"stack_images": f"def stack_images(images):\n    images[{which}].zero_()\n    return images\n"}
    )
    images = list(torch.ones(count, 2, 3).unbind())
    back = student_of(session).changing(images).stack_images(images)
    assert [float(image.sum()) for image in images] == [0.0 if number == which else 6.0 for number in range(count)]
    assert all(a is b for a, b in zip(back, images, strict=True))


LISTS = {
    "an image replaced": ("images[3] = images[3] + 1", lambda images: images.__setitem__(3, images[3] + 1)),
    "an image replaced by one as it was": ("images[3] = images[3].clone()", lambda images: None),
    "an image changed": ("images[3] += 1", lambda images: images[3].add_(1)),
    "an image changed by NumPy": ("images[3].numpy()[:] = 9", lambda images: images[3].fill_(9)),
    "another dtype": (
        "images[3].data = images[3].data.double()",
        lambda images: setattr(images[3], "data", images[3].data.double()),
    ),
    "a gradient wanted": ("images[3].requires_grad_()", lambda images: images[3].requires_grad_()),
    "one taken out": ("del images[3]", lambda images: images.pop(3)),
    "one put in": ("images.append(images[0] * 2)", lambda images: images.append(images[0] * 2)),
    "one twice": ("images.append(images[0])", lambda images: images.append(images[0])),
    "turned around": ("images.reverse()", lambda images: images.reverse()),
    "emptied": ("images.clear()", lambda images: images.clear()),
    "nothing": ("pass", lambda images: None),
}


@pytest.mark.parametrize("what", LISTS)
def test_what_is_done_to_a_list_of_many_images_is_done_to_ours(open_session, what):
    line, same_here = LISTS[what]
    body = f"def stack_images(images):\n    {line}\n    return images\n"
    student = student_of(open_session({"stack_images": body}))
    ours, mine = (
        list(torch.arange(120.0).view(20, 2, 3)),
        [image.clone() for image in torch.arange(120.0).view(20, 2, 3)],
    )
    with torch.no_grad():
        same_here(mine)
    for _ in range(2):  # the second call finds the list as the first one left it
        back = student.changing(ours).stack_images(ours)
        assert len(ours) == len(mine) and all(
            torch.equal(a, b) and a.dtype is b.dtype for a, b in zip(ours, mine, strict=True)
        )
        assert [image.requires_grad for image in ours] == [image.requires_grad for image in mine]
        itself = len(back) == len(ours) and all(a is b for a, b in zip(back, ours, strict=True))
        assert itself or "replaced" in what or "put in" in what
        with torch.no_grad():
            same_here(mine)


def test_what_is_told_of_a_call_has_the_order_in_which_it_left_a_list(open_session):
    told = []
    for line in ("pass", "images.reverse()", "images.insert(0, images.pop(3))"):
        session = open_session({"stack_images": f"def stack_images(images):\n    {line}\n    return 0\n"})
        student_of(session).stack_images(list(torch.arange(120.0).view(20, 2, 3)))
        told.append(session.observations)
    assert not any(diagnosis.same(told[a], told[b]) for a, b in ((0, 1), (0, 2), (1, 2)))


def test_a_list_changed_here_between_two_calls_is_the_changed_one_there(open_session):
    student = student_of(
        open_session({"stack_images": "def stack_images(images):\n    return torch.stack(list(images))\n"})
    )
    images = [torch.full((2, 2), float(number)) for number in range(20)]
    student.stack_images(images)
    images[4].fill_(40)
    images[5] = torch.full((2, 2), 50.0)
    del images[0]
    assert student.stack_images(images)[:, 0, 0].tolist() == [1, 2, 3, 40, 50, *range(6, 20)]
    assert student.stack_images([images[3], images[3]])[:, 0, 0].tolist() == [40, 40]


def test_an_image_of_a_list_is_the_same_object_alone(open_session):
    body = "def stack_images(images):\n    stack_images.kept = images\n    return 0\n"
    same = "def mean_prototype(stack):\n    return [image is stack for image in stack_images.kept].index(True)\n"
    student = student_of(open_session({"stack_images": body, "mean_prototype": same}))
    images = [torch.full((2, 2), float(number)) for number in range(20)]
    student.stack_images(images)
    assert student.mean_prototype(images[11]) == 11


@pytest.mark.parametrize("more", [{}, {"new": 1000}])
def test_lists_dicts_and_generators_among_the_arguments_come_back(open_session, more):
    lines = [
        "predictions['list'][0] = 0.5",
        "predictions['list'][1].append((1, 2))",
        "predictions['number'] = 1001",
        f"predictions.update({more})",
        "torch.rand(3, generator=targets)",
    ]
    student = student_of(open_session(answering("\n".join(lines) + "\nreturn 0")))
    items, generator, same = (
        {"list": [0.25, [], 3], "number": 1000, "tensor": ONES},
        torch.Generator().manual_seed(1),
        torch.Generator().manual_seed(1),
    )
    student.changing(items, generator).accuracy(items, generator)
    torch.rand(3, generator=same)
    assert torch.equal(generator.get_state(), same.get_state())
    assert items.pop("tensor") is ONES
    assert items == {"list": [0.5, [(1, 2)], 3], "number": 1001, **more}


def test_a_list_put_into_itself_is_no_end(open_session):
    student = student_of(open_session(answering("predictions.append(predictions)\nreturn 0.5")))
    assert student.accuracy([1], 0) == 0.5 == student.accuracy([2], 0)


def test_what_ends_after_its_reply_costs_the_next_check_nothing(open_session):
    body = "import os, threading\nthreading.Timer(0.05, os._exit, [0]).start()\nreturn 1"
    session = open_session(answering(body))
    student = student_of(session)
    assert student.accuracy(ONES, ONES) == 1
    worker = session._seats[False].worker
    while not worker.hung_up():
        pass
    assert torch.equal(student_of(session, "another").mean_prototype(torch.ones(2, 3, 4)), torch.ones(3, 4))


SLOW = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass\nreturn (predictions == targets).float().mean()"


def below(pid: int) -> list[int]:
    """A process's descendants, parents before children; none of one that has ended."""
    try:
        found = [
            int(child)
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return found + [one for child in found for one in below(child)]


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["worker", "warm parent"])
def test_a_process_killed_from_outside_costs_no_marks(small_course, course, pixel_lesson, victim):
    """As the kernel kills the largest one when the machine's memory is used up: the check is run again."""
    slow = demo.fill_in(course, pixel_lesson, {**demo.right_answers(pixel_lesson), **answering(SLOW)})
    path = hand_in(small_course, "ada", json.dumps(slow))
    desk = Desk(config.load(small_course), ASSIGNMENT)
    try:
        quiet = desk.grade(path)
        grader = desk._process._process.pid
        idle = below(grader)
        with ThreadPoolExecutor(1) as pool:
            grading = pool.submit(desk.grade, path)
            while not (new := set(below(grader)) - set(idle)) and not grading.done():
                pass
            os.kill(new.pop() if victim == "worker" else idle[-1], signal.SIGKILL)
            disturbed = grading.result()
    finally:
        desk.close()
    assert quiet.score == quiet.max_score == disturbed.score
    assert [exercise.checks for exercise in disturbed.exercises] == [exercise.checks for exercise in quiet.exercises]


@pytest.mark.slow
def test_killed_from_outside_again_and_again_it_is_held_and_the_next_run_tries_it_again(
    small_course, course, pixel_lesson
):
    slow = demo.fill_in(course, pixel_lesson, {**demo.right_answers(pixel_lesson), **answering(SLOW)})
    path = hand_in(small_course, "ada", json.dumps(slow))
    ours = config.load(small_course)
    desk = Desk(ours, ASSIGNMENT)
    try:
        desk.grade(path)
        grader = desk._process._process.pid
        idle = set(below(grader))
        with ThreadPoolExecutor(1) as pool:
            grading = pool.submit(desk.grade, path)
            while not grading.done():
                for worker in set(below(grader)) - idle:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(worker, signal.SIGKILL)
            disturbed = grading.result()
        assert (disturbed.status, disturbed.reason) == (HELD, KILLED_TWICE)
        assert not any(exercise.checks for exercise in disturbed.exercises)
        assert desk.grade(path).score == disturbed.max_score
    finally:
        desk.close()
    job = Job("ada", ASSIGNMENT, path)
    fingerprint = run.plan(ours, [job]).fingerprint(read(job, ours.settings.notebook_bytes))
    for reason, waits in ((KILLED_TWICE, True), (DIED, True), ("it can't be read", False)):
        disturbed.student, disturbed.reason, disturbed.try_again = "ada", reason, waits
        Records(ours.reports).save(disturbed, fingerprint)
        assert bool(run.plan(ours, [job]).waiting) == waits, reason


NETS = {
    "softmax": ("nn.Linear(3, 2), nn.ReLU(), nn.Softmax(dim=1)", ["Linear", "ReLU", "Softmax"]),
    "a layer without a description": ("nn.Linear(3, 2), nn.BatchNorm1d(2)", ["Linear", "OtherLayer"]),
    "a class of one's own": ("nn.Linear(3, 2), Twice()", ["Linear", "OtherLayer"]),
    "one layer twice": ("act := nn.ReLU(), nn.Linear(3, 2), act", ["ReLU", "Linear", "ReLU"]),
    "a size out of bounds": ("nn.Linear(3, 70_000), nn.Linear(70_000, 1)", ["OtherLayer", "OtherLayer"]),
    "a weight of another shape": ("wrong()", ["OtherLayer"]),
    "a net in a net": ("nn.Sequential(nn.Linear(3, 2), Twice())", ["Sequential"]),
}
OWN_LAYERS = """
from torch import nn
class Twice(nn.Module):
    def forward(self, x): return 2 * x
def wrong():
    layer = nn.Linear(3, 2)
    layer.weight = nn.Parameter(torch.zeros(5, 3))
    return layer
"""


@pytest.mark.parametrize("what", NETS)
def test_a_net_with_an_unusual_layer_is_a_net(open_session, what):
    layers, kinds = NETS[what]
    answer = OWN_LAYERS + f"def accuracy(predictions, targets):\n    return nn.Sequential({layers}).eval()\n"
    student = student_of(open_session({"accuracy": answer}))
    net = student.accuracy(ONES, ONES)
    assert isinstance(net, torch.nn.Sequential) and [type(layer).__name__ for layer in net] == kinds
    if what not in ("a weight of another shape", "a size out of bounds"):
        x = torch.rand(4, 3)
        again = Given("lambda net, x: net(x)").in_worker(student, net, x)
        assert torch.equal(net(x), again)


def test_a_sequential_of_what_is_no_layer_is_no_value(open_session):
    answer = "def accuracy(predictions, targets):\n    return torch.nn.Sequential(torch.nn.ReLU, 3)\n"
    with pytest.raises(StudentError, match="TypeError"):
        student_of(open_session({"accuracy": answer})).accuracy(ONES, ONES)
