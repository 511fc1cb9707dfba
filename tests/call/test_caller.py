"""One call from inputs to result, over real HTTP: what is sent, what is repeated, and what the caller is told."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from faultserver import (
    FaultServer,
    HandClock,
    Peer,
    Reply,
    Seen,
    answer,
    plain_environment,
    then_close,
    then_reset,
    unused_port,
)

from segment_connector import ConnectionConfigError, Connector, InputError, Result, UnknownActionError
from segment_connector.clock import machine_clock
from segment_connector.http.attempts import NoTime, Pause
from segment_connector.http.transport import NoAnswer, Response
from segment_connector.result import PartsResult

KEY = "the-write-key-of-the-source"
EVENT = {"event": "Order Completed", "userId": "u-1"}
OK = {"success": True}
SPECS = Connector.load().specs  # read once


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_environment(monkeypatch)


def at(server: FaultServer | str, **more: Any) -> dict[str, Any]:
    """A connection to a server of the test."""
    url = server if isinstance(server, str) else server.url
    return {"writeKey": KEY, "servers": {"tracking": f"{url}/v1", "public": url, "profiles": f"{url}/v1"}, **more}


def quick(max_retries: int = 0) -> Connector:
    return Connector(SPECS, clock=HandClock().clock, max_retries=max_retries)


class TestWhatIsSent:
    def test_an_event_arrives(self) -> None:
        with FaultServer() as server:
            result = Connector(SPECS).run(
                "track", {**EVENT, "properties": {"sku": "1_000", "phone": "+48"}}, at(server)
            )
        (seen,) = server.seen
        assert (seen.method, seen.target) == ("POST", "/v1/track")
        assert seen.headers["content-type"] == "application/json"
        assert seen.headers["user-agent"].startswith("segment-connector/")
        assert seen.json["properties"] == {"sku": "1_000", "phone": "+48"}
        assert result.ok
        assert result.meta.message_ids == [seen.json["messageId"]]
        assert (result.meta.delivery, result.meta.attempts, result.meta.bytes) == ("accepted", 1, len(seen.body))

    def test_the_write_key_is_the_user_name_of_basic_authentication(self) -> None:
        with FaultServer() as server:
            quick().run("track", EVENT, at(server))
        assert server.seen[0].headers["authorization"] == f"Basic {base64.b64encode(f'{KEY}:'.encode()).decode()}"
        assert "writeKey" not in server.seen[0].json

    def test_the_write_key_goes_into_the_body_where_that_was_asked(self) -> None:
        with FaultServer() as server:
            quick().run("track", EVENT, at(server, writeKeyInBody=True))
        assert server.seen[0].json["writeKey"] == KEY
        assert "authorization" not in server.seen[0].headers

    def test_a_body_that_is_no_object_cannot_carry_a_write_key(self) -> None:
        with FaultServer() as server:
            quick().run("custom_api_call", {"path": "/x", "body": [1]}, at(server, writeKeyInBody=True))
        assert server.seen[0].json == [1]

    @pytest.mark.parametrize(
        ("api", "connection", "header"),
        [
            ("public", {"publicToken": "sgp_token"}, "Bearer sgp_token"),
            ("profiles", {"profileToken": "profile-token"}, f"Basic {base64.b64encode(b'profile-token:').decode()}"),
        ],
    )
    def test_each_api_has_its_own_credential(self, api: str, connection: dict[str, str], header: str) -> None:
        with FaultServer() as server:
            quick().run("custom_api_call", {"api": api, "method": "GET", "path": "/x"}, at(server, **connection))
        assert server.seen[0].headers["authorization"] == header
        assert KEY not in server.seen[0].head.decode()

    def test_a_post_without_a_body_says_so(self) -> None:
        with FaultServer() as server:
            quick().run("custom_api_call", {"path": "/x"}, at(server))
        assert (server.seen[0].headers["content-length"], server.seen[0].body) == ("0", b"")

    def test_a_plan_opens_no_socket_and_is_what_is_sent(self) -> None:
        with FaultServer() as server:
            connector = quick()
            inputs = {**EVENT, "messageId": "m-1"}
            planned = connector.plan("track", inputs, at(server))
            assert server.connections == 0
            connector.run("track", inputs, at(server))
        assert (planned.method, planned.url) == ("POST", f"{server.url}/v1/track")
        assert planned.body == server.seen[0].json


class TestRetries:
    def test_a_retry_is_the_same_event_sent_at_another_time(self) -> None:
        hand = HandClock()
        with FaultServer(answer(status=503), answer(status=429, headers={"Retry-After": "30"}), answer(OK)) as server:
            result = Connector(SPECS, clock=hand.clock).run("track", EVENT, at(server))
        assert result.ok
        assert (result.meta.attempts, len(hand.slept)) == (3, 2)
        assert result.meta.waited == sum(hand.slept)
        assert {body["messageId"] for body in server.bodies} == {"00000000-0000-4000-8000-000000000001"}
        assert {body["timestamp"] for body in server.bodies} == {"2026-01-31T12:00:00.000Z"}
        assert [body["sentAt"][:19] for body in server.bodies] == [
            "2026-01-31T12:00:00", "2026-01-31T12:00:00", "2026-01-31T12:00:30",
        ]  # fmt: skip
        assert len({body["sentAt"] for body in server.bodies}) == 3
        assert [seen.headers.get("x-retry-count") for seen in server.seen] == [None, "1", "2"]

    def test_an_event_whose_answer_was_lost_is_counted_once(self) -> None:
        with FaultServer(then_reset(), then_close(b""), then_close(answer(OK, length=99)), answer(OK)) as server:
            result = Connector(SPECS, clock=HandClock().clock).run("track", EVENT, at(server))
        assert result.ok
        assert len(server.bodies) == 4
        assert len({body["messageId"] for body in server.bodies}) == 1

    def test_a_call_that_would_count_twice_is_not_repeated(self) -> None:
        with FaultServer(then_reset(), answer(OK)) as server:
            result = Connector(SPECS, clock=HandClock().clock).run(
                "custom_api_call", {"path": "/x", "body": {}}, at(server)
            )
        assert result.error is not None
        assert (result.error.code, result.meta.delivery, len(server.seen)) == ("connection_failed", "unknown", 1)

    @pytest.mark.parametrize(
        ("wanted", "waited"),
        [(2500, 3), (1, 1), (300_001, 300), (1e300, 300), (0, 0.5), (-1, 0.5), ("2500", 0.5), (None, 0.5), (True, 0.5)],
    )
    def test_a_wait_may_be_asked_for_in_the_body(self, wanted: Any, waited: float) -> None:
        hand = HandClock()
        body = {"errors": [{"type": "rate-limit", "data": {"msBeforeNext": wanted}}]}
        with FaultServer(answer(body, 429), answer({"data": {}})) as server:
            connection = at(server, publicToken="sgp_token")
            inputs = {"api": "public", "method": "GET", "path": "/sources"}
            assert Connector(SPECS, clock=hand.clock).run("custom_api_call", inputs, connection).ok
        assert waited <= hand.slept[0] <= waited * 1.1

    def test_the_header_is_heeded_before_the_body(self) -> None:
        hand = HandClock()
        body = {"errors": [{"data": {"msBeforeNext": 90_000}}]}
        with FaultServer(answer(body, 429, {"Retry-After": "7"}), answer({"data": {}})) as server:
            connection = at(server, publicToken="sgp_token")
            Connector(SPECS, clock=hand.clock).run("custom_api_call", {"api": "public", "path": "/x"}, connection)
        assert hand.slept == [7]

    @pytest.mark.parametrize(
        ("headers", "asked"),
        [
            ({"Retry-After": "3600"}, 3600),
            ({}, None),
            ({"Retry-After": "0"}, None),
            ({"Retry-After": "2000", "retry-after": "3000.5"}, 3001),
        ],
    )
    def test_whoever_tries_again_later_is_told_when(self, headers: dict[str, str], asked: float | None) -> None:
        with FaultServer(answer(status=429, headers=headers)) as server:
            result = quick().run("track", EVENT, at(server))
        assert result.error is not None
        assert (result.error.retryable, result.error.retry_after) == (True, asked)

    def test_the_caller_is_told_of_waits(self) -> None:
        told: list[Pause] = []
        with FaultServer(answer(status=429, headers={"Retry-After": "7"}), answer(OK)) as server:
            Connector(SPECS, clock=HandClock().clock).run("track", EVENT, at(server), on_wait=told.append)
        assert told == [Pause(7.0, 1, "HTTP 429", directed=True)]

    def test_retries_can_be_turned_off(self) -> None:
        with FaultServer(answer(status=429, headers={"Retry-After": "7"})) as server:
            result = quick(0).run("track", EVENT, at(server))
        assert (result.meta.attempts, result.meta.waited) == (1, 0)

    def test_a_dead_server_is_given_up_after_the_spec_s_retries(self) -> None:
        hand = HandClock()
        result = Connector(SPECS, clock=hand.clock).run("track", EVENT, at(f"http://127.0.0.1:{unused_port()}"))
        assert result.error is not None
        assert (result.error.code, result.meta.attempts, result.meta.delivery) == ("connection_failed", 11, "not_sent")
        assert 243 <= sum(hand.slept) <= 243.5 * 1.1

    def test_a_doubt_of_an_earlier_try_is_not_forgotten(self) -> None:
        with FaultServer(then_close(b""), answer(status=400)) as server:
            result = Connector(SPECS, clock=HandClock().clock).run("track", EVENT, at(server))
        assert (result.meta.status, result.meta.delivery) == (400, "unknown")


HTML = answer(b"<html>Please sign in</html>", headers={"Content-Type": "text/html"})
FAILURES: dict[str, tuple[Reply, str, bool, str]] = {
    "bad request": (answer({"message": "no"}, 400), "bad_request", False, "refused"),
    "wrong key": (answer(status=401), "unauthorized", False, "refused"),
    "rate limit": (answer(status=429), "rate_limited", True, "refused"),
    "overload": (answer(b"<html>", 503), "server_error", True, "unknown"),
    "page of a proxy": (HTML, "unexpected_answer", False, "unknown"),
    "truncated json": (answer(b'{"success": t'), "unexpected_answer", False, "unknown"),
    "says no": (answer({"success": False}), "refused", False, "refused"),
    "redirect": (answer(status=302, headers={"Location": "http://127.0.0.1:1/"}), "redirected", False, "refused"),
    "see other": (answer(status=303), "redirected", False, "unknown"),
    "not modified": (answer(status=304), "not_modified", False, "refused"),
    "no status": (answer(status=999), "unexpected_status", False, "unknown"),
    "another protocol": (answer(status=101), "broken_answer", True, "unknown"),
    "two lengths": (then_close(answer(b"{}", headers={"content-length": "5"})), "broken_answer", True, "unknown"),
    "reset": (then_reset(), "connection_failed", True, "unknown"),
    "closed": (then_close(b""), "connection_failed", True, "unknown"),
    "cut off": (then_close(answer(b"{", length=10)), "broken_answer", True, "unknown"),
    "no gzip": (answer(b"{}", headers={"Content-Encoding": "gzip"}), "broken_answer", True, "unknown"),
    "no http": (then_close(b"220 smtp ready\r\n\r\n"), "connection_failed", True, "unknown"),
    "100 MB": (then_close(answer(b"x" * 11_000_000, length=100_000_000)), "answer_too_large", False, "unknown"),
}


class TestFailures:
    @pytest.mark.parametrize(("reply", "code", "retryable", "delivery"), FAILURES.values(), ids=FAILURES)
    def test_what_the_service_does_is_a_result(self, reply: Reply, code: str, retryable: bool, delivery: str) -> None:
        with FaultServer(reply) as server:
            result = quick().run("track", EVENT, at(server))
        assert not result.ok
        assert result.error is not None
        assert (result.error.code, result.error.retryable, result.meta.delivery) == (code, retryable, delivery)
        assert result.error.message
        assert result.error.hint
        json.dumps(result.to_dict())

    @pytest.mark.parametrize(
        ("url", "retryable"),
        [(f"http://127.0.0.1:{unused_port()}", True), ("http://no-such-host.invalid", True), ("http://a..b", False)],
        ids=["nobody listens", "no such host", "no address"],
    )
    def test_what_the_network_does_is_a_result(self, url: str, retryable: bool) -> None:
        result = quick().run("track", EVENT, at(url))
        assert result.error is not None
        assert (result.error.code, result.error.retryable) == ("connection_failed", retryable)
        assert result.meta.delivery == "not_sent"

    def test_a_bundle_that_is_missing_is_a_result(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/company.pem")
        result = Connector(SPECS).run("track", EVENT, at(f"https://127.0.0.1:{unused_port()}"))
        assert result.error is not None
        assert (result.error.code, result.error.retryable, result.meta.attempts) == ("tls_failed", False, 1)
        assert "/nowhere/company.pem" in result.error.message

    def test_the_authorization_is_not_sent_where_a_redirect_leads(self) -> None:
        with (
            FaultServer() as other,
            FaultServer(answer(status=307, headers={"Location": f"{other.url}/v1/track"})) as server,
        ):
            result = quick().run("track", EVENT, at(server))
        assert result.error is not None
        assert (result.error.code, other.seen, len(server.seen)) == ("redirected", [], 1)

    def test_a_server_that_repeats_what_it_got_does_not_give_the_key_away(self) -> None:
        def echo(seen: Seen, _peer: Peer) -> bytes:
            return answer(
                {"message": f"{seen.headers.get('authorization')} {seen.body.decode()}", "got": seen.head.decode()}, 400
            )

        encoded = base64.b64encode(f"{KEY}:".encode()).decode()
        for more in ({}, {"writeKeyInBody": True}):
            with FaultServer(echo) as server:
                result = quick().run("track", EVENT, at(server, **more))
            shown = f"{result!r} {result.to_dict()}"
            assert "********" in shown
            assert KEY not in shown
            assert encoded not in shown


class TestWhatTheCallerDidWrong:
    WRONG: tuple[tuple[type[Exception], str, dict[str, Any], dict[str, Any], str], ...] = (
        (UnknownActionError, "trak", EVENT, {"writeKey": KEY}, "action"),
        (InputError, "track", {"event": "Seen"}, {"writeKey": KEY}, "userId"),
        (InputError, "track", {**EVENT, "event": float("nan")}, {"writeKey": KEY}, "event"),
        (ConnectionConfigError, "track", EVENT, {}, "writeKey"),
        (ConnectionConfigError, "track", EVENT, {"writeKey": KEY, "region": "mars"}, "region"),
    )

    @pytest.mark.parametrize(("kind", "action", "inputs", "connection", "field"), WRONG)
    def test_it_is_raised(
        self, kind: type[Exception], action: str, inputs: dict[str, Any], connection: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(kind) as caught:
            quick().run(action, inputs, connection)
        assert caught.value.field == field  # type: ignore[attr-defined]

    @pytest.mark.parametrize(("kind", "action", "inputs", "connection", "field"), WRONG)
    def test_it_is_a_result_where_that_was_asked(
        self, kind: type[Exception], action: str, inputs: dict[str, Any], connection: dict[str, Any], field: str
    ) -> None:
        with FaultServer() as server:
            result = quick().run(
                action, inputs, {"servers": {"tracking": server.url}, **connection}, raise_errors=False
            )
        assert not result.ok
        assert result.error is not None
        assert (result.error.field, result.error.retryable, result.error.status) == (field, False, None)
        assert (result.meta.delivery, result.meta.attempts, server.seen) == ("not_sent", 0, [])
        assert result.error.hint
        json.dumps(result.to_dict())

    def test_every_mistake_is_in_the_result(self) -> None:
        result = quick().run("track", {"event": "", "timestamp": "yesterday"}, {"writeKey": KEY}, raise_errors=False)
        assert result.error is not None
        assert {problem["field"] for problem in result.error.details} == {"event", "timestamp", "userId"}

    def test_what_is_given_is_not_changed(self) -> None:
        inputs = {"event": "Seen", "userId": "u-1", "context": {"ip": "203.0.113.7"}}
        connection: dict[str, Any] = {"writeKey": KEY}
        before = orjson.dumps([inputs, connection])
        quick().plan("track", inputs, connection)
        assert orjson.dumps([inputs, connection]) == before


def test_threads_share_a_connector() -> None:
    def reply(seen: Seen, _peer: Peer) -> bytes:
        return answer(OK, headers={"X-Request-Id": seen.json["userId"]})

    connector = Connector(SPECS)

    def call(number: int) -> Result:
        keys = at(server, writeKey=f"key-{number % 8}")
        return connector.run("track", {"event": f"Event {number}", "userId": f"u-{number}"}, keys)

    with FaultServer(reply) as server, ThreadPoolExecutor(32) as threads:
        results = list(threads.map(call, range(640)))
    assert all(result.ok for result in results)
    assert [result.outputs["event"] for result in results] == [f"Event {number}" for number in range(640)]
    assert [result.meta.request_id for result in results] == [f"u-{number}" for number in range(640)]
    assert len({result.outputs["messageId"] for result in results}) == 640
    expected = {f"u-{number}": base64.b64encode(f"key-{number % 8}:".encode()).decode() for number in range(640)}
    assert {
        seen.json["userId"]: seen.headers["authorization"].removeprefix("Basic ") for seen in server.seen
    } == expected
    assert server.connections <= 40


def events(count: int, size: int = 0) -> list[dict[str, Any]]:
    """Events, each with a property that makes it larger by ``size`` bytes."""
    filler = {"properties": {"text": "x" * size}} if size else {}
    return [{"type": "track", "event": "Seen", "userId": f"u-{number}", **filler} for number in range(count)]


def batch(
    reply: Callable[[int, list[Any]], Response | NoAnswer], entries: list[Any], **more: Any
) -> tuple[Result, list[bytes]]:
    """A batch against a transport that answers by the number of the request and its entries."""
    bodies: list[bytes] = []

    def send(_method: str, _url: str, _headers: Any, content: bytes | None, *_: Any) -> Response:
        assert content is not None
        bodies.append(content)
        said = reply(len(bodies), orjson.loads(content)["batch"])
        if isinstance(said, NoAnswer):
            raise said
        return said

    connection = {"writeKey": KEY, "writeKeyInBody": more.pop("in_body", False)}
    connector = Connector(SPECS, send=send, clock=HandClock().clock, max_retries=more.pop("max_retries", 0))
    return connector.run("batch", {"batch": entries, **more}, connection), bodies


def accept(*_: Any) -> Response:
    return Response(200, {}, b'{"success": true}')


class TestBatch:
    def test_a_few_events_are_one_request(self) -> None:
        with FaultServer() as server:
            result = quick().run("batch", {"batch": events(3)}, at(server))
        assert result.outputs == {"count": 3, "requests": 1, "refused": []}
        assert (server.seen[0].target, len(server.bodies[0]["batch"])) == ("/v1/batch", 3)
        assert result.meta.message_ids == [entry["messageId"] for entry in server.bodies[0]["batch"]]
        assert result.meta.bytes == len(server.seen[0].body)

    @pytest.mark.parametrize(("count", "sizes"), [(2500, [2500]), (2501, [2500, 1]), (5001, [2500, 2500, 1])])
    def test_2500_events_are_the_most_of_a_request(self, count: int, sizes: list[int]) -> None:
        result, bodies = batch(accept, events(count))
        assert [len(orjson.loads(body)["batch"]) for body in bodies] == sizes
        assert result.outputs == {"count": count, "requests": len(sizes), "refused": []}
        assert len(set(result.meta.message_ids)) == count

    @pytest.mark.parametrize("in_body", [False, True])
    @pytest.mark.parametrize("size", [1000, 20_000, 32_000])
    def test_500_000_bytes_are_the_most_of_a_request(self, size: int, in_body: bool) -> None:
        result, bodies = batch(accept, events(1_600_000 // size, size), in_body=in_body)
        assert all(len(body) <= 500_000 for body in bodies)
        assert all(len(body) > 500_000 - size - 1000 for body in bodies[:-1])
        sent = [entry["userId"] for body in bodies for entry in orjson.loads(body)["batch"]]
        assert sent == [f"u-{number}" for number in range(1_600_000 // size)]
        assert result.outputs["count"] == len(sent)
        assert all((b'"writeKey"' in body) is in_body for body in bodies)

    def test_32_768_bytes_are_the_most_of_an_event(self) -> None:
        fixed = {
            "type": "track",
            "event": "Seen",
            "userId": "u-1",
            "messageId": "m-1",
            "timestamp": "2026-01-31T12:00:00Z",
        }
        room = 32768 - len(orjson.dumps({**fixed, "properties": {"text": ""}}))
        most = {**fixed, "properties": {"text": "x" * room}}
        assert batch(accept, [most])[0].outputs["count"] == 1
        with pytest.raises(InputError) as caught:
            batch(accept, [{**fixed, "properties": {"text": "x" * (room + 1)}}])
        assert [(problem.code, problem.field) for problem in caught.value.problems] == [("too_large", "batch.0")]
        assert "32,769 bytes" in str(caught.value)

    def test_bytes_are_counted_and_not_characters(self) -> None:
        with pytest.raises(InputError, match="at most 32,768"):
            batch(accept, [{"type": "track", "event": "Seen", "userId": "u", "properties": {"text": "ł" * 17_000}}])

    def test_one_wrong_event_stops_all_and_every_wrong_one_is_named(self) -> None:
        wrong: list[Any] = [
            *events(2),
            {"type": "trak"},
            {"type": "track", "event": "Seen"},
            "no object",
            {"event": "Seen"},
        ]
        bodies: list[bytes] = []
        with pytest.raises(InputError) as caught:
            batch(lambda number, _: bodies.append(b"") or accept(number), wrong)  # type: ignore[func-returns-value]
        assert bodies == []
        assert [problem.field for problem in caught.value.problems] == [
            "batch.2.type", "batch.3.userId", "batch.4", "batch.5.type",
        ]  # fmt: skip
        assert all(problem.hint for problem in caught.value.problems)

    def test_the_right_ones_are_sent_where_that_was_asked(self) -> None:
        entries = [*events(2), {"type": "track", "event": "Seen"}, *events(1)]
        result, bodies = batch(accept, entries, skipInvalid=True)
        assert [entry["userId"] for entry in orjson.loads(bodies[0])["batch"]] == ["u-0", "u-1", "u-0"]
        assert (result.ok, result.outputs["count"], result.outputs["requests"]) == (True, 3, 1)
        (refused,) = result.outputs["refused"]
        assert (refused["index"], refused["field"]) == (2, "batch.2.userId")

    def test_a_batch_of_wrong_events_only_is_refused(self) -> None:
        with pytest.raises(InputError):
            batch(accept, [{"type": "track"}], skipInvalid=True)

    def test_a_refused_part_does_not_stop_the_others(self) -> None:
        def reply(number: int, _entries: list[Any]) -> Response:
            return Response(400, {}, b'{"message": "no"}') if number == 2 else accept()

        result, bodies = batch(reply, events(6000))
        assert len(bodies) == 3
        assert not result.ok
        assert result.error is not None
        assert result.error.code == "bad_request"
        assert (result.outputs["count"], result.outputs["requests"]) == (3500, 3)
        *refused, more = result.outputs["refused"]
        assert [entry["index"] for entry in refused] == list(range(2500, 2600))
        assert {entry["code"] for entry in refused} == {"bad_request"}
        assert (more["index"], more["code"]) == (2600, "more")
        assert more["message"] == "2,400 more were not accepted: 2600-4999"
        assert isinstance(result, PartsResult)
        assert result.entries["refused"] == list(range(2500, 5000))
        assert result.meta.delivery == "refused"

    @pytest.mark.parametrize(
        ("failure", "code", "delivery"),
        [
            (Response(503, {}, b""), "server_error", "unknown"),
            (Response(429, {}, b""), "rate_limited", "refused"),
            (NoAnswer("connection", sent=False, reason="Connection refused"), "connection_failed", "not_sent"),
            (NoAnswer("timeout", sent=True, reason="no answer"), "timeout", "unknown"),
            (NoAnswer("tls", sent=False, reason="self-signed", lasting=True), "tls_failed", "not_sent"),
            (Response(401, {}, b""), "unauthorized", "refused"),
            (Response(302, {}, b""), "redirected", "refused"),
            (Response(200, {}, b"<html>"), "unexpected_answer", "unknown"),
        ],
        ids=["503", "429", "away", "timeout", "no tls", "wrong key", "redirect", "page of a proxy"],
    )
    def test_a_dead_service_is_not_tried_with_the_rest(self, failure: Any, code: str, delivery: str) -> None:
        result, bodies = batch(lambda number, _: accept() if number == 1 else failure, events(10_000))
        assert len(bodies) == 2
        assert result.error is not None
        assert (result.error.code, result.meta.delivery) == (code, delivery)
        assert (result.outputs["count"], result.outputs["requests"]) == (2500, 2)
        *refused, more = result.outputs["refused"]
        assert [entry["index"] for entry in refused] == list(range(2500, 2600))
        assert {entry["message"].rsplit(" ", 1)[1] for entry in refused} == {f"({delivery})"}
        assert more["message"] == "7,400 more were not accepted: 2600-9999"
        assert isinstance(result, PartsResult)
        places = {name: sorted(found) for name, found in result.entries.items() if found}
        expected = {"accepted": list(range(2500)), delivery: list(range(2500, 5000))}
        expected["not_sent"] = [*expected.get("not_sent", []), *range(5000, 10_000)]
        assert places == expected

    def test_of_many_wrong_entries_the_first_are_told_and_the_others_counted(self) -> None:
        wrong = [{"type": "track", "x": number} for number in range(50_000)]
        start = time.process_time()
        result, bodies = batch(lambda *_: accept(), [*wrong, *events(1), 7, {"type": "nope"}], skipInvalid=True)
        assert time.process_time() - start < 2
        assert len(bodies) == 1
        *refused, more = result.outputs["refused"]
        assert result.outputs["count"] == 1
        assert len(refused) < 100
        first = len(refused)
        assert [entry["index"] for entry in refused] == list(range(first))
        assert more["message"] == f"{50_002 - first:,} more were not accepted: {first}-49999, 50001-50002"
        assert isinstance(result, PartsResult)
        assert result.entries["accepted"] == [50_000]
        assert len(result.entries["not_sent"]) == 50_002

    def test_the_result_tells_where_each_entry_is(self) -> None:
        replies = [accept(), Response(400, {}, b""), accept(), NoAnswer("timeout", sent=True, reason="no answer")]
        entries = [{"type": "nope"}, *events(11_000)]
        result, _ = batch(lambda number, _: replies[number - 1], entries, skipInvalid=True)
        assert isinstance(result, PartsResult)
        assert {name: (len(places), min(places), max(places)) for name, places in result.entries.items()} == {
            "accepted": (5000, 1, 7500), "refused": (2500, 2501, 5000), "unknown": (2500, 7501, 10_000),
            "not_sent": (1001, 0, 11_000),
        }  # fmt: skip
        assert sorted(place for places in result.entries.values() for place in places) == list(range(11_001))
        assert "entries" not in result.to_dict()

    def test_a_wait_that_nobody_has_time_for_ends_the_call_and_loses_nothing(self) -> None:
        def no_time(_pause: Pause) -> None:
            raise NoTime

        hand = HandClock()
        with FaultServer(answer(OK), answer(status=429, headers={"Retry-After": "60"})) as server:
            connector = Connector(SPECS, clock=hand.clock)
            result = connector.run("batch", {"batch": events(5001)}, at(server), on_wait=no_time)
        assert result.error is not None
        assert (result.error.code, result.error.retryable, result.error.retry_after) == ("rate_limited", True, 60)
        assert (result.outputs["count"], result.meta.delivery, hand.slept) == (2500, "refused", [])
        assert isinstance(result, PartsResult)
        assert {name: len(places) for name, places in result.entries.items()} == {
            "accepted": 2500, "refused": 2500, "not_sent": 1,
        }  # fmt: skip

    def test_what_was_skipped_and_what_was_refused_are_one_list_in_order(self) -> None:
        entries = [*events(2500), {"type": "track", "event": "Seen"}, *events(2)]
        result, _ = batch(
            lambda number, _: accept() if number == 1 else Response(503, {}, b""), entries, skipInvalid=True
        )
        assert [(entry["index"], entry["code"]) for entry in result.outputs["refused"]] == [
            (2500, "rule"), (2501, "server_error"), (2502, "server_error"),
        ]  # fmt: skip

    def test_a_retried_part_keeps_its_ids_and_its_entries(self) -> None:
        seen: list[list[Any]] = []

        def reply(number: int, entries: list[Any]) -> Response:
            seen.append(entries)
            return Response(503, {}, b"") if number in (1, 3) else accept()

        result, bodies = batch(reply, events(2501), max_retries=3)
        assert result.outputs == {"count": 2501, "requests": 2, "refused": []}
        assert (seen[0], seen[2]) == (seen[1], seen[3])
        sent_at = [orjson.loads(body)["sentAt"] for body in bodies]
        assert sent_at[0] != sent_at[1]
        assert result.meta.attempts == 4

    def test_a_part_says_when_it_was_sent_itself(self) -> None:
        hand = HandClock()
        replies = [answer(status=429, headers={"Retry-After": "60"}), answer(OK)]
        with FaultServer(*replies) as server:
            assert Connector(SPECS, clock=hand.clock).run("batch", {"batch": events(2501)}, at(server)).ok
        assert [body["sentAt"] for body in server.bodies] == [
            "2026-01-31T12:00:00.000Z", "2026-01-31T12:01:00.000Z", "2026-01-31T12:01:00.000Z",
        ]  # fmt: skip

    def test_the_preview_says_how_many_requests_it_will_be(self) -> None:
        assert quick().plan("batch", {"batch": events(2501)}, {"writeKey": KEY}).sent_as == 2


def test_new_ids_are_random_uuids_of_version_4() -> None:
    ids = {machine_clock().new_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert all(str(uuid.UUID(one)) == one and uuid.UUID(one).version == 4 for one in ids)
    assert {uuid.UUID(one).variant for one in ids} == {uuid.RFC_4122}
