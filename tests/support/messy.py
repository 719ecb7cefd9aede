"""Notebooks as people hand them in: green in front of their authors, and not at all as they were released.

Each case changes a notebook that is otherwise right, and says what grading must show.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from autograder.commands import demo
from autograder.course.config import Course
from autograder.course.lesson import Lesson

PIXELS, DESCENT, FIRST, DIGITS = "02-pixel-similarity", "03-gradient-descent", "01-pixels", "06-all-digits"
NET = "05-neural-net"
STUB = "*Write your answer here.*"


@dataclass(frozen=True)
class Case:
    """`lost`: the exercises that lose marks, none of the others may. `says`: exercise -> a text in its diagnosis or
    messages. `never`: texts that stand nowhere in the report. `waits`: questions that wait for a person. `held`: a text
    in the reason for which nothing is marked. `places`: exercise -> where it was graded. `note`: a text in the notes.
    `doubt`: exercises that a person should look at. `in_a_kernel`: False if a kernel can't show the same, because it ends,
    never runs the cell, or lacks a cell that is put back for grading.
    """

    change: Callable[[Messy], None]
    lesson: str = PIXELS
    lost: tuple[str, ...] = ()
    says: dict[str, str] = field(default_factory=dict)
    never: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    held: str = ""
    places: dict[str, str] = field(default_factory=dict)
    note: str = ""
    doubt: tuple[str, ...] = ()
    in_a_kernel: bool = True


CASES: dict[str, Case] = {}


def case(**expected: Any) -> Callable[[Callable[[Messy], None]], Callable[[Messy], None]]:
    def add(change: Callable[[Messy], None]) -> Callable[[Messy], None]:
        CASES[change.__name__] = Case(change, **expected)
        return change

    return add


class Messy:
    """A notebook with right answers, to be changed."""

    def __init__(self, course: Course, lesson: Lesson) -> None:
        self.raw = demo.fill_in(course, lesson, demo.right_answers(lesson))
        self.count = 0

    @property
    def cells(self) -> list[dict[str, Any]]:
        return self.raw["cells"]  # type: ignore[no-any-return]

    def __getitem__(self, grade_id: str) -> dict[str, Any]:
        return next(cell for cell in self.cells if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)

    def named(self, cell_id: str) -> dict[str, Any]:
        return next(cell for cell in self.cells if cell.get("id") == cell_id)

    def write(self, grade_id: str, source: str) -> None:
        self[grade_id]["source"] = source

    def cell(self, source: str, kind: str = "code") -> dict[str, Any]:
        self.count += 1
        fields = {"execution_count": None, "outputs": []} if kind == "code" else {}
        return {"cell_type": kind, "id": f"mine{self.count}", "metadata": {}, "source": source, **fields}

    def above(self, grade_id: str, source: str, kind: str = "code") -> None:
        self.cells.insert(self.cells.index(self[grade_id]), self.cell(source, kind))

    def below(self, grade_id: str, source: str, kind: str = "code") -> None:
        self.cells.insert(self.cells.index(self[grade_id]) + 1, self.cell(source, kind))

    def at_the_end(self, source: str, kind: str = "code") -> None:
        self.cells.append(self.cell(source, kind))

    def strip(self, ids: bool) -> None:
        for cell in self.cells:
            cell["metadata"] = {}
            if ids:
                cell.pop("id", None)


def make(course: Course, lesson: Lesson, name: str) -> dict[str, Any]:
    """The notebook of a case, as JSON."""
    messy = Messy(course, lesson)
    CASES[name].change(messy)
    return copy.deepcopy(messy.raw)


STACK = "def stack_images(images):\n    return torch.stack(images).float() / 255\n"
ACC = "def accuracy(predictions, targets):\n    return (predictions == targets).float().mean()\n"
MSE = "def mse(predictions, targets):\n    return ((predictions - targets) ** 2).mean()\n"
MEAN = "def mean_prototype(stack):\n    return stack.mean(0)\n"
L1 = "def l1_distance(a, b):\n    return (a - b).abs().mean()\n"
WRONG_L1 = "def l1_distance(a, b):\n    return (a - b).mean().abs()\n"


# ---------------------------------------------------------------- what IPython takes


@case()
def a_magic_on_top_of_an_answer(nb):
    nb.write("stack_images", "%%time\n" + STACK)


@case()
def a_magic_on_top_of_a_helpers_cell(nb):
    nb.above("stack_images", "%%time\ndef scaled(t):\n    return t.float() / 255\n")
    nb.write("stack_images", "def stack_images(images):\n    return scaled(torch.stack(images))\n")


@case()
def captured_output(nb):
    nb.write("stack_images", "%%capture\nprint('hello')\n" + STACK)


@case()
def a_line_magic_before_the_function(nb):
    nb.write("mean_prototype", "%matplotlib inline\n%load_ext autoreload\n" + MEAN)


@case()
def a_timed_assignment(nb):
    nb.above("stack_images", "%time WHITE = 255\n")
    nb.write("stack_images", "def stack_images(images):\n    return torch.stack(images).float() / WHITE\n")


@case(note="!")
def a_shell_line(nb):
    nb.write("mean_prototype", "!echo hello\n" + MEAN)


@case()
def a_question_mark_in_a_cell_of_its_own(nb):
    nb.above("mean_prototype", "torch.mean?")


@case()
def an_indented_cell(nb):
    nb.write("stack_images", "".join("    " + line for line in STACK.splitlines(keepends=True)))


@case()
def a_cell_with_prompts(nb):
    lines = STACK.splitlines()
    nb.write("stack_images", "\n".join([f">>> {lines[0]}", *(f"... {line}" for line in lines[1:])]))


@case()
def a_cell_with_ipythons_prompts(nb):
    lines = MEAN.splitlines()
    nb.write("mean_prototype", "\n".join([f"In [7]: {lines[0]}", *(f"   ...: {line}" for line in lines[1:])]))


@case()
def a_module_of_ones_own(nb):
    nb.above("l1_distance", "%%writefile mine.py\ndef size(t):\n    return t.abs()\n")
    nb.write("l1_distance", "from mine import size\n\ndef l1_distance(a, b):\n    return size(a - b).mean()\n")


@case(lost=("l1_distance",), says={"l1_distance": "name 'Q'"})
def what_timeit_defines_is_gone(nb):
    nb.above("l1_distance", "%%timeit -n1 -r1\nQ = 1\n")
    nb.write("l1_distance", "def l1_distance(a, b):\n    return (a - b).abs().mean() * Q\n")


# ---------------------------------------------------------------- names that the course's cells bring


@case()
def numpy_from_the_course(nb):
    nb.write("mean_prototype", "def mean_prototype(stack):\n    assert np.pi > 3\n    return stack.mean(0)\n")


@case()
def a_plot_inside_an_answer(nb):
    nb.write(
        "mean_prototype",
        "def mean_prototype(stack):\n    mean = stack.mean(0)\n    plt.imshow(mean.cpu())\n    plt.close()\n    return mean\n",
    )


@case()
def a_function_of_the_course(nb):
    nb.write(
        "mean_prototype",
        "def mean_prototype(stack):\n    mean = stack.mean(0)\n    show_row([mean], ['mean'])\n    return mean\n",
    )


@case(lesson=FIRST)
def fastprogress_from_the_course(nb):
    nb.write(
        "ink_density",
        "def ink_density(images):\n    for _ in progress_bar([]):\n        pass\n    return images.float().mean((1, 2)) / 255\n",
    )


@case(lesson=FIRST)
def fastai_from_the_course(nb):
    nb.write("rank_and_shape", "def rank_and_shape(t):\n    return len(L(t.shape)), tuple(t.shape)\n")


@case(lesson=DESCENT)
def math_from_the_course(nb):
    nb.write("mse", "def mse(predictions, targets):\n    return ((predictions - targets) ** 2).mean() * math.cos(0)\n")


@case()
def a_function_of_the_course_that_the_student_changed(nb):
    shown = nb.named("show_row")
    shown["source"] = "def show_row(images, titles=None, **options):\n    return len(images)\n"
    nb.write(
        "mean_prototype", "def mean_prototype(stack):\n    assert show_row([stack]) == 1\n    return stack.mean(0)\n"
    )


@case(in_a_kernel=False)
def a_deleted_cell_of_the_course(nb):
    nb.cells.remove(nb.named("show_row"))
    nb.write(
        "mean_prototype", "def mean_prototype(stack):\n    show_row([stack.mean(0).cpu()])\n    return stack.mean(0)\n"
    )


@case(lost=("mean_prototype",), says={"mean_prototype": "belongs to a cell"}, doubt=("mean_prototype",))
def a_name_that_only_loaded_data_gives(nb):
    nb.write("mean_prototype", "def mean_prototype(stack):\n    return train_3.mean(0)\n")


# ---------------------------------------------------------------- names used twice


@case()
def two_helpers_of_one_name(nb):
    nb.write(
        "l1_distance",
        "def difference(a, b):\n    return (a - b).abs()\n\ndef l1_distance(a, b):\n    return difference(a, b).mean()\n",
    )
    nb.write(
        "l2_distance",
        "def difference(a, b):\n    return (a - b) ** 2\n\ndef l2_distance(a, b):\n    return difference(a, b).mean().sqrt()\n",
    )


@case()
def a_constant_that_changes(nb):
    nb.write("stack_images", "n = 255\ndef stack_images(images):\n    return torch.stack(images).float() / n\n")
    nb.write("mean_prototype", "n = 0\ndef mean_prototype(stack):\n    return stack.mean(n)\n")


@case()
def a_builtin_shadowed_at_the_end(nb):
    nb.write("mean_prototype", "def mean_prototype(stack):\n    return sum(stack) / len(stack)\n")
    nb.at_the_end("sum = 0\nfor i in range(10):\n    sum += i\n")


@case()
def an_answer_overwritten_at_the_end(nb):
    nb.at_the_end("accuracy = 0.95\nis_3 = None\nmnist_distance = [1, 2]\n")


@case()
def torch_overwritten_at_the_end(nb):
    nb.at_the_end("torch = None\n")


@case()
def a_loop_variable_with_the_name_of_an_answer(nb):
    nb.below("test_accuracy", "for accuracy in [1, 2]:\n    pass\n")


@case()
def another_dtype_by_default_at_the_end(nb):
    nb.at_the_end("torch.set_default_dtype(torch.float64)\n")


@case()
def a_star_import_after_the_checks(nb):
    nb.at_the_end("from math import *\n")


# ---------------------------------------------------------------- second tries


@case()
def a_second_try_below_the_first(nb):
    nb.write("l1_distance", WRONG_L1)
    nb.below("l1_distance", "# this one works\n" + L1)


@case(places={"l1_distance": "end"})
def a_second_try_at_the_end(nb):
    nb.write("l1_distance", WRONG_L1)
    nb.at_the_end(L1)


@case()
def a_copied_answer_cell(nb):
    nb.write("l1_distance", WRONG_L1)
    again = copy.deepcopy(nb["l1_distance"])
    again.update(source=L1, id="copied")
    nb.cells.insert(nb.cells.index(nb["l1_distance"]) + 1, again)


@case(places={"l1_distance": "own"})
def an_old_try_between_answer_and_check(nb):
    nb.below("l1_distance", "# my first idea, was wrong\n" + WRONG_L1)


@case()
def an_answer_in_the_check_cell(nb):
    nb.write("l1_distance", WRONG_L1)
    check = nb["test_l1_distance"]
    check["source"] = L1 + "\n" + "".join(check["source"])


@case(places={"is_3": "end"})
def a_helper_that_stands_below(nb):
    nb.write("is_3", "def is_3(x, mean3, mean7):\n    return nearer(x, mean3, mean7)\n")
    nb.at_the_end("def nearer(x, a, b):\n    return mnist_distance(x, a) < mnist_distance(x, b)\n")


@case()
def answers_in_a_cell_of_ones_own(nb):
    nb.write(
        "l1_distance",
        'raise NotImplementedError("Write your answer here in place of this line, then run the check below.")',
    )
    nb.below("l1_distance", L1)


@case()
def two_answers_in_one_cell(nb):
    nb.write("stack_images", STACK + "\n" + MEAN)
    nb.cells.remove(nb["mean_prototype"])


@case()
def cells_moved_to_the_top(nb):
    cell = nb["accuracy"]
    nb.cells.remove(cell)
    nb.cells.insert(3, cell)


@case()
def a_deleted_check_cell(nb):
    nb.cells.remove(nb["test_l1_distance"])


@case()
def a_lambda_and_a_partial(nb):
    nb.write("mean_prototype", "mean_prototype = lambda stack: stack.mean(0)\n")
    nb.write(
        "l2_distance",
        "import functools\n\ndef power(p, a, b):\n    return ((a - b) ** p).mean() ** (1 / p)\n\nl2_distance = functools.partial(power, 2)\n",
    )


@case()
def an_alias(nb):
    nb.write("mnist_distance", "def dist(a, b):\n    return (a - b).abs().mean((-1, -2))\n\nmnist_distance = dist\n")
    nb.write("is_3", "def is_3(x, mean3, mean7):\n    return dist(x, mean3) < dist(x, mean7)\n")


@case(lost=("mnist_distance",))
def a_mistake_under_two_names_costs_once(nb):
    nb.write("mnist_distance", "def dist(a, b):\n    return (a - b).mean((-1, -2))\n\nmnist_distance = dist\n")
    nb.write("is_3", "def is_3(x, mean3, mean7):\n    return dist(x, mean3) < dist(x, mean7)\n")


@case()
def a_callable_object(nb):
    nb.write(
        "mean_prototype",
        "class Mean:\n    def __call__(self, stack):\n        return stack.mean(0)\n\nmean_prototype = Mean()\n",
    )


@case()
def typed_and_with_defaults(nb):
    nb.write(
        "mean_prototype",
        "def mean_prototype(stack: torch.Tensor, *args, dim: int = 0) -> torch.Tensor:\n    return stack.mean(dim)\n",
    )


# ---------------------------------------------------------------- metadata lost


@case()
def metadata_gone_and_a_constant(nb):
    nb.write("stack_images", "WHITE = 255\ndef stack_images(images):\n    return torch.stack(images).float() / WHITE\n")
    nb.strip(ids=False)


@case()
def metadata_and_ids_gone(nb):
    nb.write("stack_images", "WHITE = 255\ndef stack_images(images):\n    return torch.stack(images).float() / WHITE\n")
    nb.strip(ids=True)


@case(in_a_kernel=False)
def an_answer_as_raw_text(nb):
    nb["mean_prototype"]["cell_type"] = "raw"


@case()
def windows_line_ends(nb):
    for cell in nb.cells:
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n")


# ---------------------------------------------------------------- answers in words


ALL_QUESTIONS = ("question_last_two_axes", "question_cancelling", "question_broadcasting")


@case(waits=ALL_QUESTIONS)
def words_with_metadata_and_ids_gone(nb):
    nb.strip(ids=True)


@case(waits=ALL_QUESTIONS)
def words_in_a_new_cell(nb):
    nb.write("question_cancelling", STUB)
    nb.below("question_cancelling", "Differences have two signs.", "markdown")


@case(waits=ALL_QUESTIONS)
def words_in_the_text_of_the_question(nb):
    nb.write("question_cancelling", STUB)
    asked = nb.named("cancelling_asked")
    asked["source"] = "".join(asked["source"]) + "\n\nDifferences have two signs."


@case(waits=ALL_QUESTIONS)
def the_cell_of_a_question_is_gone(nb):
    nb.cells.remove(nb["question_cancelling"])


@case(waits=ALL_QUESTIONS)
def all_words_at_the_end(nb):
    for name in ALL_QUESTIONS:
        nb.write(name, STUB)
    nb.at_the_end("1. axes. 2. signs. 3. nothing.", "markdown")


# ---------------------------------------------------------------- compilers, kinds, messages


@case(note="torch.compile")
def a_scripted_function(nb):
    nb.write(
        "mean_prototype",
        "@torch.jit.script\ndef mean_prototype(stack: torch.Tensor) -> torch.Tensor:\n    return stack.mean(0)\n",
    )


@case(note="torch.compile")
def a_compiled_function(nb):
    nb.write("mean_prototype", "@torch.compile\n" + MEAN)


@case(lost=("stack_images",), never=("empty tensor",))
def the_machines_device(nb):
    nb.write(
        "stack_images",
        "device = 'cuda' if torch.cuda.is_available() else 'cpu'\ndef stack_images(images):\n    return torch.stack(images).to(device).float() / 255\n",
    )


@case(lost=("mean_prototype",), says={"mean_prototype": "No module named 'einops'"})
def a_package_that_is_not_installed(nb):
    nb.write(
        "mean_prototype",
        "from einops import reduce\ndef mean_prototype(stack):\n    return reduce(stack, 'n h w -> h w', 'mean')\n",
    )


@case(lost=("accuracy",), says={"accuracy": "the value itself is right"})
def a_number_for_a_scalar_tensor(nb):
    nb.write(
        "accuracy", "def accuracy(predictions, targets):\n    return (predictions == targets).float().mean().item()\n"
    )


@case(lost=("accuracy",), says={"accuracy": "Not written yet"})
def a_function_that_only_passes(nb):
    nb.write("accuracy", 'def accuracy(predictions, targets):\n    """The share of right answers."""\n    pass\n')


@case(lost=("accuracy",), says={"accuracy": "nobody can type"})
def a_question_to_the_user(nb):
    nb.write(
        "accuracy",
        "def accuracy(predictions, targets):\n    input('go on?')\n    return (predictions == targets).float().mean()\n",
    )


@case()
def printing_on_any_device(nb):
    nb.write(
        "accuracy",
        "def accuracy(predictions, targets):\n    share = (predictions == targets).float().mean()\n    print(f'{share:.4f}', '{:.2f}'.format(share))\n    return share\n",
    )


@case()
def a_cell_that_fails_between_others(nb):
    nb.above("accuracy", "x = 1 / 0\n")


@case(note="was stopped", in_a_kernel=False)
def a_cell_that_ends_the_process(nb):
    nb.above("accuracy", "import os\nos._exit(3)\n")


@case()
def a_cell_that_exits(nb):
    nb.above("accuracy", "import sys\nsys.exit()\n")


# ---------------------------------------------------------------- fastai everywhere


@case()
def everything_of_fastai(nb):
    nb.above("stack_images", "from fastai.vision.all import *\n")


@case(lesson=DESCENT)
def everything_of_fastai_in_an_answer(nb):
    nb.write(
        "mse",
        "from fastai.basics import *\n\ndef mse(predictions, targets):\n    return ((predictions - targets) ** 2).mean()\n",
    )


# ---------------------------------------------------------------- the wrong file


@case(held="it has no cell of 02-pixel-similarity")
def a_notebook_of_something_else(nb):
    nb.raw["cells"] = [nb.cell("# Homework 3", "markdown"), nb.cell("print('hello')\n")]


@case(held="this is the notebook of 03-gradient-descent")
def another_lessons_notebook(nb):
    nb.raw["cells"] = [
        nb.cell("def mse(predictions, targets):\n    return 0\n"),
        nb.cell('with examples("mse") as example:\n    pass\n'),
    ]


@case(note="Only its imports, functions, classes and constants were run", in_a_kernel=False)
def a_helper_in_a_cell_that_trains_for_minutes(nb):
    nb.above("l1_distance", "def size(t):\n    return t.abs()\n\nwhile True:\n    pass\n")
    nb.write("l1_distance", "def l1_distance(a, b):\n    return size(a - b).mean()\n")


# ---------------------------------------------------------------- from other places


@case()
def from_colab(nb):
    nb.cells.insert(
        0,
        nb.cell(
            '#@title Set up { display-mode: "form" }\nfrom google.colab import drive\ndrive.mount("/content/drive")\n%cd /content\n'
        ),
    )


@case(in_a_kernel=False)  # it would be installed for the tests that follow
def a_package_installed_in_the_notebook(nb):
    nb.cells.insert(0, nb.cell("%pip install --quiet einops\n!pip list\n"))


@case()
def answer_and_check_in_one_cell(nb):
    check = nb["test_accuracy"]
    nb.write("accuracy", "".join(nb["accuracy"]["source"]) + "\n\n" + "".join(check["source"]))
    nb.cells.remove(check)


@case()
def an_answer_split_over_two_cells(nb):
    second = copy.deepcopy(nb["l2_distance"])
    nb.write("l2_distance", "def squared(a, b):\n    return (a - b) ** 2\n")
    second.update(id="second-half", source="def l2_distance(a, b):\n    return squared(a, b).mean().sqrt()\n")
    nb.cells.insert(nb.cells.index(nb["l2_distance"]) + 1, second)


@case()
def a_seed_and_settings_at_the_top(nb):
    nb.above(
        "stack_images",
        "torch.manual_seed(42)\ntorch.set_printoptions(precision=2)\ntorch.set_grad_enabled(False)\nplt.rcParams['figure.dpi'] = 50\n",
    )


@case()
def annotations_from_the_future(nb):
    nb.write(
        "accuracy",
        "from __future__ import annotations\n\ndef accuracy(predictions: Anything, targets: Anything) -> Whatever:\n    return (predictions == targets).float().mean()\n",
    )


@case()
def guarded_by_name(nb):
    nb.write(
        "mean_prototype", MEAN + "\nif __name__ == '__main__':\n    print(mean_prototype(torch.ones(2, 3, 3)).shape)\n"
    )


@case()
def a_class_with_static_methods(nb):
    nb.write(
        "l1_distance",
        "class Distances:\n    @staticmethod\n    def l1(a, b):\n        return (a - b).abs().mean()\n\nl1_distance = Distances.l1\n",
    )


@case()
def a_timing_decorator(nb):
    nb.above(
        "accuracy",
        "import functools, time\n\ndef timed(f):\n    @functools.wraps(f)\n    def inner(*args, **kwargs):\n        start = time.time()\n        result = f(*args, **kwargs)\n        print(f'{time.time() - start:.3f} s')\n        return result\n    return inner\n",
    )
    nb.write(
        "accuracy", "@timed\ndef accuracy(predictions, targets):\n    return (predictions == targets).float().mean()\n"
    )


@case()
def progress_bars_of_tqdm(nb):
    nb.write(
        "stack_images",
        "from tqdm.auto import tqdm\n\ndef stack_images(images):\n    return torch.stack([image for image in tqdm(images)]).float() / 255\n",
    )


@case()
def functions_made_in_a_loop(nb):
    nb.write(
        "l1_distance",
        "distances = {}\nfor name, power in (('l1', 1), ('l2', 2)):\n    distances[name] = lambda a, b, power=power: ((a - b).abs() ** power).mean() ** (1 / power)\n\nl1_distance = distances['l1']\n",
    )
    nb.write("l2_distance", "l2_distance = distances['l2']\n")


@case(lost=("mnist_distance",))
def a_mistake_held_by_a_partial_costs_once(nb):
    nb.write(
        "mnist_distance",
        "def mnist_distance(a, b):\n    return (a - b).mean((-1, -2))\n\nmeasure = {'near': mnist_distance}\n",
    )
    nb.write("is_3", "def is_3(x, mean3, mean7):\n    return measure['near'](x, mean3) < measure['near'](x, mean7)\n")


@case(lesson=DESCENT)
def a_global_counter(nb):
    nb.write(
        "mse",
        "calls = 0\n\ndef mse(predictions, targets):\n    global calls\n    calls += 1\n    return ((predictions - targets) ** 2).mean()\n",
    )


@case(lesson=DIGITS)
def sklearn_and_scipy_beside_torch(nb):
    nb.above("softmax", "import scipy.special\nfrom sklearn.metrics import confusion_matrix as theirs\n")


@case(lost=("accuracy",), says={"accuracy": "has used up its time"}, in_a_kernel=False)
def an_endless_answer(nb):
    nb.write("accuracy", "def accuracy(*args):\n    while True:\n        pass\n")


# ---------------------------------------------------------------- an object changed by a later cell


@case(places={"stack_images": "before"})
def a_dict_changed_at_the_end(nb):
    nb.write(
        "stack_images",
        "config = {'white': 255}\ndef stack_images(images):\n    return torch.stack(images).float() / config['white']\n",
    )
    nb.at_the_end("config['white'] = 1\n")


@case(places={"stack_images": "before"})
def a_dict_cleared_at_the_end(nb):
    nb.write(
        "stack_images",
        "config = {'white': 255}\ndef stack_images(images):\n    return torch.stack(images).float() / config['white']\n",
    )
    nb.at_the_end("config.clear()\n")


@case(places={"mnist_distance": "before", "is_3": "before"})
def a_list_grown_by_a_later_cell(nb):
    """Weights of the two axes in a list; a later cell plays with the list. Every check was green when it ran."""
    nb.write(
        "mnist_distance", "my_axes = [-1, -2]\ndef mnist_distance(a, b):\n    return (a - b).abs().mean(my_axes)\n"
    )
    nb.at_the_end("my_axes.append(-3)\nprint((torch.rand(2, 3, 4)).mean(my_axes))\n")


@case(places={"l1_distance": "before"})
def a_class_attribute_set_later(nb):
    nb.write(
        "l1_distance",
        "class Config:\n    p = 1\n\ndef l1_distance(a, b):\n    return (a - b).abs().pow(Config.p).mean()\n",
    )
    nb.below("test_l1_distance", "Config.p = 2\n")
    nb.write("l2_distance", "def l2_distance(a, b):\n    return (a - b).abs().pow(Config.p).mean() ** (1 / Config.p)\n")


@case(lesson=NET, places=dict.fromkeys(("fit", "simple_net"), "before"))
def linear_patched_at_the_end(nb):
    nb.at_the_end("nn.ReLU = nn.Sigmoid  # try another activation\n")


@case(
    places=dict.fromkeys(
        ("mean_prototype", "l1_distance", "l2_distance", "mnist_distance", "uint8_distance", "is_3", "accuracy"),
        "before",
    )
)
def a_torch_function_patched_at_the_end(nb):
    nb.at_the_end(
        "old_mean = torch.Tensor.mean\ntorch.Tensor.mean = lambda self, *a, **k: old_mean(self, *a, **k).mul(2)\n"
    )


# ---------------------------------------------------------------- what a student adds to a cell of the course


@case()
def device_in_the_setup_cell(nb):
    nb["setup"]["source"] = (
        "".join(nb["setup"]["source"]) + "\ndevice = 'cuda' if torch.cuda.is_available() else 'cpu'\n"
    )
    nb.write(
        "stack_images",
        "print('using', device)\ndef stack_images(images):\n    assert device\n    return torch.stack(images).float() / 255\n",
    )


@case()
def settings_in_the_setup_cell(nb):
    nb["setup"]["source"] = (
        "".join(nb["setup"]["source"])
        + "\nSEED = 42\ntorch.manual_seed(SEED)\nWHITE = torch.tensor(255.0).item()\nplt.rcParams['figure.dpi'] = 60\n"
    )
    nb.write("stack_images", "def stack_images(images):\n    return torch.stack(images).float() / WHITE\n")


@case()
def a_power_in_a_course_cell(nb):
    shown = nb.named("show_row")
    shown["source"] = "SIZE = 28 ** 2\n" + "".join(shown["source"])
    nb.write("mean_prototype", "def mean_prototype(stack):\n    assert SIZE == 784\n    return stack.mean(0)\n")


@case()
def a_lambda_in_the_check_cell(nb):
    nb.write("mean_prototype", "# see below\n")
    check = nb["test_mean_prototype"]
    check["source"] = "mean_prototype = lambda stack: stack.mean(0)\n" + "".join(check["source"])


@case()
def answer_in_the_setup_cell(nb):
    """All answers of one's own at the very top, the answer cells say so."""
    nb["setup"]["source"] = (
        "".join(nb["setup"]["source"]) + "\n\n" + L1 + "\nmean_prototype = lambda stack: stack.mean(0)\n"
    )
    nb.write("l1_distance", "# see the first cell\n")
    nb.write("mean_prototype", "# see the first cell\n")


