"""From prepared inputs and a connection to a request, without I/O: preview, tests and hosts share it with the call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..connection import Connection, Connections
from ..errors import InputError, SpecError, did_you_mean
from ..http.syntax import JSON, checked_headers, checked_path, writing_of
from ..language.connector_records import Api, ConnectorSpec
from ..redact import secrets_in
from ..result import Warn
from ..templates.compiler import left_out
from .compiled_action import CompiledAction
from .prepare import Prepared
from .request import Request

_MISSING = "is missing, and belongs into it"


def render(
    compiled: CompiledAction,
    prepared: Prepared,
    connection: Connection,
    connections: Connections,
    spec: ConnectorSpec,
    *,
    need_credential: bool = True,
) -> Request:
    """The request that prepared inputs make.

    :param need_credential: a dry run may go without one.
    :raises InputError: when a value cannot stand in a path, header or query, or the body is larger than the limit.
    :raises ConnectionConfigError: when the connection has no credential or server for the action's API.
    """
    action = compiled.action
    names = {"input": prepared.inputs, "connection": connection.public, "now": prepared.now}
    templates = compiled.request
    api = _api(spec, templates.api.evaluate(names), action.path)
    for name in templates.connection:
        if connection.get(name) is None:
            raise connections.missing(api, name)
    url = connection.server(api) + checked_path(templates.path.evaluate(names), "path")
    writing = compiled.writings.get(api.name) or compiled.writings.setdefault(
        api.name, writing_of(action.endpoint, api)
    )
    if templates.query is not None and not left_out(query := templates.query.evaluate(names)):
        text = writing.query(query)
        url = f"{url}?{text}" if text else url
    media_type = api.media_types.get(action.stability, "application/json")
    headers = {"User-Agent": spec.user_agent, "Accept": media_type}
    body, content = None, None
    if templates.body is not None and not left_out(body := templates.body.evaluate(names)):
        content = writing.body(body)
        headers["Content-Type"] = media_type if writing.content == JSON else writing.content
        _check_size(compiled, content)
    if templates.headers is not None and not left_out(own := templates.headers.evaluate(names)):
        own = checked_headers(own)
        given = {name.casefold() for name in own}
        headers = {name: value for name, value in headers.items() if name.casefold() not in given} | own
    secrets = connection.secrets
    if compiled.secret_parameters:
        secrets = secrets | secrets_in(action.input_schema, prepared.inputs)
    scheme = connections.scheme(api, connection, need=need_credential)
    server = connection.own_server(api)
    return Request(
        action=action.name, api=api.name, method=templates.method.evaluate(names), url=url, headers=headers,
        body=None if content is None else body, content=content, region=None if server else connection.region,
        scheme=scheme.id if scheme else None, message_ids=prepared.message_ids, inputs=prepared.inputs,
        warnings=[*prepared.warnings, *_doubts(compiled, names)], secrets=secrets, writing=writing, server=server,
    )  # fmt: skip


def _api(spec: ConnectorSpec, name: Any, path: str) -> Api:
    api = None if left_out(name) else spec.apis.get(name)
    if api is None:
        hint = did_you_mean(str(name), spec.apis) or f"{spec.path} has {', '.join(spec.apis)}"
        raise SpecError.of("api", f"there is no API '{name}'", hint, field="api", path=path)
    return api


def _doubts(compiled: CompiledAction, names: Mapping[str, Any]) -> list[Warn]:
    given = names["input"].keys()
    found = [
        Warn(_MISSING if problem.code == "required" else problem.message, problem.hint or "", problem.field or "")
        for problem in compiled.unexpected(names["input"])
    ]
    for doubt, needs, template in compiled.doubts:
        if needs <= given and not left_out(holds := template.evaluate(names)) and holds:
            found.append(Warn(doubt.warn, doubt.hint, doubt.field))
    return found


def _check_size(compiled: CompiledAction, content: bytes) -> None:
    most = compiled.action.limits.body_bytes
    if most is not None and len(content) > most:
        raise InputError.of(
            "too_large",
            f"the request has {len(content):,} bytes as JSON; at most {most:,} are allowed",
            "send less, or split it into several",
            field=_largest(compiled),
        )


def _largest(compiled: CompiledAction) -> str | None:
    free = [name for name, schema in compiled.action.parameters.items() if schema.get("type") == "object"]
    return free[0] if free else None
