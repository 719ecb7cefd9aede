"""Which parts of an exception's message a student may read.

The student's process writes the message, and it may contain pieces of the hidden inputs: `raise ValueError(str(x))`,
`{}[str(x)]`, a class named after a pixel. So nothing of it is passed on as it stands. A message is told only if it is
one of the sentences of Python, NumPy and torch in messages.txt, and then in the words of that list. Of what stands in
its slots, only sizes of the call's arguments are shown, names of Python and of the libraries, and names that stand on
the line of the student's code that failed. For any other message the student gets the type, the line number and the
text of the line, which is enough to see the message in their own notebook.

What is told can still be chosen by code that has seen the inputs. `Said.bits` says how much at most, and a submission
has a budget for it (`budget`).
"""

from __future__ import annotations

import builtins
import itertools
import keyword
import math
import pathlib
import re
from collections.abc import Iterable, Set
from typing import Any, NamedTuple

import numpy as np
import torch

from autograder.worker import nested

HIDDEN = "…"
OTHER = "object of another kind"
UNSAID = "the message is hidden because it may contain test inputs; run the line on an example of your own to see it"

_DEEP, _MOST_ITEMS = 4, 100
"""How deep a call's arguments are searched for sizes that may be shown, and how many items of each container."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TYPES = frozenset(
    [
        "NoneType",
        "Tensor",
        "tensor",
        "Parameter",
        "Size",
        "dtype",
        "device",
        "module",
        "Module",
        "ndarray",
        "array",
        "generator",
        "function",
        "method",
        "builtin_function_or_method",
        "type",
        "object",
        "Sequential",
        "Linear",
        "ReLU",
        "DataLoader",
        "Generator",
        "range_iterator",
        "list_iterator",
        "zip",
        "map",
        "filter",
        "torch",
        "numpy",
        "np",
        "nn",
        "F",
        "math",
        "path",
        "Path",
        "PosixPath",
        "DataFrame",
        "Series",
        "TensorImage",
        "float32",
        "float64",
        "int64",
        "uint8",
        "bool_",
    ]
)
# what the wire calls values that it can't send
_VALUES = frozenset(
    ["int", "str", "float", "bool", "tuple", "dict", "set", "frozenset", "bytes", "complex", "list", "slice", "range"]
    + ["int too large to send", "str too long to send", "tensor of a dtype that can't be sent"]
    + ["thing too deep or too long to send", "RandomSampler", "BatchSampler", "DataLoaders", "Learner", "BatchNorm1d"]
    + ["ModuleList", "ParameterList", "Dropout", "Conv2d", "Softplus", "GELU", "LeakyReLU", "ELU", "Axes", "Figure"]
)
# what the libraries call their arguments, their modules and their own parts
_ARGUMENTS = _names(
    "input other target targets tensors index indices self src dim dims dim0 dim1 axis shape size sizes dtype device "
    "generator requires_grad keepdim out start end steps step fill_value value n k high low num_classes num_samples "
    "std mean condition x y a b vec mat1 mat2 equation operands weight bias in_features out_features num_embeddings "
    "params parameters max_norm lr fmt mode fp file data obj source split_sizes repeats sequence iterable object "
    "axis1 axis2 Number linalg_norm linalg_vector_norm __main__ coroutine "
    "arrays array filename path images image modules activation linear container loss functional optim utils "
    "TensorBase _C _VariableFunctionsClass numpy random core multiarray frame pandas PIL Image series "
    "StrDType Float64DType Float32DType Int64DType ObjectDType BoolDType object_ str_ int32 float16"
)
_VOCABULARY = _ARGUMENTS | _TYPES | frozenset(dir(builtins)) | frozenset(keyword.kwlist)
_EXCEPTIONS = frozenset(
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
) | frozenset(
    ("NoGraph", "WrittenForOneGPU", "LinAlgError", "OutOfMemoryError", "AxisError", "UFuncTypeError", "UnpicklingError")
)
_DTYPE = (
    r"(?:torch\.(?:cuda\.)?)?(?:Float|Double|Long|Int|Short|Byte|Char|Bool|Half|BFloat16|ComplexFloat|ComplexDouble|"
    r"float(?:16|32|64)?|double|long|[Uu]?[Ii]nt(?:8|16|32|64)?|bool|half|bfloat16|complex(?:64|128)?)(?:Tensor)?"
)

# {n} a number, {s} numbers in brackets or joined by x, {w} a name, {f} the name of a function, {d} a dtype,
# {v} a device, {o} an operator, {h} a number that is never shown because it is a value and not a size (a target)
_SENTENCES = (pathlib.Path(__file__).parent / "messages.txt").read_text(encoding="utf-8").splitlines()

_SLOT = re.compile(r"\{([nswdvofh])\}")
_NUMBER = r"-?\d{1,18}"
_PATTERNS = {
    "n": rf"({_NUMBER})",
    "s": rf"((?:torch\.Size\()?[\[(]?{_NUMBER}(?:(?:, ?|x){_NUMBER})*,?[\])]?\)?|[\[(]\s*[\])])",
    "w": r"([A-Za-z_][\w.]{0,79}(?: or [A-Za-z_]\w{0,40})?|[1-5])",
    "f": r"([A-Za-z_<][\w.<>]{0,99})",
    "d": f"({_DTYPE})",
    "v": r"((?:cpu|cuda|mps|xpu|hpu|mtia|meta|simulated)(?::\d)?)",
    "h": r"([-+]?[\d.]{1,40}(?:e[-+]?\d{1,4})?)",
    "o": r"([-+*/%@&|^~<>=!]{1,3}|\*\* or pow\(\)|divmod\(\))",
}


def _compile(sentence: str) -> re.Pattern[str]:
    parts = _SLOT.split(sentence)
    return re.compile(
        "".join(re.escape(part) if i % 2 == 0 else _PATTERNS[part] for i, part in enumerate(parts)) + r"(?P<rest>.*)",
        re.DOTALL | re.ASCII,  # digits of other scripts are read as numbers too, and how one is written is a message
    )


_COMPILED: list[tuple[re.Pattern[str], str]] = [(_compile(line), "".join(_SLOT.findall(line))) for line in _SENTENCES]
_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def words_of(sources: Iterable[str]) -> frozenset[str]:
    """The names in a submission's own code."""
    return frozenset(word for source in sources for word in _WORD.findall(source))


