"""Mutation testing of the graders: every reference answer is broken in one place at a time, and the checks must notice.

Each mutant goes through the real worker, alone in an otherwise right submission. Prints, for each exercise, how many mutants there
are, how many lost marks, how many kept full marks ("survivors"), and how many of these are listed in `equivalent_mutants.py`, because
they mean the same as the answer. Exits 1 where a survivor is not listed, or where a mutant made a grader fail.

    python -m benchmarks.mutants [LESSON...] [--exercise NAME...] [--list]
"""

from __future__ import annotations

import argparse
import ast
import copy
import difflib
import multiprocessing
import os
import pathlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from autograder import devices
from autograder.course import config, data, lesson
from autograder.judge import process
from autograder.judge.checks import Checks
from autograder.judge.grader import Grader
from autograder.judge.reference_cache import load_reference
from autograder.read import extract
from autograder.results import Verdict
from autograder.run.limits import Limits
from autograder.run.session import Session
from autograder.run.warm_parent import WarmParent
from benchmarks.equivalent_mutants import EQUIVALENT

ROOT = pathlib.Path(__file__).parents[1]
MODULES = ("torch", "F", "nn", "np", "pd", "Image")

# Every operator becomes each of those beside it.
OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
NAMES = {
    "mean": ("sum", "median"),
    "sum": ("mean",),
    "amax": ("amin", "mean"),
    "max": ("min",),
    "min": ("max",),
    "argmax": ("argmin",),
    "argmin": ("argmax",),
    "float": ("double", "int", "half"),
    "ones": ("zeros",),
    "zeros": ("ones",),
    "randn": ("rand", "zeros"),
    "randperm": ("arange",),
    "arange": ("randperm",),
    "stack": ("cat",),
    "cat": ("stack",),
    "detach": ("clone",),
    "step": ("zero_grad",),
    "zero_grad": ("step",),
    "ReLU": ("Sigmoid", "Tanh"),
    "exp": ("expm1", "exp2"),
    "log": ("log1p", "log2"),
    "backward": ("detach",),
    "abs": ("neg",),
    "round": ("int",),
    "any": ("all",),
    "all": ("any",),
}


@dataclass(frozen=True)
class Mutant:
    """A reference answer with one change; `change` is the changed line before and after, which names the mutant within its exercise."""

    exercise: str
    change: str
    source: str


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: `fate` is killed, survived or held (the grader itself failed on it)."""

    mutant: Mutant
    fate: str


# ---------------------------------------------------------------- making mutants


def mutants_of(exercise: str, source: str) -> list[Mutant]:
    """All mutants of an answer, without those whose code is that of another or of the answer itself."""
    tree = ast.parse(source)
    before = ast.unparse(tree)
    docstrings = {
        id(node.body[0])
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and _documented(node)
    }
    found: dict[str, Mutant] = {}
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        parameters = [argument.arg for argument in function.args.args if argument.arg != "self"]
        for node in ast.walk(function):
            if id(node) in docstrings or node is function:
                continue
            for replacement in (*_variants(node), *_other_parameter(node, parameters)):
                after = ast.unparse(_with(tree, node, replacement))
                if after != before and after not in found:
                    found[after] = Mutant(exercise, _change(before, after), after + "\n")
    return list(found.values())


def _documented(node: ast.FunctionDef | ast.ClassDef) -> bool:
    return ast.get_docstring(node) is not None


def _with(tree: ast.Module, node: ast.AST, replacement: ast.AST | list[ast.stmt]) -> ast.Module:
    """A copy of the tree with another node in the place of one."""
    memo: dict[int, object] = {}
    copied = copy.deepcopy(tree, memo)
    target = memo[id(node)]

    class Replace(ast.NodeTransformer):
        def visit(self, visited: ast.AST) -> ast.AST | list[ast.stmt]:
            return copy.deepcopy(replacement) if visited is target else self.generic_visit(visited)

    return ast.fix_missing_locations(Replace().visit(copied))


def _change(before: str, after: str) -> str:
    """The changed lines, as `before => after`; a line that is gone has nothing after the arrow."""
    old, new = before.splitlines(), after.splitlines()
    gone, come = [], []
    for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += [line.strip() for line in old[i:j]]
            come += [line.strip() for line in new[k:m]]
    return f"{'; '.join(gone)} => {'; '.join(come)}".strip()


def _edited(node: ast.AST, **fields: object) -> ast.AST:
    """A copy of a node with other fields."""
    edited = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(edited, name, value)
    return edited


def _swapped(items: list, first: int) -> list:
    return [*items[:first], items[first + 1], items[first], *items[first + 2 :]]


def _without(items: list, place: int) -> list:
    return items[:place] + items[place + 1 :]


def _other_parameter(node: ast.AST, parameters: list[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in parameters and len(parameters) > 1:
        yield _edited(node, id=parameters[(parameters.index(node.id) + 1) % len(parameters)])


def _variants(node: ast.AST) -> Iterator[ast.AST | list[ast.stmt]]:
    """What may stand in a node's place; each is a mutant of its own."""
    if isinstance(node, ast.expr):
        yield from _expression_variants(node)
    elif isinstance(node, ast.stmt) and not isinstance(
        node, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Pass)
    ):
        yield from _statement_variants(node)


