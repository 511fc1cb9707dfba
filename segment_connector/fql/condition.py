"""A condition, and whether an event meets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .functions import FUNCTIONS, Unsure, either_way, equal, matches, ordered, unsure, within
from .parser import Call, Items, Node, Path, Value, parse


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an event meets a condition.

    :ivar met: ``None`` when that is not certain.
    :ivar why: why it is not.
    """

    met: bool | None
    why: tuple[str, ...] = ()


class Condition:
    """An FQL text that parses.

    :raises FqlError: when it does not, naming place, rule and cure.
    :ivar fields: the fields of events that it looks at, dotted.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._root = parse(text)
        self.fields = tuple(dict.fromkeys(str(path) for path in _paths(self._root)))

    def judge(self, event: Mapping[str, Any], *, whole: bool = True) -> Verdict:
        """Whether an event meets it.

        :param event: the event, as JSON values.
        :param whole: the event has no other members; else what it lacks is not known, and null only if given so.
        """
        value = _value(self._root, event, whole)
        if isinstance(value, Unsure):
            return Verdict(None, tuple(dict.fromkeys(value.why)))
        return Verdict(value is True)  # a value that is not a bool counts as false


def _paths(node: Node) -> list[Path]:
    if isinstance(node, Path):
        return [node]
    below = node.arguments if isinstance(node, Call) else node.items if isinstance(node, Items) else ()
    return [path for one in below for path in _paths(one)]


def _value(node: Node, event: Mapping[str, Any], whole: bool) -> Any:
    if isinstance(node, Value):
        return unsure("the documentation tells the meaning of \\ in patterns only") if node.doubtful else node.value
    if isinstance(node, Path):
        return _field(node, event, whole)
    if isinstance(node, Items):
        items = [_value(item, event, whole) for item in node.items]
        return next((item for item in items if isinstance(item, Unsure)), items)
    if node.name in ("and", "or"):
        return _joined(node, event, whole)
    if node.name == "match":
        return _match(node, event, whole)
    arguments = [_value(argument, event, whole) for argument in node.arguments]
    doubts = [why for argument in arguments if isinstance(argument, Unsure) for why in argument.why]
    if doubts:
        return unsure(*doubts)
    if node.name == "!":
        return _negated(arguments[0])
    if node.name in ("=", "!="):
        same = equal(*arguments)
        return same if isinstance(same, Unsure) or node.name == "=" else not same
    if node.name == "in":
        return within(*arguments)
    if node.name in FUNCTIONS:
        return FUNCTIONS[node.name](*arguments)
    return ordered(node.name, *arguments)


def _field(path: Path, event: Any, whole: bool) -> Any:
    value = event
    for part in path.parts:
        if isinstance(value, list) and part.isascii() and part.isdigit():
            value = value[int(part)] if len(part) < 9 and int(part) < len(value) else None
        elif isinstance(value, Mapping):
            if part not in value and not whole:
                return unsure(f"it depends on {path}, which is not given")
            value = value.get(part)
        else:
            return None
    return value


def _joined(node: Call, event: Mapping[str, Any], whole: bool) -> Any:
    """``and`` and ``or``: what is not certain counts only where the rest does not decide."""
    decides = node.name == "or"
    doubts: list[str] = []
    for argument in node.arguments:
        value = _value(argument, event, whole)
        if value is decides:
            return decides
        if isinstance(value, Unsure):
            doubts += value.why
        elif value is not None and not isinstance(value, bool):
            if isinstance(argument, Call):
                doubts.append(f"the documentation does not say what '{node.name}' makes of what is not a bool")
            elif not decides:
                return False
        elif value is None and not decides:
            return False
    return unsure(*doubts) if doubts else not decides


def _negated(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return unsure("the documentation says what ! makes of true and false, and of nothing else")


def _match(node: Call, event: Mapping[str, Any], whole: bool) -> Any:
    first, second = node.arguments
    text = _value(first, event, whole)
    # Patterns are where a backslash has a meaning.
    pattern = second.value if isinstance(second, Value) else _value(second, event, whole)
    if isinstance(first, Value) and not isinstance(second, Value):
        text = first.value
        return pattern if isinstance(pattern, Unsure) else either_way(text, pattern)
    for one in (text, pattern):
        if isinstance(one, Unsure):
            return one
    return matches(text, pattern)