@case()
def merged_into_the_course_cell_above(nb):
    """Merge cells in JupyterLab keeps the metadata of the first."""
    ex = nb.named("wrap_around_example")
    ex["source"] = (
        "".join(ex["source"])
        + "\n\nHALF = torch.tensor(0.5)\ndef l1_distance(a, b):\n    return 2 * HALF.item() * (a - b).abs().mean()\n"
    )
    nb.cells.remove(nb["l1_distance"])


@case(lesson=DESCENT)
def merged_into_the_course_cell_above_as_a_module(nb):
    i = nb.cells.index(nb["mse"])
    ex = [c for c in nb.cells[:i] if c["cell_type"] == "code"][-1]
    ex["source"] = "".join(ex["source"]) + "\n\nmse = nn.MSELoss()\n"
    nb.cells.remove(nb["mse"])


# ---------------------------------------------------------------- definitions without code that are no answers


@case(lesson=DESCENT)
def overloads(nb):
    nb.write(
        "mse",
        "from typing import overload\n@overload\ndef mse(predictions: torch.Tensor, targets: torch.Tensor) -> torch.Tensor: ...\n@overload\ndef mse(predictions: list, targets: list) -> torch.Tensor: ...\n"
        + MSE,
    )


@case(lesson=DESCENT)
def single_dispatch(nb):
    nb.write(
        "mse",
        "from functools import singledispatch\n\n@singledispatch\ndef mse(predictions, targets):\n    ...\n\n@mse.register\ndef _(predictions: torch.Tensor, targets):\n    return ((predictions - targets) ** 2).mean()\n",
    )


