"""Outputs as text that is short to read: what a client shows beside the structured content, which holds all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...docs.schema_rows import rows
from ...schema.form_hints import types_of

_LONGEST = 300  # characters of a value
_DEPTH = 3
_LEFT_OUT = "..."


def reading(outputs: Mapping[str, Any], *, every: bool = False) -> str:
    """A line for each value, and for each entry of a list of objects a line of its plain members.

    :param every: whether values are told that are neither plain nor short: those that the client chose.
    """
    lines = [line for name, value in outputs.items() for line in _lines(name, value, _DEPTH, every=every)]
    if any(_LEFT_OUT in line for line in lines):
        lines.append(f"({_LEFT_OUT} stands in the structured content only; 'fields' chooses what is shown here)")
    return "\n".join(lines)


def described(found: Mapping[str, Any]) -> str:
    """What ``describe_action`` tells, a line for each place of the inputs at any depth."""
    schema = found["input_schema"]
    outputs = found["output_schema"]["properties"]
    told = [f"{found['name']}: {found['description']}", "Inputs:" if schema["properties"] else "It takes no inputs."]
    for row in rows(schema["properties"], schema.get("required", ())):
        kinds = " or ".join(types_of(row.schema)) or "any"
        values = f", one of {_cell(row.schema['enum'], every=True)}" if "enum" in row.schema else ""
        needed = ", required" if row.required else ""
        told.append(f"- {row.path} ({kinds}{needed}{values}): {row.schema.get('description', '')}".rstrip(": "))
    told.append(f"Outputs: {', '.join(outputs)}")
    if "example" in found:
        told.append(f"Example: {_cell(found['example'], every=True)}")
    return "\n".join(told)


def _lines(place: str, value: Any, depth: int, *, every: bool) -> Iterator[str]:
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        yield from _table(place, value, every=every)
    elif isinstance(value, Mapping) and value and depth:
        for name, member in value.items():
            yield from _lines(f"{place}.{name}", member, depth - 1, every=every)
    else:
        yield f"{place}: {_cell(value, every=every)}"


def _table(place: str, entries: Sequence[Mapping[str, Any]], *, every: bool) -> Iterator[str]:
    names = dict.fromkeys(name for entry in entries for name in entry)
    columns = [name for name in names if every or any(_is_plain(entry.get(name)) for entry in entries)] or list(names)
    left_out = f" | {_LEFT_OUT}" if len(columns) < len(names) else ""
    yield f"{place} ({len(entries):,}): {' | '.join(columns)}{left_out}"
    for entry in entries:
        yield f"- {' | '.join(_cell(entry.get(name, ''), every=every) for name in columns)}"


def _is_plain(value: Any) -> bool:
    """Whether a value is told as it is; a list of plain ones is."""
    if isinstance(value, list):
        return bool(value) and not any(isinstance(item, (list, Mapping)) for item in value)
    return value is not None and not isinstance(value, Mapping)


def _cell(value: Any, *, every: bool) -> str:
    if isinstance(value, str) and not (set(value) & set('|\n\r\u2028\u2029"')):
        text = value
    elif every or not value or _is_plain(value):
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    else:
        return _LEFT_OUT
    return text if every or len(text) <= _LONGEST else f"{text[:_LONGEST]}{_LEFT_OUT}"
