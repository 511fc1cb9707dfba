"""A trigger made ready: validator, templates and steps, each compiled on first use and kept."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..call.steps import Steps
from ..errors import InputError
from ..language.trigger_files import WEBHOOKS, Triggers
from ..language.trigger_records import PollCall, Trigger, Webhook
from ..schema.validator import Validator
from ..templates.compiler import Compiler, Template, left_out
from ..values.json_values import copy_json
from .items import Item, id_of_content

SET_UP_NAMES = ("input", "id", "url", "secret", "token", "filter", "label")
"""What templates that set a webhook up or take it down may name, besides what steps give."""
ITEM_NAMES = ("item", "input", "since", "now")
"""What templates over an item may name."""
_MOST_TITLE = 200


@dataclass(frozen=True, slots=True)
class ReadyCall:
    """One list of a poll, with its templates."""

    spec: PollCall
    action: Template
    input: Template
    when: Template | None
    entries: Template | None


class CompiledTrigger:
    """One trigger, ready.

    :param triggers: where it and its webhook stand.
    :param trigger: the spec.
    """

    def __init__(self, triggers: Triggers, trigger: Trigger) -> None:
        self.trigger = trigger
        self._webhooks_path = str(triggers.specs.root / "triggers" / WEBHOOKS)
        self._webhook = triggers.webhooks[trigger.webhook] if trigger.webhook else None

    @property
    def webhook(self) -> Webhook:
        """How deliveries are set up, verified and read.

        :raises InputError: when the trigger is polled.
        """
        if self._webhook is None:
            message = f"'{self.trigger.name}' is polled: the service sends no webhook for it"
            raise InputError.of("not_a_webhook", message, "poll it instead", field="trigger")
        return self._webhook

    @cached_property
    def validator(self) -> Validator:
        """Judges the inputs."""
        return Validator(self.trigger.input_schema, self.trigger.rules, path=self.trigger.path)

    def checked(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Inputs with the defaults of what was not given.

        :raises InputError: with every problem found.
        """
        values: dict[str, Any] = copy_json(inputs)
        if problems := self.validator.problems(values):
            raise InputError(problems)
        for name, schema in self.trigger.parameters.items():
            if name not in values and "default" in schema:
                values[name] = copy.deepcopy(schema["default"])
        return values

    @cached_property
    def subscribe(self) -> Steps:
        """What sets the webhook up."""
        return self._steps("subscribe")

    @cached_property
    def unsubscribe(self) -> Steps:
        """What takes it down again."""
        return self._steps("unsubscribe")

    @cached_property
    def check(self) -> Steps:
        """What succeeds as long as it is there."""
        return self._steps("check")

    @cached_property
    def manual(self) -> list[Template]:
        """What a person does who sets the webhook up by hand, a sentence each."""
        place = f"{self.trigger.webhook}.manual"
        return [
            self._value(text, f"{place}.{index}", self._webhooks_path, *SET_UP_NAMES)
            for index, text in enumerate(self.webhook.manual)
        ]

    @cached_property
    def filter(self) -> Template | None:
        """Which of all that happens the service is asked to tell."""
        text = self.trigger.filter
        return None if text is None else self._value(text, "filter", self.trigger.path, "input")

    @cached_property
    def calls(self) -> list[ReadyCall]:
        """What is read at each poll."""
        path, names = self.trigger.path, ("input", "since", "now")
        poll = self.trigger.poll
        return [
            ReadyCall(
                call,
                self._value(call.action, f"poll.calls.{index}.action", path, *names),
                self._value(call.input, f"poll.calls.{index}.input", path, *names),
                None if call.when is None else self._value(call.when, f"poll.calls.{index}.when", path, "input"),
                None
                if call.entries is None
                else self._value(call.entries, f"poll.calls.{index}.entries", path, *names, "result"),
            )
            for index, call in enumerate(poll.calls if poll else ())
        ]

    def wanted(self, names: Mapping[str, Any]) -> bool:
        """Whether an item is one that the inputs ask for; ``names`` has ``item``, ``input``, ``since`` and ``now``."""
        return self._where is None or _truth(self._where.evaluate(names))

    def key(self, names: Mapping[str, Any]) -> str:
        """By which a poll knows an entry again."""
        return _text(self._key.evaluate(names)) or id_of_content(names["item"])

    def at(self, names: Mapping[str, Any]) -> str | None:
        """When an item happened."""
        return _text(self._at.evaluate(names)) if self._at is not None else None

    def item(self, names: Mapping[str, Any], *, verified: bool) -> Item:
        """What is handed on of an item.

        :raises SpecError: when a template fails on it.
        """
        given = _text(self._id.evaluate(names))
        return Item(
            id=given or id_of_content(names["item"]),
            at=self.at(names),
            title=(_text(self._title.evaluate(names)) or self.trigger.title)[:_MOST_TITLE],
            trigger=self.trigger.name,
            data=self._outputs.evaluate(names),
            verified=verified,
            made_id=not given,
        )

    @cached_property
    def _where(self) -> Template | None:
        return None if self.trigger.where is None else self._of_item(self.trigger.where, "where")

    @cached_property
    def _id(self) -> Template:
        return self._of_item(self.trigger.item.id, "item.id")

    @cached_property
    def _key(self) -> Template:
        return self._id if self.trigger.item.key is None else self._of_item(self.trigger.item.key, "item.key")

    @cached_property
    def _at(self) -> Template | None:
        return None if self.trigger.item.at is None else self._of_item(self.trigger.item.at, "item.at")

    @cached_property
    def _title(self) -> Template:
        return self._of_item(self.trigger.item.title, "item.title")

    @cached_property
    def _outputs(self) -> Template:
        return self._of_item({name: output.value for name, output in self.trigger.outputs.items()}, "outputs")

    def _of_item(self, tree: Any, place: str) -> Template:
        return self._value(tree, place, self.trigger.path, *ITEM_NAMES)

    def _value(self, tree: Any, place: str, path: str, *names: str) -> Template:
        compiler = Compiler(names, self.trigger.optional, path)
        return compiler.template(compiler.value(tree, place), place)

    def _steps(self, name: str) -> Steps:
        steps = getattr(self.webhook, name)
        place = f"{self.trigger.webhook}.{name}"
        return Steps(steps, SET_UP_NAMES, self.trigger.optional, self._webhooks_path, place)


def _truth(value: Any) -> bool:
    return not left_out(value) and bool(value)


def _text(value: Any) -> str | None:
    """The text of a value that names something; ``None`` of what names nothing."""
    if left_out(value) or value is None or isinstance(value, (bool, dict, list)):
        return None
    return str(value).strip() or None
