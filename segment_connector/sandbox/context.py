"""What every simulated API shares, and what each way of answering has to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..call.compiled_action import CompiledAction
from ..clock import Clock
from ..errors import Problem
from ..language.connector_records import Api, ConnectorSpec
from ..language.specs import Specs
from ..templates.compiler import Compiler, Template
from .credentials import Credentials
from .event_follower import EventFollower
from .issued_tokens import IssuedTokens
from .ledger import Ledger
from .messages import Incoming, Reply, json_reply
from .routes import Simulate
from .senders import Senders
from .world import Worlds


@dataclass(frozen=True, slots=True)
class SandboxContext:
    """What the simulated APIs have in common.

    :ivar find: gives the compiled action of a name.
    :ivar worlds: what the APIs that remember have.
    :ivar follower: what happens to events after they were answered.
    """

    specs: Specs
    spec: ConnectorSpec
    clock: Clock
    find: Callable[[str], CompiledAction]
    ledger: Ledger
    credentials: Credentials
    issued: IssuedTokens
    worlds: Worlds
    senders: Senders
    follower: EventFollower


class Simulation(Protocol):
    """One way of answering; there is one object of it for each API that is simulated so."""

    def answer(self, incoming: Incoming) -> Reply:
        """The answer to a request below the API's mount."""

    def refusal(self, status: int, code: str, message: str) -> Reply:
        """An answer that says no, in the form in which the API says it."""

    def clear(self) -> None:
        """Forget what requests changed."""

    def state(self) -> dict[str, Any]:
        """What there is now: lists of entries by their path."""


class Refusals:
    """Says no in the words that ``simulate.error`` gives.

    :param api: the API, and ``path`` the file it is described in.
    """

    def __init__(self, api: Api, simulate: Simulate, path: str) -> None:
        place = f"apis.{api.name}.simulate.error"
        compiler = Compiler(("error",), (), path)
        self._template: Template = compiler.template(compiler.value(simulate.error, place), place)

    def __call__(self, status: int, code: str, message: str) -> Reply:
        """The reply of a status."""
        return self.all(status, [Problem(code, message)])

    def all(self, status: int, problems: Sequence[Problem], headers: Mapping[str, str] | None = None) -> Reply:
        """The reply that tells several problems, where its form has a list to tell them in; else the first."""
        first, *others = [self._body(status, problem) for problem in problems]
        for body in others:
            for name, value in first.items() if isinstance(first, dict) else ():
                if isinstance(value, list):
                    value.extend(body[name])
        return json_reply(status, first, headers)

    def _body(self, status: int, problem: Problem) -> Any:
        error = {"status": status, "code": problem.code, "message": problem.message, "field": problem.field}
        if problem.hint:
            error["message"] = f"{problem.message} ({problem.hint})"
        given = {name: value for name, value in error.items() if value is not None}
        return self._template.evaluate({"error": given})
