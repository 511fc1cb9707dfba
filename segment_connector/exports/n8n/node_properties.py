"""The fields of a node: each parameter of an action as a property of n8n, with the words that n8n's own style wants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...language.action_records import Action
from ...schema.form_hints import types_of

COLLECTION = "additionalFields"
RETURN_ALL, LIMIT, CONFIRMED = "returnAll", "limit", "confirmed"
_OWN = ("resource", "operation", "authentication", "requestOptions", COLLECTION, RETURN_ALL, LIMIT, CONFIRMED)
_PLAIN = {"string", "integer", "number", "boolean"}
_SMALL = frozenset(
    (
        "a", "an", "and", "as", "at", "but", "by", "for", "if", "in", "nor", "of", "on", "only", "or", "over", "per",
        "so", "than", "that", "the", "to", "up", "via", "when", "with", "without", "yet",
    )
)  # fmt: skip
_AS_N8N_WRITES = {
    "Api": "API", "E-mail": "Email", "Id": "ID", "Ids": "IDs", "Json": "JSON", "Url": "URL", "Urls": "URLs",
}  # fmt: skip
_LIST_HINT = (
    'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.'
)


@dataclass(frozen=True)
class Field:
    """A parameter in the form of a node.

    :ivar made: the property of n8n.
    """

    name: str
    made: dict[str, Any]
    required: bool

    @property
    def form(self) -> str | None:
        """How its value is to be read, where that is not plain."""
        kind: str = self.made["type"]
        return kind if kind in ("json", "dateTime") else None


def fields_of(action: Action, dropdowns: bool = True) -> list[Field]:
    """The fields of an action, those that are required first.

    :param dropdowns: whether lists of values can be read.
    """
    hidden = _of_paging(action)
    found = [
        Field(name, property_of(action, name, dropdowns), name in action.required)
        for name in action.parameters
        if name not in hidden
    ]
    return sorted(found, key=lambda one: not one.required)


def _of_paging(action: Action) -> set[str]:
    """The parameters that only say which page is wanted; what walks the pages fills them in."""
    named = {place for paging in action.paging for place in (paging.position, paging.size) if place}
    found = set()
    for place in named:
        name, _, below = place.partition(".")
        members = action.parameters.get(name, {}).get("properties", {}) if below else {}
        if all(f"{name}.{member}" in named for member in members):
            found.add(name)
    return found


def property_of(action: Any, name: str, dropdowns: bool) -> dict[str, Any]:
    """One parameter of an action, or of a trigger, as a property of n8n."""
    schema: Mapping[str, Any] = action.parameters[name]
    own = f"{name}Input" if name in _OWN and name in action.required else name
    made = {
        "displayName": title_case(schema.get("title", name)),
        "name": own,
        **_form(action.name, name, schema, dropdowns),
    }
    if name in action.required:
        made["required"] = True
    description = plain(schema.get("description", ""))
    if made["type"] == "boolean":
        description = description if description.startswith("Whether") else f"Whether this is on: {description}"
    if "typeOptions" in made and "loadOptionsMethod" in made["typeOptions"]:
        made["displayName"] = f"{made['displayName']} Names or IDs"
        description = f"{description.removesuffix('.')}. {_LIST_HINT}"
    made["description"] = description
    return made


def _form(owner: str, name: str, schema: Mapping[str, Any], dropdowns: bool) -> dict[str, Any]:
    kinds = set(types_of(schema)) - {"null"}
    shown = _example(schema)
    if "enum" in schema and all(isinstance(one, str) for one in schema["enum"]):
        values = schema["enum"]
        default = schema.get("default", shown if shown in values else values[0])
        return {"type": "options", "options": _choices(values), "default": default}
    if kinds == {"boolean"}:
        return {"type": "boolean", "default": schema.get("default", False)}
    if kinds and kinds <= {"integer", "number"}:
        return {"type": "number", "typeOptions": _limits(schema, kinds), "default": _number(schema)}
    if kinds == {"array"}:
        return _list_form(owner, name, schema, dropdowns)
    if "string" in kinds and kinds <= _PLAIN:
        return _text_form(owner, name, schema, dropdowns, shown)
    return {"type": "json", "default": "" if "string" in kinds or not kinds else "{}"}


def _text_form(owner: str, name: str, schema: Mapping[str, Any], dropdowns: bool, shown: Any) -> dict[str, Any]:
    is_short = isinstance(shown, str) and "\n" not in shown and shown != "id"
    hint = {"placeholder": f"e.g. {shown}"} if is_short else {}
    if schema.get("format") == "date-time":
        return {"type": "dateTime", "default": ""}
    if schema.get("secret"):
        return {"type": "string", "typeOptions": {"password": True}, "default": ""}
    if "options" in schema and dropdowns:
        modes = [
            {
                "displayName": "From List", "name": "list", "type": "list",
                "typeOptions": {"searchListMethod": method_of(owner, name), "searchable": True},
            },
            {"displayName": "By ID", "name": "id", "type": "string", **hint},
        ]  # fmt: skip
        return {"type": "resourceLocator", "default": {"mode": "list", "value": ""}, "modes": modes}
    return {"type": "string", "default": schema.get("default", ""), **hint}


def _list_form(owner: str, name: str, schema: Mapping[str, Any], dropdowns: bool) -> dict[str, Any]:
    items = schema.get("items", {})
    if "enum" in items:
        return {"type": "multiOptions", "options": _choices(items["enum"]), "default": schema.get("default", [])}
    if dropdowns and "options" in {**schema, **items}:
        return {"type": "multiOptions", "typeOptions": {"loadOptionsMethod": method_of(owner, name)}, "default": []}
    if set(types_of(items)) == {"string"} and "entries" not in schema:
        return {"type": "string", "typeOptions": {"multipleValues": True}, "default": schema.get("default", [])}
    return {"type": "json", "default": "[]"}


def method_of(owner: str, name: str) -> str:
    """The name of the method that reads the values of a parameter."""
    return f"{owner}.{name}"


def _choices(values: Iterable[Any]) -> list[dict[str, Any]]:
    named = [{"name": title_case(str(value).replace("_", " ").replace(".", " ")), "value": value} for value in values]
    if len({one["name"] for one in named}) < len(named):
        named = [{**one, "name": str(one["value"])} for one in named]
    return sorted(named, key=lambda one: one["name"].casefold())


def _limits(schema: Mapping[str, Any], kinds: set[str]) -> dict[str, Any]:
    found = {"minValue": schema.get("minimum"), "maxValue": schema.get("maximum")}
    if kinds == {"integer"}:
        found["numberPrecision"] = 0
    return {name: value for name, value in found.items() if value is not None}


def _number(schema: Mapping[str, Any]) -> Any:
    return schema.get("default", max(schema.get("minimum", 0), 0))


def _example(schema: Mapping[str, Any]) -> Any:
    return next(iter(schema.get("examples", ())), None)


def title_case(text: str) -> str:
    """A title as n8n writes it: each word with a capital, but for the small ones inside."""
    words = text.split()
    made = []
    for index, word in enumerate(words):
        if 0 < index < len(words) - 1 and word.lower() in _SMALL:
            made.append(word.lower())
        else:
            cased = (
                word if re.search(r"[A-Z]", word[1:]) and not word.isupper() else word[:1].upper() + word[1:].lower()
            )
            made.append(_AS_N8N_WRITES.get(cased, cased if not word.isupper() or len(word) > 4 else word))
    return " ".join(made)


def plain(text: str) -> str:
    """A description in n8n's style: ID in capitals, and no full stop at its end where it is one sentence."""
    text = re.sub(r"\b[Ii]d(s?)\b", r"ID\1", " ".join(text.split()))
    text = text[:1].upper() + text[1:].replace("<", "&lt;").replace(">", "&gt;")
    return text[:-1] if text.endswith(".") and ". " not in text else text


def shown_for(made: Mapping[str, Any], **show: Any) -> dict[str, Any]:
    """A property that is shown only for some values of others."""
    return {**made, "displayOptions": {"show": show}}
