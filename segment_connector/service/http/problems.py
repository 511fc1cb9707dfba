"""What went wrong, as RFC 9457 problem details: the place, the rule and the cure, for every answer but success.

Whose fault it was decides the status. 4xx: the same request will be refused again, but for 408 and 409. 5xx: it may
succeed later. So a client that repeats 5xx, as most do on their own, repeats nothing in vain and nothing that might
then count twice.

===  ======================================================================================================
400  the request cannot be read: JSON, query, header          409  the same Idempotency-Key is under way, or was done
401  no token, or a wrong one                                 412  somebody else changed it first
403  a page of another site asks; it is not offered here      413  more bytes than are taken
404  no such path, action, connection, platform               415  the body is not valid JSON
405  the path has no such method                              422  inputs, connection or key were refused
408  the body did not come in time                            428  say which version is changed
421  the service is not called by one of its names
424  the call was made and did not succeed, and a repeat would not, or might count twice
500  a mistake in the service itself, or in its file of connections
502  the call did not succeed, a repeat may: refused for now, or no answer that could be read
503  too many calls here, or the service behind is at its limit; ``Retry-After`` says how long to wait
504  no answer in time
===  ======================================================================================================
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from http import HTTPStatus
from typing import Any

from ...call.policy import NotOffered
from ...errors import ConnectionConfigError, ConnectorError, InputError, Problem, SpecError, UnknownActionError
from ...inbox.store_errors import StoreError, UnknownRegistration
from ...result import CallFailed, Result
from ...values.json_values import encode
from ..connection_file import FileBroken
from ..connections import Conflict, NotChangeable, UnknownConnection
from ..idempotency import KeyDone, KeyInUse
from ..servers import ServerNotAllowed

CONTENT_TYPE = b"application/problem+json"
_PREFIX = "urn:segment-connector:problem:"
_MOST_WAIT = 3600  # seconds


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the HTTP API, ready to be sent.

    :ivar headers: beside ``Content-Type`` and ``Content-Length``.
    """

    status: int
    body: bytes
    content_type: bytes = b"application/json"
    headers: tuple[tuple[bytes, bytes], ...] = field(default=())


class Refusal(Exception):  # noqa: N818 - an answer, not an error of the program
    """A request is refused.

    :param status: HTTP status of the answer.
    :param headers: of the answer.
    :param more: members of the answer beside those of the problem.
    """

    def __init__(
        self,
        status: int,
        problem: Problem,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(problem.message)
        self.more = dict(more or {})
        self.status = status
        self.problem = problem
        self.headers = dict(headers or {})

    @property
    def answer(self) -> Answer:
        """The refusal as it is sent."""
        return refused(self.status, [self.problem], self.headers, self.more)


def refused(
    status: int,
    problems: Sequence[Problem],
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Answer:
    """The answer that tells problems, the first of them also at the top."""
    members = {**(more or {}), "problems": [_told(one) for one in problems]}
    return _answer(status, _members(status, problems[0], members), headers or {})


def of_error(error: ConnectorError) -> Answer:
    """The answer for what a caller did wrong; nothing was sent."""
    if isinstance(error, CallFailed):
        return of_result(error.result)
    if isinstance(error, FileBroken):
        # Its cure names the file, which is not the client's.
        hint = "whoever runs the service has to fix its file of connections"
        return refused(500, [replace(one, hint=hint, field=None) for one in error.problems])
    status = next((known for kind, known in _STATUS.items() if isinstance(error, kind)), 422)
    return refused(status, error.problems, {"Retry-After": "1"} if isinstance(error, KeyInUse) else None)


_STATUS: dict[type[ConnectorError], int] = {
    UnknownActionError: 404,
    UnknownConnection: 404,
    UnknownRegistration: 404,
    StoreError: 503,
    NotChangeable: 403,
    NotOffered: 403,
    ServerNotAllowed: 403,
    KeyInUse: 409,
    KeyDone: 409,
    Conflict: 412,
    InputError: 422,
    ConnectionConfigError: 422,
    SpecError: 500,
}


def of_result(result: Result) -> Answer:
    """The answer for a call that did not succeed."""
    failure = result.error
    assert failure is not None
    if not failure.retryable:
        status = 424
    elif failure.status in (429, 503):
        status = 503
    else:
        status = 504 if failure.code == "timeout" else 502
    problem = Problem(failure.code, failure.message, failure.hint, failure.field)
    more = {
        "retryable": failure.retryable,
        "service_status": failure.status,
        "details": failure.details,
        "outputs": result.outputs or None,
        "meta": meta_of(result),
    }
    headers = {}
    if failure.retryable and failure.retry_after is not None:
        headers["Retry-After"] = str(math.ceil(min(failure.retry_after, _MOST_WAIT)))
    members = _members(status, problem, {name: value for name, value in more.items() if value is not None})
    return _answer(status, members, headers)


def meta_of(result: Result) -> dict[str, Any]:
    """How a call went, as JSON values."""
    meta: dict[str, Any] = result.to_dict()["meta"]
    return meta


def _members(status: int, problem: Problem, more: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": _PREFIX + problem.code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": problem.message,
        **_told(problem),
        **more,
    }


def _told(problem: Problem) -> dict[str, Any]:
    """Where, which rule, and how to fix it; places in files of the server are nobody else's to see."""
    members = {name: value for name, value in asdict(problem).items() if value is not None}
    return {name: members[name] for name in ("code", "message", "hint", "field") if name in members}


def _answer(status: int, members: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
    sent = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())
    try:
        body = encode(members)
    except TypeError:  # half a character that JSON can write and UTF-8 cannot, in a name that is told back
        body = encode(_whole(members))
    return Answer(status, body, CONTENT_TYPE, sent)


def _whole(value: Any) -> Any:
    """A copy of a JSON value with a question mark for each half of a character."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_whole(name): _whole(member) for name, member in value.items()}
    return [_whole(member) for member in value] if isinstance(value, (list, tuple)) else value
