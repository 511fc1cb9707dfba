"""Inputs as hosts send them, read as an action means them: one table for all hosts, told in ``docs/hosts/inputs.md``.

Forms, workflow editors and models send numbers and objects as text, and null or empty text for what was not given.
Where a schema leaves one meaning it is taken. Everything else stays as it is, so that the core, which judges the inputs
afterwards and is strict, takes it or refuses it; nothing is lost on the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ..errors import InputError, Problem
from ..language.action_records import Action
from ..schema.form_hints import types_of
from ..values.json_text import parse_json
from .host_values import plain_values

Find = Callable[[str], Action]

_KINDS: Mapping[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "boolean": (bool,), "integer": (int,), "number": (int, float),
}  # fmt: skip
_EXACT = 2**53 - 1  # up to which a float tells each whole number from the next
_WORDS = {"true": True, "false": False, "on": True, "off": False}
# What is left of an expression that nobody worked out, in the forms of the hosts that there are; none of them is JSON.
_EXPRESSION = re.compile(r"\s*(=?\{[{%].*[%}]\}|[@$#]\{.*\})\s*", re.DOTALL)
_LONGEST_EXPRESSION = 10_000


def read_host_inputs(
    action: Action, given: Any, find: Find, *, empty_is_absent: bool = False, own_keys: Collection[str] = ()
) -> dict[str, Any]:
    """The inputs of an action, of what a host gave.

    :param given: the host's values by name; a JSON text of an object is one, and ``None`` is no values.
    :param find: gives the action of a name, for lists whose entries are calls.
    :param empty_is_absent: whether empty text stands for what was not given, as forms have it: every empty parameter,
        and of the members of an object those that cannot be empty text.
    :param own_keys: names that the host adds for itself, which are left out unless the action has a parameter of the
        name. All other names stay, and the core refuses those that it does not know.
    :raises InputError: for what cannot be an input and has a cure in the host: an expression that was not worked out,
        and text that begins as JSON and is not, where text is not allowed.
    """
    # Whoever writes all inputs as JSON means an empty text that stands there.
    empty_is_absent = empty_is_absent and (not isinstance(given, str) or given == "")
    reading = _Reading(find, empty_is_absent=empty_is_absent, problems=[])
    values = reading.whole(given)
    own = {name for name in own_keys if name not in action.parameters}
    found = reading.members({name: one for name, one in values.items() if name not in own}, action.parameters, "")
    if empty_is_absent:
        found = {name: value for name, value in found.items() if value != "" or name not in action.parameters}
    if reading.problems:
        raise InputError(reading.problems)
    return found


def as_meant(value: Any, schema: Mapping[str, Any], find: Find | None = None) -> Any:
    """A value as its schema means it, where that is plain; otherwise as it is.

    :param schema: a JSON Schema; one that does not say what type it wants leaves every value alone.
    :param find: as for ``read_host_inputs``; without it the entries of a list of calls are left alone.
    """
    return _Reading(find).value(plain_values(value), schema, "")


def members_as_meant(values: Mapping[str, Any], schemas: Mapping[str, Any], find: Find | None = None) -> dict[str, Any]:
    """Values by name, each as its schema means it; null is left out where it has no meaning."""
    return _Reading(find).members(plain_values(values), schemas, "")


class _Reading:
    """How values are read.

    :ivar problems: gets what a host can fix; ``None`` leaves it to the core.
    """

    def __init__(
        self, find: Find | None, *, empty_is_absent: bool = False, problems: list[Problem] | None = None
    ) -> None:
        self.find = find
        self.empty_is_absent = empty_is_absent
        self.problems = problems

    def whole(self, given: Any) -> Mapping[str, Any]:
        """All inputs of a call.

        :raises InputError: when they are not objects.
        """
        if given is None or (self.empty_is_absent and given == ""):
            return {}
        if isinstance(given, str):
            given = self.text(given, ["object"], "inputs")
        given = plain_values(given)
        if isinstance(given, Mapping):
            return given
        if self.problems:
            raise InputError(self.problems)
        raise InputError.of("type", "must be an object", "give the inputs by name", field="inputs")

    def value(self, value: Any, schema: Mapping[str, Any], place: str) -> Any:
        kinds = types_of(schema)
        if isinstance(value, str) and kinds and "string" not in kinds:
            value = self.text(value, kinds, place)
        if isinstance(value, dict):
            return self.members(value, schema.get("properties", {}), place)
        if isinstance(value, list) and (entries := schema.get("entries")) and self.find is not None:
            return [self._call(item, entries, self.find, f"{place}.{index}") for index, item in enumerate(value)]
        items = schema.get("items")
        if isinstance(value, list) and isinstance(items, Mapping):
            return [self.value(item, items, f"{place}.{index}") for index, item in enumerate(value)]
        return value

    def members(self, values: Mapping[str, Any], schemas: Mapping[str, Any], place: str) -> dict[str, Any]:
        found = {}
        for name, member in values.items():
            schema = schemas.get(name, {})
            kinds = types_of(schema)
            if member is None and kinds and "null" not in kinds:
                continue
            if self.empty_is_absent and isinstance(member, str) and member == "" and _is_never_empty(schema, kinds):
                continue
            found[name] = self.value(member, schema, f"{place}.{name}" if place else str(name))
        return found

    def text(self, text: str, kinds: Collection[str], place: str) -> Any:
        """What a text means where text is not allowed; otherwise the text."""
        try:
            value = parse_json(text)
        except ValueError as error:
            if "boolean" in kinds and (word := text.strip().casefold()) in _WORDS:
                return _WORDS[word]
            self._look_at(text, kinds, place, str(error))
            return text
        if isinstance(value, bool):
            return value if "boolean" in kinds else text
        if "integer" in kinds and isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
            return int(value)
        return value if any(isinstance(value, _KINDS[kind]) for kind in kinds if kind in _KINDS) else text

    def _look_at(self, text: str, kinds: Collection[str], place: str, why: str) -> None:
        """Say what is wrong with a text that is not valid JSON, if a host can fix that."""
        if self.problems is None:
            return
        if _EXPRESSION.fullmatch(text[:_LONGEST_EXPRESSION]):
            what = "is an expression that the host has not worked out"
            hint = "give its value; in most hosts a field has to be switched to expressions"
            self.problems.append(Problem("expression", what, hint, place))
        elif ("object" in kinds and text.lstrip()[:1] == "{") or ("array" in kinds and text.lstrip()[:1] == "["):
            hint = "fix the JSON; names and texts need double quotes"
            self.problems.append(Problem("json", f"begins as JSON and is not: {why}", hint, place))

    def _call(self, value: Any, entries: Mapping[str, Any], find: Find, place: str) -> Any:
        call = self.value(value, {"type": "object"}, place)
        kind = call.get(entries["by"]) if isinstance(call, dict) else None
        if not isinstance(kind, str) or kind not in entries["actions"]:
            return call
        return self.members(call, find(kind).parameters, place)


def _is_never_empty(schema: Mapping[str, Any], kinds: Collection[str]) -> bool:
    """Whether empty text cannot be a value by a schema."""
    if not kinds:
        return False
    return "string" not in kinds or schema.get("minLength", 0) > 0 or "" not in schema.get("enum", ("",))
