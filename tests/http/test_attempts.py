"""The loop around the transport, on a clock that is moved by hand: nothing here waits or opens a socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from faultserver import HandClock

from segment_connector import Connector
from segment_connector.http.attempts import Attempts, Pause, SignedRequest, send_until_answered
from segment_connector.http.retry import RetryBudget
from segment_connector.http.transport import NoAnswer, Response
from segment_connector.language.connector_records import Timeout

TRACKING = Connector.load().spec.apis["tracking"]
AWAY = NoAnswer("connection", sent=False, reason="Connection refused")
LOST = NoAnswer("timeout", sent=True, reason="no answer")
BROKEN = NoAnswer("broken_answer", sent=True, reason="it ended too early")
NO_TLS = NoAnswer("tls", sent=False, reason="self-signed certificate", lasting=True)
HUGE = NoAnswer("answer_too_large", sent=True, reason="more than 10 bytes", lasting=True)


def reply(status: int, **headers: str) -> Response:
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, b"{}")


@dataclass
class Script:
    """A transport that says what it was told to, the last for ever, and keeps what it was sent."""

    replies: list[Response | NoAnswer]
    sent: list[dict[str, str]] = field(default_factory=list)

    def __call__(
        self, _method: str, _url: str, headers: Mapping[str, str], _content: bytes | None, _timeout: Timeout, _most: int
    ) -> Response:
        self.sent.append(dict(headers))
        said = self.replies[0] if len(self.replies) == 1 else self.replies.pop(0)
        if isinstance(said, NoAnswer):
            raise said
        return said


def run(
    *replies: Response | NoAnswer, idempotent: bool = True, hand: HandClock | None = None,
    on_wait: Callable[[Pause], None] | None = None, **changed: Any,
) -> tuple[Attempts, Script, HandClock]:  # fmt: skip
    hand = hand or HandClock()
    api = replace(TRACKING, retry=replace(TRACKING.retry, **changed))
    script = Script(list(replies))
    budget = RetryBudget(api.retry, {}, idempotent, lambda: 0.0)
    wire = SignedRequest("POST", "http://127.0.0.1/v1/track", {"A": "b"}, b"{}")
    return send_until_answered(lambda _attempt: wire, api, budget, script, hand.clock, on_wait), script, hand


def test_a_success_is_the_end() -> None:
    done, script, hand = run(reply(200))
    assert (done.attempts, done.waited, hand.slept, done.sent_bytes) == (1, 0.0, [], 2)
    assert script.sent == [{"A": "b"}]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_200_is_a_success(status: int) -> None:
    assert run(reply(status), reply(500))[0].attempts == 1


def test_a_failure_that_is_for_good_is_the_end() -> None:
    done, _, hand = run(reply(400))
    assert done.answer is not None
    assert (done.answer.status, done.attempts, hand.slept) == (400, 1, [])


def test_failures_are_repeated_until_one_is_answered_well() -> None:
    done, _, hand = run(reply(503), LOST, reply(429, Retry_After="30"), reply(500), reply(200))
    assert done.answer is not None
    assert done.answer.status == 200
    assert hand.slept == [0.5, 1.0, 30.0, 2.0]
    assert (done.attempts, done.waited, done.sent_bytes) == (5, 33.5, 10)
    assert done.failure is None


def test_a_dead_server_is_given_up_after_the_last_retry() -> None:
    done, _, hand = run(AWAY)
    assert (done.attempts, done.answer, done.failure) == (11, None, AWAY)
    assert hand.slept == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_the_last_answer_counts() -> None:
    done, _, _ = run(AWAY, AWAY, reply(503), max_retries=2)
    assert done.answer is not None
    assert (done.answer.status, done.failure) == (503, None)
    done, _, _ = run(reply(503), AWAY, max_retries=1)
    assert (done.answer, done.failure) == (None, AWAY)


@pytest.mark.parametrize("failure", [NO_TLS, HUGE], ids=["tls", "answer too large"])
def test_what_the_next_try_would_meet_again_is_not_tried_again(failure: NoAnswer) -> None:
    done, _, hand = run(failure)
    assert (done.attempts, hand.slept, done.failure) == (1, [], failure)


def test_retries_are_numbered_and_the_first_try_is_not() -> None:
    _, script, _ = run(reply(503), reply(429, Retry_After="5"), LOST, reply(200))
    assert [sent.get("X-Retry-Count") for sent in script.sent] == [None, "1", "2", "3"]


def test_a_repeat_that_the_server_asked_for_is_counted_as_any_other() -> None:
    # As Segment's SDKs do, but for Python's, which puts the batch back into its queue and so begins anew.
    _, script, _ = run(reply(429, Retry_After="5"), reply(429, Retry_After="5"), reply(503), reply(200))
    assert [sent.get("X-Retry-Count") for sent in script.sent] == [None, "1", "2", "3"]


def test_of_several_waits_the_longest_is_kept_to() -> None:
    _, _, hand = run(reply(429, Retry_After="2, 3"), reply(503, Retry_After="1.5"), reply(200))
    assert hand.slept == [3, 2]


def test_an_api_that_counts_no_retries_is_told_none() -> None:
    _, script, _ = run(reply(503), reply(200), count_header=None)
    assert script.sent == [{"A": "b"}] * 2


def test_each_try_is_made_anew() -> None:
    made: list[int] = []

    def make(attempt: int) -> SignedRequest:
        made.append(attempt)
        return SignedRequest("POST", "http://127.0.0.1/", {"Number": str(attempt)}, None)

    script = Script([reply(503), reply(503), reply(200)])
    send_until_answered(make, TRACKING, RetryBudget(TRACKING.retry, {}, True, lambda: 0.0), script, HandClock().clock)
    assert made == [1, 2, 3]
    assert [sent["Number"] for sent in script.sent] == ["1", "2", "3"]


def test_whoever_asks_is_told_of_each_wait_before_it() -> None:
    hand = HandClock()
    told: list[tuple[Pause, float]] = []
    run(
        reply(503), LOST, reply(429, Retry_After="30"), reply(200), hand=hand,
        on_wait=lambda pause: told.append((pause, hand.elapsed)),
    )  # fmt: skip
    assert told == [
        (Pause(0.5, 1, "HTTP 503", directed=False), 0.0),
        (Pause(1.0, 2, "timeout", directed=False), 0.5),
        (Pause(30.0, 3, "HTTP 429", directed=True), 1.5),
    ]


def test_a_date_is_counted_from_the_moment_of_the_answer() -> None:
    date = "Sat, 31 Jan 2026 12:01:00 GMT"
    _, _, hand = run(reply(503), reply(429, Retry_After=date), reply(429, Retry_After=date), reply(200))
    # The second wait ends at the date, so the third answer asks for no wait and is counted.
    assert hand.slept == [0.5, 60.0, 1.0]


def test_a_server_that_keeps_asking_for_waits_gets_half_an_hour() -> None:
    done, _, hand = run(reply(429, Retry_After="300"))
    assert hand.slept == [300.0] * 6
    assert done.attempts == 7


@pytest.mark.parametrize(
    ("reply_", "attempts"), [(reply(503), 1), (reply(429), 11), (LOST, 1), (BROKEN, 1), (AWAY, 11)],
    ids=["503", "429", "timeout", "broken answer", "not sent"],
)  # fmt: skip
def test_what_a_repeat_would_count_twice_is_repeated_only_when_nothing_was_done(
    reply_: Response | NoAnswer, attempts: int
) -> None:
    assert run(reply_, idempotent=False)[0].attempts == attempts


@pytest.mark.parametrize(
    ("replies", "answered", "uncertain"),
    [
        pytest.param([AWAY], False, False, id="never reached"),
        pytest.param([NO_TLS], False, False, id="no tls"),
        pytest.param([LOST], False, True, id="lost"),
        pytest.param([reply(400)], True, False, id="refused"),
        pytest.param([reply(503)], True, True, id="failed within"),
        pytest.param([reply(302)], True, False, id="sent elsewhere"),
        pytest.param([reply(303)], True, True, id="taken, and the outcome is elsewhere"),
        pytest.param([reply(103)], True, True, id="no final answer"),
        pytest.param([reply(429), AWAY], True, False, id="refused, then never reached"),
        pytest.param([LOST, reply(400)], True, True, id="lost, then refused"),
        pytest.param([reply(503), AWAY], True, True, id="failed within, then never reached"),
    ],
)
def test_what_can_be_said_of_the_arrival(replies: list[Response | NoAnswer], answered: bool, uncertain: bool) -> None:
    done, _, _ = run(*replies)
    assert (done.answered, done.uncertain) == (answered, uncertain)


def test_what_the_transport_raises_otherwise_is_not_hidden() -> None:
    def send(*_: Any) -> Response:
        raise ZeroDivisionError

    budget = RetryBudget(TRACKING.retry, {}, True, lambda: 0.0)
    with pytest.raises(ZeroDivisionError):
        send_until_answered(
            lambda _attempt: SignedRequest("GET", "http://x/", {}, None), TRACKING, budget, send, HandClock().clock
        )


def test_a_try_does_not_show_its_credential_in_a_traceback() -> None:
    assert "s3cr3t" not in repr(SignedRequest("POST", "http://x/", {"Authorization": "Basic s3cr3t"}, b"s3cr3t"))