@case(lesson=DESCENT)
def declared_then_assigned(nb):
    nb.write(
        "mse",
        'def mse(predictions, targets):\n    """predictions, targets: tensors of the same shape."""\n\nmse = nn.MSELoss()\n',
    )


@case(lesson=DESCENT)
def a_draft_with_pass_above_by_lambda(nb):
    nb.write(
        "mse",
        "def mse(predictions, targets): pass\n\ndef mean_squared(predictions, targets):\n    return ((predictions - targets) ** 2).mean()\n\nmse = mean_squared\n",
    )


@case(lesson=DESCENT)
def filled_in_by_a_decorator(nb):
    nb.write(
        "mse", "def like(f):\n    return lambda stub: f\n\n@like(F.mse_loss)\ndef mse(predictions, targets): ...\n"
    )


@case(lesson=DESCENT)
def a_skeleton_at_the_top_filled_by_exec(nb):
    nb.write("mse", "def mse(predictions, targets):\n    pass\n\nexec('''" + MSE + "''')\n")


@case(lost=("accuracy",), never=("Not written",))
def not_implemented_for_numbers(nb):
    nb.write(
        "accuracy",
        "def accuracy(predictions, targets):\n    if not torch.is_tensor(targets):\n        raise NotImplementedError('numbers as targets')\n    return (predictions == targets).float().mean()\n",
    )


