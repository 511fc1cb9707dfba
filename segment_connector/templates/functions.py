"""Compile a tree of templates into one Python function, for what is evaluated a million times.

The function means the same as the Jinja code of the same tree (a test holds the two to each other). It is made of the
nodes of Python's own grammar, where names and texts of the tree are constants, so nothing that a user wrote can become
code. What is more than copies, texts and conversions stays Jinja's, value by value.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Undefined, nodes

from .compiler import Compiler
from .conversions import CONVERSIONS
from .grammar import ENVIRONMENT, Leaf, Missing
from .quick_forms import QUICK, QUICK_NAMES, quick_form

_MISSING = Missing(name="a value that was not given")
_FILTERS = frozenset((*CONVERSIONS, "default", "joined", "lower", "trim", "upper"))

# A try costs nothing where nothing is wrong.
_EXACT = """
def make(row):
    try:
        pass
    except Exception as error:
        raise explain(error, row) from None
"""
_QUICK = """
def make(row):
    try:
        pass
    except Exception:
        return exact(row)
"""
Function = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows that are sequences of cells, all as long as ``columns``.

    :ivar columns: the name of each cell.
    :ivar texts: all cells are text, and an empty one is one that was not given.
    """

    columns: Sequence[str]
    texts: bool


def compile_function(
    compiler: Compiler,
    tree: Mapping[str, Any],
    root: str,
    explain: Callable[[Exception, Any], Exception],
    cells: Cells | None = None,
) -> Function:
    """A function from a row to the value of a tree.

    :param compiler: knows what may stand in the tree, and that every member of ``root`` may be absent.
    :param root: the name by which the templates call the row.
    :param explain: gives what is raised in place of an error in an expression: it is told of the error and the row.
    :param cells: what rows look like; by default they are mappings of column to value.
    :raises SpecError: when a template breaks the language.
    """
    exact = _compile(_Writer(compiler, root, cells), tree, _EXACT, {"explain": explain})
    quick = _Writer(compiler, root, cells, quick=True)
    made = _compile(quick, tree, _QUICK, {"exact": exact})
    return made if quick.differs else exact


def _compile(writer: _Writer, tree: Mapping[str, Any], frame: str, names: Mapping[str, Any]) -> Function:
    _, value = writer.value(tree, "", top=True)
    module = ast.parse(frame)
    module.body[0].body[0].body = [*writer.opening(), *writer.body, ast.Return(value)]  # type: ignore[attr-defined]
    ast.fix_missing_locations(module)
    namespace = {**writer.namespace, **names}
    exec(compile(module, "<mapping>", "exec"), namespace)  # noqa: S102 - of nodes that were made here
    made: Function = namespace["make"]
    return made


