"""Turn the expression of a tree of templates into one Python function: the last step from text to value.

::

    {greeting: "Hi {{ input.name }}"}           a tree of texts in a YAML file
        |  grammar.parse                        Jinja's parser, held to the language
    "Hi ", input.name                           the nodes of each text
        |  compiler.Compiler                    one expression of the tree, which knows what may be absent
    given({greeting: joined("Hi ", input.name) if input.name is defined})
        |  evaluator.compile_expression         the text of a Python function, compiled
    def evaluate(names): ...
        |  Template.evaluate({"input": {"name": "Ada"}})
    {"greeting": "Hi Ada"}

The function means what Jinja's own code of the same expression means (a test holds the two to each other), without the
price of Jinja's context. Where rows become events by the million, it reads cells by their index, and text that is a
number already is converted by one step of C. Nothing that a user wrote becomes code: texts stand in it as ``repr``
writes them, other constants by a name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jinja2
import orjson
from jinja2 import nodes
from jinja2.compiler import operators

from ..errors import ConnectorError, InputError, SpecError
from ..values.json_values import copy_json
from .conversions import BOOLEANS, FILTERS
from .grammar import ENVIRONMENT
from .texts import Missing

Evaluate = Callable[[Any], Any]
Explain = Callable[[ConnectorError, Any], Exception]

# Filters that may find nothing, and those whose value is text.
_MAY_MISS = frozenset(("entry", "first", "last", "none_if", "spread"))
_GIVE_TEXT = frozenset(("join", "segment", "segments", "without"))
# Those that give text of text, and let null and what was not given through.
_KEEP_TEXT = frozenset(("hash", "lower", "replace", "text", "trim", "upper"))
# Conversions in one step of C. What they do not take, or fail on, is left to the conversion itself: ``exact`` calls it.
# ``held`` is the variable of the value, and ``first`` puts the value into it.
_QUICK_OF_TEXT = {
    "number": "made if type(made := loads({first})) in NUMERIC and -9e15 < made < 9e15 else {exact}",
    "integer": "made if type(made := loads({first})) is int else {exact}",
    "boolean": "made if (made := BOOLEANS.get({first})) is not None else {exact}",
}
_QUICK_OF_ANY = {
    "number": "{held} if type({first}) in NUMERIC else " + _QUICK_OF_TEXT["number"].replace("first", "held"),
    "integer": "{held} if type({first}) is int else " + _QUICK_OF_TEXT["integer"].replace("first", "held"),
    "boolean": _QUICK_OF_TEXT["boolean"],
}


_MISSING = Missing(name="a value that was not given")
_NO_ELSE = Missing(hint="a condition does not hold, and there is no 'else'")


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows that are sequences of cells, all as long as ``columns``.

    :ivar columns: the name of each cell.
    :ivar texts: all cells are text, and an empty one is one that was not given.
    """

    columns: Sequence[str]
    texts: bool


def compile_expression(expression: nodes.Expr, place: str, path: str) -> Evaluate:
    """The function of an expression, from names to its value.

    :param place: where the expression stands in the file ``path``, for errors.
    :returns: a function that gives a JSON value, or ``Missing`` when all of the expression was left out; it raises
        InputError when a value cannot stand where a template puts it, SpecError when an expression fails.
    """
    if isinstance(expression, nodes.Const):
        value = expression.value
        return lambda _names: value
    return _Writer().function(expression, place, path, lambda error, _names: error)


def compile_rows(expression: nodes.Expr, root: str, explain: Explain, cells: Cells | None = None) -> Evaluate:
    """The function of an expression over rows, from a row to its value.

    :param root: the name by which the templates call the row.
    :param explain: gives what is raised in place of an error, which names no file: it is told of the error and the row.
    :param cells: what rows look like; by default they are mappings of column to value.
    """
    exact = _RowWriter(root, cells).function(expression, "", "", explain)
    quick = _RowWriter(root, cells, exact)
    made = quick.function(expression, "", "", explain)
    return made if quick.differs else exact


def below(place: str, key: object) -> str:
    """The place of a member, ``""`` being the place of the whole."""
    return f"{place}.{key}" if place else str(key)


class _Code(NamedTuple):
    """A Python expression.

    :ivar absent: its value may be ``Missing``.
    :ivar loose: its value may be what JSON does not have.
    :ivar is_text: its value is text.
    """

    text: str
    absent: bool = False
    loose: bool = False
    is_text: bool = False


class _NotJsonError(Exception):
    pass


