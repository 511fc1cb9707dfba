"""What an answer means: status to code, hint, retryable and delivery; and that no answer can do harm."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from faultserver import HandClock
from hypothesis import given, settings
from hypothesis import strategies as st

from segment_connector import CallFailed, Connector, Result
from segment_connector.http.transport import NoAnswer, Response

KEY = "key/+of=the-source~1234"
EVENT = {"event": "Order Completed", "userId": "u-1"}
CONNECTION = {"writeKey": KEY, "publicToken": "sgp_public-token", "profileToken": "profile-token", "spaceId": "spa_1"}


_SAID: list[Response | NoAnswer] = []


def send(*_: Any) -> Response:
    """A transport that says what ``_SAID`` holds."""
    if isinstance(_SAID[0], NoAnswer):
        raise _SAID[0]
    return _SAID[0]


CONNECTOR = Connector.load(send=send, clock=HandClock().clock, max_retries=0)


def run(
    answer: Response | NoAnswer, action: str = "track", inputs: dict[str, Any] | None = None, connection: Any = None
) -> Result:
    """The result of one call that meets one answer, once."""
    _SAID[:] = [answer]
    return CONNECTOR.run(action, EVENT if inputs is None else inputs, connection or CONNECTION)


def answered(status: int, body: Any = b"", **headers: str) -> Response:
    return Response(
        status, {name.replace("_", "-"): value for name, value in headers.items()},
        body if isinstance(body, bytes) else orjson.dumps(body),
    )  # fmt: skip


class TestStatuses:
    @pytest.mark.parametrize(
        ("status", "code", "retryable", "delivery"),
        [
            (101, "unexpected_status", False, "unknown"),
            (300, "redirected", False, "refused"),
            (301, "redirected", False, "refused"),
            (302, "redirected", False, "refused"),
            (303, "redirected", False, "unknown"),
            (304, "not_modified", False, "refused"),
            (307, "redirected", False, "refused"),
            (308, "redirected", False, "refused"),
            (400, "bad_request", False, "refused"),
            (401, "unauthorized", False, "refused"),
            (403, "forbidden", False, "refused"),
            (404, "not_found", False, "refused"),
            (408, "refused", True, "refused"),
            (410, "refused", True, "refused"),
            (413, "too_large", False, "refused"),
            (422, "refused", False, "refused"),
            (429, "rate_limited", True, "refused"),
            (460, "refused", True, "refused"),
            (500, "server_error", True, "unknown"),
            (501, "server_error", False, "unknown"),
            (502, "server_error", True, "unknown"),
            (503, "server_error", True, "unknown"),
            (504, "server_error", True, "unknown"),
            (505, "server_error", False, "unknown"),
            (511, "server_error", False, "unknown"),
            (600, "unexpected_status", False, "unknown"),
            (999, "unexpected_status", False, "unknown"),
            (529, "server_error", True, "unknown"),
            (599, "server_error", True, "unknown"),
        ],
    )
    def test_a_refusal_has_a_code_a_cure_and_a_word_on_the_delivery(
        self, status: int, code: str, retryable: bool, delivery: str
    ) -> None:
        result = run(answered(status))
        assert not result.ok
        assert result.error is not None
        assert (result.error.code, result.error.status, result.error.retryable) == (code, status, retryable)
        assert (result.meta.status, result.meta.delivery, result.outputs) == (status, delivery, {})
        assert result.error.message.startswith(f"api.segment.io answered {status}")
        assert len(result.error.hint or "") > 20

    @pytest.mark.parametrize(
        "body", [b"", b'{"success": true}', b"{}", b"null", b"[]", b'"ok"', b"true", b'{"success": null}']
    )
    @pytest.mark.parametrize("status", [200, 201, 204])
    def test_a_good_status_is_accepted(self, status: int, body: bytes) -> None:
        result = run(answered(status, body))
        assert (result.ok, result.error, result.meta.delivery) == (True, None, "accepted")
        assert result.outputs["event"] == "Order Completed"

    def test_a_good_status_that_says_no_is_refused(self) -> None:
        result = run(answered(200, {"success": False, "message": "Over the limit."}))
        assert not result.ok
        assert result.error is not None
        assert result.error.message == "api.segment.io answered 200: Over the limit."
        assert result.meta.delivery == "refused"

    @pytest.mark.parametrize(
        "body",
        [b"<html>Please sign in</html>", b'{"success": tr', b"ok", b"\xff\xfe\x00", b"\xef\xbb\xbf{}", b"NaN", b" "],
    )
    def test_a_good_status_with_something_else_than_json_proves_nothing(self, body: bytes) -> None:
        result = run(answered(200, body))
        assert result.error is not None
        assert (result.error.code, result.error.retryable, result.meta.delivery) == (
            "unexpected_answer",
            False,
            "unknown",
        )
        assert result.error.message == "api.segment.io answered 200 with no JSON"

    def test_the_page_of_a_proxy_can_be_recognised(self) -> None:
        result = run(answered(200, b"<html>\n  <title>Please sign\tin</title>" + b" " * 500 + b"</html>"))
        assert result.error is not None
        assert result.error.details == "<html> <title>Please sign in</title>"

    def test_an_api_that_always_says_something_is_not_believed_when_it_says_nothing(self) -> None:
        result = run(answered(200, b""), "custom_api_call", {"api": "public", "method": "GET", "path": "/"})
        assert result.error is not None
        assert (result.error.code, result.error.message) == (
            "unexpected_answer", "api.segmentapis.com answered 200 with nothing",
        )  # fmt: skip


class TestWhatTheServerSays:
    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({"success": False, "message": "Malformed JSON"}, "Malformed JSON"),
            ({"code": "invalid", "message": "No event"}, "No event"),
            ({"error": "no_user_anon_id"}, "no_user_anon_id"),
        ],
    )
    def test_the_tracking_api_is_quoted(self, body: Any, said: str) -> None:
        result = run(answered(400, body))
        assert result.error is not None
        assert result.error.message == f"api.segment.io answered 400: {said}"
        assert result.error.details == body

    def test_the_public_api_is_quoted_with_the_field(self) -> None:
        errors = [{"type": "input-validation", "message": "must be a string", "field": "sourceId", "status": 422}]
        result = run(answered(422, {"errors": errors}), "custom_api_call", {"api": "public", "path": "/sources"})
        assert result.error is not None
        assert result.error.message == "api.segmentapis.com answered 422: must be a string"
        assert (result.error.code, result.error.field, result.error.details) == ("invalid_input", "sourceId", errors)

    def test_the_profile_api_is_quoted(self) -> None:
        error = {"code": "not_found", "message": "The resource was not found."}
        result = run(
            answered(404, {"error": error}), "custom_api_call", {"api": "profiles", "method": "GET", "path": "/spaces"}
        )
        assert result.error is not None
        assert result.error.message == "profiles.segment.com answered 404: The resource was not found."
        assert result.error.details == error

    def test_a_long_message_is_cut(self) -> None:
        result = run(answered(400, {"message": "x" * 100_000}))
        assert result.error is not None
        assert len(result.error.message) < 600

    def test_its_name_for_the_request_and_its_limits_are_kept(self) -> None:
        result = run(answered(429, X_Request_Id="req-1", Retry_After="30", X_RateLimit_Reset="30", Server="envoy"))
        assert result.meta.request_id == "req-1"
        assert result.meta.rate_limit == {"retry-after": "30", "x-ratelimit-reset": "30"}
        assert run(answered(200)).meta.rate_limit is None


class TestSecrets:
    SPELLINGS = (
        KEY,
        quote(KEY, safe=""),
        base64.b64encode(KEY.encode()).decode(),
        base64.b64encode(f"{KEY}:".encode()).decode(),
        f"Basic {base64.b64encode(f'{KEY}:'.encode()).decode()}",
    )

    @pytest.mark.parametrize("spelling", SPELLINGS)
    @pytest.mark.parametrize("status", [200, 400, 401, 503])
    @pytest.mark.parametrize("wrap", ["json", "text"])
    def test_a_server_that_repeats_a_secret_is_not_repeated(self, spelling: str, status: int, wrap: str) -> None:
        body: Any = {"success": False, "message": f"bad key {spelling}!", "more": [{spelling: spelling}]}
        if wrap == "text":
            body = f"<html>{' ' * 5}bad key {spelling}!</html>".encode()
        result = run(answered(status, body, X_Request_Id=f"req-{spelling}", X_RateLimit_Key=spelling))
        shown = f"{result.to_dict()} {result!r} {result.error}"
        assert not result.ok
        assert "bad key ********!" in shown.replace("Basic ********", "********")
        assert all(secret not in shown for secret in self.SPELLINGS)

    @pytest.mark.parametrize("before", range(480, 501, 4))
    def test_half_a_secret_is_not_left_where_a_message_is_cut(self, before: int) -> None:
        result = run(answered(400, {"message": "x" * before + KEY}))
        assert result.error is not None
        assert "key/" not in result.error.message

    @pytest.mark.parametrize("before", range(180, 201, 4))
    def test_half_a_secret_is_not_left_where_a_page_is_cut(self, before: int) -> None:
        result = run(answered(400, b"x" * before + KEY.encode()))
        assert result.error is not None
        assert "key/" not in result.error.details

    def test_a_key_of_several_lines_is_recognised_in_one(self) -> None:
        pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"
        connection = {
            "writeKey": KEY,
            "profileToken": "profile-token",
            "oauth": {"clientId": "c", "keyId": "k", "privateKey": pem},
        }
        body = f"<pre>{pem}</pre>".encode()
        result = run(answered(400, body), "custom_api_call", {"api": "profiles", "path": "/x"}, connection)
        assert result.error is not None
        assert result.error.details == "<pre>********</pre>"


LOST = "the connection to api.segment.io failed: why"
BROKEN = "the answer of api.segment.io could not be read: why"
HUGE = "the answer of api.segment.io is too large: why"


class TestNetwork:
    @pytest.mark.parametrize(
        ("kind", "sent", "lasting", "code", "retryable", "delivery", "message"),
        [
            ("timeout", True, False, "timeout", True, "unknown", "no answer from api.segment.io in time"),
            ("timeout", False, False, "timeout", True, "not_sent", "no answer from api.segment.io in time"),
            ("connection", False, False, "connection_failed", True, "not_sent", LOST),
            ("connection", True, False, "connection_failed", True, "unknown", LOST),
            ("connection", False, True, "connection_failed", False, "not_sent", LOST),
            ("tls", False, True, "tls_failed", False, "not_sent", "no secure connection to api.segment.io: why"),
            ("proxy", False, False, "proxy_failed", True, "not_sent", "the proxy for api.segment.io failed: why"),
            ("broken_answer", True, False, "broken_answer", True, "unknown", BROKEN),
            ("answer_too_large", True, True, "answer_too_large", False, "unknown", HUGE),
        ],
    )  # fmt: skip
    def test_a_failure_has_a_code_a_cure_and_a_word_on_the_delivery(
        self, kind: str, sent: bool, lasting: bool, code: str, retryable: bool, delivery: str, message: str
    ) -> None:
        result = run(NoAnswer(kind, sent=sent, reason="why", lasting=lasting))
        assert result.error is not None
        assert (result.error.code, result.error.retryable, result.error.status) == (code, retryable, None)
        assert (result.meta.delivery, result.meta.status, result.meta.attempts) == (delivery, None, 1)
        assert result.error.message == message
        assert result.error.hint


class TestResult:
    def test_unwrap_gives_the_outputs_or_raises(self) -> None:
        assert run(answered(200)).unwrap()["userId"] == "u-1"
        with pytest.raises(CallFailed) as caught:
            run(answered(429)).unwrap()
        assert caught.value.result.error is not None
        assert (caught.value.code, caught.value.result.error.retryable) == ("rate_limited", True)

    @settings(max_examples=200)
    @given(
        st.integers(200, 599),
        st.binary(max_size=300) | st.recursive(
            st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
                st.sampled_from(["success", "message", "error", "errors", "code", "field", "data"])
                | st.text(max_size=5), inner, max_size=4,
            ),
            max_leaves=12,
        ).map(orjson.dumps),
        st.sampled_from(["tracking", "public", "profiles"]),
        st.dictionaries(st.sampled_from(["Retry-After", "X-Request-Id", "X-RateLimit-Reset"]), st.text(max_size=20)),
    )  # fmt: skip
    def test_no_answer_is_an_error_of_the_program(
        self, status: int, body: bytes, api: str, headers: dict[str, str]
    ) -> None:
        result = run(Response(status, headers, body), "custom_api_call", {"api": api, "path": "/x"})
        assert result.ok is (result.error is None)
        assert result.meta.delivery in ("accepted", "refused", "unknown")
        orjson.dumps(result.to_dict())


def test_an_answer_that_fits_no_output_does_not_unmake_the_acceptance(lab: Any) -> None:
    lab.write(outputs={"size": {"value": "{{ response.body.items | length }}", "type": "integer", "description": "D."}})
    connector = Connector.load(lab.root, send=lambda *_: answered(200, {"items": 7}))

    result = connector.run("act", {}, {"apiKey": "key-1234"})

    assert result.ok is False
    assert result.error is not None
    assert (result.error.code, result.error.retryable) == ("unexpected_answer", False)
    assert result.meta.delivery == "accepted"
    assert "do not repeat it" in (result.error.hint or "")


def test_a_field_is_named_as_the_parameter_that_it_is() -> None:
    errors = [{"type": "input-validation", "message": "unknown", "field": "source.metadataId"}]
    inputs = {"slug": "s", "enabled": True, "metadataId": "m"}
    result = run(answered(422, {"errors": errors}), "create_source", inputs, {"publicToken": "token-1234"})

    assert result.error is not None
    assert result.error.field == "metadataId"
    assert result.error.details == errors


def test_a_refusal_tells_how_long_to_wait_in_its_body_too() -> None:
    data = {"remainingPoints": 0, "msBeforeNext": 1500, "consumedPoints": 10}
    body = {"errors": [{"type": "rate-limit", "message": "slow down", "data": data}]}
    waits: list[float] = []
    replies = [answered(429, body), answered(200, {"data": {"workspace": {"id": "w", "name": "n", "slug": "s"}}})]
    hand = HandClock()
    connector = Connector.load(send=lambda *_: replies.pop(0), clock=hand.clock)

    result = connector.run(
        "get_workspace", {}, {"publicToken": "token-1234"}, on_wait=lambda pause: waits.append(pause.seconds)
    )

    assert (result.ok, waits, result.meta.waited) == (True, [2.0], 2.0)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (302, "answered 302 with a redirect elsewhere"),
        (304, "answered 304 (not modified), without content"),
        (404, "answered 404"),
        (999, "answered 999, which is not an HTTP answer"),
    ],
)
def test_a_status_without_a_message_is_told_in_words(status: int, said: str) -> None:
    result = run(answered(status))
    assert result.error is not None
    assert result.error.message == f"api.segment.io {said}"


def test_a_refusal_that_is_final_says_how_long_the_service_wants_to_be_left_alone() -> None:
    result = run(answered(429, {}, Retry_After="12"))

    assert result.error is not None
    assert (result.error.retryable, result.error.retry_after) == (True, 12)