@case(lost=("accuracy",), never=("Not written",))
def a_base_class_that_raises(nb):
    nb.write(
        "accuracy",
        "class Metric:\n    def __call__(self, p, t):\n        raise NotImplementedError\n\nclass Accuracy(Metric):\n    def __call__(self, p, t):\n        if not torch.is_tensor(t):\n            return super().__call__(p, t)\n        return (p == t).float().mean()\n\naccuracy = Accuracy()\n",
    )


# ---------------------------------------------------------------- what a kernel has


@case()
def get_ipython_is_imported(nb):
    nb.above("stack_images", "from IPython import get_ipython\nipython = get_ipython()\n")
    nb.write("stack_images", "%%time\n" + STACK)


@case()
def the_last_output(nb):
    nb.above("stack_images", "255\n")
    nb.write("stack_images", "WHITE = _\ndef stack_images(images):\n    return torch.stack(images).float() / WHITE\n")


@case()
def out_history(nb):
    nb.above("accuracy", "HALF = len(In) * 0 + 1\nassert isinstance(Out, dict)\n")
    nb.write(
        "accuracy", "def accuracy(predictions, targets):\n    return HALF * (predictions == targets).float().mean()\n"
    )


@case()
def top_level_await(nb):
    nb.above(
        "stack_images",
        "import asyncio\nasync def white():\n    await asyncio.sleep(0)\n    return 255\nWHITE = await white()\n",
    )
    nb.write("stack_images", "def stack_images(images):\n    return torch.stack(images).float() / WHITE\n")


