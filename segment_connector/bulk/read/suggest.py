"""Propose a mapping for a table: a column goes to the parameter of its name, the rest into the action's free object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...language.action_records import Action
from ...language.yaml_writer import dump
from .mapping import ROOT

_SCALARS = {"string", "number", "integer", "boolean"}
Target = tuple[tuple[str, ...], Mapping[str, Any]]  # a place in the inputs, and its schema

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def suggest(columns: Sequence[str], action: Action) -> dict[str, Any]:
    """A tree of templates for the columns of a table.

    A name is compared, without regard to case, ``_``, ``-`` and spaces, with the names and titles of parameters and of
    the members that the spec describes. What has a type in the spec is converted to it.

    :param columns: in the order of the table.
    :param action: what a row shall become.
    :returns: parameters by name; required ones for which there is no column are not in it (see ``missing``).
    """
    return _placed(columns, action)[0]


def _placed(columns: Sequence[str], action: Action) -> tuple[dict[str, Any], list[str]]:
    """The tree, and the columns for which it has no room."""
    free = _free_object(action)
    targets = list(_targets(action, free))
    meant: dict[str, Target] = {}
    used: set[tuple[str, ...]] = set()
    for by_title in (False, True):
        named: dict[str, Target] = {}
        for target in targets:
            (*_, name), schema = target
            named.setdefault(_fold(schema.get("title", name) if by_title else name), target)
        for column in columns:
            found = named.get(_fold(column))
            # Two columns must not become one member.
            if found is not None and column not in meant and found[0] not in used:
                meant[column] = found
                used.add(found[0])
    tree: dict[str, Any] = {}
    left: list[str] = []
    for column in columns:
        place, schema = meant.get(column, ((free, column) if free is not None else (), {}))
        # A key of that name is one that YAML files of ours cannot have.
        if not place or place[-1] == "<<" or not _put(tree, place, _template(column, schema)):
            left.append(column)
    return {name: tree[name] for name in action.parameters if name in tree}, left


def missing(tree: Mapping[str, Any], action: Action) -> list[str]:
    """The parameters that an action needs and a tree does not have."""
    return [
        name
        for name in action.required
        if name not in tree and not {"default", "generate"} & action.parameters[name].keys()
    ]


def suggestion(columns: Sequence[str], action: Action) -> str:
    """The mapping file that ``suggest`` proposes, as YAML; what has to be added by hand stands in it as remarks."""
    tree, left = _placed(columns, action)
    lines = [f"# {action.title}: what a row of the table becomes. Change what does not fit."]
    for name in missing(tree, action):
        examples = action.parameters[name].get("examples")
        example = _shown(examples[0]) if examples else "..."
        lines.append(f"# It needs '{name}', for which there is no column. Write it here:\n# {name}: {example}")
    if left:
        lines.append(f"# Columns that are not in it: {', '.join(map(_shown, left))}")
    return "\n".join([*lines, dump(tree) if tree else ""])


def _free_object(action: Action) -> str | None:
    """The parameter that takes members of any name: the first object that belongs to the form's plain part."""
    for name, schema in action.parameters.items():
        if _kinds(schema) == {"object"} and not schema.get("advanced") and schema.get("additionalProperties", True):
            return name
    return None


def _targets(action: Action, free: str | None) -> Iterator[Target]:
    """What a column may mean, the nearest first: parameters, members of the free object, members of the others."""
    for name, schema in action.parameters.items():
        if "entries" not in schema:
            yield (name,), schema
    objects = [name for name, schema in action.parameters.items() if _kinds(schema) == {"object"}]
    for parent in sorted(objects, key=lambda name: name != free):
        for name, schema in action.parameters[parent].get("properties", {}).items():
            if _kinds(schema) & _SCALARS:
                yield (parent, name), schema


def _template(column: str, schema: Mapping[str, Any]) -> str:
    named = f"{ROOT}.{column}" if _WORD.fullmatch(column) else f"{ROOT}[{_quoted(column)}]"
    kinds = _kinds(schema)
    if "string" in kinds:
        conversion = " | date_time" if schema.get("format") == "date-time" else ""
    elif "number" in kinds:
        conversion = " | number"
    elif "integer" in kinds:
        conversion = " | integer"
    elif "boolean" in kinds:
        conversion = " | boolean"
    else:
        conversion = " | json" if kinds & {"object", "array"} else ""
    return f"{{{{ {named}{conversion} }}}}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"


def _put(tree: dict[str, Any], place: tuple[str, ...], template: str) -> bool:
    """Put a template at a place, unless something is there: a column may hold a whole object as JSON."""
    *above, name = place
    for part in above:
        tree = tree.setdefault(part, {})
        if not isinstance(tree, dict):
            return False
    return tree.setdefault(name, template) is template


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    kind = schema.get("type", ())
    return {kind} if isinstance(kind, str) else set(kind) - {"null"}


def _shown(value: Any) -> str:
    # What cannot be printed could not stand in a remark.
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)


def _fold(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())
