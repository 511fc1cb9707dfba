"""A call that a person makes, and what is kept of it: everything but secrets, and what may hold one."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ....clock import machine_clock
from ....connector import Connector
from ....errors import ConnectorError
from ....redact import redact, secret_texts, secrets_in, without_secrets
from ....result import as_result
from ...call_history import PastCall
from ..shown_request import shown_request

if TYPE_CHECKING:
    from ....call.caller import OnWait
    from ....language.action_records import Action
    from ....result import Result
    from ...backend import Backend


def call_and_keep(
    backend: Backend, action: Action, inputs: Mapping[str, Any], connection: str, on_wait: OnWait | None = None
) -> Result:
    """Make a call, and hand it to the history; both in the thread that this is called in.

    :raises ConnectorError: as ``Backend.run``; what was refused is kept as well.
    """
    at, started = dt.datetime.now(dt.timezone.utc), time.perf_counter()
    try:
        result = backend.run(action.name, inputs, connection, on_wait=on_wait)
    except ConnectorError as error:
        _keep(backend, action, inputs, connection, as_result(action.name, error), at, time.perf_counter() - started)
        raise
    _keep(backend, action, inputs, connection, result, at, time.perf_counter() - started)
    return result


def _keep(
    backend: Backend, action: Action, inputs: Mapping[str, Any], connection: str, result: Result, at: dt.datetime,
    seconds: float,
) -> None:  # fmt: skip
    if not backend.history.keeps:
        return
    spec = backend.connector.spec
    try:
        given = backend.resolve(connection)
    except ConnectorError:
        given = {}
    secrets = secrets_in(spec.connection.schema, given) | secret_texts(action.input_schema, inputs)
    answer = result.to_dict()
    for name, output in action.outputs.items():
        if name in result.outputs:
            secrets |= secrets_in(output.schema, result.outputs[name])
            answer["outputs"] = {
                **answer["outputs"], name: without_secrets(output.schema, result.outputs[name])
            }  # fmt: skip
    kept = without_secrets(action.input_schema, inputs, leave_out=True)
    error = result.error
    call = PastCall(
        at=f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
        action=action.name,
        connection=connection,
        ok=result.ok,
        verdict=error.code if error is not None else result.meta.delivery,
        status=result.meta.status,
        seconds=round(seconds, 3),
        complete=kept == inputs,
        inputs=redact(kept, secrets),
        request=redact(_request(backend, action, inputs, given, result, at), secrets),
        answer=redact(answer, secrets),
    )
    backend.history.keep(call)


def _request(
    backend: Backend,
    action: Action,
    inputs: Mapping[str, Any],
    given: Mapping[str, Any],
    result: Result,
    at: dt.datetime,
) -> dict[str, Any] | None:
    """The request that was sent, with the ids that it had; ``None`` where there was none."""
    if not result.meta.attempts:
        return None
    ids, clock = iter(result.meta.message_ids), machine_clock()
    then = replace(clock, now=lambda: at, new_id=lambda: next(ids, clock.new_id()))
    planner = Connector(backend.connector.specs, send=_never, clock=then)
    try:
        request = planner.caller.plan(action.name, inputs, given, need_credential=False)
    except ConnectorError:
        return None
    return shown_request(planner.caller, request)


def _never(*_: Any) -> Any:
    raise AssertionError("what was sent is not sent again")