@case()
def pylab(nb):
    nb.above("stack_images", "%pylab inline\n")
    nb.write(
        "mean_prototype",
        "def mean_prototype(stack):\n    assert pi > 3 and array([1]).shape == (1,)\n    return stack.mean(0)\n",
    )


@case()
def timed_result_kept(nb):
    nb.above("stack_images", "best = %timeit -o -q -n1 -r1 1 + 1\nWHITE = 255 if best.best < 1000 else 0\n")
    nb.write("stack_images", "def stack_images(images):\n    return torch.stack(images).float() / WHITE\n")


@case()
def environment_magic(nb):
    nb.above("stack_images", "%env WHITE=255\n")
    nb.write(
        "stack_images",
        "import os\ndef stack_images(images):\n    return torch.stack(images).float() / int(os.environ['WHITE'])\n",
    )


@case()
def a_custom_magic(nb):
    nb.above(
        "l1_distance",
        "from IPython.core.magic import register_cell_magic\n@register_cell_magic\ndef run_it(line, cell):\n    get_ipython().run_cell(cell)\n",
    )
    nb.write("l1_distance", "%%run_it\n" + L1)


@case()
def run_cell_by_hand(nb):
    nb.write("l1_distance", "get_ipython().run_cell('''" + L1 + "''')\n")


