"""What ModuleX lists: the names of the connector's profile for ModuleX, and every other action in the same manner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from segment_connector import Connector
from segment_connector.hosts.flat_connection import snake_case
from segment_connector.language.action_records import Action
from segment_connector.language.profile_records import (
    CredentialField,
    ListedAction,
    ListedOutput,
    ListedParameter,
    Profile,
    bindings,
)
from segment_connector.language.profiles import read_profile
from segment_connector.platforms import Catalog

OUTPUTS = "outputs"
"""The member of an answer that holds what the action gives."""


def whole_profile(connector: Connector) -> Catalog:
    """The catalogue of ModuleX: what its profile names, and beside that all other actions and credentials."""
    specs = connector.specs
    profile = read_profile(specs.root, "modulex")
    named = {
        name: replace(entry, parameters=_with_others(profile, entry, specs.action(entry.action)))
        for name, entry in profile.actions.items()
    }
    listed = {entry.action for entry in named.values()}
    others = {
        name: ListedAction(action=name, parameters=_snake_cased(specs.action(name).parameters))
        for name in specs.paths
        if name not in listed
    }
    credentials = profile.credentials
    assert credentials is not None
    asked_for = {field.connection for field in credentials.fields.values()}
    more = {
        snake_case(name): CredentialField(connection=name)
        for name, schema in specs.connector.connection.properties.items()
        if name not in asked_for and schema.get("type") == "string"
    }
    # Which of them is needed depends on the action, and an action says so itself.
    fields = {name: replace(field, required=False) for name, field in {**credentials.fields, **more}.items()}
    given = ListedOutput(type="object", description="What the action gives; its description says what is in it.")
    envelope = replace(profile.envelope, members={**profile.envelope.members, OUTPUTS: given}, outputs=OUTPUTS)
    whole = replace(
        profile,
        actions={**named, **others},
        credentials=replace(credentials, fields=fields),
        description=specs.connector.description,
        envelope=envelope,
    )
    return Catalog(specs, lambda: connector.caller, whole)


def _with_others(profile: Profile, entry: ListedAction, action: Action) -> dict[str, ListedParameter]:
    """The parameters that a profile lists for an action, and behind them those that it leaves out."""
    bound = {one.target for one in bindings(profile, entry, action)}
    return {**(entry.parameters or {}), **_snake_cased(name for name in action.parameters if name not in bound)}


def _snake_cased(names: Iterable[str]) -> dict[str, ListedParameter]:
    return {snake_case(name): ListedParameter(parameter=name) for name in names}
