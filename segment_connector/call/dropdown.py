"""Dropdowns: the values that a parameter may have, read from the service by the action that lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..errors import InputError, did_you_mean
from ..language.action_records import Action, Paging
from ..result import Result
from ..values.paths import get
from .paging import at_page, read_page

_ENOUGH = 25
_MOST_PAGES = 10


class HasParameters(Protocol):
    """What has dropdowns: an action, or a trigger."""

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """JSON Schemas by name."""


@dataclass(frozen=True, slots=True)
class Option:
    """One entry of a dropdown."""

    value: Any
    label: str


@dataclass(frozen=True, slots=True)
class Options:
    """A part of a dropdown.

    :ivar items: the entries.
    :ivar next: cursor for the entries that follow, to be given back as it is, or ``None``.
    """

    items: tuple[Option, ...]
    next: Any


def options(
    spec: HasParameters,
    parameter: str,
    inputs: Mapping[str, Any],
    find: Callable[[str], Action],
    run: Callable[[str, Mapping[str, Any]], Result],
    search: str | None = None,
    cursor: Any = None,
) -> Options:
    """The entries of a parameter's dropdown.

    :param spec: whose parameter.
    :param parameter: dotted place of the parameter.
    :param inputs: what is filled in so far; dependent dropdowns need it.
    :param find: gives the spec of an action, and ``run`` calls one.
    :param search: only entries whose label or value holds this text, in any case; reads on until there are enough.
    :param cursor: ``next`` of the part before.
    :raises InputError: when the parameter has no dropdown, or what it depends on is not filled in.
    :raises CallFailed: when the list cannot be had.
    """
    described = _described(spec, parameter)
    lister = find(described["action"])
    given: dict[str, Any] = {}
    for name, source in described.get("inputs", {}).items():
        if (value := get(inputs, source)) is None:
            what = f"its values depend on '{source}', which is not filled in"
            raise InputError.of("depends", what, f"choose {source} first", field=parameter)
        given[name] = value
    paging = lister.paging[0] if lister.paging else _whole(lister, parameter)
    kinds = [{name: kind} for name, values in described.get("each", {}).items() for kind in values] or [{}]
    kind, place = _read_cursor(cursor, len(kinds), parameter)
    found: list[Option] = []
    for _ in range(_MOST_PAGES):
        asked = {**given, **kinds[kind]}
        page = read_page(lister, paging, at_page(paging, asked, place), lambda values: run(lister.name, values))
        found.extend(_options(page.items, described, search))
        place = page.next
        if place is None:
            kind += 1
        if kind == len(kinds):
            return Options(tuple(found), None)
        if search is None or len(found) >= _ENOUGH:
            break
    return Options(tuple(found), place if len(kinds) == 1 else [kind, place])


def _read_cursor(cursor: Any, kinds: int, parameter: str) -> tuple[int, Any]:
    """Which list a cursor goes on with, and where in it."""
    if not isinstance(cursor, (list, tuple)):
        return 0, cursor
    if len(cursor) != 2 or type(cursor[0]) is not int or not 0 <= cursor[0] < kinds:
        raise InputError.of(
            "cursor", "is not a cursor from an answer", "take 'next' from the previous part", field=parameter
        )
    return cursor[0], cursor[1]


def _whole(lister: Action, parameter: str) -> Paging:
    """A list without pages: the first output that is a list."""
    items = next((name for name, output in lister.outputs.items() if output.type == "array"), None)
    if items is None:
        raise InputError.of(
            "options", f"'{lister.name}' does not return a list", "name another action", field=parameter
        )
    return Paging(cursor="", next="", items=items)


def _described(spec: HasParameters, parameter: str) -> Mapping[str, Any]:
    schema: Any = {"properties": spec.parameters}
    for part in parameter.split("."):
        if part.isdigit():
            schema = schema.get("items", {})
            continue
        known = schema.get("properties", {})
        if part not in known:
            raise InputError.of("unknown", "there is no such parameter", did_you_mean(part, known), field=parameter)
        schema = known[part]
    described = schema.get("options") or schema.get("items", {}).get("options")
    if described is None:
        raise InputError.of("options", "has no list of values to choose from", "type the value", field=parameter)
    return described  # type: ignore[no-any-return]


def _options(items: list[Any], described: Mapping[str, Any], search: str | None) -> list[Option]:
    found = []
    for item in items:
        value = get(item, described.get("value", "id"))
        if value is None:
            continue
        label = get(item, described.get("label", "name"))
        option = Option(value, str(label if label is not None else value))
        if search is None or search.casefold() in f"{option.label} {option.value}".casefold():
            found.append(option)
    return found
