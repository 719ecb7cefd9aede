"""Which statements of the course's own cells run while grading.

Imports, functions, classes and constants run, because answers use their names. Statements that load data, train or draw
do not: they take minutes, and nothing that is graded may depend on them. Imports only the standard library.
"""

from __future__ import annotations

import ast

_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
_SUMS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)


def is_definition(statement: ast.stmt) -> bool:
    """Whether a statement of a course cell runs."""
    if isinstance(statement, _DEFINES):
        return True
    if isinstance(statement, ast.Assign):
        return all(map(_is_name, statement.targets)) and _is_literal(statement.value)
    if isinstance(statement, ast.AnnAssign):
        return _is_name(statement.target) and (statement.value is None or _is_literal(statement.value))
    return _only_imports(statement)


def _is_name(target: ast.expr) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(map(_is_name, target.elts))
    return isinstance(target, ast.Name)


def _is_literal(value: ast.expr) -> bool:
    """A number, a text, a container of such, or arithmetic with numbers. No powers: one line could take for ever."""
    if isinstance(value, (ast.Tuple, ast.List, ast.Set)):
        return all(map(_is_literal, value.elts))
    if isinstance(value, ast.Dict):
        return all(key is not None and _is_literal(key) for key in value.keys) and all(map(_is_literal, value.values))
    if isinstance(value, ast.UnaryOp):
        return _is_literal(value.operand)
    if isinstance(value, ast.BinOp):
        return isinstance(value.op, _SUMS) and all(map(_is_number, (value.left, value.right)))
    return isinstance(value, ast.Constant)


def _is_number(value: ast.expr) -> bool:
    if isinstance(value, (ast.UnaryOp, ast.BinOp)):
        return _is_literal(value)
    return isinstance(value, ast.Constant) and isinstance(value.value, (int, float))


def _only_imports(statement: ast.stmt) -> bool:
    """A `with` or `try` that only imports, with warnings silenced or a missing module passed over."""
    if isinstance(statement, ast.With):
        blocks = [statement.body]
    elif isinstance(statement, ast.Try):
        blocks = [statement.body, *(handler.body for handler in statement.handlers), statement.orelse]
    else:
        return False
    inner = [one for block in blocks for one in block]
    imports = [isinstance(one, (ast.Import, ast.ImportFrom)) for one in inner]
    harmless = [isinstance(one, ast.Pass) or _is_about_warnings(one) or is_definition(one) for one in inner]
    return any(imports) and all(harmless)


def _is_about_warnings(statement: ast.stmt) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    function = call.func if isinstance(call, ast.Call) else None
    owner = function.value if isinstance(function, ast.Attribute) else None
    return isinstance(owner, ast.Name) and owner.id == "warnings"


def is_empty(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function has no code: a docstring, `pass`, `...` and `raise NotImplementedError` are none."""
    return all(
        isinstance(line, ast.Pass)
        or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
        or (isinstance(line, ast.Raise) and _is_not_implemented(line.exc))
        for line in function.body
    )


def _is_not_implemented(raised: ast.expr | None) -> bool:
    raised = raised.func if isinstance(raised, ast.Call) else raised
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
