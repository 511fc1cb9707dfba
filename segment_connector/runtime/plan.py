"""From action, inputs and connection to a request, without I/O: preview, tests and hosts share it with the call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import __version__
from ..errors import InputError, Problem, SpecError, did_you_mean
from ..redact import secrets_in
from ..specs.connector_model import Api, ConnectorSpec
from .compiled import CompiledAction
from .connection import Connection, Connections
from .entries import Checked, check_entries
from .request import Request
from .result import Warn
from .templates import left_out
from .values import copy_json, encode
from .wire import JSON, checked_headers, checked_path, writing_of

_USER_AGENT = f"segment-connector/{__version__}"


@dataclass(slots=True)
class Prepared:
    """Inputs that were checked and completed: they can be rendered as often as there are tries.

    :ivar inputs: what templates see as ``input``.
    :ivar now: the instant of the try, RFC 3339; what templates see as ``now``.
    :ivar entries: for an action with ``split``, its checked entries.
    """

    inputs: dict[str, Any]
    now: str
    entries: Checked | None = None
    message_ids: list[str] = field(default_factory=list)


def prepare(compiled: CompiledAction, inputs: Mapping[str, Any], now: str) -> Prepared:
    """Check inputs and fill in what was not given.

    :param now: the instant of the call, RFC 3339.
    :raises InputError: with every problem found.
    """
    values = copy_json(inputs)
    problems = compiled.validator.problems(values)
    if problems:
        raise InputError(problems)
    compiled.fill(values, now)
    if compiled.action.split is None:
        return Prepared(values, now, None, [values[name] for name in compiled.message_ids])
    return _prepare_entries(compiled, values, now)


def _prepare_entries(compiled: CompiledAction, values: dict[str, Any], now: str) -> Prepared:
    split = compiled.action.split
    assert split is not None
    entries = compiled.action.parameters[split.parameter]["entries"]
    shared = {name: values.pop(name) for name in entries.get("merge", ()) if name in values}
    checked = check_entries(
        values[split.parameter], compiled.kinds, entries["by"], shared, split.item_bytes, split.parameter, now
    )
    if checked.refused and not (values.get(entries.get("skip")) and checked.accepted):
        raise InputError([problem for problems in checked.refused.values() for problem in problems])
    values[split.parameter] = [entry for _, entry in checked.accepted]
    return Prepared(values, now, checked, checked.ids)


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
    headers = {"User-Agent": _USER_AGENT, "Accept": media_type}
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
    return Request(
        action=action.name, api=api.name, method=templates.method.evaluate(names), url=url, headers=headers,
        body=None if content is None else body, content=content, region=connection.region,
        scheme=scheme.id if scheme else None, message_ids=prepared.message_ids, inputs=prepared.inputs,
        warnings=_doubts(compiled, names), secrets=secrets, writing=writing,
    )  # fmt: skip


def _api(spec: ConnectorSpec, name: Any, path: str) -> Api:
    api = None if left_out(name) else spec.apis.get(name)
    if api is None:
        hint = did_you_mean(str(name), spec.apis) or f"{spec.path} has {', '.join(spec.apis)}"
        raise SpecError(Problem("api", f"there is no API '{name}'", hint, field="api", path=path))
    return api


def _doubts(compiled: CompiledAction, names: Mapping[str, Any]) -> list[Warn]:
    given = names["input"].keys()
    found = []
    for doubt, needs, template in compiled.doubts:
        if needs <= given and not left_out(holds := template.evaluate(names)) and holds:
            found.append(Warn(doubt.warn, doubt.hint, doubt.field))
    return found


def _check_size(compiled: CompiledAction, content: bytes) -> None:
    most = compiled.action.limits.body_bytes
    if most is not None and len(content) > most:
        raise InputError(
            Problem(
                "too_large",
                f"the request has {len(content):,} bytes as JSON; at most {most:,} are taken",
                "send less in it, or cut it into several",
                field=_largest(compiled),
            )
        )


def _largest(compiled: CompiledAction) -> str | None:
    free = [name for name, schema in compiled.action.parameters.items() if schema.get("type") == "object"]
    return free[0] if free else None


def parts(compiled: CompiledAction, prepared: Prepared, envelope: int) -> Iterator[tuple[Prepared, list[int]]]:
    """Cut prepared entries into parts that each keep the limits of ``split``.

    :param envelope: bytes of the request around the entries.
    :returns: prepared inputs of one part, with the index that each of its entries was given at.
    """
    split = compiled.action.split
    assert split is not None
    assert prepared.entries is not None
    entries: list[Any] = []
    places: list[int] = []
    size = envelope

    def part() -> tuple[Prepared, list[int]]:
        return Prepared({**prepared.inputs, split.parameter: entries}, prepared.now), places

    for index, entry in prepared.entries.accepted:
        more = len(encode(entry)) + 1
        if entries and (len(entries) >= split.max_items or size + more > split.max_bytes):
            yield part()
            entries, places, size = [], [], envelope
        entries.append(entry)
        places.append(index)
        size += more
    yield part()
