"""The façade: everything a platform needs of the connector, in one object."""

from __future__ import annotations

import datetime
import random as _random
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ConnectorError

if TYPE_CHECKING:
    from .runtime.call import Caller, OnWait
    from .runtime.compiled import Clock
    from .runtime.connection_test import ConnectionReport
    from .runtime.request import Request
    from .runtime.result import Result
    from .runtime.transport import Send
    from .specs.connector_model import ConnectorSpec
    from .specs.index import Specs
    from .specs.model import Action


class Connector:
    """A connector, loaded from its specs; make one and keep it, it is safe to share between threads.

    :param specs: the spec files.
    :param send: what sends a request; by default the real transport, in tests any function of the same form.
    :param clock: time, waiting and ids; by default the machine's.
    :param max_retries: replaces what ``connector.yaml`` says; 0 turns retries off.
    """

    def __init__(
        self, specs: Specs, *, send: Send | None = None, clock: Clock | None = None, max_retries: int | None = None
    ) -> None:
        self.specs = specs
        self._send = send
        self._clock = clock
        self._max_retries = max_retries

    @classmethod
    def load(
        cls,
        root: str | Path | None = None,
        *,
        send: Send | None = None,
        clock: Clock | None = None,
        max_retries: int | None = None,
    ) -> Connector:
        """A connector from a folder with ``connector.yaml``, ``actions/`` and ``schemas/``.

        :param root: the folder; by default the specs that come with the package.
        :raises SpecError: when there are none in it. An action's own file is read when it is first used.
        """
        from .specs.index import Specs  # noqa: PLC0415 - the import budget: see docs/design.md

        return cls(Specs(None if root is None else Path(root)), send=send, clock=clock, max_retries=max_retries)

    @property
    def spec(self) -> ConnectorSpec:
        """``connector.yaml``."""
        return self.specs.connector

    @property
    def actions(self) -> Mapping[str, Action]:
        """Every action by name, each read when it is first looked at."""
        from .specs.index import Actions  # noqa: PLC0415

        return Actions(self.specs)

    @cached_property
    def caller(self) -> Caller:
        """What ``plan`` and ``run`` use, made on first use."""
        from .runtime.call import Caller  # noqa: PLC0415
        from .runtime.compiled import Clock, new_uuid  # noqa: PLC0415
        from .runtime.transport import Transport  # noqa: PLC0415

        clock = self._clock or Clock(
            lambda: datetime.datetime.now(datetime.timezone.utc), time.monotonic, time.sleep, new_uuid
        )
        return Caller(self.specs, self._send or Transport(), clock, _random.random, self._max_retries)

    def plan(self, action: str, inputs: Mapping[str, Any], connection: Mapping[str, Any]) -> Request:
        """The request that an action would send: no socket is opened.

        :param action: the action's name.
        :param inputs: its parameters by name, as JSON values.
        :param connection: region, credentials and server addresses, as ``connector.yaml`` describes them.
        :returns: a request with ``method``, ``url``, ``headers``, ``body`` (a JSON value) and ``warnings``.
        :raises UnknownActionError, InputError, ConnectionConfigError, SpecError: naming place, rule and cure.
        """
        return self.caller.plan(action, inputs, connection)

    def run(
        self,
        action: str,
        inputs: Mapping[str, Any],
        connection: Mapping[str, Any],
        *,
        raise_errors: bool = True,
        on_wait: OnWait | None = None,
    ) -> Result:
        """Call an action and wait for its outcome, retries included.

        :param action: the action's name.
        :param inputs: its parameters by name, as JSON values.
        :param connection: region, credentials and server addresses.
        :param raise_errors: ``False`` turns the exceptions below into a ``Result`` too.
        :param on_wait: called with a ``Pause`` before each wait between tries.
        :returns: a result; ``ok`` is false for whatever the service or the network did, and nothing is raised for it.
        :raises UnknownActionError, InputError, ConnectionConfigError, SpecError: for what the caller did wrong;
            nothing was sent then.
        """
        try:
            return self.caller.run(action, inputs, connection, on_wait)
        except ConnectorError as error:
            if raise_errors:
                raise
            from .runtime.call import as_result  # noqa: PLC0415

            return as_result(action, error)

    def test_connection(self, connection: Mapping[str, Any]) -> ConnectionReport:
        """What can be verified of a connection, and what cannot.

        :returns: a report with one verdict (``verified``, ``failed``, ``unverifiable``, ``not_given``) a credential.
        :raises ConnectionConfigError: when the mapping itself is wrong.
        """
        from .runtime.connection_test import run_tests  # noqa: PLC0415

        return run_tests(self.caller, connection)

    def connection_from_environment(self, environ: Mapping[str, str]) -> dict[str, Any]:
        """The connection that environment variables describe, by the names in ``connector.yaml``.

        :param environ: ``os.environ`` or a like mapping.
        """
        from .runtime.connection import from_environment  # noqa: PLC0415

        return from_environment(self.spec, environ)
