"""What makes an event of a row: a tree of templates over ``row``, compiled to one function.

A mapping file is YAML with the parameters of an action::

    event: Order Completed
    userId: "{{ row.customer_id }}"
    properties:
      revenue: "{{ row.total | number }}"
      coupon: "{{ row['Coupon code'] }}"

A member whose column was not given is left out. What a template may say is the language of action files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import ConnectorError, InputError, Problem, SpecError, did_you_mean
from ...language import yaml_reader as yaml_loader
from ...language.action_records import Action
from ...templates.compiler import Compiler
from ...templates.evaluator import Cells, compile_rows
from ...values.paths import Place, dotted, get, strings

ROOT = "row"
"""The name by which templates call the row."""

_SHOWN = 60
_LISTED = 40

Make = Callable[[Any], dict[str, Any]]


class RowMapping:
    """A mapping, ready to make events.

    :param tree: the parameters of the action by name; texts in it are templates over ``row``.
    :param action: what every row becomes a call of.
    :param source: the file that the tree came from, for errors.
    :ivar make: gives the event of a row that is a mapping of column to JSON value; it raises InputError, naming the
        column, when a value cannot be converted.
    :ivar columns: the columns that the templates name; ``None`` when they use the row as a whole.
    :raises SpecError: when the tree is no mapping, a template breaks the language, or the action does not have what the
        tree names, or needs what it does not.
    """

    def __init__(self, tree: Any, action: Action, source: str = "mapping") -> None:
        self.action = action
        self.source = source
        if not isinstance(tree, Mapping):
            raise SpecError(self._problem("type", (), "must be a mapping", "write a parameter a line: 'name: value'"))
        self.tree: Mapping[str, Any] = tree
        if problems := [*self._unknown(tree, action.input_schema, ()), *self._missing()]:
            raise SpecError(problems)
        self._used: dict[tuple[str, ...], Place] = {}
        for place, text in strings(tree):
            for path in Compiler((ROOT,), (), source).parse(text, dotted(place)).paths():
                self._used.setdefault(path[1:], place)
        named = list(dict.fromkeys(path[0] for path in self._used if path))
        self.columns = None if () in self._used else named
        # Any column may be absent from a row.
        self._expression = Compiler((ROOT,), named, source, root=ROOT).value(tree, "")
        self.make: Make = compile_rows(self._expression, ROOT, self._explain)

    @classmethod
    def load(cls, path: str | Path, action: Action) -> RowMapping:
        """The mapping of a YAML file.

        :raises SpecError: when it cannot be read, and as the class.
        """
        return cls(yaml_loader.read(Path(path)), action, str(path))

    def make_from(self, cells: Cells) -> Make:
        """As ``make``, for rows that are sequences of cells: it reads each by its index."""

        def explain(error: ConnectorError, row: Sequence[Any]) -> Exception:
            return self._explain(error, dict(zip(cells.columns, row, strict=False)))

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

    def _unknown(self, tree: Mapping[str, Any], schema: Mapping[str, Any], place: Place) -> Iterator[Problem]:
        known = schema.get("properties", {})
        for name, item in tree.items():
            if name not in known and schema.get("additionalProperties") is False:
                noun = "property" if place else "parameter"
                hint = did_you_mean(name, known) or f"'{self.action.name}' has {_listed(known)}"
                yield self._problem("unknown", (*place, name), f"there is no such {noun}", hint)
            elif isinstance(item, Mapping):
                yield from self._unknown(item, known.get(name, {}), (*place, name))

    def _missing(self) -> Iterator[Problem]:
        for name in self.action.required:
            schema = self.action.parameters[name]
            if name not in self.tree and not {"default", "generate"} & schema.keys():
                yield self._problem("required", (name,), "is required", f"add '{name}: ...' to the mapping")

    def _problem(self, code: str, place: Place, message: str, hint: str) -> Problem:
        path = Path(self.source)
        line = yaml_loader.line_of(path, place) if place and path.is_file() else None
        return Problem(code, message, hint, field=dotted(place) or None, path=self.source, line=line)

    def _explain(self, error: ConnectorError, row: Any) -> Exception:
        """What is wrong with a row, in the words of its columns."""
        if not isinstance(row, Mapping):
            return InputError.of("type", "a row must be an object", "write the columns of a row by their names")
        problem = error.problems[0]
        if isinstance(error, SpecError):
            message = problem.message.replace("on these inputs", "on this row")
            return InputError(replace(problem, message=message, hint="make it hold for every row", path=None))
        name = problem.field or ""
        value = row[name] if name in row else get(row, name)
        shown = f": '{value}'" if isinstance(value, (str, int, float)) and len(str(value)) <= _SHOWN else ""
        return InputError(replace(problem, message=f"{problem.message}{shown}", field=f"{ROOT}.{problem.field}"))


def _listed(names: Iterable[str]) -> str:
    known = list(names)
    return ", ".join(known[:_LISTED]) + (" ..." if len(known) > _LISTED else "")