class _Writer:
    """Writes one function, of names.

    :param exact: what the function leaves a row to that it cannot make, when it takes the quick forms of conversions.
    :ivar differs: a quick form stands in it.
    """

    argument = "names"

    def __init__(self, exact: Evaluate | None = None) -> None:
        self._exact = exact
        self.differs = False
        self._opening: list[str] = []
        self._lines: list[tuple[str, str]] = []  # with the place in the file that each comes from
        self._mappings: dict[str, str] = {}
        self._held: dict[tuple[str, str], _Code] = {}
        self._count = 0
        self._namespace: dict[str, Any] = {
            "BOOLEANS": BOOLEANS, "MISSING": _MISSING, "Missing": Missing, "NO_ELSE": _NO_ELSE, "NUMERIC": (float, int),
            "at": _at, "exact": exact, "json": _json, "loads": orjson.loads, "members": _members,
        }  # fmt: skip

    def function(self, expression: nodes.Expr, place: str, path: str, explain: Explain) -> Evaluate:
        """The function: each of its lines knows the place in the file that it comes from, so an error does too."""
        given, value = self._value(expression, place)
        result = f"{value} if {' and '.join(given)} else MISSING" if given else value
        failed = f"return exact({self.argument})" if self._exact else f"raise failure(error, {self.argument}) from None"
        body = [*((line, place) for line in self._opening), *self._lines, (f"return {result}", place)]
        lines = [f"def evaluate({self.argument}):", " try:", *(f"  {line}" for line, _ in body)]
        code = "\n".join([*lines, " except Exception as error:", f"  {failed}"])

        def failure(error: Exception, argument: Any) -> Exception:
            if not isinstance(error, ConnectorError):
                assert error.__traceback__ is not None
                _, at = body[error.__traceback__.tb_lineno - 3]  # two lines stand before the body
                error = _fault(error, at, path)
            return explain(error, argument)

        namespace = {**self._namespace, "failure": failure}
        exec(compile(code, "<template>", "exec"), namespace)  # noqa: S102 - of text that was made here
        made: Evaluate = namespace["evaluate"]
        return made

    def _value(self, node: nodes.Expr, place: str) -> tuple[list[str], str]:
        """Of a part of the tree the conditions, without which it has no value, and the expression of its value."""
        if isinstance(node, nodes.Filter) and node.name in ("given", "present"):
            return self._container(node, place)
        return self._leaf(node)

    def _container(self, node: nodes.Filter, place: str) -> tuple[list[str], str]:
        """An object or a list: what is always given stands in its brackets as far as that goes, the rest is added."""
        name, of = self._name(), node.node
        assert isinstance(of, (nodes.Dict, nodes.List))
        is_object, parts = isinstance(of, nodes.Dict), list[Any](of.items)
        opening, closing = "{}" if is_object else "[]"
        begun, added = [(f"{name} = {opening}", place)], list[tuple[str, str]]()
        needs_members = is_object and not node.args[0].as_const()
        for index, part in enumerate(parts):
            key, item = (part.key.as_const(), part.value) if isinstance(part, nodes.Pair) else (index, part)
            at, constant = below(place, key), self._constant(key)
            given, value = self._value(item, at)
            needs_members = needs_members and bool(given)
            if given or added:
                addition = f"{name}[{constant}] = {value}" if is_object else f"{name}.append({value})"
                added.append((f"if {' and '.join(given)}: {addition}" if given else addition, at))
            else:
                begun.append((f"{constant}: {value}," if is_object else f"{value},", at))
        self._lines += [*begun, (closing, place), *added]
        return ([name] if needs_members else []), name

    def _leaf(self, node: nodes.Expr) -> tuple[list[str], str]:
        given: list[str] = []
        self._held = {}
        while isinstance(node, nodes.CondExpr) and node.expr2 is None:
            given += self._conditions(node.test)
            node = node.expr1
        if (column := _column(node)) is not None:
            given += self._given(column)
        code = self._code(node)
        text = f"json({code.text})" if code.loose else code.text
        if code.absent:
            name = self._name()
            return [*given, f"type({name} := {text}) is not Missing"], name
        return given, text

    def _conditions(self, test: nodes.Expr) -> list[str]:
        if isinstance(test, nodes.And):
            return [*self._conditions(test.left), *self._conditions(test.right)]
        if isinstance(test, nodes.Test) and test.name == "defined" and (column := _column(test.node)) is not None:
            return self._given(column)
        return [self._code(test).text]

    def _given(self, column: tuple[str, str]) -> list[str]:
        """Test that a member of a name was given, which is held from there on."""
        if column in self._held:
            return []
        root, key = column
        mapping, constant = self._mapping(root), self._constant(key)
        self._held[column] = _Code(f"{mapping}[{constant}]")
        return [f"{constant} in {mapping}"]

    def _read(self, column: tuple[str, str]) -> _Code:
        """A member of a name, or ``Missing``."""
        root, key = column
        absent = self._constant(Missing(name=key))
        return _Code(f"{self._mapping(root)}.get({self._constant(key)}, {absent})", absent=True)

    def _mapping(self, root: str) -> str:
        """A variable that holds the members of a name."""
        if root not in self._mappings:
            self._mappings[root] = self._name()
            self._opening.append(f"{self._mappings[root]} = members(names.get({root!r}))")
        return self._mappings[root]

    def _whole(self, root: str) -> str:
        return f"names.get({root!r}, {self._constant(Missing(name=root))})"

    def _code(self, node: nodes.Expr) -> _Code:
        match node:
            case nodes.Const():
                return _Code(self._constant(node.value), is_text=isinstance(node.value, str))
            case nodes.Name():
                return _Code(self._whole(node.name), absent=True)
            case nodes.Getattr() | nodes.Getitem():
                return self._member(node)
            case nodes.Filter():
                return self._filter(node)
            case nodes.Test():
                return _Code(self._call(node, self._code(node.node)).text)
            case nodes.Compare():
                others = "".join(f" {operators[one.op]} {self._code(one.expr).text}" for one in node.ops)
                return _Code(f"({self._code(node.expr).text}{others})")
            case nodes.UnaryExpr():
                return _Code(f"({node.operator} {self._code(node.node).text})", loose=node.operator == "-")
            case nodes.BinExpr():
                one, other = self._code(node.left), self._code(node.right)
                text = f"({one.text} {node.operator} {other.text})"
                loose = node.operator in ("+", "-") or one.loose or other.loose
                return _Code(text, one.absent or other.absent, loose)
            case nodes.CondExpr():
                one, other = self._code(node.expr1), _Code("NO_ELSE", absent=True)
                if node.expr2 is not None:
                    other = self._code(node.expr2)
                text = f"({one.text} if {self._code(node.test).text} else {other.text})"
                return _Code(text, one.absent or other.absent, one.loose or other.loose)
            case nodes.List():
                return _Code(f"[{', '.join(self._code(item).text for item in node.items)}]", loose=True)
            case nodes.Dict():
                pairs = (f"{self._code(pair.key).text}: {self._code(pair.value).text}" for pair in node.items)
                return _Code(f"{{{', '.join(pairs)}}}", loose=True)
        raise AssertionError(node)  # pragma: no cover - the language has no other

    def _member(self, node: nodes.Getattr | nodes.Getitem) -> _Code:
        if (column := _column(node)) is not None:
            return self._held.get(column) or self._read(column)
        holder = self._code(node.node)
        key = repr(node.attr) if isinstance(node, nodes.Getattr) else self._code(node.arg).text
        before = holder.text[:-1] if holder.text.startswith("at(") else f"at({holder.text}"  # one call takes all keys
        return _Code(f"{before}, {key})", absent=True, loose=holder.loose)

    def _filter(self, node: nodes.Filter) -> _Code:
        name = node.name
        if name == "joined":
            assert isinstance(node.node, nodes.List)
            parts = [self._code(item) for item in node.node.items]
            if all(part.is_text for part in parts):
                return _Code(f"({' + '.join(part.text for part in parts)})", is_text=True)
            return _Code(self._call(node, _Code(f"[{', '.join(part.text for part in parts)}]")).text, is_text=True)
        assert node.node is not None
        value = self._code(node.node)
        if self._exact and name in _QUICK_OF_TEXT and not value.absent and not (node.args or node.kwargs[1:]):
            return self._quickly(node, value)
        code = self._call(node, value)
        if name in _GIVE_TEXT:
            return _Code(code.text, is_text=True)
        if name in _KEEP_TEXT and value.is_text:
            return code._replace(is_text=True)
        return code._replace(absent=code.absent or name in _MAY_MISS, loose=code.loose or name == "round")

    def _quickly(self, node: nodes.Filter, value: _Code) -> _Code:
        self.differs = True
        held = value.text if value.text.isidentifier() else self._name()
        first = held if held == value.text else f"({held} := {value.text})"
        form = (_QUICK_OF_TEXT if value.is_text else _QUICK_OF_ANY)[node.name]
        return _Code(f"({form.format(first=first, held=held, exact=self._call(node, _Code(held)).text)})")

    def _call(self, node: nodes.Filter | nodes.Test, value: _Code) -> _Code:
        kind, known = ("test", ENVIRONMENT.tests) if isinstance(node, nodes.Test) else ("filter", ENVIRONMENT.filters)
        self._namespace[f"{kind}_{node.name}"] = known[node.name]
        of = self._constants if node.name in FILTERS else self._code
        values = [value, *map(of, node.args)]
        keywords: list[Any] = node.kwargs  # Jinja's annotation says pairs
        given = [*(one.text for one in values), *(f"{one.key}={of(one.value).text}" for one in keywords)]
        absent, loose = any(one.absent for one in values), any(one.loose for one in values)
        return _Code(f"{kind}_{node.name}({', '.join(given)})", absent, loose)

    def _constants(self, node: nodes.Expr) -> _Code:
        """What stands in the brackets of a filter of ours: a constant, or several of them."""
        if isinstance(node, nodes.Neg) and isinstance(node.node, nodes.Const):
            return _Code(self._constant(-node.node.value))
        if isinstance(node, nodes.List):
            return _Code(self._constant(tuple(item.value for item in node.items if isinstance(item, nodes.Const))))
        return self._code(node)

    def _constant(self, value: Any) -> str:
        if value is None or type(value) in (bool, str):
            return repr(value)
        name = f"c{len(self._namespace)}"
        self._namespace[name] = value
        return name

    def _name(self) -> str:
        self._count += 1
        return f"v{self._count}"


