"""What a call gives back: one shape for every action, every failure and every host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .errors import ConnectionConfigError, ConnectorError, InputError, Problem, SpecError

Delivery = Literal["accepted", "refused", "unknown", "not_sent"]


@dataclass(slots=True)
class Warn:
    """A doubt about the inputs that was no reason to refuse them."""

    message: str
    hint: str
    field: str

    @property
    def said(self) -> str:
        """The place and what is doubtful there; about the whole there is no place."""
        return f"{self.field}: {self.message}" if self.field else self.message


@dataclass(slots=True)
class Failure:
    """Why a call did not succeed.

    :ivar code: stable machine-readable name (``unauthorized``, ``rate_limited``, ``timeout``, ``required`` ...).
    :ivar message: what happened, in one sentence, without secrets.
    :ivar hint: how to fix it.
    :ivar field: the parameter at fault, dotted, or ``None``.
    :ivar status: HTTP status, or ``None`` when there was no answer.
    :ivar retryable: whether the same call may succeed later, and would not be done twice by then.
    :ivar retry_after: seconds that the server asked to wait before that, or ``None``.
    :ivar details: everything else that was said about it: the server's errors, or every refused input.
    """

    code: str
    message: str
    hint: str | None = None
    field: str | None = None
    status: int | None = None
    retryable: bool = False
    details: Any = None
    retry_after: float | None = None


@dataclass(slots=True)
class Meta:
    """How a call went.

    :ivar status: HTTP status of the last try, or ``None`` when none was answered.
    :ivar attempts: requests made, retries included.
    :ivar waited: seconds spent waiting between tries.
    :ivar request_id: the server's name for the request, for its support.
    :ivar message_ids: ids under which Segment counts the events, each once.
    :ivar region: region whose server was called, or ``None`` where the connection names a ``server`` of its own.
    :ivar bytes: size of the request bodies that were sent.
    :ivar delivery: ``accepted`` (a 200, which is no proof of arrival), ``refused``, ``unknown`` or ``not_sent``.
    :ivar server: the address that the connection names in place of its region's, or ``None``.
    :ivar rate_limit: what the server said of its limits, by header.
    """

    status: int | None = None
    attempts: int = 0
    waited: float = 0.0
    request_id: str | None = None
    message_ids: list[str] = field(default_factory=list)
    region: str | None = None
    bytes: int = 0
    delivery: Delivery = "not_sent"
    warnings: list[Warn] = field(default_factory=list)
    rate_limit: Mapping[str, str] | None = None
    server: str | None = None

    @property
    def place(self) -> str | None:
        """Where the call was made, in words: the region, or the address."""
        return f"at {self.server}" if self.server else f"region {self.region}" if self.region else None


@dataclass(slots=True)
class Result:
    """The outcome of one action.

    :ivar ok: whether Segment accepted it.
    :ivar action: the action's name.
    :ivar outputs: the values that the action's spec names, by name.
    """

    ok: bool
    action: str
    outputs: dict[str, Any]
    error: Failure | None
    meta: Meta

    def unwrap(self) -> dict[str, Any]:
        """The outputs.

        :raises CallFailed: when the call did not succeed.
        """
        if self.error is not None:
            raise CallFailed(self)
        return self.outputs

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON values, every member present."""
        error, meta = self.error, self.meta
        return {
            "ok": self.ok,
            "action": self.action,
            "outputs": self.outputs,
            "error": None if error is None else {name: getattr(error, name) for name in error.__slots__},
            "meta": {
                **{name: getattr(meta, name) for name in meta.__slots__},
                "waited": round(meta.waited, 3),
                "warnings": [{name: getattr(warn, name) for name in warn.__slots__} for warn in meta.warnings],
            },
        }


@dataclass(slots=True)
class PartsResult(Result):
    """The outcome of an action whose list may be sent in parts, of which some may succeed and others not.

    :ivar entries: what became of the entries: their indexes in what was given, from 0, by delivery. One that is wrong
        itself was not sent. The outputs tell it as well, in the words of the action's spec.
    """

    entries: Mapping[Delivery, list[int]] = field(default_factory=dict)


class CallFailed(ConnectorError):  # noqa: N818 - an outcome, named as the field names it
    """A call that was sent, or could not be delivered, and did not succeed.

    :param result: the whole ``Result``, with what Segment answered.
    """

    def __init__(self, result: Result) -> None:
        self.result = result
        error = result.error
        if error is None:
            raise ValueError("CallFailed needs a result with an error")
        super().__init__(Problem(error.code, error.message, error.hint, error.field))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.result,)


def as_result(name: str, error: ConnectorError) -> Result:
    """What the caller did wrong as a result, for hosts that show one shape only.

    :param name: the action that was asked for.
    """
    first, *others = error.problems
    kind = next((word for known, word in _KINDS.items() if isinstance(error, known)), "call")
    message = "; ".join(f"{one.field}: {one.message}" if one.field else one.message for one in (first, *others[:4]))
    failure = Failure(
        code=f"invalid_{kind}" if others else first.code,
        message=message,
        hint=first.hint,
        field=first.field,
        details=[problem.to_dict() for problem in error.problems],
    )
    return Result(False, name, {}, failure, Meta())


_KINDS = {InputError: "input", ConnectionConfigError: "connection", SpecError: "spec"}