@case()
def run_of_a_file(nb):
    nb.above("l1_distance", "%%writefile mine.py\ndef size(t):\n    return t.abs()\n")
    nb.above("l1_distance", "%run mine.py\n")
    nb.write("l1_distance", "def l1_distance(a, b):\n    return size(a - b).mean()\n")


@case()
def appended_to_a_file(nb):
    nb.above("l1_distance", "%%writefile mine.py\ndef size(t):\n    return t.abs()\n")
    nb.above("l1_distance", "%%writefile -a mine.py\n\ndef middle(t):\n    return t.mean()\n")
    nb.write("l1_distance", "from mine import size, middle\n\ndef l1_distance(a, b):\n    return middle(size(a - b))\n")


@case()
def a_file_mended_under_autoreload(nb):
    nb.above("l1_distance", "%load_ext autoreload\n%autoreload 2\n")
    nb.above("l1_distance", "%%writefile mine.py\ndef size(t):\n    return -t\n")
    nb.above("l1_distance", "import mine\n")
    nb.above("l1_distance", "import time; time.sleep(1.1)\n")
    nb.above("l1_distance", "%%writefile mine.py\ndef size(t):\n    # mended\n    return t.abs()\n")
    nb.write("l1_distance", "def l1_distance(a, b):\n    return mine.size(a - b).mean()\n")