class _RowWriter(_Writer):
    """Writes one function of a row, which is a mapping or a sequence of cells."""

    argument = "row"

    def __init__(self, root: str, cells: Cells | None, exact: Evaluate | None = None) -> None:
        super().__init__(exact)
        self._cells = cells
        self._index = {name: index for index, name in enumerate(cells.columns)} if cells else {}
        self._mappings[root] = "row"
        if cells is None:  # what is not a mapping fails here, and not as a row without columns
            self._opening.append("row.keys()")

    def _given(self, column: tuple[str, str]) -> list[str]:
        if self._cells is None or column in self._held:
            return super()._given(column)
        if (index := self._index.get(column[1])) is None:
            self._held[column] = _Code("MISSING")
            return ["False"]
        if not self._cells.texts:  # null is a value, so a cell that is not text is always given
            self._held[column] = _Code(f"row[{index}]")
            return []
        name = self._name()
        self._held[column] = _Code(name, is_text=True)
        return [f"({name} := row[{index}])"]

    def _read(self, column: tuple[str, str]) -> _Code:
        if self._cells is None:
            return super()._read(column)
        if (index := self._index.get(column[1])) is None:
            return _Code("MISSING", absent=True)
        return _Code(f"(row[{index}] or MISSING)", absent=True) if self._cells.texts else _Code(f"row[{index}]")

    def _whole(self, _root: str) -> str:
        return "row" if self._cells is None else f"{self._constant(_as_mapping(self._cells))}(row)"


