"""Write a compiled template as a function in JavaScript, for hosts that run no Python.

The function calls what ``template_language.js`` has: the same filters, tests and operators, by the same names. A value
that was not given is ``undefined`` there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import nodes

from ...errors import SpecError
from ...templates.compiler import Template
from ...templates.grammar import Leaf

_LANGUAGE = Path(__file__).parent / "template_language.js"
_WIDTH = 110
_INTERNAL = ("given", "joined", "present", "segment")
_ORDERS = {"lt": "< 0", "lteq": "<= 0", "gt": "> 0", "gteq": ">= 0"}
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_TRUE_OR_FALSE = (nodes.Compare, nodes.Test, nodes.Not)


@cache
def known_filters() -> frozenset[str]:
    """The filters that JavaScript has; the others are for files of many rows, which hosts do not read."""
    text = _LANGUAGE.read_text(encoding="utf-8")
    tables = re.findall(r"^const (?:passing|filters) = \{\n(.*?)^\};", text, re.DOTALL | re.MULTILINE)
    return frozenset(name for table in tables for name in re.findall(r"^\t([a-z_]+)(?=[:(,])", table, re.MULTILINE))


def function_of(template: Template, depth: int) -> str:
    """A template as the text of a function, from the names that it uses to its value.

    :param depth: how many tabs stand before the line that it begins on.

    :raises SpecError: when it has a filter that JavaScript does not.
    """
    writer = _Writer(template)
    names = sorted({path[0] for path in Leaf((template.expression,), True).paths()})
    value = writer.code(template.expression, depth)
    head = f"({{ {', '.join(names)} }}) =>" if names else "() =>"
    return f"{head} {f'({value})' if value.startswith('{') else value}"


def text_of(value: str) -> str:
    """A text as JavaScript writes it, in single quotes where it has none in it."""
    text = json.dumps(value, ensure_ascii=False)
    if "'" in value:
        return text
    bare = text[1:-1].replace(r"\"", '"')
    return f"'{bare}'"


def object_of(members: Mapping[str, str], depth: int) -> str:
    """An object of members that are JavaScript already, on one line where it fits."""
    parts = [f"{key_of(name)}: {text}" for name, text in members.items()]
    return _bracketed("{ ", parts, " }", depth)


def key_of(name: str) -> str:
    """A name as the key of an object."""
    if name == "__proto__":
        return "['__proto__']"
    return name if _NAME.fullmatch(name) else text_of(name)


def _bracketed(opening: str, parts: list[str], closing: str, depth: int) -> str:
    line = f"{opening}{', '.join(parts)}{closing}" if parts else f"{opening}{closing}".replace(" ", "")
    if len(line) + depth <= _WIDTH and "\n" not in line and "=>" not in line:
        return line
    indent = "\t" * (depth + 1)
    body = "".join(f"{indent}{part},\n" for part in parts)
    return f"{opening.rstrip()}\n{body}{indent[1:]}{closing.lstrip()}"


class _Writer:
    def __init__(self, template: Template) -> None:
        self._template = template

    def code(self, node: nodes.Node, depth: int) -> str:
        """An expression of the language as one of JavaScript; ``depth`` is how far its line is moved in."""
        match node:
            case nodes.Const():
                return text_of(node.value) if isinstance(node.value, str) else json.dumps(node.value)
            case nodes.Name():
                return node.name
            case nodes.Getattr() | nodes.Getitem():
                return f"at({', '.join(self._chain(node, depth))})"
            case nodes.Filter():
                return self._filter(node, depth)
            case nodes.Test():
                return self._test(node, depth)
            case nodes.Compare():
                return self._compared(node, depth)
            case nodes.Not():
                return f"!{self._truth(node.node, depth)}"
            case nodes.Neg():
                return f"negative({self.code(node.node, depth)})"
            case nodes.And() | nodes.Or():
                left, right = self.code(node.left, depth), self.code(node.right, depth)
                given = f"{left}, () => {right}"
                return f"both({given})" if isinstance(node, nodes.And) else f"either({given})"
            case nodes.Add():
                return f"add({self.code(node.left, depth)}, {self.code(node.right, depth)})"
            case nodes.Sub():
                return f"subtract({self.code(node.left, depth)}, {self.code(node.right, depth)})"
            case nodes.CondExpr():
                other = "undefined" if node.expr2 is None else self.code(node.expr2, depth)
                return f"({self._truth(node.test, depth)} ? {self.code(node.expr1, depth)} : {other})"
            case nodes.List():
                return _bracketed("[", [self.code(item, depth + 1) for item in node.items], "]", depth)
            case nodes.Dict():
                return object_of({pair.key.as_const(): self.code(pair.value, depth + 1) for pair in node.items}, depth)
        raise AssertionError(node)  # pragma: no cover - the language has no other

    def _chain(self, node: nodes.Node, depth: int) -> Iterator[str]:
        if isinstance(node, nodes.Getattr):
            yield from self._chain(node.node, depth)
            yield text_of(node.attr)
        elif isinstance(node, nodes.Getitem):
            yield from self._chain(node.node, depth)
            yield self.code(node.arg, depth)
        else:
            yield self.code(node, depth)

    def _truth(self, node: nodes.Node, depth: int) -> str:
        text = self.code(node, depth)
        return text if isinstance(node, _TRUE_OR_FALSE) else f"truthy({text})"

    def _filter(self, node: nodes.Filter, depth: int) -> str:
        assert node.node is not None
        value = self.code(node.node, depth)
        arguments = self._arguments(node, depth)
        if node.name in _INTERNAL:
            return f"{node.name}({', '.join([value, *(one for one in arguments if one != 'false')])})"
        if node.name not in known_filters():
            path, place = self._template.path, self._template.place
            message = f"the filter '{node.name}' is not there in JavaScript"
            hint = f"it has {', '.join(sorted(known_filters()))}; or export for the service, which renders in Python"
            raise SpecError.at(path, "template", message, hint, field=place)
        return f"filters.{node.name}({', '.join([value, *arguments])})"

    def _arguments(self, node: nodes.Filter | nodes.Test, depth: int) -> list[str]:
        keywords: list[Any] = node.kwargs  # Jinja's annotation says pairs
        arguments = [self.code(argument, depth) for argument in node.args]
        named = {keyword.key: self.code(keyword.value, depth) for keyword in keywords}
        return [*arguments, object_of(named, depth)] if named else arguments

    def _test(self, node: nodes.Test, depth: int) -> str:
        value = self.code(node.node, depth)
        if node.name in ("defined", "undefined"):
            return f"({value} {'!==' if node.name == 'defined' else '==='} undefined)"
        return f"tests.{node.name}({', '.join([value, *self._arguments(node, depth)])})"

    def _compared(self, node: nodes.Compare, depth: int) -> str:
        left, parts = self.code(node.expr, depth), []
        for one in node.ops:
            right = self.code(one.expr, depth)
            if one.op in _ORDERS:
                parts.append(f"compare({left}, {right}) {_ORDERS[one.op]}")
            else:
                function = "isIn" if one.op in ("in", "notin") else "equal"
                parts.append(f"{'!' if one.op in ('ne', 'notin') else ''}{function}({left}, {right})")
            left = right
        return f"({' && '.join(parts)})"