class _Writer:
    """Writes the statements of one function.

    What it is asked for it gives as conditions, without which there is no value, and an expression for the value.
    """

    def __init__(self, compiler: Compiler, root: str, cells: Cells | None, *, quick: bool = False) -> None:
        self._compiler = compiler
        self._root = root
        self._cells = cells
        self._index = {name: index for index, name in enumerate(cells.columns)} if cells else {}
        self._needs_names = False
        self._count = 0
        self._quick = quick
        self.differs = False
        self.body: list[ast.stmt] = []
        self.namespace: dict[str, Any] = {
            "Undefined": Undefined, "MISSING": _MISSING, "member": ENVIRONMENT.getitem,
            **QUICK_NAMES,
        }  # fmt: skip

    def opening(self) -> list[ast.stmt]:
        """What the function begins with, known once everything else is written."""
        found: list[ast.stmt] = []
        if self._cells is None:  # what is no mapping fails here, and not as a row without columns
            found.append(ast.Expr(ast.Attribute(_load("row"), "keys", ast.Load())))
        if self._needs_names:
            row = _load("row") if self._cells is None else _call(self._constant(_as_mapping(self._cells)), _load("row"))
            found.append(_assign("names", ast.Dict([ast.Constant(self._root)], [row])))
        return found

    def value(self, tree: Any, place: str, *, top: bool = False) -> tuple[list[ast.expr], ast.expr]:
        """Conditions and expression of a tree."""
        if isinstance(tree, Mapping):
            return self._object(tree, place, top=top)
        if isinstance(tree, (list, tuple)):
            return self._list(tree, place)
        if isinstance(tree, str):
            return self._leaf(tree, place)
        return [], ast.Constant(tree)

    def _object(self, tree: Mapping[str, Any], place: str, *, top: bool) -> tuple[list[ast.expr], ast.expr]:
        members = [(ast.Constant(key), *self.value(item, _below(place, key))) for key, item in tree.items()]
        first = next((index for index, (_, given, _) in enumerate(members) if given), len(members))
        opening = ast.Dict([key for key, _, _ in members[:first]], [value for _, _, value in members[:first]])
        if first == len(members):
            return [], opening
        name = self._name()
        self.body.append(_assign(name, opening))
        for key, given, value in members[first:]:
            slot = ast.Subscript(_load(name), key, ast.Store())
            self._append(given, ast.Assign([slot], value))
        always = top or any(not given for _, given, _ in members)
        return ([] if always else [_load(name)]), _load(name)

    def _list(self, tree: Sequence[Any], place: str) -> tuple[list[ast.expr], ast.expr]:
        items = [self.value(item, _below(place, index)) for index, item in enumerate(tree)]
        first = next((index for index, (given, _) in enumerate(items) if given), len(items))
        opening = ast.List([value for _, value in items[:first]], ast.Load())
        if first == len(items):
            return [], opening
        name = self._name()
        self.body.append(_assign(name, opening))
        for given, value in items[first:]:
            append = ast.Attribute(_load(name), "append", ast.Load())
            self._append(given, ast.Expr(_call(append, value)))
        return [], _load(name)

    def _append(self, given: list[ast.expr], statement: ast.stmt) -> None:
        if given:
            test = given[0] if len(given) == 1 else ast.BoolOp(ast.And(), given)
            statement = ast.If(test, [statement], [])
        self.body.append(statement)

    def _leaf(self, text: str, place: str) -> tuple[list[ast.expr], ast.expr]:
        leaf = self._compiler.parse(text, place)
        if (literal := leaf.literal) is not None:
            return [], ast.Constant(literal)
        guarded = {path[1] for path in leaf.guarded() if len(path) > 1}
        needed = sorted({path[1] for path in leaf.paths() if len(path) > 1} - guarded)
        held = {column: self._name() for column in needed if not self._always(column)}
        value = self._expression(leaf.parts[0], held) if leaf.lone else self._joined(leaf, place, held)
        if value is None:
            return self._by_jinja(text, place)
        given = [self._given(column, name) for column, name in held.items()]
        if guarded or any(len(path) > 2 for path in leaf.paths()):  # a member of what is there may not be there
            name = self._name()
            return [*given, _is_there(name, value)], _load(name)
        return given, value

    def _by_jinja(self, text: str, place: str) -> tuple[list[ast.expr], ast.expr]:
        template = self._compiler.template(self._compiler.value(text, place), place)
        self._needs_names = True
        name = self._name()
        return [_is_there(name, _call(self._constant(template.evaluate), _load("names")))], _load(name)

    def _joined(self, leaf: Leaf, place: str, held: Mapping[str, str]) -> ast.expr | None:
        parts = [nodes.Const(part.data) if isinstance(part, nodes.TemplateData) else part for part in leaf.parts]
        named = next((path[1] for path in leaf.paths() if len(path) > 1), place)
        return self._text(parts, named, held)

    def _text(self, parts: Sequence[nodes.Expr], named: Any, held: Mapping[str, str]) -> ast.expr | None:
        found = [self._expression(part, held) for part in parts]
        values = [value for value in found if value is not None]
        if len(values) < len(found):
            return None
        if self._cells is not None and self._cells.texts and all(self._is_text(part, held) for part in parts):
            return ast.JoinedStr(
                [one if isinstance(one, ast.Constant) else ast.FormattedValue(one, -1, None) for one in values]
            )
        return _call(self._filter("joined"), ast.List(values, ast.Load()), ast.Constant(named))

    def _expression(self, node: nodes.Expr, held: Mapping[str, str]) -> ast.expr | None:
        """The value of an expression, or ``None`` when it is more than this module knows."""
        if isinstance(node, nodes.Const):
            return ast.Constant(node.value)
        if isinstance(node, nodes.Filter):
            return self._filtered(node, held)
        path = _path(node, self._root)
        if not path or not isinstance(path[0], str):
            return None
        column, *rest = path
        value = self._held(column, held[column]) if column in held else self._read(column)
        for key in rest:
            value = _call(_load("member"), value, ast.Constant(key))
        return value

    def _filtered(self, node: nodes.Filter, held: Mapping[str, str]) -> ast.expr | None:
        if node.name not in _FILTERS or not all(isinstance(argument, nodes.Const) for argument in node.args):
            return None
        constants = [ast.Constant(argument.value) for argument in node.args if isinstance(argument, nodes.Const)]
        if node.name == "joined":
            assert isinstance(node.node, nodes.List)
            return self._text(node.node.items, constants[0].value, held)
        inner = self._expression(node.node, held) if node.node is not None else None
        if inner is None:
            return None
        keywords: list[Any] = node.kwargs  # Jinja's annotation says pairs
        named = [ast.keyword(one.key, value=ast.Constant(one.value.as_const())) for one in keywords]
        if self._quick and node.name in QUICK and not constants and isinstance(inner, (ast.Name, ast.Subscript)):
            return self._quickly(node.name, inner, self._constant(keywords[0].value.as_const()))
        return ast.Call(self._filter(node.name), [inner, *constants], named)

    def _quickly(self, name: str, value: ast.expr, place: ast.Name) -> ast.expr:
        self.differs = True
        self._filter(name)
        variable = value.id if isinstance(value, ast.Name) else self._name()
        exact = f"filter_{name}({variable}, place={place.id})"
        return quick_form(name, value, variable, exact, texts=self._cells is not None and self._cells.texts)

    def _is_text(self, part: nodes.Expr, held: Mapping[str, str]) -> bool:
        """Whether a part of a text is text wherever all cells are, and given."""
        if isinstance(part, nodes.Const):
            return isinstance(part.value, str)
        path = _path(part, self._root)
        return path is not None and len(path) == 1 and path[0] in held

    def _read(self, column: str) -> ast.expr:
        """A column's value, or ``MISSING``."""
        if self._cells is None:
            return _call(ast.Attribute(_load("row"), "get", ast.Load()), ast.Constant(column), _load("MISSING"))
        if column not in self._index:
            return _load("MISSING")
        cell = self._cell(column)
        return ast.BoolOp(ast.Or(), [cell, _load("MISSING")]) if self._cells.texts else cell

    def _always(self, column: str) -> bool:
        """Whether every row has the column: null is a value, so cells that are no texts are always given."""
        return self._cells is not None and not self._cells.texts and column in self._index

    def _given(self, column: str, name: str) -> ast.expr:
        """Test that a column was given; a cell is put into a variable on the way."""
        if self._cells is None:
            return ast.Compare(ast.Constant(column), [ast.In()], [_load("row")])
        return (
            ast.NamedExpr(ast.Name(name, ast.Store()), self._cell(column))
            if column in self._index
            else ast.Constant(value=False)
        )

    def _held(self, column: str, name: str) -> ast.expr:
        """The value of a column that was tested."""
        return ast.Subscript(_load("row"), ast.Constant(column), ast.Load()) if self._cells is None else _load(name)

    def _cell(self, column: str) -> ast.expr:
        return ast.Subscript(_load("row"), ast.Constant(self._index[column]), ast.Load())

    def _name(self) -> str:
        self._count += 1
        return f"v{self._count}"

    def _constant(self, value: Any) -> ast.Name:
        name = f"c{len(self.namespace)}"
        self.namespace[name] = value
        return _load(name)

    def _filter(self, name: str) -> ast.expr:
        self.namespace[f"filter_{name}"] = ENVIRONMENT.filters[name]
        return _load(f"filter_{name}")


