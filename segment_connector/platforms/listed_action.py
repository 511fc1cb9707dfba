"""One action as a platform lists it, made ready: its parameters, and what a call of it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ..errors import InputError, Problem
from ..language.action_records import Action, Rule
from ..language.connector_records import ConnectorSpec
from ..language.profile_records import Binding, ListedAction, Profile, bindings
from ..schema.validator import Validator
from ..templates.compiler import Compiler, Template, left_out
from ..values.json_values import copy_json, decode
from ..values.paths import get, put, schema_at
from .wording import Words

INPUT_NAMES = ("input",)


@dataclass(frozen=True, slots=True)
class TranslatedCall:
    """What a call by listed names becomes.

    :ivar given: the inputs by listed names, as templates of the answer see them.
    :ivar inputs: the action's own inputs.
    :ivar connection: members of the connection that came as parameters, by dotted name.
    """

    given: dict[str, Any]
    inputs: dict[str, Any]
    connection: dict[str, Any]


class Listed:
    """One listed action.

    :param name: its name on the platform.
    :param entry: what the profile says of it.
    :param action: what it calls.
    """

    def __init__(self, name: str, entry: ListedAction, action: Action, profile: Profile, spec: ConnectorSpec) -> None:
        self.name = name
        self.entry = entry
        self.action = action
        self.profile = profile
        self._spec = spec
        self.bindings = bindings(profile, entry, action)
        self.words = Words({one.target or one.connection or one.name: one.name for one in self.bindings})

    @property
    def title(self) -> str:
        """What a person reads in a menu."""
        return self.entry.title or self.action.title

    @property
    def description(self) -> str:
        """What it does, in the platform's names."""
        return self.words.text(self.entry.description or self.action.summary)

    @cached_property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """The schema of each parameter by its listed name, with the language's words for forms."""
        return {one.name: self._schema(one) for one in self.bindings}

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The parameters that the platform asks for in any case."""
        return tuple(one.name for one in self.bindings if self._is_required(one))

    def _is_required(self, one: Binding) -> bool:
        if one.listed.required is not None:
            return one.listed.required
        return one.target in self.action.required

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The action's rules in the platform's names."""
        made = self.entry.inputs if isinstance(self.entry.inputs, Mapping) else {}
        plain = {one.target for one in self.bindings if one.listed.read_as != "pairs"} - set(made)
        return tuple(
            replace(
                rule,
                schema=_renamed(rule.schema, self.words),
                message=self.words.text(rule.message),
                hint=self.words.text(rule.hint),
                field=self.words.place(rule.field) or "",
            )
            for rule in self.action.rules
            # What is made of several parameters is judged when it is made, by the action itself.
            if _names(rule.schema) <= plain
        )

    @property
    def input_schema(self) -> dict[str, Any]:
        """The inputs by listed names as one JSON Schema, without the rules."""
        return {
            "type": "object",
            "properties": self.parameters,
            "required": list(self.required),
            "additionalProperties": False,
        }

    def call(self, inputs: Mapping[str, Any]) -> TranslatedCall:
        """What the action gets for inputs by listed names.

        :raises InputError: naming each parameter that is wrong, in the platform's names.
        """
        given = copy_json(inputs)
        if not isinstance(given, dict):
            raise InputError(self.validator.problems(given))
        self._read_texts(given)
        problems = [self._suggested(problem) for problem in self.validator.problems(given)]
        if problems:
            raise InputError(problems)
        made = self._template.evaluate({"input": given})
        own: dict[str, Any] = {} if left_out(made) else copy_json(made)
        for one in self.bindings:
            if one.listed.read_as == "pairs" and one.target and one.name in given:
                own = put(own, one.target, self._with_pairs(get(own, one.target), one.name, given[one.name]))
        into = {one.connection: given[one.name] for one in self.bindings if one.connection and one.name in given}
        return TranslatedCall(given, own, into)

    def sample(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """An example's inputs by listed names: what ``call`` makes them of again."""
        found: dict[str, Any] = {}
        fields = {one.target for one in self.bindings if one.target and one.listed.read_as != "pairs"}
        for one in self.bindings:
            value = get(inputs, one.target) if one.target else None
            if one.added:  # only templates know what becomes of it
                value = next(iter(self.parameters[one.name].get("examples", ())), None)
            if value is None:
                continue
            if one.listed.read_as == "pairs":
                rest = {key: item for key, item in value.items() if f"{one.target}.{key}" not in fields}
                if rest and one.target not in fields:
                    found[one.name] = [{"key": key, "value": item} for key, item in rest.items()]
            else:
                found[one.name] = value
        return found

    @cached_property
    def validator(self) -> Validator:
        """Judges inputs by listed names."""
        return Validator(self.input_schema, self.rules, path=self.profile.path)

    @cached_property
    def _template(self) -> Template:
        tree: dict[str, Any] = {}
        for one in self.bindings:
            if one.target and one.listed.read_as != "pairs":
                tree = put(tree, one.target, f"{{{{ input.{one.name} }}}}")
        place = f"actions.{self.name}.inputs"
        compiler = Compiler(INPUT_NAMES, set(self.parameters) - set(self.required), self.profile.path)
        return compiler.template(compiler.value(_on_top(tree, self.entry.inputs or {}), place), place)

    def _schema(self, one: Binding) -> dict[str, Any]:
        listed = one.listed
        if one.connection is not None:
            own = schema_at(self._spec.connection.schema, one.connection)
        else:
            own = schema_at(self.action.input_schema, one.target) if one.target else {}
        if listed.read_as == "pairs":
            own = _pairs(own)
        schema = {**own, **(listed.schema or {})}
        said = {"title": listed.title, "description": listed.description, "advanced": listed.advanced}
        schema |= {word: value for word, value in said.items() if value is not None}
        for word in ("description", "hint"):
            if word in schema:
                schema[word] = self.words.text(str(schema[word]))
        return schema

    def _read_texts(self, given: dict[str, Any]) -> None:
        for one in self.bindings:
            if one.listed.read_as == "json" and isinstance(given.get(one.name), str):
                try:
                    given[one.name] = decode(given[one.name].encode())
                except ValueError:
                    hint = 'write JSON, for example {"plan": "premium"}, or pass the value itself'
                    raise InputError.of("json", "is a text that is not valid JSON", hint, one.name) from None

    def _with_pairs(self, value: Any, name: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
        together = dict(value) if isinstance(value, Mapping) else {}
        for index, entry in enumerate(entries):
            if entry["key"] in together:
                message = f"'{entry['key'][:80]}' is given twice"
                hint = "fill in the field of that name, or this entry, not both"
                raise InputError.of("duplicate", message, hint, f"{name}.{index}.key")
            together[entry["key"]] = entry["value"]
        return together

    def _suggested(self, problem: Problem) -> Problem:
        """A problem with the platform's name for a parameter that was given by the connector's own."""
        if problem.code == "unknown" and problem.field:
            known = next((one.name for one in self.bindings if problem.field in (one.target, one.connection)), None)
            if known is not None:
                return replace(problem, hint=f"did you mean '{known}'?")
        return problem


def _pairs(own: Mapping[str, Any]) -> dict[str, Any]:
    """A list of keys and values, in place of an object that may have any member."""
    rest = own.get("additionalProperties")
    value = {"title": "Value", "description": "Its value.", **(rest if isinstance(rest, Mapping) else {})}
    key = {"type": "string", "minLength": 1, "title": "Key", "description": "Its name."}
    said = {word: own[word] for word in ("title", "description", "advanced") if word in own}
    items = {
        "type": "object", "properties": {"key": key, "value": value}, "required": ["key", "value"],
        "additionalProperties": False,
    }  # fmt: skip
    return {"type": "array", **said, "items": items}


def _on_top(tree: Any, more: Any) -> Any:
    if not (isinstance(tree, Mapping) and isinstance(more, Mapping)):
        return more
    return {**tree, **{key: _on_top(tree[key], item) if key in tree else item for key, item in more.items()}}


def _renamed(schema: Any, words: Words) -> Any:
    """A rule's schema with the parameters' names replaced: keys of ``properties`` and entries of ``required``."""
    if isinstance(schema, list):
        return [_renamed(item, words) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    made: dict[str, Any] = {}
    for word, value in schema.items():
        if word == "required" and isinstance(value, (list, tuple)):
            made[word] = [words.place(name) for name in value]
        elif word == "properties" and isinstance(value, Mapping):
            made[word] = {words.place(name): below for name, below in value.items()}
        else:
            made[word] = _renamed(value, words)
    return made


def _names(schema: Any) -> set[str]:
    """The parameters that a rule speaks of."""
    if isinstance(schema, (list, tuple)):
        return {name for item in schema for name in _names(item)}
    if not isinstance(schema, Mapping):
        return set()
    found = {name for word, value in schema.items() if word != "properties" for name in _names(value)}
    return found | set(schema.get("properties", ())) | set(schema.get("required", ()))
