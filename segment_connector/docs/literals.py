"""JSON values written as JSON, Python or YAML, in the form that a person would type."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_WIDTH = 80  # columns that a code block shows without scrolling
# Text that every reader of YAML takes as that text. Versions differ on words such as 'no', so those are quoted.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 _./@()-]*(?<! )\Z")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))


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


def yaml_text(value: Any) -> str:
    """A JSON value as YAML, a member or entry a line; what some reader could take for something else is quoted."""
    return "\n".join(_yaml(value, ""))


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


def _yaml(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _entry(f"{indent}{_scalar(key)}:", item, indent)
    elif isinstance(value, (list, tuple)) and value:
        for item in value:
            if isinstance(item, (Mapping, list, tuple)) and item:
                first, *rest = _yaml(item, f"{indent}  ")
                yield f"{indent}- {first[len(indent) + 2 :]}"
                yield from rest
            else:
                yield from _entry(f"{indent}-", item, indent)
    else:
        yield f"{indent}{_scalar(value)}"


def _entry(head: str, item: Any, indent: str) -> Iterator[str]:
    if isinstance(item, (Mapping, list, tuple)) and item:
        yield head
        yield from _yaml(item, f"{indent}  ")
    elif isinstance(item, str) and _is_block(item):
        yield f"{head} |" + ("" if item.endswith("\n") else "-")
        yield from (f"{indent}  {line}" if line else "" for line in item.removesuffix("\n").split("\n"))
    else:
        yield f"{head} {_scalar(item)}"


def _is_block(text: str) -> bool:
    """Whether a text of several lines keeps every character as a block of YAML."""
    lines = text.removesuffix("\n").split("\n")
    sound = all(line.isprintable() and line == line.rstrip() for line in lines)
    return len(lines) > 1 and sound and bool(lines[0]) and not lines[0].startswith(" ") and bool(lines[-1])


def _scalar(value: Any) -> str:
    if not isinstance(value, str):
        return _flat(value, _JSON)
    if _PLAIN.match(value) and value.lower() not in _WORDS:
        return value
    return f'"{"".join(map(_char, value))}"'


def _char(char: str) -> str:
    """A character inside quotes; a reader of YAML may refuse one that does not print."""
    if char.isprintable():
        return f"\\{char}" if char in '"\\' else char
    return {"\n": "\\n", "\t": "\\t"}.get(char) or (
        f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
    )