def sizes_of(values: Any) -> frozenset[int]:
    """The numbers that may be shown about a call: lengths and sizes of its arguments, products of adjacent sizes, and
    0 to 16.
    """
    found = set(range(17))
    for node in nested.nodes(values, depth=_DEEP, most=_MOST_ITEMS):
        if isinstance(node, (list, tuple, dict)):
            found.add(len(node))
        for tensor in node.parameters() if isinstance(node, torch.nn.Module) else [node]:
            if isinstance(tensor, (torch.Tensor, np.ndarray)):
                # products too, because messages also name the sizes of flattened tensors
                shape = list(tensor.shape)
                ends = itertools.combinations(range(len(shape) + 1), 2)
                found.update(math.prod(shape[start:end]) for start, end in ends)
    return frozenset(found)


def public_type(name: str) -> str:
    """The name of an exception's class if it is Python's or torch's; else "Exception"."""
    return name if name in _EXCEPTIONS else "Exception"


def public_name(name: str) -> str:
    """The name of a value's class if it is a common one; else the words for any other."""
    return name if name in _TYPES or name in _VALUES else OTHER


class Said(NamedTuple):
    """A message as the student may read it, on one line, and the most bits that its choice can carry."""

    text: str
    bits: float


def public_message(message: str, words: Set[str], sizes: Set[int]) -> Said | None:
    """The message as the student may read it; None if it must be hidden. `words`: names on the line that failed;
    `sizes`: numbers that may be shown.
    """
    message = " ".join(message.split())
    if not message:
        return Said("", 1.0)
    best = _told(message, words, sizes)
    operation = re.match(r"([a-z_]\w*): (?=\w)", message)  # newer versions of torch put the operation's name first
    if best is None and operation and _belongs_to_a_library(operation[1]):
        best = _told(message[operation.end() :], words, sizes)
        return None if best is None else Said(operation[0] + best.text, best.bits + _NAME_BITS)
    return best


