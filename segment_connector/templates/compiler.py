"""Compile trees of templates into one expression, and evaluate it.

There are three contexts. **value** (bodies, outputs): a string that is exactly one ``{{ expression }}`` has the
expression's own value, and a key whose expression names an optional input that was not given is left out. **text**
(headers, mixed strings): null, lists and objects are errors, booleans are ``true`` and ``false``. **path**: every value
is percent-encoded with nothing safe.

The whole tree becomes a single expression, and that a single function (see ``evaluator``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

import jinja2
from jinja2 import nodes

from .evaluator import Evaluate, below, compile_expression
from .grammar import Leaf, parse


class Template:
    """A compiled tree.

    :param expression: what it evaluates to.
    :param path: the file it came from, and ``place`` where in it, for errors.
    """

    def __init__(self, expression: nodes.Expr, path: str, place: str) -> None:
        self.path = path
        self.place = place
        self.expression = expression

    @cached_property
    def evaluate(self) -> Evaluate:
        """Gives the value of the tree for the names that the expressions use, compiled when it is first asked for.

        That is a JSON value, or a ``jinja2.Undefined`` when all of it was left out (see ``left_out``). It raises
        InputError when a value cannot stand where the template puts it, SpecError when an expression fails (adding text
        to a number).
        """
        return compile_expression(self.expression, self.place, self.path)


def left_out(value: Any) -> bool:
    """Whether an evaluated template has no value because what it needs was not given."""
    return isinstance(value, jinja2.Undefined)


class Compiler:
    """Turns the strings and trees of one spec into templates.

    :param names: the names that mean something in these templates.
    :param optional: the inputs that may be absent.
    :param path: the file, for errors.
    :param root: the name whose members the inputs are.
    """

    def __init__(self, names: Collection[str], optional: Collection[str], path: str, root: str = "input") -> None:
        self._names = frozenset(names)
        self._optional = frozenset(optional)
        self._path = path
        self._root = root
        self.used: set[tuple[str, ...]] = set()
        self.guarded: set[tuple[str, ...]] = set()

    def parse(self, text: str, place: str) -> Leaf:
        """One string of the spec, held to the language.

        What it names is added to ``used``, and what it tests for absence to ``guarded``.

        :raises SpecError: as ``expressions.parse``.
        """
        leaf = parse(text, self._names, self._path, place)
        self.used.update(leaf.paths())
        self.guarded |= leaf.guarded()
        return leaf

    def template(self, expression: nodes.Expr, place: str) -> Template:
        """Compile what the methods below made."""
        return Template(expression, self._path, place)

    def value(self, tree: Any, place: str, root: bool = True) -> nodes.Expr:
        """The value context: mappings, lists and scalars, strings being templates."""
        if isinstance(tree, Mapping):
            pairs = [
                nodes.Pair(nodes.Const(key), self.value(item, below(place, key), root=False))
                for key, item in tree.items()
            ]
            return _filter("given", nodes.Dict(pairs), nodes.Const(root or not pairs))
        if isinstance(tree, (list, tuple)):
            items = [self.value(item, below(place, index), root=False) for index, item in enumerate(tree)]
            return _filter("present", nodes.List(items))
        if not isinstance(tree, str):
            return nodes.Const(tree)
        leaf = self.parse(tree, place)
        if (literal := leaf.literal) is not None:
            return nodes.Const(literal)
        if leaf.lone:
            return self._guard(leaf, leaf.parts[0])
        return self._guard(leaf, self._joined(leaf, place))

    def text(self, text: str, place: str) -> nodes.Expr:
        """The text context: one string."""
        leaf = self.parse(text, place)
        if (literal := leaf.literal) is not None:
            return nodes.Const(literal)
        return self._guard(leaf, self._joined(leaf, place))

    def path(self, text: str, place: str) -> nodes.Expr:
        """The path context: literal text stays, each value is one percent-encoded part (or more, by ``segments``)."""
        leaf = self.parse(text, place)
        if (literal := leaf.literal) is not None:
            return nodes.Const(literal)
        parts: list[nodes.Expr] = []
        for part in leaf.parts:
            if isinstance(part, nodes.TemplateData):
                parts.append(nodes.Const(part.data))
            elif isinstance(part, nodes.Filter) and part.name == "segments":
                parts.append(part)
            else:
                named = next((path[1] for path in Leaf((part,), True).paths() if len(path) > 1), place)
                parts.append(_filter("segment", part, nodes.Const(named)))
        return _filter("joined", nodes.List(parts), nodes.Const(place))

    def _joined(self, leaf: Leaf, place: str) -> nodes.Expr:
        parts = [nodes.Const(part.data) if isinstance(part, nodes.TemplateData) else part for part in leaf.parts]
        named = next((path[1] for path in leaf.paths() if len(path) > 1), place)
        return _filter("joined", nodes.List(parts), nodes.Const(named))

    def _guard(self, leaf: Leaf, expression: nodes.Expr) -> nodes.Expr:
        """Leave the value out when an optional input that it needs was not given."""
        used = {path[1] for path in leaf.paths() if path[0] == self._root and len(path) > 1}
        guarded = {path[1] for path in leaf.guarded() if path[0] == self._root and len(path) > 1}
        needed = sorted((used & self._optional) - guarded)
        if not needed or (leaf.lone and isinstance(expression, (nodes.Getattr, nodes.Getitem))):
            return expression  # a bare path is Missing by itself
        test: nodes.Expr | None = None
        for name in needed:
            given = nodes.Test(
                nodes.Getattr(nodes.Name(self._root, "load"), name, "load"), "defined", [], [], None, None
            )
            test = given if test is None else nodes.And(test, given)
        assert test is not None
        return nodes.CondExpr(test, expression, None)


def _filter(name: str, value: nodes.Expr, *arguments: nodes.Expr) -> nodes.Expr:
    return nodes.Filter(value, name, list(arguments), [], None, None)
