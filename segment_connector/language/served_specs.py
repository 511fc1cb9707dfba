"""The specs as another service takes them; a connection that names a ``server`` is served by these.

Everything that reads specs (calls, bulk, the sandbox, hints) is handed these and knows no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConnectionConfigError, SpecError
from . import yaml_reader as yaml_loader
from .action_records import Action, Doubt, Endpoint, Limits, Split
from .server_records import ServerLimits, ServerProfile, server_from
from .specs import Specs

if TYPE_CHECKING:
    from .connector_records import Api, ConnectorSpec

SERVER = "server"
"""The member of a connection that names the service; without it, or with the connector's own name, it is that one."""


def server_paths(root: Path) -> dict[str, Path]:
    """The file of every other service by the service's name, sorted."""
    return {path.stem: path for path in sorted((root / "servers").glob("*.yaml"))}


def read_server(root: Path, name: str) -> ServerProfile:
    """The profile of one service.

    :param root: the folder with ``connector.yaml`` and ``servers/``.
    :raises SpecError: when its file breaks the language.
    """
    path = root / "servers" / f"{name}.yaml"
    profile = server_from(yaml_loader.read(path), str(path))
    if profile.name != name:
        message = f"the file says 'name: {profile.name}', but a server must be named after its file"
        raise SpecError.at(path, "name", message, f"write 'name: {name}' or rename the file", field="name")
    return profile


def served(specs: Specs, connection: Mapping[str, Any]) -> Specs:
    """The specs by which calls with a connection are made: those of the service that it names.

    A name that is none is let through: the check of the connection refuses it.

    :raises SpecError: when the service's profile breaks the language.
    """
    name = connection.get(SERVER)
    if not isinstance(name, str) or name not in server_paths(specs.root):
        return specs
    return ServedSpecs(specs, read_server(specs.root, name))


class ServedSpecs(Specs):
    """The specs of a connector, as one other service takes them.

    :param plain: the connector's own.
    :param server: what differs.
    """

    def __init__(self, plain: Specs, server: ServerProfile) -> None:
        super().__init__(plain.root, plain.command)
        self._plain = plain
        self.server = server
        self._taken = server.path_of

    @cached_property
    def connector(self) -> ConnectorSpec:
        """The connector with the service's name, its one API, and the ways to sign that it knows."""
        plain, server = self._plain.connector, self.server
        api = plain.apis.get(server.api)
        if api is None:
            message = f"'{server.api}' is not an API of the connector"
            raise SpecError.at(server.path, "unknown_name", message, f"there is {', '.join(plain.apis)}", field="api")
        return replace(
            plain,
            title=server.title,
            apis={server.api: _served_api(api, server)},
            auth={name: plain.auth[name] for name in server.auth if name in plain.auth},
            connection=replace(plain.connection, test=server.test),
            docs=server.docs,
        )

    @cached_property
    def paths(self) -> Mapping[str, Path]:
        """The files of the actions that the service takes."""
        return {name: path for name, path in self._plain.paths.items() if name in self._taken}

    def action(self, name: str) -> Action:
        """One action as the service takes it.

        :raises UnknownActionError: when the connector has none of that name.
        :raises ConnectionConfigError: when the service does not take it, with the cure.
        """
        known = self._actions.get(name)
        if known is None:
            plain = self._plain.action(name)
            if plain.called not in self._taken:
                raise self._not_taken(plain)
            known = self._actions[name] = _served_action(plain, self._taken, self.server)
        return known

    def endpoints(self, api: str) -> Iterator[tuple[str, Endpoint]]:
        """Where the actions are that the service takes."""
        for name, endpoint in super().endpoints(api):
            if name in self._taken:
                yield name, replace(endpoint, path=self._taken[name] + endpoint.path)

    def unverified(self, action: str) -> tuple[str, ...]:
        """What nobody has verified of the calls of an action, as the service's profile says it."""
        return tuple(one.says for one in self.server.unverified if action in one.actions)

    def _not_taken(self, action: Action) -> ConnectionConfigError:
        plain, title = self._plain.connector, self.server.title
        owner = plain.apis.get(action.api)
        whose = f", which is {plain.title}'s {owner.title}" if owner and action.api != self.server.api else ""
        return ConnectionConfigError.of(
            "not_offered",
            f"{title} does not take '{action.name}'{whose}",
            f"call it with a connection without 'server', which is {plain.title}'s own; "
            f"{title} takes {', '.join(self._taken)}",
            field=SERVER,
        )


def _served_api(api: Api, server: ServerProfile) -> Api:
    # What an action gives back is the action's affair.
    answer = replace(server.answer, outputs=api.answer.outputs)
    simulate = {**server.simulate, "connection": {SERVER: server.name}} if server.simulate else None
    return replace(
        api, title=server.api_title, servers=server.servers, address=server.address, own_paths=tuple(server.paths),
        auth=server.auth, answer=answer, errors=server.errors, simulate=simulate, rate_limit=None, docs=server.docs,
    )  # fmt: skip


def _served_action(plain: Action, taken: Mapping[str, str], server: ServerProfile) -> Action:
    doubts = tuple(
        Doubt(when="{{ true }}", warn=f"not verified: {one.says}", hint="look at what arrived there", field=SERVER)
        for one in server.unverified
        if plain.called in one.actions
    )
    return replace(
        plain,
        endpoint=replace(plain.endpoint, path=taken.get(plain.called, "") + plain.endpoint.path),
        parameters={name: _with_entries(schema, taken) for name, schema in plain.parameters.items()},
        limits=_limits(plain.limits, server.limits),
        split=None if plain.split is None else _split(plain.split, server.limits),
        checks=(*plain.checks, *doubts),
        errors={},  # what a status means there, its profile says
    )


def _with_entries(schema: Mapping[str, Any], taken: Mapping[str, str]) -> Mapping[str, Any]:
    """A parameter's schema; entries of a list are only what the service takes by itself."""
    entries = schema.get("entries")
    if not isinstance(entries, Mapping):
        return schema
    return {**schema, "entries": {**entries, "actions": [name for name in entries["actions"] if name in taken]}}


def _limits(plain: Limits, own: ServerLimits) -> Limits:
    most = own.item_bytes if plain.body_bytes is not None else None
    return plain if most is None else replace(plain, body_bytes=most)


def _split(plain: Split, own: ServerLimits) -> Split:
    return replace(
        plain, max_items=own.max_items or plain.max_items, max_bytes=own.max_bytes or plain.max_bytes,
        item_bytes=own.item_bytes or plain.item_bytes,
    )  # fmt: skip
