"""From action, inputs and connection to a request: pure, so that preview, tests, hosts and bulk share it with the call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import __version__
from ..errors import InputError, Problem
from ..redact import secrets_in
from ..specs.connector_model import ConnectorSpec
from .compiled import CompiledAction
from .connection import Connection, Connections
from .entries import Checked, check_entries
from .request import Request
from .result import Warn
from .templates import left_out
from .values import copy_json, encode
from .wire import checked_headers, checked_path, query_string

_USER_AGENT = f"segment-connector/{__version__}"


@dataclass(slots=True)
class Prepared:
    """Inputs that were checked and completed: they can be rendered as often as there are tries.

    :ivar inputs: what templates see as ``input``.
    :ivar entries: for an action with ``split``, its checked entries.
    """

    inputs: dict[str, Any]
    entries: Checked | None = None
    message_ids: list[str] = field(default_factory=list)


def prepare(compiled: CompiledAction, inputs: Mapping[str, Any]) -> Prepared:
    """Check inputs and fill in what was not given.

    :raises InputError: with every problem found.
    """
    values = copy_json(inputs)
    problems = compiled.validator.problems(values)
    if problems:
        raise InputError(problems)
    compiled.fill(values)
    if compiled.action.split is None:
        return Prepared(values, None, [values[name] for name in compiled.message_ids])
    return _prepare_entries(compiled, values)


def _prepare_entries(compiled: CompiledAction, values: dict[str, Any]) -> Prepared:
    split = compiled.action.split
    assert split is not None
    entries = compiled.action.parameters[split.parameter]["entries"]
    shared = {name: values.pop(name) for name in entries.get("merge", ()) if name in values}
    checked = check_entries(
        values[split.parameter], compiled.kinds, entries["by"], shared, split.item_bytes, split.parameter
    )
    if checked.refused and not (values.get(entries.get("skip")) and checked.accepted):
        raise InputError([problem for problems in checked.refused.values() for problem in problems])
    values[split.parameter] = [entry for _, entry in checked.accepted]
    return Prepared(values, checked, checked.ids)


def render(
    compiled: CompiledAction,
    prepared: Prepared,
    connection: Connection,
    connections: Connections,
    spec: ConnectorSpec,
    now: str,
    *,
    need_credential: bool = True,
) -> Request:
    """The request that prepared inputs make at an instant.

    :param now: what templates see as ``now``, RFC 3339.
    :param need_credential: a dry run may go without one.
    :raises InputError: when a value cannot stand in a path, header or query, or the body is larger than the limit.
    :raises ConnectionConfigError: when the connection has no credential or server for the action's API.
    """
    action = compiled.action
    names = {"input": prepared.inputs, "connection": connection.public, "now": now}
    api_name, method, path, query, headers, body, *doubts = compiled.request.evaluate(names)
    api = spec.apis[api_name]
    url = connection.server(api) + checked_path(path, "path")
    if query is not None and not left_out(query) and query and (text := query_string(query)):
        url = f"{url}?{text}"
    media_type = api.media_types.get(action.stability, "application/json")
    sent = {"User-Agent": _USER_AGENT, "Accept": media_type}
    content: bytes | None = None
    if action.body is not None and not left_out(body):
        content = encode(body)
        sent["Content-Type"] = media_type
        _check_size(compiled, content)
    else:
        body = None
    if headers is not None and not left_out(headers):
        sent.update(checked_headers(headers))
    secrets = connection.secrets
    if compiled.secret_parameters:
        secrets = secrets | secrets_in(action.input_schema, prepared.inputs)
    try:
        scheme = connections.choose_scheme(api, connection)
    except Exception:
        if need_credential:
            raise
        scheme = None
    warnings = [
        Warn(doubt.warn, doubt.hint, doubt.field)
        for doubt, holds in zip(action.checks, doubts, strict=True)
        if not left_out(holds) and holds
    ]
    return Request(
        action=action.name, api=api_name, method=method, url=url, headers=sent, body=body, content=content,
        region=connection.region, scheme=scheme.name if scheme else None, message_ids=prepared.message_ids,
        inputs=prepared.inputs, warnings=warnings, secrets=secrets,
    )  # fmt: skip


def _check_size(compiled: CompiledAction, content: bytes) -> None:
    most = compiled.action.limits.body_bytes
    if most is not None and len(content) > most:
        raise InputError(
            Problem(
                "too_large", f"the request has {len(content):,} bytes as JSON; at most {most:,} are taken",
                "send less in it, or cut it into several", field=_largest(compiled),
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
    assert split is not None and prepared.entries is not None
    entries: list[Any] = []
    places: list[int] = []
    size = envelope

    def part() -> tuple[Prepared, list[int]]:
        return Prepared({**prepared.inputs, split.parameter: entries}), places

    for index, entry in prepared.entries.accepted:
        more = len(encode(entry)) + 1
        if entries and (len(entries) >= split.max_items or size + more > split.max_bytes):
            yield part()
            entries, places, size = [], [], envelope
        entries.append(entry)
        places.append(index)
        size += more
    yield part()