def _as_mapping(cells: Cells) -> Callable[[Sequence[Any]], dict[str, Any]]:
    """What makes a mapping of a row, for expressions that are Jinja's."""
    columns = cells.columns
    if cells.texts:
        return lambda row: {name: cell for name, cell in zip(columns, row, strict=True) if cell}
    return lambda row: dict(zip(columns, row, strict=True))


def _path(node: nodes.Expr, root: str) -> list[Any] | None:
    """The constant members below the root that a node names."""
    found: list[Any] = []
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        if isinstance(node, nodes.Getattr):
            found.append(node.attr)
        elif isinstance(node.arg, nodes.Const):
            found.append(node.arg.value)
        else:
            return None
        node = node.node
    return found[::-1] if isinstance(node, nodes.Name) and node.name == root else None


def _is_there(name: str, value: ast.expr) -> ast.expr:
    """Put a value into a variable, and test that it is none that was left out."""
    held = ast.NamedExpr(ast.Name(name, ast.Store()), value)
    return ast.UnaryOp(ast.Not(), _call(_load("isinstance"), held, _load("Undefined")))


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _call(function: ast.expr, *arguments: ast.expr) -> ast.expr:
    return ast.Call(function, list(arguments), [])


def _below(place: str, key: object) -> str:
    return f"{place}.{key}" if place else str(key)
