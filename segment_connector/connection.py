"""The connection: a plain mapping of region, credentials and server addresses, checked against ``connector.yaml``.

``region``, ``servers`` and ``server`` are words of the language: the first picks each API's server, the second replaces
it, and the third names another service that takes the same calls (``language/served_specs``).
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import ConnectionConfigError, InputError, SpecError
from .http.auth import Credential, Scheme, schemes_of
from .language.connector_records import Api, ConnectorSpec
from .redact import has_secret, secrets_in
from .schema.validator import Validator
from .values.json_values import copy_json, encode
from .values.paths import get, undeclared

_KEPT = 64


@dataclass(frozen=True, slots=True)
class Connection:
    """A checked connection.

    :ivar values: what was given, with defaults filled in.
    :ivar public: the members that are not secret; all that templates can see.
    :ivar secrets: the strings that no output may show.
    :ivar servers: base URL by API, as far as it was asked for; ``schemes`` likewise the auth scheme.
    :ivar credentials: what signing adds, by scheme; what is fetched is not kept here, it changes.
    """

    values: Mapping[str, Any] = field(repr=False)
    region: str
    public: Mapping[str, Any]
    secrets: frozenset[str] = field(repr=False)
    servers: dict[str, str] = field(default_factory=dict, repr=False)
    schemes: dict[str, Scheme | None] = field(default_factory=dict, repr=False)
    credentials: dict[str, Credential] = field(default_factory=dict, repr=False)

    def get(self, dotted: str) -> Any:
        """The member that a dotted name leads to, or ``None``."""
        return get(self.values, dotted)

    def serves(self, scheme: Scheme) -> bool:
        """Whether every member that an auth scheme needs is there."""
        return all(self.get(name) for name in scheme.needs)

    def own_server(self, api: Api) -> str | None:
        """The address that the connection names for an API, in place of its region's."""
        address: str | None = self.get(f"servers.{api.name}")
        return address

    def server(self, api: Api) -> str:
        """The base URL of an API, without a slash at its end.

        :raises ConnectionConfigError: when the API has no server in the connection's region.
        """
        known = self.servers.get(api.name)
        if known is not None:
            return known
        known_servers = api.by_region
        address = self.own_server(api) or known_servers.get(self.region) or known_servers.get("")
        if not address and not known_servers:
            message = f"the {api.title} has a different address for each customer, and the connection names none"
            raise ConnectionConfigError.of("no_server", message, api.address, field=f"servers.{api.name}")
        if not address:
            raise ConnectionConfigError.of(
                "no_server",
                f"the {api.title} has no server in region '{self.region}'",
                f"it has servers in {', '.join(known_servers)}",
                field="region",
            )
        found = str(address).rstrip("/")
        for below in api.own_paths:
            found = found.removesuffix(below).rstrip("/")
        self.servers[api.name] = found
        return found


class Connections:
    """Checks connections, and remembers the last ones checked.

    :param spec: the connector whose ``connection`` they must fit.
    :ivar schemes: the ways to sign a request, by name.
    :raises SpecError: when a scheme breaks the language.
    """

    def __init__(self, spec: ConnectorSpec) -> None:
        self._spec = spec
        self.schemes = schemes_of(spec)
        # What signs is asked for where a call needs it: a preview does without.
        signing = {need.partition(".")[0] for scheme in self.schemes.values() for need in scheme.needs}
        required = [name for name in spec.connection.required if name not in signing]
        self._schema = {**spec.connection.schema, "properties": _with_servers(spec), "required": required}
        self._validator = Validator(self._schema, noun="property of a connection", path=spec.path)
        self._known: dict[bytes, Connection] = {}

    def check(self, given: Mapping[str, Any]) -> Connection:
        """The connection that a mapping describes.

        :raises ConnectionConfigError: naming each member that is wrong; never with a secret.
        """
        with contextlib.suppress(TypeError):  # what cannot be written as JSON is told below
            if (known := self._known.get(encode(given))) is not None:
                return known
        try:
            values = copy_json(given)
        except InputError as error:
            raise ConnectionConfigError(error.problems) from None
        key = encode(values)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[key] = self._check(values)
        return known

    def _check(self, values: Any) -> Connection:
        properties = self._schema["properties"]
        if isinstance(values, dict):
            for name, schema in properties.items():
                if "default" in schema:
                    values.setdefault(name, schema["default"])
        problems = self._validator.problems(values)
        if problems:
            raise ConnectionConfigError(problems)
        public = {name: value for name, value in values.items() if not has_secret(properties[name])}
        secrets = secrets_in(self._schema, values)
        return Connection(values, values.get("region", ""), public, frozenset(secrets))

    def scheme(self, api: Api, connection: Connection, *, need: bool = True) -> Scheme | None:
        """The first of the API's auth schemes that the connection can serve; ``None`` when the API has none.

        :param need: without it, ``None`` also when the connection can serve none.
        :raises ConnectionConfigError: when it can serve none, with where to find what is missing.
        :raises SpecError: when no connection could: the scheme names a member that there is not.
        """
        if api.name in connection.schemes:
            return connection.schemes[api.name]
        found = next((self.schemes[name] for name in api.auth if connection.serves(self.schemes[name])), None)
        if found is not None or not api.auth:
            connection.schemes[api.name] = found
            return found
        if not need:
            return None
        # The last scheme is the plainest one, so its needs are what a person should be asked for.
        last = self.schemes[api.auth[-1]]
        lacks = next(need for need in last.needs if not connection.get(need))
        if undeclared(self._spec.connection.schema, tuple(lacks.split("."))) is not None:
            message = f"it signs with '{lacks}', which no connection has"
            hint = f"describe '{lacks}' under connection.properties, or name a property described there"
            raise SpecError.at(self._spec.path, "unknown_name", message, hint, field=f"auth.{last.id}")
        raise self.missing(api, lacks)

    def missing(self, api: Api, name: str) -> ConnectionConfigError:
        """The error for a member that a call needs and the connection does not have: which, and where to find it."""
        described = self._spec.connection.properties.get(name.partition(".")[0], {})
        hint = described.get("help") or described.get("description") or "add it to the connection"
        message = f"the {api.title} needs '{name}', which the connection does not have"
        return ConnectionConfigError.of("missing_credential", message, str(hint), field=name)


def _with_servers(spec: ConnectorSpec) -> dict[str, Any]:
    """The properties of a connection; ``servers``, a word of the language, is one also where no form asks for it."""
    addresses = {name: {"type": "string", "format": "base-url"} for name in spec.apis}
    servers = {"type": "object", "additionalProperties": False, "properties": addresses}
    known = dict(spec.connection.properties)
    known.setdefault("servers", servers)
    return known


def from_environment(spec: ConnectorSpec, environ: Mapping[str, str]) -> dict[str, Any]:
    """A connection from the environment variables that ``connector.yaml`` names by ``env``; empty ones count as absent.

    :param environ: ``os.environ`` or a like mapping.
    """

    def collect(properties: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, schema in properties.items():
            if (value := environ.get(schema.get("env", ""), "")) != "":
                found[name] = value
            elif below := collect(schema.get("properties", {})):
                found[name] = below
        return found

    return collect(spec.connection.properties)