def _as_mapping(cells: Cells) -> Callable[[Sequence[Any]], dict[str, Any]]:
    columns = cells.columns
    if cells.texts:
        return lambda row: {name: cell for name, cell in zip(columns, row, strict=True) if cell}
    return lambda row: dict(zip(columns, row, strict=True))


def _column(node: nodes.Expr) -> tuple[str, str] | None:
    """The name and its member, when a node is nothing else: ``input.event``, ``row['Order ID']``."""
    if isinstance(node, (nodes.Getattr, nodes.Getitem)) and isinstance(node.node, nodes.Name):
        key = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
        return (node.node.name, key) if isinstance(key, str) else None
    return None


# What the functions call.


def _at(value: Any, *keys: Any) -> Any:
    for key in keys:
        known = type(value) is dict and type(key) is str and key in value
        value = value[key] if known else ENVIRONMENT.getitem(value, key)
    return value


def _members(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _json(value: Any) -> Any:
    """Operators can make what JSON does not have: an infinite number, a list with a member that is missing."""
    try:
        return value if isinstance(value, Missing) else copy_json(value)
    except InputError as error:
        raise _NotJsonError(error.problems[0]) from None


def _fault(error: Exception, place: str, path: str) -> SpecError:
    """Whatever an expression does with values that its author did not think of."""
    if isinstance(error, _NotJsonError):
        message = f"an expression gives what JSON does not have: {error}"
    else:
        reason = str(error) if isinstance(error, jinja2.UndefinedError) else type(error).__name__
        message = f"an expression fails on these inputs: {reason}"
    hint = "make the expression work for every input that the parameters allow"
    return SpecError.at(path, "template", message, hint, field=place)
