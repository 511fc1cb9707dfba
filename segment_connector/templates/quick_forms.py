"""Code for conversions of plain text that takes one step of C where the whole conversion takes a call.

It is used where something follows that does the same exactly: what it cannot do, or does with an exception, is left to
the conversion.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import orjson

from .conversions import BOOLEANS

# VALUE is where the value comes from, {0} the variable that holds it afterwards, {1} the conversion itself.
_OF_TEXT = {
    "number": "made if type(made := loads(VALUE)) in NUMERIC and -9e15 < made < 9e15 else {1}",
    "integer": "made if type(made := loads(VALUE)) is int else {1}",
    "boolean": "made if (made := BOOLEANS.get(VALUE)) is not None else {1}",
}
_OF_ANY = {
    "number": "{0} if type(VALUE) in NUMERIC else " + _OF_TEXT["number"].replace("VALUE", "{0}"),
    "integer": "{0} if type(VALUE) is int else " + _OF_TEXT["integer"].replace("VALUE", "{0}"),
    "boolean": _OF_TEXT["boolean"],
}

QUICK = frozenset(_OF_TEXT)
"""The conversions that have such a form."""

QUICK_NAMES: Mapping[str, Any] = {"loads": orjson.loads, "BOOLEANS": BOOLEANS, "NUMERIC": (float, int)}
"""What the forms name."""


def quick_form(name: str, value: ast.expr, variable: str, exact: str, *, texts: bool) -> ast.expr:
    """The expression of a conversion.

    :param value: what is converted; if it is not the variable itself, it is put into it.
    :param variable: the name of a variable of its own.
    :param exact: the call of the conversion for the variable.
    :param texts: the value is text, whatever it says.
    """
    held = value if isinstance(value, ast.Name) else ast.NamedExpr(ast.Name(variable, ast.Store()), value)
    form = (_OF_TEXT if texts else _OF_ANY)[name]
    found: ast.Expression = _Put(held).visit(ast.parse(form.format(variable, exact), mode="eval"))
    return found.body


class _Put(ast.NodeTransformer):
    """Puts an expression where a form says VALUE."""

    def __init__(self, value: ast.expr) -> None:
        self._value = value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._value if node.id == "VALUE" else node
