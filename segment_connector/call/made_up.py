"""Connections that are made up, for examples, pages and the sandbox: they fit, and open nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..http.auth import schemes_of
from ..language.connector_records import ConnectorSpec
from ..redact import has_secret
from ..schema.validator import Validator

_MADE_UP = ("made-up-credential", "madeup", "a1", "1")


def made_up_connection(spec: ConnectorSpec) -> dict[str, Any]:
    """A connection that serves every API by the last, plainest of its auth schemes.

    Public properties have the first of their ``examples``, so an example may show one in a path.

    :raises LookupError: with the name of a property that nothing made up fits.
    """
    properties = spec.connection.properties
    connection = {
        name: schema["examples"][0]
        for name, schema in properties.items()
        if schema.get("examples") and not has_secret(schema)
    }
    known = schemes_of(spec)
    schemes = [known[api.auth[-1]] for api in spec.apis.values() if api.auth]
    for need in (*spec.connection.required, *(need for scheme in schemes for need in scheme.needs)):
        *parents, last = need.split(".")
        below: dict[str, Any] = connection
        schema: Mapping[str, Any] = {"properties": properties}
        for part in parents:
            schema = schema["properties"][part]
            below = below.setdefault(part, {})
        if last not in below:
            below[last] = made_up(need, schema["properties"][last])
    return connection


def made_up(name: str, schema: Mapping[str, Any]) -> Any:
    """A value that fits a property.

    :raises LookupError: with its name, when nothing made up fits.
    """
    single = [schema[word] for word in ("placeholder", "default") if word in schema]
    given = [*schema.get("examples", ()), *schema.get("enum", ()), *single]
    fits = Validator(schema)
    for value in (*given, *_MADE_UP, "x" * schema.get("minLength", 1), True):
        if not fits.problems(value):
            return value
    raise LookupError(name)
