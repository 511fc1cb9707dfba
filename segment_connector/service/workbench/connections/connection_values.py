"""Between a form's texts and a connection: what was filled in, what it means, and what somebody else changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ....values.paths import get, put_into
from ..spoken import say

REMOVED = "remove:"
"""What the name of a box begins with that asks to forget a credential."""


@dataclass(frozen=True, slots=True)
class ConnectionField:
    """One field of the form.

    :ivar name: dotted place in the connection.
    :ivar schema: its schema in ``connector.yaml``.
    :ivar advanced: most people do not need it.
    :ivar group: title of the object that it belongs to, or nothing.
    """

    name: str
    schema: Mapping[str, Any]
    advanced: bool = False
    group: str = ""

    @property
    def title(self) -> str:
        """Its label."""
        return str(self.schema.get("title") or self.name)

    @property
    def secret(self) -> bool:
        """Whether it is a credential, which is never shown."""
        return bool(self.schema.get("secret"))

    @property
    def has_lines(self) -> bool:
        """Whether a value may have several lines, as a private key has."""
        pattern = self.schema.get("pattern")
        return self.secret and (pattern is None or re.search(pattern, "a\nb") is not None)


def fields(
    properties: Mapping[str, Any], above: str = "", group: str = "", advanced: bool = False
) -> Iterator[ConnectionField]:
    """The fields of a connection in the order of ``connector.yaml``, those inside objects after one another."""
    for name, schema in properties.items():
        folded = advanced or bool(schema.get("advanced"))
        if isinstance(schema.get("properties"), Mapping):
            yield from fields(schema["properties"], f"{above}{name}.", str(schema.get("title", name)), folded)
        else:
            yield ConnectionField(above + name, schema, folded, group or schema.get("group", ""))


def filled_in(form: Mapping[str, Any], known: Iterator[ConnectionField]) -> tuple[dict[str, Any], list[str]]:
    """The connection that a form describes.

    :param form: the texts of the form by the names of its fields.
    :returns: the connection, empty fields left out, and the dotted names of the credentials to forget.
    """
    values: dict[str, Any] = {}
    removed: list[str] = []
    for field in known:
        said = str(form.get(field.name) or "")
        text = said if field.has_lines else said.strip()
        if field.secret and form.get(REMOVED + field.name) and not text:
            removed.append(field.name)
        if text:
            put_into(values, field.name, _typed(text, field.schema))
    return values, removed


def shown(public: Mapping[str, Any], name: str) -> str:
    """What a field shows of a connection."""
    value = get(public, name)
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def differences(before: Mapping[str, Any], now: Mapping[str, Any], known: Iterator[ConnectionField]) -> list[str]:
    """What changed between two descriptions of a connection, a sentence each; never with a credential."""
    found = []
    for field in known:
        if field.secret:
            had, has = field.name in before["has"], field.name in now["has"]
            if had != has:
                found.append(
                    say("{title} was added", title=field.title)
                    if has
                    else say("{title} was removed", title=field.title)
                )
        elif (old := shown(before["public"], field.name)) != (new := shown(now["public"], field.name)):
            found.append(
                say(
                    "{title} is now {new} (it was {old})",
                    title=field.title,
                    new=new or say("empty"),
                    old=old or say("empty"),
                )
            )
    return found or [say("a credential was replaced")]


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    """The value that a text stands for; one that cannot be read stays text, for the schema to refuse."""
    if schema.get("type") == "string":
        return text
    try:
        return json.loads({"on": "true"}.get(text, text))
    except ValueError:
        return text
