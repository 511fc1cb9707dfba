"""Creates, searches and triggers of the app as data: what ``package/lib/app.js`` makes an app of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...call.policy import question_of
from ...language.action_records import Action
from ...language.trigger_records import Trigger
from ...redact import has_secret
from ..export import SERVICE, ExportOptions
from ..host_fields import fields_of, pagings_of, shapes_of, type_of

if TYPE_CHECKING:
    from ...connector import Connector

_LONGEST_LABEL, _LONGEST_HELP = 64, 1000  # characters, by Zapier's schema
_MOST_CHOICES = 250
_PLAIN = {"string": "string", "integer": "integer", "number": "number", "boolean": "boolean"}
_MOST, _CONFIRM = "most", "confirm"


class Operations:
    """The operations of an app.

    :ivar actions: those that are wanted.
    """

    def __init__(self, connector: Connector, options: ExportOptions) -> None:
        self._connector = connector
        self._options = options
        self.actions = options.actions
        self._dropdowns: dict[str, dict[str, Any]] = {}

    def all(self) -> dict[str, Any]:
        """Creates, searches, triggers, and the dropdowns that their fields name."""
        made = {
            "creates": [self._action(one) for one in self.actions if one.effect != "read"],
            "searches": [self._action(one) for one in self.actions if one.effect == "read"],
            "triggers": [self._trigger(one) for one in self._triggers()],
        }
        return {**made, "dropdowns": list(self._dropdowns.values())}

    def _triggers(self) -> list[Trigger]:
        """Those of the groups that are wanted; Segment's calls have to be received by the service."""
        if self._options.mode != SERVICE:
            return []
        groups = self._options.policy.groups
        return [one for one in self._connector.triggers.values() if not groups or one.group in groups]

    def _action(self, action: Action) -> dict[str, Any]:
        question, taken = question_of(action), set(action.parameters)
        fields = self._fields("actions", action)
        own: dict[str, str] = {}
        if question:
            own["confirm"] = _free(_CONFIRM, taken)
            fields.append(
                {"key": own["confirm"], "label": "Yes, do it", "type": "boolean", "required": True,
                 "helpText": question[:_LONGEST_HELP]}
            )  # fmt: skip
        if action.paging:
            own["most"] = _free(_MOST, taken)
            fields.append(
                {"key": own["most"], "label": "Entries at most", "type": "integer", "required": False,
                 "helpText": "The list is read page by page up to this number. Without it: one page."}
            )  # fmt: skip
        return {
            **self._described(action, fields),
            "effect": action.effect,
            "paging": pagings_of(action),
            "own": own,
            "sample": dict(action.examples[0].output) if action.examples else {},
            "outputs": _outputs(action),
        }

    def _trigger(self, trigger: Trigger) -> dict[str, Any]:
        samples = self._connector.sample(trigger.name)
        return {
            **self._described(trigger, self._fields("triggers", trigger)),
            "samples": samples,
            "outputs": _outputs(trigger),
        }

    def _described(self, spec: Action | Trigger, fields: list[dict[str, Any]]) -> dict[str, Any]:
        titles = self._connector.spec.groups
        return {
            "name": spec.name,
            "noun": titles[spec.group].title if spec.group in titles else spec.group,
            "label": spec.title[:_LONGEST_LABEL],
            "description": spec.summary[:_LONGEST_HELP],
            "fields": fields,
            "parameters": shapes_of(spec),
        }

    def _fields(self, kind: str, spec: Action | Trigger) -> list[dict[str, Any]]:
        order = [one["name"] for one in fields_of(spec)]
        found = [self._field(kind, spec, name, spec.parameters[name], required=name in spec.required) for name in order]
        taken = {*order, _MOST, _CONFIRM}
        for field in found:  # Zapier has one name for one field, members of line items included
            members = {one["key"] for one in field.get("children", ())}
            if members & taken:
                del field["children"]
                schema = spec.parameters[field["key"]]
                field |= {"type": "text", "placeholder": "JSON", "helpText": _help(schema)}
            taken |= members
        return found

    def _field(
        self, kind: str, spec: Action | Trigger, name: str, schema: Mapping[str, Any], *, required: bool
    ) -> dict[str, Any]:
        found = {
            "key": name,
            "label": schema.get("title", name),
            "required": required,
            "helpText": _help(schema),
            **_form(schema),
        }
        items = schema.get("items")
        entry: Mapping[str, Any] = items if isinstance(items, Mapping) else {}
        dropdown = schema.get("options") or entry.get("options")
        if dropdown is not None and "children" not in found and found["type"] in ("string", "integer", "number"):
            found["dynamic"] = f"{self._dropdown(kind, spec, name, dropdown)}.id.name"
        if "children" in found:
            del found["helpText"]  # line items have those of their members
        return {word: value for word, value in found.items() if value != ""}

    def _dropdown(self, kind: str, spec: Action | Trigger, name: str, dropdown: Mapping[str, Any]) -> str:
        """The key of the hidden trigger that fills a dropdown; those that read the same list have one in common."""
        sources = sorted(dropdown.get("inputs", {}).values())
        parts = [dropdown["action"], dropdown.get("value", "id"), dropdown.get("label", "name")]
        parts += ["of", *sources] if sources else []
        parts += [word for values in dropdown.get("each", {}).values() for word in values]
        key = "choose_" + re.sub(r"\W", "_", "_".join(parts))
        self._dropdowns.setdefault(key, {"key": key, "kind": kind, "name": spec.name, "parameter": name})
        return key


def _form(schema: Mapping[str, Any]) -> dict[str, Any]:
    """How a value is typed in: Zapier's type, choices, a list, line items, or JSON."""
    kind, items = type_of(schema), schema.get("items")
    if "enum" in schema:
        return {"type": "string", "choices": [str(one) for one in schema["enum"] if one is not None][:_MOST_CHOICES]}
    if kind == "string":
        plain = "datetime" if schema.get("format") == "date-time" else "string"
        return {"type": "password" if has_secret(schema) else plain}
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if kind == "array" and isinstance(items, Mapping) and type_of(items) in _PLAIN:
        return {**_form(items), "list": True}
    if kind == "array" and isinstance(items, Mapping) and _are_plain(items.get("properties", {})):
        required = items.get("required", ())
        members = items["properties"].items()
        return {"children": [
            {"key": name, "label": one.get("title", name), "required": name in required,
             "helpText": _help(one), **_form(one)}
            for name, one in members
        ]}  # fmt: skip
    if kind == "object" and _holds_texts(schema):
        return {"dict": True, "type": "string"}
    example = next(iter(schema.get("examples", ())), None)
    shown = {} if example is None or has_secret(schema) else {"placeholder": "JSON"}
    return {"type": "text", **shown}


def _help(schema: Mapping[str, Any]) -> str:
    return str(schema.get("description") or schema.get("title") or "JSON")[:_LONGEST_HELP]


def _are_plain(members: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether each member is one value, so that line items can hold it."""
    return bool(members) and all(type_of(one) in _PLAIN for one in members.values())


def _holds_texts(schema: Mapping[str, Any]) -> bool:
    """Whether all values of an object are text: a dictionary of Zapier has no others."""
    beyond = schema.get("additionalProperties")
    return not schema.get("properties") and isinstance(beyond, Mapping) and type_of(beyond) == "string"


def _outputs(spec: Action | Trigger) -> list[dict[str, str]]:
    return [
        {"key": name, "label": one.title or name, "type": str(one.type)}
        for name, one in spec.outputs.items()
        if isinstance(one.type, str) and one.type in _PLAIN
    ]


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name
