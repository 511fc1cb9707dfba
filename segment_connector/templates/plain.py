"""Compile what only copies or compares values into plain functions: Jinja's price is its context, not the code.

Most bodies and outputs are nothing but ``{{ input.name }}``, most checks a test or a comparison. The functions here
mean the same as the Jinja code of the same tree (a test holds the two to each other) and cost a tenth. The rest is
Jinja's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import nodes

from .grammar import ENVIRONMENT, Missing

Read = Callable[[Mapping[str, Any]], Any]

_MISSING = Missing(name="a value that was not given")


def compile_plain(expression: nodes.Expr) -> Read | None:
    """A function from names to the value of an expression, or ``None`` when it is more than this module knows."""
    if isinstance(expression, nodes.Const):
        return _constant(expression.value)
    if isinstance(expression, (nodes.Name, nodes.Getattr, nodes.Getitem)):
        path = _path(expression)
        return _member(path) if path else None
    if isinstance(expression, nodes.Filter) and expression.name == "given":
        return _object(expression)
    if isinstance(expression, nodes.Filter) and expression.name in ("present", "joined"):
        return _list(expression)
    if isinstance(expression, (nodes.Dict, nodes.List)):
        return _literal(expression)
    if isinstance(expression, (nodes.And, nodes.Or, nodes.Not, nodes.Test, nodes.Compare)):
        return _condition(expression)
    if isinstance(expression, nodes.CondExpr):
        return _choice(expression)
    return None


def _choice(expression: nodes.CondExpr) -> Read | None:
    test, one = compile_plain(expression.test), compile_plain(expression.expr1)
    other = compile_plain(expression.expr2) if expression.expr2 is not None else _constant(_MISSING)
    if test is None or one is None or other is None:
        return None
    return lambda names: one(names) if test(names) else other(names)


def _literal(expression: nodes.Expr) -> Read | None:
    try:
        return _constant(expression.as_const())
    except nodes.Impossible:
        return None


def _condition(expression: nodes.Expr) -> Read | None:
    if isinstance(expression, nodes.Test) and not (expression.args or expression.kwargs):
        test: Any = ENVIRONMENT.tests[expression.name]
        value = compile_plain(expression.node)
        return None if value is None else lambda names: test(value(names))
    if isinstance(expression, nodes.Not):
        inner = compile_plain(expression.node)
        return None if inner is None else lambda names: not inner(names)
    if isinstance(expression, nodes.Compare):
        if len(expression.ops) != 1 or expression.ops[0].op not in ("eq", "ne"):
            return None
        one, other = compile_plain(expression.expr), compile_plain(expression.ops[0].expr)
        if one is None or other is None:
            return None
        if expression.ops[0].op == "eq":
            return lambda names: one(names) == other(names)
        return lambda names: one(names) != other(names)
    if isinstance(expression, (nodes.And, nodes.Or)):
        left, right = compile_plain(expression.left), compile_plain(expression.right)
        if left is None or right is None:
            return None
        if isinstance(expression, nodes.And):
            return lambda names: left(names) and right(names)
        return lambda names: left(names) or right(names)
    return None


def _path(node: nodes.Expr) -> tuple[str, ...] | None:
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        below = _path(node.node)
        return (*below, node.attr) if below else None
    return None


def _constant(value: Any) -> Read:
    return lambda _names: value


def _member(path: tuple[str, ...]) -> Read:
    getitem = ENVIRONMENT.getitem
    if len(path) == 1:
        name = path[0]
        return lambda names: names[name]
    if len(path) == 2:
        name, key = path

        def one(names: Mapping[str, Any]) -> Any:
            holder = names[name]
            return holder.get(key, _MISSING) if type(holder) is dict else getitem(holder, key)

        return one

    first, *rest = path

    def deep(names: Mapping[str, Any]) -> Any:
        value = names[first]
        for key in rest:
            value = value.get(key, _MISSING) if type(value) is dict else getitem(value, key)
        return value

    return deep


def _object(expression: nodes.Filter) -> Read | None:
    assert isinstance(expression.node, nodes.Dict)
    members: list[tuple[str, Read]] = []
    for pair in expression.node.items:
        read = compile_plain(pair.value)
        if read is None or not isinstance(pair.key, nodes.Const):
            return None
        members.append((pair.key.value, read))
    root = isinstance(expression.args[0], nodes.Const) and bool(expression.args[0].value)

    def build(names: Mapping[str, Any]) -> Any:
        built = {}
        for key, read in members:
            value = read(names)
            if type(value) is not Missing:
                built[key] = value
        return built if built or root else _MISSING

    return build


def _list(expression: nodes.Filter) -> Read | None:
    assert isinstance(expression.node, nodes.List)
    if expression.name == "joined":
        # Text is worth a function of its own only where nothing in it varies, as in most paths.
        if all(isinstance(item, nodes.Const) for item in expression.node.items):
            return _constant("".join(str(item.value) for item in expression.node.items))  # type: ignore[attr-defined]
        return None
    reads: list[Read] = []
    for item in expression.node.items:
        if (read := compile_plain(item)) is None:
            return None
        reads.append(read)
    return lambda names: [value for read in reads if type(value := read(names)) is not Missing]
