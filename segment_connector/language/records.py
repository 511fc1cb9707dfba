"""Build the frozen records of the language from parsed YAML, by the type hints of their members.

A member whose type is a record, a ``tuple`` of records or a ``Mapping`` to records becomes that; every other value is
held to its type. So a new construct of the language is a dataclass and nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin

from ..errors import SpecError, did_you_mean
from .shapes import fits, hints_of, noun_of

_T = TypeVar("_T")

# The ``metadata`` of a member that is the key which the record's mapping stands under.
KEY: Mapping[str, Any] = {"key": True}


def build(kind: type[_T], data: Any, source: str, place: str, **given: Any) -> _T:
    """A record from a mapping of the YAML, refusing members that are unknown, missing or of a wrong type.

    A word that Python keeps for itself is a member with an underscore behind it: ``in`` is ``in_``.

    :param data: the mapping; a record that was built already is kept.
    :param place: dotted place of ``data`` in its file, for errors.
    :param given: members that do not come from the mapping.
    :raises SpecError: naming file, place and cure.
    """
    if isinstance(data, kind):
        return data
    data = mapping(data, source, place)
    known = {item.name.rstrip("_"): item for item in fields(kind) if item.init}  # type: ignore[arg-type]
    for key in data:
        if key not in known or key in given:
            offered = sorted(known.keys() - given.keys())
            hint = did_you_mean(key, offered) or f"it has {', '.join(offered)}"
            message = f"the language has no '{key}' here"
            raise SpecError.at(source, "unknown_key", message, hint, field=_below(place, key))
    hints = hints_of(kind)
    members = dict(given)
    for name, item in known.items():
        if name in data:
            members[item.name] = _value(hints[item.name], data[name], source, _below(place, name))
        elif name not in given and item.default is MISSING and item.default_factory is MISSING:
            raise SpecError.at(source, "missing_key", f"'{name}' is missing", "add it", field=_below(place, name))
    return kind(**members)


def build_map(kind: type[_T], data: Any, source: str, place: str) -> dict[str, _T]:
    """Records by name from a mapping of mappings; as ``build``."""
    keys = [item.name for item in fields(kind) if item.metadata == KEY]  # type: ignore[arg-type]
    return {
        name: build(kind, one, source, _below(place, name), **dict.fromkeys(keys, name))
        for name, one in mapping(data, source, place).items()
    }


def mapping(data: Any, source: str, place: str) -> Mapping[str, Any]:
    """The value itself, which must be a mapping.

    :raises SpecError: when it is none.
    """
    if not isinstance(data, Mapping):
        raise SpecError.at(source, "type", "must be a mapping", "write 'name: value' lines here", field=place)
    return data


def _value(hint: Any, value: Any, source: str, place: str) -> Any:
    """What a member holds: records in place of the mappings that its type wants them for, else the value itself."""
    if type(value) is hint:  # most are plain, and a listing has thousands
        return value
    kind = _present(hint)
    origin, arguments = get_origin(kind), get_args(kind)
    item: Any = arguments[0] if origin is tuple else arguments[1] if origin is Mapping else None
    if is_dataclass(kind):
        return build(kind, value, source, place)  # type: ignore[arg-type]
    if is_dataclass(item) and origin is Mapping:
        return build_map(item, value, source, place)  # type: ignore[arg-type]
    if is_dataclass(item):
        if not isinstance(value, list):
            raise SpecError.at(source, "type", "must be a list", "begin each entry with '- '", field=place)
        return tuple(build(item, one, source, f"{place}.{index}") for index, one in enumerate(value))  # type: ignore[arg-type]
    if not fits(value, hint):
        noun = noun_of(hint)
        hint = "put it in quotes" if noun == "text" and isinstance(value, (int, float)) else "fix the value"
        raise SpecError.at(source, "type", f"must be {noun}", hint, field=place)
    return tuple(value) if origin is tuple and isinstance(value, list) else value


def _present(hint: Any) -> Any:
    """The type itself where a hint says that it may be left out."""
    arguments = [one for one in get_args(hint) if one is not type(None)]
    return arguments[0] if len(arguments) == 1 and type(None) in get_args(hint) else hint


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
