"""What all doors of the service share: the connector, named connections, a sandbox, what is counted."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..call.policy import Policy
from ..connector import Connector
from ..errors import ConnectorError, InputError
from ..redact import forms, redact, secrets_in
from ..values.json_values import copy_json
from .call_history import CallHistory
from .connections import ENVIRONMENT, SANDBOX, ConnectionStore
from .idempotency import Remembered, digest, with_ids
from .metrics import Metrics
from .servers import Servers
from .settings import MOST_REMEMBERED

if TYPE_CHECKING:
    from pathlib import Path

    from ..call.caller import OnWait
    from ..call.connection_check import ConnectionReport
    from ..call.dropdown import HasParameters, Options
    from ..call.request import Request
    from ..investigations.findings import Report
    from ..result import Result
    from ..sandbox import Sandbox

Given = str | Mapping[str, Any]
"""A connection as a client gives it: the name of one of the server's, or a mapping of its own."""

_BYPASS = ("NO_PROXY", "no_proxy")


class Backend:
    """One connector at work; safe to share between threads. Its calls block: asynchronous code makes them in a thread.

    :param connector: what makes the calls.
    :param connections_file: the file of named connections, if there is one.
    :param environ: where a connection of the environment is looked for, ``os.environ`` or a like mapping.
    :param max_remembered: bytes that results may take which are kept for their ``Idempotency-Key``.
    :param sandbox_file: where the sandbox keeps what it holds; by default it forgets.
    :param history: where calls that people make are kept; by default in memory.
    :ivar connections: the named connections.
    :ivar metrics: what is counted.
    :ivar policy: what may be called; everything until ``limit`` says otherwise. ``servers`` likewise where to.
    :raises InputError: when the file cannot be used.
    """

    def __init__(
        self, connector: Connector, *, connections_file: Path | None = None, environ: Mapping[str, str] | None = None,
        max_remembered: int = MOST_REMEMBERED, history: CallHistory | None = None, sandbox_file: Path | None = None,
    ) -> None:  # fmt: skip
        self.connector = connector
        self.metrics = Metrics()
        self.history = CallHistory() if history is None else history
        self.policy = Policy(connector.specs)
        self.servers = Servers(connector.spec)
        self._remembered = Remembered(max_remembered)
        self._lock = threading.Lock()
        self._sandbox: Sandbox | None = None
        self._sandbox_file = sandbox_file
        self._proxies: dict[str, str | None] = {}
        found = connector.connection_from_environment(environ or {})
        self.connections = ConnectionStore(connector.spec, lambda: self.sandbox.connection, found, connections_file)

    def limit(self, policy: Policy, servers: Servers) -> None:
        """From now on only what a policy permits is called, at servers that may be; this holds for every door."""
        from ..http.transport import Transport

        self.policy, self.servers = policy, servers
        self.connections.hold_to(servers)
        if servers.limited and isinstance(send := self.connector.caller.send, Transport):
            send.allows = servers.allows

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox of the service, started when it is first asked for."""
        with self._lock:
            if self._sandbox is None:
                from ..sandbox import Sandbox

                self._sandbox = Sandbox(self.connector.specs, file=self._sandbox_file).start()
                self._no_proxy()
            return self._sandbox

    @property
    def usual(self) -> str:
        """The connection of agents that name none: that of the environment.

        :raises InputError: when there is none, with the names that there are.
        """
        if ENVIRONMENT in self.connections.own:
            return ENVIRONMENT
        names = self.connections.names()
        shown = ", ".join(names[:20]) + (" and others" if len(names) > 20 else "")
        raise InputError.of(
            "required",
            "the server has no connection of its environment, so its URL has to name one",
            f"add ?connection=NAME to the URL of this server; it has {shown}",
            field="connection",
        )

    def resolve(self, connection: Given) -> dict[str, Any]:
        """The connection that a client means.

        :raises UnknownConnection: when the server has none of that name.
        :raises InputError: when it is neither a name nor a mapping.
        :raises ServerNotAllowed: when it is a mapping that names a server which may not be called.
        """
        if isinstance(connection, str):
            return self.connections.get(connection)
        if isinstance(connection, Mapping):
            self.servers.check(connection)
            return dict(connection)
        raise InputError.of(
            "type",
            "must be the name of a connection, or a connection itself",
            "see GET /v1/connections",
            field="connection",
        )

    def run(
        self,
        action: str,
        inputs: Mapping[str, Any],
        connection: Given,
        *,
        idempotency_key: str | None = None,
        on_wait: OnWait | None = None,
    ) -> Result:
        """Call an action and wait for its outcome; the call is counted.

        :param connection: a name, whose credentials are then masked in whatever comes back, or a mapping.
        :param idempotency_key: the same key and the same call give the same result again, and nothing is sent twice.
        :raises ConnectorError: for what the caller did wrong, as ``Connector.run``; ``NotOffered``; ``KeyReused``,
            ``KeyInUse`` and ``KeyDone`` for the key.
        """
        return self.call(action, inputs, connection, idempotency_key=idempotency_key, on_wait=on_wait)[0]

    def call(
        self,
        action: str,
        inputs: Mapping[str, Any],
        connection: Given,
        *,
        idempotency_key: str | None = None,
        remember: bool = True,
        on_wait: OnWait | None = None,
    ) -> tuple[Result, bool]:
        """As ``run``, and whether the result is that of an earlier call with the same key.

        :param remember: without it, the key only makes the ids of events, where those make a repeat safe. What only
            reads is never remembered.
        """
        if idempotency_key is None:
            return self._call(action, inputs, connection, on_wait), False
        compiled = self.connector.caller.compiled(action)
        inputs = copy_json(inputs)
        call = digest(action, inputs, copy_json(connection))
        filled = with_ids(compiled, inputs, idempotency_key, call)
        if compiled.action.effect == "read" or (compiled.action.idempotent and not remember):
            return self._call(action, filled, connection, on_wait), False
        known = self._remembered.begin(idempotency_key, call)
        if known is not None:
            return known, True
        result = None
        try:
            result = self._call(action, filled, connection, on_wait)
        finally:
            may_have_worked = result is not None and (
                result.meta.delivery == "accepted"
                or (result.meta.delivery == "unknown" and not compiled.action.idempotent)
            )
            self._remembered.end(idempotency_key, result if may_have_worked else None)
        return result, False

    def forget(self, idempotency_key: str) -> None:
        """Remember a key no longer that nobody was told."""
        self._remembered.forget(idempotency_key)

    def _call(self, action: str, inputs: Mapping[str, Any], connection: Given, on_wait: OnWait | None) -> Result:
        started = time.perf_counter()
        try:
            self.policy.action(action)
            given = self.resolve(connection)
            result = self.connector.run(action, inputs, given, on_wait=on_wait)
        except ConnectorError as error:
            if action in self.connector.specs.paths:
                self.metrics.refused(action, error.code)
            raise
        except Exception:  # whoever waited for it gave up between two tries
            self.metrics.refused(action, "given_up", outcome="unknown")
            raise
        self.metrics.called(action, result, time.perf_counter() - started)
        if isinstance(connection, str) and connection != SANDBOX:
            self._mask(result, given)
        return result

    def preview(self, action: str, inputs: Mapping[str, Any], connection: Given) -> Request:
        """The request that ``run`` would send; nothing is sent, and no credential is needed.

        :raises ConnectorError: for what the caller did wrong.
        """
        self.policy.action(action)
        return self.connector.caller.plan(action, inputs, self.resolve(connection), need_credential=False)

    def options(
        self,
        action: str,
        parameter: str,
        connection: Given,
        *,
        inputs: Mapping[str, Any] | None = None,
        search: str | None = None,
        cursor: Any = None,
        on_wait: OnWait | None = None,
    ) -> Options:
        """The entries of a parameter's dropdown, as ``Connector.options``; its calls are counted."""
        return self.options_of(
            self.policy.action(action), parameter, connection,
            inputs=inputs, search=search, cursor=cursor, on_wait=on_wait,
        )  # fmt: skip

    def options_of(
        self, spec: HasParameters, parameter: str, connection: Given, *, inputs: Mapping[str, Any] | None = None,
        search: str | None = None, cursor: Any = None, on_wait: OnWait | None = None,
    ) -> Options:  # fmt: skip
        """As ``options``, for whatever has parameters."""
        from ..call.dropdown import options

        return options(
            spec, parameter, inputs or {}, self.connector.specs.action,
            lambda name, values: self._call(name, values, connection, on_wait), search, cursor,
        )  # fmt: skip

    def investigate(self, name: str, inputs: Mapping[str, Any], connection: Given) -> Report:
        """Carry out an investigation; what may not be called is told in it as not known.

        :raises ConnectorError: as ``Connector.investigate``; ``NotOffered`` when nothing may be read.
        """
        self.policy.check_reading()
        given = self.resolve(connection)

        def run(action: str, values: Mapping[str, Any]) -> Result:
            self.policy.action(action)
            return self.connector.run(action, values, given)

        return self.connector.inquiry(name).carry_out(inputs, given, run, self.connector.caller.clock)

    def test(self, connection: Given) -> ConnectionReport:
        """What can be verified of a connection, as ``Connector.test_connection``.

        :raises NotOffered: when nothing may be read.
        """
        self.policy.check_reading()
        return self.connector.test_connection(self.resolve(connection))

    def close(self) -> None:
        """Stop the sandbox, and close the history."""
        self.history.close()
        with self._lock:
            sandbox, self._sandbox = self._sandbox, None
            for name, value in self._proxies.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            self._proxies = {}
        if sandbox is not None:
            sandbox.close()

    def _mask(self, result: Result, connection: Mapping[str, Any]) -> None:
        """Whoever names a connection does not see its credentials, not even where the service lists them."""
        secrets = secrets_in(self.connector.spec.connection.schema, connection)
        if result.outputs and forms(secrets):
            result.outputs = redact(result.outputs, secrets)

    def _no_proxy(self) -> None:
        """Keep a proxy of the environment away from the sandbox, which it could not reach."""
        from ..sandbox.http_server import HOST

        for name in _BYPASS:
            self._proxies[name] = before = os.environ.get(name)
            os.environ[name] = ",".join([*([before] if before else []), HOST])