def _expression_variants(node: ast.expr) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp):
        for operator in OPERATORS.get(type(node.op), ()):
            yield _edited(node, op=operator())
        yield from (node.left, node.right)
        if not isinstance(node.op, (ast.Add, ast.Mult)):
            yield _edited(node, left=node.right, right=node.left)
    elif isinstance(node, ast.Compare):
        for operator in COMPARISONS.get(type(node.ops[0]), ()):
            yield _edited(node, ops=[operator(), *node.ops[1:]])
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.BoolOp):
        yield _edited(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        yield from node.values
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield _edited(node, value=not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield _edited(node, value=node.value + 1)
        yield _edited(node, value=node.value - 1)
    elif isinstance(node, ast.Constant) and isinstance(node.value, float):
        yield _edited(node, value=2 * node.value or 1.0)
        yield _edited(node, value=0.9 * node.value)
    elif isinstance(node, ast.Call):
        yield from _call_variants(node)
    elif isinstance(node, (ast.Tuple, ast.List)) and isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        yield _edited(node, elts=_swapped(node.elts, 0))
        for place in range(len(node.elts)):
            yield _edited(node, elts=_without(node.elts, place))
    elif isinstance(node, ast.Slice):
        yield from (_edited(node, **{end: None}) for end in ("lower", "upper") if getattr(node, end) is not None)
    elif isinstance(node, ast.Subscript):
        yield node.value


def _call_variants(call: ast.Call) -> Iterator[ast.AST]:
    function = call.func
    is_method = isinstance(function, ast.Attribute) and not (
        isinstance(function.value, ast.Name) and function.value.id in MODULES
    )
    if is_method:
        yield function.value  # the call dropped: `(a - b).abs()` becomes `(a - b)`
    elif call.args and not isinstance(call.args[0], ast.Starred):
        yield call.args[0]  # `float(x)` becomes `x`
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    for other in NAMES.get(name, ()):
        yield _edited(
            call, func=_edited(function, **({"attr": other} if isinstance(function, ast.Attribute) else {"id": other}))
        )
    for place in range(len(call.args)):
        yield _edited(call, args=_without(call.args, place))
    for place in range(len(call.args) - 1):
        yield _edited(call, args=_swapped(call.args, place))
    for place in range(len(call.keywords)):
        yield _edited(call, keywords=_without(call.keywords, place))


def _statement_variants(node: ast.stmt) -> Iterator[ast.AST | list[ast.stmt]]:
    if isinstance(node, ast.Return):
        yield ast.Return(None)
        return
    yield ast.Pass()
    if isinstance(node, ast.AugAssign):
        for operator in OPERATORS.get(type(node.op), ()):
            yield _edited(node, op=operator())
        yield ast.Assign([node.target], node.value)
        # `p -= x` made anew instead of in place
        yield ast.Assign([node.target], ast.BinOp(_edited(node.target, ctx=ast.Load()), node.op, node.value))
    elif isinstance(node, ast.If):
        yield _edited(node, test=ast.UnaryOp(ast.Not(), node.test))
        yield _edited(node, test=ast.Constant(True))
    elif isinstance(node, ast.For):
        yield _edited(node, body=[*node.body, ast.Break()])
    elif isinstance(node, ast.With):
        yield list(node.body)


# ---------------------------------------------------------------- running them


class _Runner:
    """The hook that runs the mutants once a lesson's graders are collected."""

    def __init__(self, course: config.Course, chosen: lesson.Lesson, exercises: list[str]) -> None:
        self.course, self.lesson, self.exercises = course, chosen, exercises
        self.outcomes: list[Outcome] = []

    def pytest_runtestloop(self, session: object) -> bool:
        import torch

        torch.set_num_threads(1)
        settings = self.course.settings
        # Short limits: of all mutants only endless loops come near them.
        limits = Limits(
            call_seconds=2.0, exercise_seconds=4.0, load_seconds=settings.load_seconds, memory=settings.memory
        )
        with WarmParent(self.lesson.preload, limits) as parent:
            checks = Checks(session, self.lesson.notebook)  # type: ignore[arg-type]
            reference = load_reference(self.course.solutions / f"{self.lesson.notebook}.py")
            checks.prepare(reference, settings.seed)
            grader = Grader(self.course, self.lesson, checks, reference, parent, data.find(), devices.SIMULATED)
            for name in self.exercises:
                self._run(grader, name)
        return True

    def _run(self, grader: Grader, name: str) -> None:
        answers = extract.reference(self.lesson)
        whole = grader.run(answers, [name])[0][name]
        if not whole.perfect:
            lost = ", ".join(
                f"{check.id}: {check.verdict}" for check in whole.checks if check.verdict != Verdict.PASSED
            )
            raise SystemExit(f"{name}: the reference itself loses marks, so its mutants would say nothing ({lost})")
        for mutant in mutants_of(name, self.lesson.exercises[name].answer):
            self.outcomes.append(Outcome(mutant, self._fate(grader, answers.replacing(name, mutant.source), name)))
        print(f"{name}: done", file=sys.stderr, flush=True)

    @staticmethod
    def _fate(grader: Grader, submission: extract.Submission, name: str) -> str:
        """Runs one check after another in one worker, until one does not pass: the others could change nothing."""
        every = dict(grader.checks.by_exercise)
        session = Session(grader.parent, submission, grader.seed, device=grader.device)
        try:
            for item in every[name]:
                grader.checks.by_exercise = {name: [item]}
                (check,) = grader.checks.run(name, session)[0]
                if check.verdict == Verdict.GRADER_ERROR:
                    return "held"
                if check.verdict not in (Verdict.PASSED, Verdict.NOT_RUN):
                    return "killed"
            return "survived"
        finally:
            grader.checks.by_exercise = every
            session.close()


def run_lesson(assignment: str, exercises: list[str]) -> tuple[list[str], list[Outcome]]:
    """The exercises that have checks, and what became of the mutants of each; runs pytest, so once a process."""
    os.environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1"}
    sys.dont_write_bytecode = True
    course = config.load(ROOT)
    chosen = lesson.load(course, assignment)
    runner = _Runner(course, chosen, [name for name in chosen.exercises if not exercises or name in exercises])
    code = process.run_pytest(course, chosen.notebook, runner)
    if code not in (0, 5):
        raise SystemExit(f"pytest could not run the graders of {assignment} (exit {code})")
    return runner.exercises, runner.outcomes


def table(outcomes: list[Outcome], exercises: list[str]) -> str:
    """The counts of each exercise as a Markdown table."""
    rows = [
        "| exercise | mutants | killed | survivors | equivalent |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    totals = [0, 0, 0, 0]
    for name in exercises:
        mine = [outcome for outcome in outcomes if outcome.mutant.exercise == name]
        survivors = [outcome for outcome in mine if outcome.fate == "survived"]
        counts = [
            len(mine),
            sum(outcome.fate == "killed" for outcome in mine),
            len(survivors),
            sum(map(is_listed, survivors)),
        ]
        totals = [total + count for total, count in zip(totals, counts)]
        rows.append(f"| {name} | " + " | ".join(map(str, counts)) + " |")
    rows.append("| together | " + " | ".join(map(str, totals)) + " |")
    return "\n".join(rows)


def is_listed(outcome: Outcome) -> bool:
    return outcome.mutant.change in EQUIVALENT.get(outcome.mutant.exercise, {})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "lessons", nargs="*", metavar="LESSON", help="assignments such as 02-pixel-similarity; all without any"
    )
    parser.add_argument("--exercise", nargs="+", default=[], metavar="NAME", help="only these exercises")
    parser.add_argument("--list", action="store_true", help="list the mutants and run nothing")
    options = parser.parse_args()
    course = config.load(ROOT)
    assignments = options.lessons or lesson.assignments(course)
    for name in assignments:
        if name not in lesson.assignments(course):
            parser.error(f"no lesson {name}; there are {', '.join(lesson.assignments(course))}")
    if options.list:
        for task in (task for name in assignments for task in lesson.load(course, name).exercises.values()):
            if not options.exercise or task.name in options.exercise:
                print(task.name, *(f"    {mutant.change}" for mutant in mutants_of(task.name, task.answer)), sep="\n")
        return 0

    bad: list[Outcome] = []
    # Each lesson in a fresh process: pytest collects once, and one lesson's imports are not another's.
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for assignment in assignments:
            start = time.perf_counter()
            exercises, outcomes = pool.apply(run_lesson, (assignment, options.exercise))
            if not exercises:
                continue
            print(
                f"\n## {assignment}\n\n{table(outcomes, exercises)}\n\n{time.perf_counter() - start:.0f} s", flush=True
            )
            now = [
                outcome
                for outcome in outcomes
                if outcome.fate == "held" or (outcome.fate == "survived" and not is_listed(outcome))
            ]
            seen = {
                (outcome.mutant.exercise, outcome.mutant.change) for outcome in outcomes if outcome.fate == "survived"
            }
            for name in exercises:
                for change in EQUIVALENT.get(name, {}):
                    if (name, change) not in seen:
                        print(f"{name}: listed as a survivor, but it is killed or no longer made: {change}")
            for outcome in now:
                print(f"{outcome.fate}: {outcome.mutant.exercise}: {outcome.mutant.change}", flush=True)
            bad += now
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
