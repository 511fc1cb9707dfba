"""Send a request until it is answered for good: the loop around the transport, with its clock put in from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..clock import Clock
from ..language.connector_records import Api
from ..result import Delivery
from .retry import RetryBudget
from .transport import NoAnswer, Response, Send


@dataclass(slots=True)
class SignedRequest:
    """One try, ready for the transport."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pause:
    """What a caller is told before each wait.

    :ivar seconds: how long the wait is.
    :ivar attempt: the number of the try that failed, from 1.
    :ivar reason: ``HTTP 429``, or the kind of network failure.
    :ivar directed: whether the server asked for the wait.
    """

    seconds: float
    attempt: int
    reason: str
    directed: bool


class NoTime(Exception):  # noqa: N818 - what happened, not an error of the program
    """Raised by an ``on_wait`` that cannot wait so long: the call ends there, and its result says how far it got."""


@dataclass(slots=True)
class Attempts:
    """How it went.

    :ivar answer: the last answer, or ``None``.
    :ivar failure: why there was no answer to the last try, or ``None``.
    :ivar attempts: tries made.
    :ivar waited: seconds between them.
    :ivar sent_bytes: bytes of all bodies sent.
    :ivar answered: whether any try was answered.
    :ivar uncertain: whether any try may have been taken although no answer said so.
    """

    answer: Response | None = None
    failure: NoAnswer | None = None
    attempts: int = 0
    waited: float = 0.0
    sent_bytes: int = 0
    answered: bool = False
    uncertain: bool = False

    @property
    def delivery(self) -> Delivery:
        """What can be said of the arrival, as long as nothing was accepted."""
        return "unknown" if self.uncertain else "refused" if self.answered else "not_sent"


def send_until_answered(
    make: Callable[[int], SignedRequest],
    api: Api,
    budget: RetryBudget,
    send: Send,
    clock: Clock,
    on_wait: Callable[[Pause], None] | None = None,
    asked: Callable[[Response], str | None] = lambda answer: answer.headers.get("Retry-After"),
    into: Attempts | None = None,
) -> Attempts:
    """Send what ``make`` gives until there is an answer that is not to be retried, or the budget is used up.

    :param make: gives the request of a try, by the number of the try from 1.
    :param asked: gives the wait that an answer asks for, in the form of a ``Retry-After`` header.
    :param on_wait: called before each wait; may raise ``NoTime``.
    :param into: where to keep what is known so far, for ``make`` to see and for whoever has to end it early.
    """
    done = into or Attempts()
    while True:
        wire = make(done.attempts + 1)
        headers = wire.headers
        if done.attempts and api.retry.count_header:
            headers = {**headers, api.retry.count_header: str(done.attempts)}
        done.attempts += 1
        done.sent_bytes += len(wire.content or b"")
        try:
            done.answer = send(wire.method, wire.url, headers, wire.content, api.timeout, api.answer.max_bytes)
        except NoAnswer as failure:
            done.answer, done.failure = None, failure
            done.uncertain = done.uncertain or failure.sent
            wait, reason = None if failure.lasting else budget.after_network(failure.sent), failure.kind
        else:
            status = done.answer.status
            done.failure, done.answered = None, True
            if 200 <= status < 300:
                return done
            # A server that failed half-way, or a proxy that lost it, may have taken the request all the same; one that
            # says where to see what came of it (303) has taken it, and what is no answer says nothing (RFC 9110, 15).
            done.uncertain = done.uncertain or status >= 500 or status == 303 or status < 200
            wait = budget.after_status(status, asked(done.answer), clock.now())
            reason = f"HTTP {status}"
        if wait is None:
            return done
        if on_wait is not None:
            try:
                on_wait(Pause(wait.seconds, done.attempts, reason, wait.directed))
            except NoTime:
                return done
        clock.sleep(wait.seconds)
        done.waited += wait.seconds
