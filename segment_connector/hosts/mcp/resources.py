"""What an agent can read beside its tools: page and spec of every action, and what the connection can do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import mcp_types as types

from ...connector import Connector
from ...errors import ConnectorError, InputError
from ...redact import has_secret, redact, secrets_in

PAGE_SIZE = 100
_MARKDOWN, _YAML, _JSON = "text/markdown", "application/yaml", "application/json"


class Resources:
    """The resources of a connector, under ``<its name>://``.

    :param connector: whose actions and connection.
    :param resolve: gives the connection of a name, or the usual one.
    """

    def __init__(self, connector: Connector, resolve: Callable[[str | None], Mapping[str, Any]]) -> None:
        self._connector = connector
        self._resolve = resolve
        base = f"{connector.spec.name}://"
        self._connection = f"{base}connection"
        self._docs, self._specs = f"{base}docs/actions/", f"{base}specs/actions/"
        # Made at once, so that two calls cannot make it twice; it reads nothing yet.
        self._names = connector.specs.paths

    def page(self, cursor: str | None) -> tuple[list[types.Resource], str | None]:
        """A part of the list, and the cursor of the next one.

        :raises InputError: for a cursor that the list never gave.
        """
        whole = 1 + 2 * len(self._names)
        start = int(cursor) if cursor is not None and cursor.isascii() and cursor.isdigit() and len(cursor) < 9 else 0
        if cursor is not None and (str(start) != cursor or start % PAGE_SIZE or not 0 < start < whole):
            raise InputError.of("cursor", "is not one that this list gave", "begin the list again", field="cursor")
        names = list(self._names)
        found = []
        for index in range(start, min(start + PAGE_SIZE, whole)):
            if index == 0:
                found.append(self._connection_resource())
            else:
                found.append(self._resource(names[(index - 1) // 2], spec=index % 2 == 0))
        following = start + PAGE_SIZE
        return found, str(following) if following < whole else None

    def templates(self) -> list[types.ResourceTemplate]:
        """The two forms of addresses of actions."""
        return [
            types.ResourceTemplate(
                name="action_page",
                title="Page of an action",
                uri_template=f"{self._docs}{{action}}",
                description="What the action does, its parameters, request, answer, errors and limits.",
                mime_type=_MARKDOWN,
            ),
            types.ResourceTemplate(
                name="action_spec",
                title="Spec of an action",
                uri_template=f"{self._specs}{{action}}",
                description="The YAML that the action is made of.",
                mime_type=_YAML,
            ),
        ]

    def is_template(self, uri: str) -> bool:
        """Whether an address is one of the templates."""
        return uri in {template.uri_template for template in self.templates()}

    def read(self, uri: str, connection: str | None) -> types.TextResourceContents:
        """The text of a resource.

        :param connection: what the client calls the connection.
        :raises InputError, UnknownActionError: when there is no such resource.
        :raises ConnectorError: when the connection cannot be had.
        """
        if uri == self._connection:
            text = json.dumps(self._status(connection), ensure_ascii=False, indent=2)
            return types.TextResourceContents(uri=uri, mime_type=_JSON, text=text)
        if uri.startswith(self._specs):
            path = self._connector.specs.path_of(uri.removeprefix(self._specs))
            return types.TextResourceContents(uri=uri, mime_type=_YAML, text=path.read_text(encoding="utf-8"))
        if uri.startswith(self._docs):
            action = self._connector.specs.action(uri.removeprefix(self._docs))
            from ...docs.action_reference import action_page
            from ...docs.book import Book
            from ...markup.markdown import MARK

            page = action_page(Book(self._connector.specs), action)
            text = page.split("\n", 1)[1].lstrip() if page.startswith(MARK) else page  # a remark for its editors
            return types.TextResourceContents(uri=uri, mime_type=_MARKDOWN, text=text)
        hint = f"there is {self._connection}, {self._docs}NAME and {self._specs}NAME"
        raise InputError.of("unknown", f"there is no resource '{uri[:200]}'", hint, field="uri")

    def _connection_resource(self) -> types.Resource:
        return types.Resource(
            uri=self._connection,
            name="connection",
            title="Connection",
            description="Region, what credentials are there (not the credentials), and which APIs they serve.",
            mime_type=_JSON,
        )

    def _resource(self, name: str, *, spec: bool) -> types.Resource:
        return types.Resource(
            uri=f"{self._specs if spec else self._docs}{name}",
            name=f"{name}{'.yaml' if spec else ''}",
            description=f"{'Spec' if spec else 'Page'} of the action {name}.",
            mime_type=_YAML if spec else _MARKDOWN,
        )

    def _status(self, name: str | None) -> dict[str, Any]:
        """What a connection has and can do, without any credential; nothing is sent."""
        spec = self._connector.spec
        given = dict(self._resolve(name))
        properties = spec.connection.properties
        status: dict[str, Any] = {
            "given": [member for member in properties if member in given],
            "settings": {
                member: value
                for member, value in given.items()
                if member in properties and not has_secret(properties[member])
            },
            "apis": {},
        }
        connector = self._connector.serving(given)
        connections = connector.caller.connections
        try:
            checked = connections.check(given)
        except ConnectorError as error:
            return {**status, "problems": [problem.to_dict() for problem in error.problems]}
        for api in connector.spec.apis.values():
            if not api.auth:
                continue
            try:
                connections.scheme(api, checked)
                connected = {"ready": True, "server": checked.server(api)}
            except ConnectorError as error:
                connected = {"ready": False, "missing": error.problems[0].field}
            status["apis"][api.name] = {"title": api.title, **connected}
        shown: dict[str, Any] = redact(status, secrets_in(spec.connection.schema, given))
        return shown
