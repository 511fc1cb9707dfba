"""What most clients of agents read to start a program that offers tools: its command, arguments and environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...language.connector_records import ConnectorSpec


def client_configuration(spec: ConnectorSpec, words: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """The configuration, with the server under the connector's name.

    :param words: the program, then its arguments.
    :param environment: the variables that the client sets for it.
    """
    program, *arguments = words
    server = {"command": program, "args": arguments} | ({"env": dict(environment)} if environment else {})
    return {"mcpServers": {spec.name: server}}


def blank_environment(spec: ConnectorSpec) -> dict[str, str]:
    """The variables that hold a credential, or tell where it belongs, with dots for what only a person knows."""
    known = spec.connection.properties
    return {one["env"]: one.get("default", "...") for one in known.values() if "env" in one and not one.get("advanced")}
