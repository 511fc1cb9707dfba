"""A connection as a form of single values, for hosts whose forms have no fields in fields.

``oauth.privateKey`` is the field ``oauth_private_key`` there, as Python writes names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..errors import Problem
from ..language.connector_records import ConnectorSpec
from ..redact import has_secret
from ..values.paths import put


@dataclass(frozen=True, slots=True)
class FlatField:
    """One value of a connection.

    :ivar name: its name in the form, in snake_case.
    :ivar place: its dotted place in a connection.
    :ivar kind: ``str``, or ``bool`` for a switch.
    :ivar title: what a person reads beside it, with ``description``.
    :ivar secret: whether nobody may see it.
    :ivar environment: the environment variable that holds it, or ``None``.
    """

    name: str
    place: str
    kind: type
    title: str
    description: str
    secret: bool
    environment: str | None


def flat_fields(spec: ConnectorSpec) -> list[FlatField]:
    """The fields of a connection's form, in the order of ``connector.yaml``."""
    return list(_fields(spec.connection.properties, ""))


def connection_from_flat(spec: ConnectorSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """The connection that the values of a form are; ``None`` and empty text are not given.

    :param values: by the names of ``flat_fields``; others are left out.
    """
    connection: dict[str, Any] = {}
    for field in flat_fields(spec):
        value = values.get(field.name)
        if value is not None and value != "":
            connection = put(connection, field.place, value)
    return connection


def problem_in_form(spec: ConnectorSpec, problem: Problem) -> Problem:
    """A problem of a connection by the name that its field has in the form."""
    names = {field.place: field.name for field in flat_fields(spec)}
    return replace(problem, field=names.get(problem.field or "", problem.field))


def flat_from_environment(spec: ConnectorSpec, environ: Mapping[str, str]) -> dict[str, str]:
    """The values of a form that environment variables hold, by field."""
    return {
        field.name: value
        for field in flat_fields(spec)
        if field.environment and (value := environ.get(field.environment))
    }


def snake_case(name: str) -> str:
    """A name as Python writes them: ``writeKey`` becomes ``write_key``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|\.", "_", name).lower()


def _fields(properties: Mapping[str, Any], above: str) -> Iterator[FlatField]:
    for name, schema in properties.items():
        place = f"{above}{name}"
        if below := schema.get("properties"):
            yield from _fields(below, f"{place}.")
            continue
        kind = bool if schema.get("type") == "boolean" else str
        told = " ".join(text for text in (schema.get("description"), schema.get("help")) if text)
        yield FlatField(
            snake_case(place), place, kind, schema.get("title", name), told, has_secret(schema), schema.get("env")
        )
