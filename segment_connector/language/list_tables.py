"""A list as a table: which output is the list, what its columns are, and where a row leads to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .action_records import Action

if TYPE_CHECKING:
    from .specs import Specs

MOST_COLUMNS = 6
_FIRST = ("name", "title", "id")  # of records that do not say what their columns are
_PLAIN = {"string", "number", "integer", "boolean"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    :ivar name: the property of a row, dotted when deeper; empty for rows that are plain values.
    :ivar kind: the JSON type of its values, ``string`` where the spec does not say.
    """

    name: str
    kind: str

    def of(self, row: Any) -> Any:
        """The column's value in a row, or ``None`` where it has none."""
        value = row
        for part in self.name.split(".") if self.name else ():
            value = value.get(part) if isinstance(value, Mapping) else None
        return value


@dataclass(frozen=True, slots=True)
class RowAction:
    """An action that a row leads to.

    :ivar action: its name.
    :ivar inputs: the inputs that it gets from the row.
    """

    action: str
    inputs: Mapping[str, Any]


def list_of(action: Action) -> str | None:
    """The output that is the list which an action is called for, if there is one."""
    if action.effect != "read":
        return None
    if len(action.paging) == 1 and _is_list(action, action.paging[0].items):
        return action.paging[0].items
    lists = [name for name, output in action.outputs.items() if output.type == "array"]
    return lists[0] if len(lists) == 1 else None


def _is_list(action: Action, output: str) -> bool:
    return output in action.outputs and action.outputs[output].type == "array"


def columns_of(action: Action) -> tuple[Column, ...]:
    """The columns of an action's list: those that the spec names, else the first plain values of a row.

    :raises ValueError: when the action gives no list.
    """
    listed = list_of(action)
    if listed is None:
        raise ValueError(f"{action.name} gives no list")
    rows = action.outputs[listed].schema.get("items", {})
    named = rows.get("columns")
    if named is None:
        plain = [name for name, schema in rows.get("properties", {}).items() if _kind(schema) in _PLAIN]
        named = [*(name for name in _FIRST if name in plain), *(name for name in plain if name not in _FIRST)]
    columns = tuple(Column(name, _kind(_schema_at(rows, name))) for name in named[:MOST_COLUMNS])
    return columns or (Column("", _kind(rows)),)


def row_actions(specs: Specs, action: Action, row: Mapping[str, Any]) -> Iterator[RowAction]:
    """What can be done with a row of an action's list: the actions of its group of which one input is chosen from it.

    :param row: one entry of the list.
    :returns: reads first, deletes last.
    """
    order = {"read": 0, "write": 1, "delete": 2}
    found = []
    for name, path in specs.paths.items():
        if path.parent.name != action.group or name == action.name:
            continue
        other = specs.action(name)
        for parameter in other.required:
            options = other.parameters[parameter].get("options", {})
            value = row.get(options.get("value", "id"))
            if options.get("action") == action.name and value is not None:
                found.append((order[other.effect], RowAction(name, {parameter: value})))
    yield from (one for _, one in sorted(found, key=lambda pair: pair[0]))


def _schema_at(schema: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    for part in name.split("."):
        schema = schema.get("properties", {}).get(part, {})
    return schema


def _kind(schema: Mapping[str, Any]) -> str:
    named = schema.get("type", "string")
    kinds = [kind for kind in ([named] if isinstance(named, str) else named) if kind != "null"]
    return kinds[0] if len(kinds) == 1 else "string"