@case()
def a_display_handle(nb):
    nb.write(
        "mean_prototype",
        "def mean_prototype(stack):\n    handle = display('working', display_id=True)\n    handle.update('done')\n    return stack.mean(0)\n",
    )


@case()
def a_display_handle_imported(nb):
    nb.write(
        "mean_prototype",
        "from IPython.display import display\ndef mean_prototype(stack):\n    handle = display('working', display_id=True)\n    handle.update('done')\n    return stack.mean(0)\n",
    )


@case()
def asked_whether_in_a_notebook(nb):
    nb.above("stack_images", "if 'IPKernelApp' in get_ipython().config:\n    WHITE = 255\n")
    nb.write("stack_images", "def stack_images(images):\n    return torch.stack(images).float() / WHITE\n")


@case()
def asked_for_the_shells_class(nb):
    nb.above(
        "stack_images",
        "def in_notebook():\n    try:\n        return get_ipython().__class__.__name__ == 'ZMQInteractiveShell'\n    except NameError:\n        return False\nif in_notebook():\n    from tqdm.notebook import tqdm\n    WHITE = 255\n",
    )
    nb.write("stack_images", "def stack_images(images):\n    return torch.stack(images).float() / WHITE\n")


@case()
def mkdir_by_shell(nb):
    nb.above("mean_prototype", "!mkdir -p pictures\n")
    nb.write(
        "mean_prototype",
        "def mean_prototype(stack):\n    mean = stack.mean(0)\n    torch.save(mean.cpu(), 'pictures/mean.pt')\n    return mean\n",
    )


@case()
def builtins_by_dunder(nb):
    nb.above("mean_prototype", "sum = 0\n")
    nb.write("mean_prototype", "def mean_prototype(stack):\n    return __builtins__.sum(stack) / len(stack)\n")


@case()
def a_module_written_with_open(nb):
    nb.above("l1_distance", "with open('helper.py', 'w') as f:\n    f.write('def size(t):\\n    return t.abs()\\n')\n")
    nb.write("l1_distance", "import helper\n\ndef l1_distance(a, b):\n    return helper.size(a - b).mean()\n")


# ---------------------------------------------------------------- drafts that were switched off


@case()
def disabled_draft_below_a_new_answer(nb):
    """The answer cell with the first draft was turned into a raw cell; the right one stands above it."""
    nb.write("l1_distance", WRONG_L1)
    nb["l1_distance"]["cell_type"] = "raw"
    for k in ("outputs", "execution_count"):
        nb["l1_distance"].pop(k, None)
    nb.above("l1_distance", L1)


# ---------------------------------------------------------------- words in code cells


@case(waits=ALL_QUESTIONS)
def words_as_a_comment_in_a_code_cell(nb):
    nb.write("question_cancelling", STUB)
    nb.below("question_cancelling", "# Differences have two signs, so they cancel.\n")


@case(waits=ALL_QUESTIONS)
def words_as_text_in_a_code_cell(nb):
    nb.write("question_cancelling", STUB)
    nb.below("question_cancelling", '"""Differences have two signs, so they cancel."""\n')


@case(waits=ALL_QUESTIONS)
def words_printed(nb):
    nb.write("question_cancelling", STUB)
    nb.below("question_cancelling", 'print("Differences have two signs, so they cancel.")\n')


@case(waits=ALL_QUESTIONS)
def words_in_a_cell_above_the_placeholder_in_code(nb):
    nb.write("question_cancelling", STUB)
    nb.above("question_cancelling", "# Differences have two signs, so they cancel.\n")


# ---------------------------------------------------------------- cells that are too long to be read


@case(lost=("stack_images",), note="is longer than 262,144 characters and was not read", in_a_kernel=False)
def a_huge_literal(nb):
    nb.above("stack_images", "LOGO = '" + "A" * 1_300_000 + "'\nWHITE = 255\n")
    nb.write("stack_images", "def stack_images(images):\n    return torch.stack(images).float() / WHITE\n")


@case(waits=ALL_QUESTIONS, note="is longer than 262,144 characters and was not read")
def an_inline_image_in_an_answer_in_words(nb):
    nb.write("question_cancelling", "Signs cancel. ![drawing](data:image/png;base64," + "A" * 1_300_000 + ")")


# ---------------------------------------------------------------- a method as an answer


