"""Whether what a call did arrived, as far as the service can tell: for ``run --confirm``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ..connector import Connector
from ..errors import ConnectorError
from ..investigations.findings import Report
from ..result import Result
from .inquiring import say, say_wait
from .output import echo_hint, visible


class Arrival:
    """What was found of a call, or why nothing could be found.

    :param result: of the call, and ``inputs`` what was given for it.
    :param begun: the instant before it.
    :param wait: seconds in which it is looked for again until it is seen.
    """

    def __init__(
        self,
        connector: Connector,
        result: Result,
        inputs: Mapping[str, Any],
        connection: Mapping[str, Any],
        begun: str,
        wait: float,
    ) -> None:
        self._found: Report | None = None
        self._error: ConnectorError | None = None
        try:
            self._found = connector.confirm(result, inputs, connection, begun, wait=wait, on_wait=say_wait)
        except ConnectorError as error:  # the call was made all the same
            self._error = error

    def to_dict(self) -> dict[str, Any]:
        """It as JSON values."""
        if self._found is not None:
            return self._found.to_dict()
        assert self._error is not None
        return {"state": "unknown", "verdict": self._cannot_tell(), "hint": self._error.hint}

    def say(self) -> None:
        """Write it."""
        click.echo("\nDid it arrive?")
        if self._found is not None:
            say(self._found)
            return
        assert self._error is not None
        click.echo(visible(f"  {self._cannot_tell()}"))
        echo_hint(self._error.hint)

    def _cannot_tell(self) -> str:
        assert self._error is not None
        return f"cannot tell: {self._error.problems[0].message}"
