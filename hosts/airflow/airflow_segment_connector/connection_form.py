"""A connection of Airflow: the form that it is filled in by, and what the connector takes from it.

Both are drawn from what ``connector.yaml`` says of a connection. Airflow keeps the members in *extra*, one field each;
those of objects have dotted names (``servers.public``), as its forms have no nested fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from segment_connector.errors import ConnectionConfigError
from segment_connector.hosts.host_inputs import as_meant
from segment_connector.language.connector_records import ConnectorSpec
from segment_connector.redact import has_secret
from segment_connector.schema.form_hints import types_of
from segment_connector.values.paths import get, put_into

STANDARD = ("host", "schema", "login", "password", "port")
"""The fields that every connection of Airflow has, of which this one uses none."""
_PREFIX = "extra__"


def form_fields(spec: ConnectorSpec, connection_type: str) -> dict[str, Any]:
    """The part of ``get_provider_info`` that describes the form: ``conn-fields`` and ``ui-field-behaviour``."""
    fields = {}
    placeholders = {}
    for name, schema in _members(spec.connection.properties):
        described = " ".join(filter(None, (schema.get("description"), schema.get("help"))))
        form: dict[str, Any] = {"type": [*types_of(schema), "null"]}
        for word in ("enum", "default"):
            if word in schema:
                form[word] = schema[word]
        if has_secret(schema):
            form["format"] = "password"
        fields[name] = {"label": schema.get("title", name), "description": described, "schema": form}
        if "placeholder" in schema:
            placeholders[f"{_PREFIX}{connection_type}__{name}"] = schema["placeholder"]
    behaviour = {"hidden-fields": list(STANDARD), "relabeling": {}, "placeholders": placeholders}
    return {"conn-fields": fields, "ui-field-behaviour": behaviour}


def connection_of(spec: ConnectorSpec, extra: Mapping[str, Any], standard: Mapping[str, Any]) -> dict[str, Any]:
    """The connection as the connector takes it.

    Names are taken however they are written (``write_key``, ``extra__segment__writeKey``) where one member is meant,
    and what was left empty is not there. Everything else is for the connector to judge.

    :param extra: the members of *extra*.
    :param standard: the values of the fields in ``STANDARD``, by name.
    :raises ConnectionConfigError: for a value in a field that nothing reads, and for two of one meaning.
    """
    for name, value in standard.items():
        if value not in (None, ""):
            secrets = [member for member, schema in _members(spec.connection.properties) if has_secret(schema)]
            hint = f"move it to extra, under the name of what it is: {', '.join(secrets)}"
            raise ConnectionConfigError.of("unused_field", "nothing reads this field of a connection", hint, field=name)
    known = {_folded(name): (name, schema) for name, schema in _all(spec.connection.properties)}
    found: dict[str, Any] = {}
    for given, text in extra.items():
        if text in (None, ""):
            continue
        name, schema = known.get(_folded(_without_prefix(given)), (given, {}))
        value = as_meant(text, schema)
        if get(found, name) not in (None, value) or not isinstance(get(found, name.rpartition(".")[0], {}), Mapping):
            what, hint = "is given twice, with two values", "leave one of them out"
            raise ConnectionConfigError.of("twice", what, hint, field=name)
        put_into(found, name, value)
    return found


def _members(properties: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The members that are no objects, by dotted name."""
    for name, schema in _all(properties, above):
        if "properties" not in schema:
            yield name, schema


def _all(properties: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, schema in properties.items():
        yield above + name, schema
        yield from _all(schema.get("properties", {}), f"{above}{name}.")


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").casefold()


def _without_prefix(name: str) -> str:
    return name.split("__", 2)[-1] if name.startswith(_PREFIX) else name
