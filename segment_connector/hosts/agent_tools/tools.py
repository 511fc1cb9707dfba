"""An action as a tool: name, description, schemas and hints for whoever shows it to a model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...docs.schema_words import limits
from ...http.auth import schemes_of
from ...language.action_records import Action
from ...language.connector_records import ConnectorSpec
from .tool_schemas import REPEAT_ID, input_schema, output_schema, takes_repeat_id

if TYPE_CHECKING:
    from ...schema.validator import Validator

LONGEST = 1024
"""Characters of a description that every vendor of models takes."""
_ENOUGH = 200  # characters of what an action does
_END = re.compile(r"[.?!](?=\s|$)")
_EFFECTS = {
    "read": "Reads only.",
    "write": "Changes data.",
    "delete": "Deletes, or can: ask the user before you call it.",
}
_STABILITY = {"beta": "Beta: the service may still change it.", "alpha": "Alpha: the service may take it away."}


@dataclass(frozen=True, slots=True)
class ToolHints:
    """What a tool does to the world, every hint written out: who finds one missing fears the worst.

    :ivar reads: whether it changes nothing.
    :ivar destroys: whether it deletes or replaces; what only adds does not.
    :ivar repeats: whether a call with the same arguments does no more.
    :ivar outside: whether it reaches a service beyond this process.
    """

    reads: bool
    destroys: bool
    repeats: bool
    outside: bool = True


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model is told of it; the schemas are JSON Schemas in the words that every vendor takes."""

    name: str
    title: str
    description: str
    input_schema: Mapping[str, Any]
    hints: ToolHints
    output_schema: Mapping[str, Any] | None = None


def tool_of(action: Action, name: str) -> ToolSpec:
    """The tool of an action.

    :param name: the tool's name.
    """
    return ToolSpec(
        name=name,
        title=action.title,
        description=short_description(action),
        input_schema=input_schema(action),
        output_schema=output_schema(action),
        hints=hints_of(action),
    )


def hints_of(action: Action) -> ToolHints:
    """The hints of an action's tool; what replaces asks first, as a delete does."""
    return ToolHints(
        reads=action.effect == "read",
        destroys=action.effect == "delete" or action.confirm is not None,
        repeats=repeats_safely(action),
    )


def repeats_safely(action: Action) -> bool:
    """Whether a call with the same arguments does no more: one that gets a new id for what it sends counts again."""
    return action.idempotent and not _ids(action)


def _ids(action: Action) -> list[str]:
    """The arguments by which a repeat is known as one, where the call gets them by itself."""
    if takes_repeat_id(action):
        return [REPEAT_ID]
    return [name for name, schema in action.parameters.items() if schema.get("generate") == "uuid4"]


def description(spec: ConnectorSpec, action: Action) -> str:
    """What the tool does, its effect, its limits and what authorises it."""
    return " ".join([_sentence(action.description), *_cautions(action), *_conditions(spec, action)])


def short_description(action: Action) -> str:
    """What the tool does in a few sentences, and what has to be known before it is called.

    The rest is told by ``describe_action``: what is listed stands in the context of every conversation.
    """
    whole = _sentence(action.description)
    ends = [found.end() for found in _END.finditer(whole)]
    end = max((one for one in ends if one <= _ENOUGH), default=ends[0])
    return " ".join([whole[:end], *_cautions(action)])[:LONGEST]


def _cautions(action: Action) -> Iterator[str]:
    if action.deprecated is not None:
        yield f"Deprecated since {action.deprecated.since}. {_sentence(action.deprecated.use)}"
    for rule in action.rules:
        yield f"Refused unless: {_sentence(rule.message)}"
    if action.effect != "read":
        yield f"Effect: {_EFFECTS[action.effect]}{_again(action)}"
    if action.confirm is not None:
        yield f"Ask the user first: {_sentence(action.confirm)}"
    if action.stability in _STABILITY:
        yield _STABILITY[action.stability]


def _conditions(spec: ConnectorSpec, action: Action) -> Iterator[str]:
    if action.effect == "read":
        yield f"Effect: {_EFFECTS['read']}"
    api = spec.apis.get(action.api)
    known = list(limits(action))
    if api is not None and api.rate_limit:
        known.append(f"{api.rate_limit['requests']:,} requests in {api.rate_limit['seconds']:,} s for the {api.title}")
    if known:
        yield f"Limits: {_sentence('; '.join(one.rstrip('.') for one in known))}"
    yield f"Authorisation: {authorisation(spec, action)}"


def _again(action: Action) -> str:
    if not action.idempotent:
        return " A repeat counts again."
    if ids := _ids(action):
        return f" A repeat counts again, unless it has the same {' and '.join(ids)}."
    return " A repeat with the same input does no more."


def authorisation(spec: ConnectorSpec, action: Action) -> str:
    """What of the connection authorises a call; never a value."""
    api = spec.apis.get(action.api)
    if api is None:
        return "what the chosen API needs, from the server's connection."
    ways, schemes = [], schemes_of(spec)
    for name in reversed(api.auth):  # the last one is the plainest
        if schemes[name].when is not None:
            continue  # the same credential, sent in another place
        members = dict.fromkeys(need.partition(".")[0] for need in schemes[name].needs)
        titles = [str(spec.connection.properties[member].get("title", member)) for member in members]
        ways.append(" and ".join(titles))
    return f"the {', or '.join(dict.fromkeys(ways))} of the server's connection." if ways else "none is needed."


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "?", "!")) else f"{text}."


class Outputs:
    """Holds what a tool gives to the schema that it promises.

    :param action: the action behind the tool.
    """

    def __init__(self, action: Action) -> None:
        self.schema = output_schema(action)

    def fitting(self, outputs: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The outputs that keep the promise, and a sentence for each that does not.

        The service has accepted the call by then, so an answer of another shape is no reason to call it failed: the
        text of the result has everything, and what was promised is given without the outputs that differ.
        """
        problems = self._validator.problems(outputs)
        wrong = {(problem.field or "").partition(".")[0]: problem for problem in problems}
        if not wrong:
            return outputs, []
        said = [
            f"The service answered '{name}' in a form that is not documented ({problem.field}: {problem.message}); "
            "it stands in the text of this result only."
            for name, problem in wrong.items()
        ]
        return {name: value for name, value in outputs.items() if name not in wrong}, said

    @cached_property
    def _validator(self) -> Validator:
        from ...schema.validator import Validator

        return Validator(self.schema, noun="output")
