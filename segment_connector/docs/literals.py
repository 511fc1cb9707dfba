"""JSON values written as JSON or Python, in the form that a person would type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_WIDTH = 80  # columns that a code block shows without scrolling


@dataclass(frozen=True, slots=True)
class _Style:
    words: Mapping[Any, str]
    last: str  # what follows the last entry of a list that is broken into lines


_JSON = _Style({None: "null", True: "true", False: "false"}, "")
_PYTHON = _Style({None: "None", True: "True", False: "False"}, ",")


def plain(value: Any) -> str:
    """A JSON value on one line: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def json_text(value: Any) -> str:
    """A JSON value as JSON: on one line where it fits, else an entry a line."""
    return _written(value, _JSON, 0, 0)


def python_text(value: Any, indent: int = 0) -> str:
    """A JSON value as a Python literal, as a formatter would lay it out.

    :param indent: columns that the line it stands in is indented by.
    """
    return _written(value, _PYTHON, indent, indent)


def _written(value: Any, style: _Style, indent: int, before: int) -> str:
    """The value as text; ``before`` says how many columns are taken on the line where it begins."""
    flat = _flat(value, style)
    if not isinstance(value, (Mapping, list, tuple)) or not value or before + len(flat) + 1 <= _WIDTH:
        return flat
    inner = indent + 4 if style is _PYTHON else indent + 2
    pairs: list[tuple[str, Any]] = (
        [(f"{json.dumps(key, ensure_ascii=False)}: ", item) for key, item in value.items()]
        if isinstance(value, Mapping)
        else [("", item) for item in value]
    )
    lines = [f"{' ' * inner}{head}{_written(item, style, inner, inner + len(head))}" for head, item in pairs]
    opened, closed = "{}" if isinstance(value, Mapping) else "[]"
    return f"{opened}\n" + ",\n".join(lines) + f"{style.last}\n{' ' * indent}{closed}"


def _flat(value: Any, style: _Style) -> str:
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(key, ensure_ascii=False)}: {_flat(item, style)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_flat(item, style) for item in value) + "]"
    if value is None or isinstance(value, bool):
        return style.words[value]
    return json.dumps(value, ensure_ascii=False)  # what JSON escapes, Python reads too
