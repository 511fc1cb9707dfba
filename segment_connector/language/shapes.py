"""Hold values of YAML to the types of the records that they become: a wrong one is an error of the file."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

_NOUNS = {str: "text", int: "a whole number", float: "a number", bool: "true or false", type(None): "null"}
_HINTS: dict[type, Mapping[str, Any]] = {}


def hints_of(kind: type) -> Mapping[str, Any]:
    """The types of a record's members."""
    if kind not in _HINTS:
        _HINTS[kind] = get_type_hints(kind)
    return _HINTS[kind]


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of a type, which may be any that records are annotated with."""
    if hint is Any or type(value) is hint:
        return True
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(fits(value, argument) for argument in arguments)
    if origin is Literal:
        return any(type(value) is type(argument) and value == argument for argument in arguments)
    if origin is Mapping:
        return isinstance(value, Mapping) and all(fits(item, arguments[1]) for item in value.values())
    if origin in (list, tuple):
        return isinstance(value, (list, tuple)) and all(fits(item, arguments[0]) for item in value)
    if hint in (int, float) and isinstance(value, bool):
        return False
    return isinstance(value, (int, float) if hint is float else hint)


def noun_of(hint: Any) -> str:
    """What a type is called in a message: ``text``, ``a list of text``, ``one of read, write, delete``."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(noun_of(argument) for argument in arguments if argument is not type(None))
    if origin is Literal:
        return f"one of {', '.join(str(argument) for argument in arguments)}"
    if origin is Mapping:
        return "a mapping" if arguments[1] is Any else f"a mapping, each value being {noun_of(arguments[1])}"
    if origin in (list, tuple):
        return f"a list, each entry being {noun_of(arguments[0])}"
    return _NOUNS.get(hint, "a mapping")