@case(lost=("mnist_distance",))
def wrong_in_a_static_method_costs_once(nb):
    nb.write(
        "mnist_distance",
        "class D:\n    @staticmethod\n    def images(a, b):\n        return (a - b).mean((-1, -2))\n\nmnist_distance = D.images\n",
    )
    nb.write("is_3", "def is_3(x, mean3, mean7):\n    return D.images(x, mean3) < D.images(x, mean7)\n")


@case(lost=("mnist_distance",))
def wrong_in_a_class_method_costs_once(nb):
    nb.write(
        "mnist_distance",
        "class D:\n    @classmethod\n    def images(cls, a, b):\n        return (a - b).mean((-1, -2))\n\nmnist_distance = D.images\n",
    )
    nb.write("is_3", "def is_3(x, mean3, mean7):\n    return D.images(x, mean3) < D.images(x, mean7)\n")


@case(lost=("mnist_distance",))
def wrong_in_a_bound_method_costs_once(nb):
    nb.write(
        "mnist_distance",
        "class D:\n    def images(self, a, b):\n        return (a - b).mean((-1, -2))\n\nd = D()\nmnist_distance = d.images\n",
    )
    nb.write("is_3", "def is_3(x, mean3, mean7):\n    return mnist_distance(x, mean3) < d.images(x, mean7)\n")


# ---------------------------------------------------------------- what never runs


@case(
    lost=("mean_prototype",), doubt=("mean_prototype",), never=("NameError",), in_a_kernel=False,
    says={"mean_prototype": "`N_PIXELS` needs `train_3`, which comes from a cell that does not run while grading."},
)  # fmt: skip
def a_constant_from_the_data(nb):
    nb.above("mean_prototype", "N_PIXELS = train_3[0].numel()\n")
    nb.write("mean_prototype", "def mean_prototype(stack):\n    assert N_PIXELS == 784\n    return stack.mean(0)\n")


# ---------------------------------------------------------------- answers elsewhere


ONLY_A_STUB = 'raise NotImplementedError("Write your answer here in place of this line, then run the check below.")'


@case(places={"l1_distance": "end"})
def a_stub_that_stayed_and_an_answer_below_its_check(nb):
    nb.write("l1_distance", f"def l1_distance(a, b):\n    {ONLY_A_STUB}\n")
    nb.below("test_l1_distance", L1)


@case(lost=("mnist_distance",))
def a_mistake_under_a_magic_costs_once(nb):
    nb.write("mnist_distance", "%%time\ndef mnist_distance(a, b):\n    return (a - b).mean((-1, -2))\n")
    nb.write(
        "is_3",
        "%%time\ndef is_3(x, mean3, mean7):\n    return mnist_distance(x, mean3) < mnist_distance(x, mean7)\n",
    )


@case()
def a_magic_on_top_of_a_cell_of_the_course(nb):
    shown = nb.named("show_row")
    shown["source"] = "%%time\n" + "".join(shown["source"])
    nb.write(
        "mean_prototype", "def mean_prototype(stack):\n    show_row([stack.mean(0).cpu()])\n    return stack.mean(0)\n"
    )


@case(places={"l1_distance": "before"})
def warnings_made_errors_at_the_end(nb):
    nb.write(
        "l1_distance",
        "import warnings\n\ndef l1_distance(a, b):\n    warnings.warn('slow')\n    return (a - b).abs().mean()\n",
    )
    nb.at_the_end("import warnings\nwarnings.simplefilter('error')\n")


@case(waits=ALL_QUESTIONS)
def words_displayed_from_code(nb):
    nb.write("question_cancelling", STUB)
    nb.below(
        "question_cancelling",
        "from IPython.display import Markdown\ndisplay(Markdown('Differences have two signs, so they cancel.'))\n",
    )


@case(waits=ALL_QUESTIONS)
def all_words_in_the_cell_of_the_first_question(nb):
    nb.write("question_last_two_axes", "1. The last two are rows and columns.\n2. Signs cancel.\n3. Nothing is copied.")
    for name in ALL_QUESTIONS[1:]:
        nb.write(name, STUB)


@case()
def a_disabled_draft_and_two_answers_in_one_assignment(nb):
    nb.write("l1_distance", WRONG_L1)
    nb["l1_distance"]["cell_type"] = "raw"
    for key in ("outputs", "execution_count"):
        nb["l1_distance"].pop(key)
    nb.above(
        "l1_distance",
        "def make(p):\n    return lambda a, b: ((a - b).abs() ** p).mean() ** (1 / p)\n\nl1_distance, second = make(1), make(2)\n",
    )


@case()
def a_task_that_a_later_cell_awaits(nb):
    nb.above("l1_distance", "import asyncio\nasync def one():\n    return 1\ntask = asyncio.create_task(one())\n")
    nb.above("l1_distance", "ONE = await task\n")
    nb.write("l1_distance", "def l1_distance(a, b):\n    return ONE * (a - b).abs().mean()\n")


@case()
def a_variable_in_a_magic(nb):
    nb.above("l1_distance", "white, file = 255, 'mine.py'\n%env WHITE=$white\n")
    nb.above("l1_distance", "%%writefile {file}\nimport os\nWHITE = int(os.environ['WHITE'])\n")
    nb.write(
        "l1_distance", "import mine\n\ndef l1_distance(a, b):\n    return mine.WHITE * (a - b).abs().mean() / 255\n"
    )


@case()
def tensors_of_fastais_class(nb):
    nb.above("stack_images", "from fastai.vision.all import *\n")
    nb.write(
        "stack_images",
        "def stack_images(images):\n    return TensorImage(torch.stack(images).float() / 255)\n",
    )


@case(lesson=DIGITS)
def tensors_of_a_class_of_ones_own(nb):
    nb.write(
        "softmax",
        "class Shares(torch.Tensor):\n    pass\n\ndef softmax(x, dim=-1):\n    return x.softmax(dim).as_subclass(Shares)\n",
    )