_SENTENCE_BITS = math.log2(len(_SENTENCES) + 1)
_NAMES = 4_000
"""Names of Python, torch and NumPy that may be shown (2,832 with torch 2.15)."""
_NAME_BITS = math.log2(_NAMES)
_SLOT_BITS = {"d": 6.0, "v": 7.0, "o": 9.0, "h": 0.0}
_MOST_NAMES, _MOST_NUMBERS = 4, 6
"""In one slot; a slot with more is hidden."""


def _told(message: str, words: Set[str], numbers: Set[int]) -> Said | None:
    """The sentence of the list that covers most of a message, with its slots as they may be shown."""
    best: tuple[int, Said] | None = None
    for pattern, kinds in _COMPILED:
        match = pattern.fullmatch(message)
        if match is None:
            continue
        rest = match.group("rest")
        told, bits = message[: match.start("rest")], _SENTENCE_BITS
        for index in range(len(kinds), 0, -1):  # from the end, so that the earlier spans stay valid
            start, end = match.span(index)
            slot = _public_slot(kinds[index - 1], told[start:end], words, numbers)
            bits += _bits_of(kinds[index - 1], slot, words, numbers)
            told = told[:start] + slot + told[end:]
        # several sentences may match: the one that leaves least of the message over fits best
        if best is None or len(rest) < best[0]:
            best = (len(rest), Said(told, bits))
    return None if best is None else best[1]


def _bits_of(kind: str, slot: str, words: Set[str], numbers: Set[int]) -> float:
    """The most bits that the content of a slot can carry."""
    if kind in "ns":
        # each number may also be hidden or negative; and of how many there are, in which brackets
        count = len(re.split("[x,]", slot))
        return 4 * (kind == "s") + count * (math.log2(len(numbers) + 1) + 1)
    if kind in "wf":
        return 2 + len(re.split(r"\.| or ", slot)) * math.log2(_NAMES + len(words))
    return _SLOT_BITS[kind]


def _public_slot(kind: str, text: str, words: Set[str], numbers: Set[int]) -> str:
    if kind in "ns":
        if len(re.findall(_NUMBER, text, re.ASCII)) > _MOST_NUMBERS:
            return HIDDEN
        if len(set(re.findall(r", ?(?=-?\d)", text))) > 1:  # nobody writes both in one list
            text = re.sub(r", ?(?=-?\d)", ", ", text)
        return re.sub(_NUMBER, lambda number: _public_number(number[0], numbers), text, flags=re.ASCII)
    if kind in "wf":
        plain = text.replace("<locals>.", "").replace("<lambda>", "lambda")
        # every part: the last one alone would let `pixel_0_25.mean` through
        names = [name for part in plain.split(" or ") for name in part.split(".")]
        known = len(names) <= _MOST_NAMES and all(
            name in words or name in _VOCABULARY or name in "12345" or _belongs_to_a_library(name) for name in names
        )
        return text if known else HIDDEN
    return HIDDEN if kind == "h" else text


def _public_number(text: str, numbers: Set[int]) -> str:
    # as it is written by everybody: leading zeros are a message
    return str(int(text)) if abs(int(text)) in numbers else HIDDEN


_OWNERS = (torch, torch.Tensor, torch.nn, torch.nn.functional, torch.linalg, torch.func, np, int, str, list, dict, type)


def _belongs_to_a_library(name: str) -> bool:
    """Whether torch, its tensors, NumPy or Python's own types have such a name: `cat`, `mse_loss`, `__round__`."""
    name = name.removesuffix("_cpu").removesuffix("_cuda")  # what torch calls the functions that do the work
    return any(hasattr(owner, name) for owner in _OWNERS)
