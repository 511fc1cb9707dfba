"""What makes an event of a row: a tree of templates over ``row``, compiled to one function.

A mapping file is YAML with the parameters of an action::

    event: Order Completed
    userId: "{{ row.customer_id }}"
    properties:
      revenue: "{{ row.total | number }}"
      coupon: "{{ row['Coupon code'] }}"
      products: {for_each: "{{ row.items }}", map: {sku: "{{ row.sku }}"}}

A member whose column was not given is left out. What a template may say is the language of action files. ``for_each``
makes a list: inside of its ``map``, ``row`` is an entry of the list that it names, or with ``rows`` a row of the group.
The members of an object stand beside others where ``"..."`` names it: ``{"...": "{{ row.details }}", plan: pro}``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import nodes

from ...errors import ConnectorError, InputError, Problem, SpecError, did_you_mean
from ...language import yaml_reader as yaml_loader
from ...language.action_records import Action
from ...templates.compiler import Compiler
from ...templates.evaluator import Cells, compile_rows
from ...values.paths import Place, dotted, get, strings

ROOT = "row"
"""The name by which templates call the row."""

ROWS = "\0rows"
"""What a row that stands for a group has its rows under; no column has that name."""

_EACH, _OF_GROUP, _SPREAD = frozenset(("for_each", "map")), "rows", "..."

_SHOWN = 60
_LISTED = 40

Make = Callable[[Any], dict[str, Any]]


class RowMapping:
    """A mapping, ready to make events.

    :param tree: the parameters of the action by name; texts in it are templates over ``row``.
    :param action: what every row becomes a call of.
    :param source: the file that the tree came from, for errors; the tree stands there at ``above``.
    :param grouped: a row stands for a group, and has its rows under ``ROWS``.
    :ivar make: gives the event of a row that is a mapping of column to JSON value; it raises InputError, naming the
        column, when a value cannot be converted.
    :ivar columns: the columns that the templates name; ``None`` when they use the row as a whole.
    :raises SpecError: when the tree is not a mapping, a template breaks the language, or the action lacks what the
        tree names, or needs what it does not.
    """

    def __init__(
        self, tree: Any, action: Action, source: str = "mapping", *, grouped: bool = False, above: Place = ()
    ) -> None:
        self.action = action
        self.source = source
        self._above = above
        self._grouped = grouped
        if not isinstance(tree, Mapping):
            raise SpecError(
                self._problem("type", (), "must be a mapping", "write one parameter per line: 'name: value'")
            )
        self.tree: Mapping[str, Any] = tree
        if problems := [*self._unknown(tree, action.input_schema, ()), *self._missing()]:
            raise SpecError(problems)
        self._used: dict[tuple[str, ...], Place] = {}
        for path, place in self._paths(tree, ()):
            self._used.setdefault(path, place)
        named = list(dict.fromkeys(path[0] for path in self._used if path))
        self.columns = None if () in self._used else named
        # Any column may be absent from a row.
        self._expression = _RowCompiler((ROOT,), named, source, root=ROOT).value(tree, "")
        self.make: Make = compile_rows(self._expression, ROOT, explained)

    @classmethod
    def load(cls, path: str | Path, action: Action) -> RowMapping:
        """The mapping of a YAML file.

        :raises SpecError: when it cannot be read, and as the class.
        """
        return cls(read_mapping(path), action, str(path))

    def make_from(self, cells: Cells) -> Make:
        """As ``make``, for rows that are sequences of cells: it reads each by its index."""

        def explain(error: ConnectorError, row: Sequence[Any]) -> Exception:
            return explained(error, dict(zip(cells.columns, row, strict=False)))

        return compile_rows(self._expression, ROOT, explain, cells)

    def check_columns(self, columns: Sequence[str], *, texts: bool = False) -> None:
        """Hold the mapping to a table, before any of its rows is sent.

        :param columns: the columns that the table has.
        :param texts: its cells are text, so that none has a member.
        :raises InputError: with each column that is not there.
        """
        problems = []
        for path, place in self._used.items():
            name = ".".join(path)
            if path and path[0] not in columns and self._has_other(place, path, columns):
                continue
            if path and path[0] not in columns:
                message = f"the source has no column '{path[0]}'"
                joined = f"write row['{name}']" if name in columns else None
                hint = joined or did_you_mean(path[0], columns) or f"it has {_listed(columns)}"
                problems.append(self._problem("column", place, message, hint))
            elif texts and len(path) > 1:
                message = f"'{path[0]}' is a column of text, and text has no '{path[1]}'"
                hint = f"write row['{name}']" if name in columns else f"where it holds JSON: (row.{path[0]} | json)"
                problems.append(self._problem("column", place, message, hint))
        if problems:
            raise InputError(problems)

    def _has_other(self, place: Place, path: tuple[str, ...], columns: Sequence[str]) -> bool:
        """Whether a template says what stands in for a column, and that is there: ``row.a | default(row.b)``."""
        text = get(self.tree, [str(part) for part in place])
        if not isinstance(text, str):
            return False
        leaf = Compiler((ROOT,), (), self.source).parse(text, dotted(place))
        others = [other[1] for other in leaf.paths() if len(other) > 1 and other[1] != path[0]]
        return (ROOT, *path) in leaf.guarded() and any(other in columns for other in others)

    def _paths(self, tree: Any, place: Place) -> Iterator[tuple[tuple[str, ...], Place]]:
        """What templates name of a row, and where."""
        if is_each(tree):
            if tree["for_each"] != _OF_GROUP:
                yield from self._paths(tree["for_each"], (*place, "for_each"))
            elif self._grouped:  # its rows have the columns of the table
                yield from self._paths(tree["map"], (*place, "map"))
            else:
                hint = "say with 'group_by' which rows belong together, and write the parameters under 'map'"
                raise SpecError(self._problem("mapping", (*place, "for_each"), "there are no groups of rows", hint))
        elif isinstance(tree, (Mapping, list, tuple)):
            items = tree.items() if isinstance(tree, Mapping) else enumerate(tree)
            for name, item in items:
                yield from self._paths(item, (*place, name))
        elif isinstance(tree, str):
            for path in Compiler((ROOT,), (), self.source).parse(tree, dotted(place)).paths():
                yield path[1:], place

    def _unknown(self, tree: Mapping[str, Any], schema: Mapping[str, Any], place: Place) -> Iterator[Problem]:
        known = schema.get("properties", {})
        for name, item in tree.items():
            if name != _SPREAD and name not in known and schema.get("additionalProperties") is False:
                noun = "property" if place else "parameter"
                hint = did_you_mean(name, known) or f"'{self.action.name}' has {_listed(known)}"
                yield self._problem("unknown", (*place, name), f"there is no such {noun}", hint)
            elif isinstance(item, Mapping) and not is_each(item):
                yield from self._unknown(item, known.get(name, {}), (*place, name))

    def _missing(self) -> Iterator[Problem]:
        for name in self.action.required:
            schema = self.action.parameters[name]
            if name not in self.tree and not {"default", "generate"} & schema.keys():
                yield self._problem("required", (name,), "is required", f"add '{name}: ...' to the mapping")

    def _problem(self, code: str, place: Place, message: str, hint: str) -> Problem:
        path = Path(self.source)
        line = yaml_loader.line_of(path, (*self._above, *place)) if place and path.is_file() else None
        return Problem(code, message, hint, field=dotted(place) or None, path=self.source, line=line)


def read_mapping(path: str | Path) -> Any:
    """The tree of a mapping's file.

    :raises SpecError: when it cannot be read.
    """
    return yaml_loader.read(Path(path))


class _RowCompiler(Compiler):
    """A compiler that knows ``for_each`` and ``...``."""

    def value(self, tree: Any, place: str, root: bool = True) -> nodes.Expr:
        """As ``Compiler.value``; ``for_each`` becomes a call of the function that its ``map`` is."""
        if isinstance(tree, Mapping) and isinstance(tree.get(_SPREAD), str):
            base = self.value(tree[_SPREAD], f"{place}.{_SPREAD}", root=False)
            more = self.value({name: item for name, item in tree.items() if name != _SPREAD}, place)
            return nodes.Filter(base, "spread", [more, nodes.Const(place)], [], None, None)
        if not is_each(tree):
            return super().value(tree, place, root)
        source = self._path
        named = {
            path[1]
            for _, text in strings(tree["map"])
            for path in Compiler((ROOT,), (), source).parse(text, place).paths()
            if len(path) > 1
        }
        below = _RowCompiler((ROOT,), named, source, root=ROOT).value(tree["map"], f"{place}.map")
        listed: nodes.Expr = nodes.Getitem(nodes.Name(ROOT, "load"), nodes.Const(ROWS), "load")
        if tree["for_each"] != _OF_GROUP:
            listed = self.value(tree["for_each"], f"{place}.for_each", root=False)
        made = compile_rows(below, ROOT, explained)
        return nodes.Filter(listed, "each", [nodes.Const(made), nodes.Const(place)], [], None, None)


def is_each(tree: Any) -> bool:
    """Whether a part of a mapping makes a list."""
    return isinstance(tree, Mapping) and tree.keys() == _EACH and isinstance(tree["for_each"], str)


def explained(error: ConnectorError, row: Any) -> Exception:
    """What is wrong with a row, in the words of its columns.

    :param row: it, as a mapping of column to value.
    """
    if not isinstance(row, Mapping):
        return InputError.of("type", "a row must be an object", "give the columns of a row by name")
    problem = error.problems[0]
    if isinstance(error, SpecError):
        message = problem.message.replace("on these inputs", "on this row")
        return InputError(replace(problem, message=message, hint="make it work for every row", path=None))
    name = problem.field or ""
    if name.startswith(f"{ROOT}."):  # an entry of a list has said it
        return error
    value = row[name] if name in row else get(row, name)
    shown = f": '{value}'" if isinstance(value, (str, int, float)) and len(str(value)) <= _SHOWN else ""
    return InputError(replace(problem, message=f"{problem.message}{shown}", field=f"{ROOT}.{problem.field}"))


def _listed(names: Iterable[str]) -> str:
    known = list(names)
    return ", ".join(known[:_LISTED]) + (" ..." if len(known) > _LISTED else "")
