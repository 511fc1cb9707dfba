"""What a platform gets back: a result in the envelope that its profile describes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from ..language.action_records import Example, Output
from ..language.profile_records import BESIDE, LEFT_OUT, Envelope, ListedOutput
from ..result import Meta, Result
from ..templates.compiler import Compiler, Template, left_out
from .listed_action import Listed

ANSWER_NAMES = ("input", "result")


class ActionEnvelope:
    """The answers of one listed action.

    :param listed: the action.
    """

    def __init__(self, listed: Listed) -> None:
        self._listed = listed
        self._envelope: Envelope = listed.profile.envelope

    def of(self, given: Mapping[str, Any], result: Result) -> dict[str, Any]:
        """The answer for a result.

        :param given: the inputs by listed names.
        """
        names = {"input": given, "result": seen(result)}
        members = self._made(self._members, names)
        outputs = self._made(self._outputs, names)
        where = self._envelope.outputs
        if where == LEFT_OUT:
            return members
        if where == BESIDE:
            return {**members, **outputs}
        return {name: outputs if name == where else members.get(name) for name in self._envelope.members
                if name == where or name in members}  # fmt: skip

    def sample(self, example: Example) -> dict[str, Any]:
        """What a call of an example gives back."""
        meta = Meta(status=example.response.get("status", 200), attempts=1, delivery="accepted")
        result = Result(True, self._listed.action.name, dict(example.output), None, meta)
        return self.of(self._listed.sample(example.input), result)

    @cached_property
    def outputs(self) -> dict[str, dict[str, Any]]:
        """The action's own values by name, each with ``type``, ``description`` and more, as one JSON Schema."""
        return {name: self._schema(listed, self._own(name)) for name, listed in self._listed_outputs.items()}

    @property
    def schema(self) -> dict[str, Any]:
        """The whole answer as one JSON Schema."""
        members = {name: self._schema(listed, None) for name, listed in self._envelope.members.items()}
        required = [name for name, listed in self._envelope.members.items() if listed.required]
        where = self._envelope.outputs
        if where == BESIDE:
            members.update(self.outputs)
        elif where != LEFT_OUT:
            members[where] = {**members.get(where, {}), "properties": self.outputs}
        return {"type": "object", "properties": members, "required": required, "additionalProperties": False}

    @cached_property
    def _listed_outputs(self) -> Mapping[str, ListedOutput]:
        if self._listed.entry.outputs is not None:
            return self._listed.entry.outputs
        return {name: ListedOutput() for name in self._listed.action.outputs}

    def _own(self, name: str) -> Output | None:
        return self._listed.action.outputs.get(name)

    def _schema(self, listed: ListedOutput, own: Output | None) -> dict[str, Any]:
        schema: dict[str, Any] = {}
        if own is not None:
            schema = {**own.schema, "type": own.type, "description": self._listed.words.text(own.description)}
            if own.title:
                schema["title"] = own.title
        schema.update(listed.schema or {})
        said = {"type": listed.type, "title": listed.title, "description": listed.description}
        schema |= {word: value for word, value in said.items() if value is not None}
        return schema

    @cached_property
    def _members(self) -> Template:
        tree = {name: listed.value for name, listed in self._envelope.members.items() if name != self._envelope.outputs}
        return self._compiled(tree, "envelope.members")

    @cached_property
    def _outputs(self) -> Template:
        tree = {
            name: f"{{{{ result.outputs.{name} }}}}" if listed.value is None else listed.value
            for name, listed in self._listed_outputs.items()
        }
        return self._compiled(tree, f"actions.{self._listed.name}.outputs")

    def _compiled(self, tree: Mapping[str, Any], place: str) -> Template:
        optional = set(self._listed.parameters) - set(self._listed.required)
        compiler = Compiler(ANSWER_NAMES, optional, self._listed.profile.path)
        return compiler.template(compiler.value(tree, place), place)

    @staticmethod
    def _made(template: Template, names: Mapping[str, Any]) -> dict[str, Any]:
        value = template.evaluate(names)
        return {} if left_out(value) else dict(value)


def seen(result: Result) -> dict[str, Any]:
    """A result as an envelope's templates see it: its members, and ``reason``, which is message and cure."""
    members = result.to_dict()
    if result.error is not None:
        cure = f" ({result.error.hint})" if result.error.hint else ""
        members["reason"] = f"{result.error.message}{cure}"
    return members
