"""The manifest: the catalogue's listing in the one type that ModuleX takes for each value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modulex_integrations import IntegrationManifest

from segment_connector.platforms import Catalog
from segment_connector.schema.form_hints import types_of

NAME = "segment_connector"
_AUTHOR = "The segment-connector developers"


def manifest_of(catalog: Catalog) -> IntegrationManifest:
    """The manifest of a catalogue.

    :raises pydantic.ValidationError: when ModuleX would refuse it.
    """
    listing = dict(catalog.listing())
    listing["name"] = NAME
    listing["author"] = _AUTHOR
    listing["actions"] = [_with_single_types(action, catalog) for action in listing["actions"]]
    listing["auth_schemas"] = [_without_nulls(schema) for schema in listing["auth_schemas"]]
    return IntegrationManifest.model_validate(listing)


def _with_single_types(action: Mapping[str, Any], catalog: Catalog) -> dict[str, Any]:
    schemas = catalog.listed(action["name"]).parameters
    parameters = {
        name: _without_nulls({**parameter, "type": single_type(schemas[name])})
        for name, parameter in action["parameters"].items()
    }
    return {**action, "parameters": parameters}


def single_type(schema: Mapping[str, Any]) -> str:
    """The one type that stands for a value in a manifest; what may be several is the most open of them.

    A value of another type that the schema allows is taken all the same.
    """
    kinds = [kind for kind in types_of(schema) if kind != "null"]
    if len(kinds) == 1:
        return kinds[0]
    return next((kind for kind in ("string", "object", "array", "number", "integer") if kind in kinds), "object")


def _without_nulls(members: Mapping[str, Any]) -> dict[str, Any]:
    """Without members that say nothing; lists of such members too."""
    return {
        name: [_without_nulls(one) if isinstance(one, Mapping) else one for one in value]
        if isinstance(value, (list, tuple))
        else value
        for name, value in members.items()
        if value is not None
    }
