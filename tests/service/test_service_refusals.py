"""Bad requests: each is answered as problem details with place, rule and cure, and nothing is sent."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from faultserver import FaultServer, answer, stalling, then_close
from service_support import EVENT, Running, json_of, raw, status_of, until

from segment_connector.language import yaml_reader as yaml_loader

CASES = yaml_loader.read(Path(__file__).with_name("refusals.yaml"))


@pytest.mark.parametrize("case", CASES, ids=[case["is"] for case in CASES])
def test_a_bad_request_is_told_its_place_rule_and_cure(service: Running, case: dict[str, Any]) -> None:
    text = case.get("text", json.dumps(case["body"]) if "body" in case else None)
    method = case.get("method", "GET" if text is None else "POST")
    headers = {**({} if text is None else {"Content-Type": "application/json"}), **case.get("headers", {})}
    answer = service.session.request(method, service.url + case["path"], data=text, headers=headers, timeout=20)
    told, wanted = answer.json(), case["answer"]
    assert answer.status_code == told["status"] == wanted["status"]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert told["code"] == wanted.get("code", told["code"])
    assert told.get("field") == wanted.get("field", told.get("field"))
    assert wanted.get("hint", "") in told["hint"]
    assert wanted.get("message", "") in told["detail"]
    assert told["title"]
    assert told["type"].endswith(f":{told['code']}")
    assert told["problems"][0]["code"] == told["code"]


def test_a_method_that_is_not_taken_is_told_those_that_are(service: Running) -> None:
    answer = service.session.request("PATCH", f"{service.url}/v1/connections/eu", timeout=10)
    assert answer.headers["Allow"] == "DELETE, GET, HEAD, PUT"


def test_every_problem_is_told_at_once(service: Running) -> None:
    told = service.run("track", {"event": "", "userId": 7, "nope": 1}).json()
    assert {"event", "userId", "nope"} <= {one["field"] for one in told["problems"]}


HEAD = """\
POST /v1/actions/track/run HTTP/1.1
Host: 127.0.0.1
Authorization: Bearer {token}
Content-Type: application/json"""


@pytest.mark.parametrize("path", ["/v1/actions/track/run", "/%761/actions/track/run"])
@pytest.mark.parametrize("how", ["announced", "in pieces"])
def test_a_body_that_is_too_large_is_not_read_to_its_end(service: Running, how: str, path: str) -> None:
    most, sent = service.settings.max_body, 0
    head = HEAD.format(token=service.settings.token).replace("/v1/actions/track/run", path)
    length = "\nContent-Length: 50000000" if how == "announced" else "\nTransfer-Encoding: chunked"
    piece = b"x" * 65536
    chunk = piece if how == "announced" else b"10000\r\n" + piece + b"\r\n"
    with socket.create_connection(service.address, timeout=20) as sock:
        sock.sendall((head + length).replace("\n", "\r\n").encode() + b"\r\n\r\n")
        sock.setblocking(False)
        said = waiting = b""
        while not said and sent < 50_000_000:
            waiting = waiting or chunk
            try:
                gone = sock.send(waiting)
                waiting, sent = waiting[gone:], sent + gone
            except BlockingIOError:
                pass
            except (ConnectionResetError, BrokenPipeError):
                break
            try:
                said = sock.recv(65536)
            except BlockingIOError:
                continue
            except ConnectionResetError:
                break
    assert status_of(said) == 413
    assert json_of(said)["code"] == "too_large"
    assert sent < most + 10_000_000  # what the kernel holds on the way included


def test_a_body_that_breaks_off_leaves_nothing_behind(service: Running) -> None:
    head = HEAD.format(token=service.settings.token) + "\nContent-Length: 100\n\n"
    with socket.create_connection(service.address, timeout=20) as sock:
        sock.sendall(head.replace("\n", "\r\n").encode() + b'{"inputs":')
    assert service.run("track", EVENT).status_code == 200


def test_what_is_no_http_is_refused(service: Running) -> None:
    assert status_of(raw(service, "NONSENSE")) == 400
    assert service.get("/healthz").status_code == 200


def to(server: FaultServer) -> dict[str, Any]:
    return {
        "writeKey": "key-1234",
        "publicToken": "tok-1234",
        "servers": {"tracking": server.url, "public": server.url},
    }


@pytest.mark.parametrize(
    ("action", "reply", "status", "code", "retryable"),
    [
        ("track", answer({"message": "bad"}, 400), 424, "bad_request", False),
        ("track", answer({}, 401), 424, "unauthorized", False),
        ("track", b"<html>proxy</html>".join([answer(b"", 200, length=18), b""]), 424, "unexpected_answer", False),
        ("track", answer({}, 500), 502, "server_error", True),
        ("track", answer({}, 429), 503, "rate_limited", True),
        ("track", then_close(b""), 502, "connection_failed", True),
        # A repeat of what may have been done already could count twice.
        ("create_source", then_close(b""), 424, "connection_failed", False),
        ("create_source", answer({}, 500), 424, "server_error", False),
        ("list_sources", answer({"errors": [{"type": "x", "message": "no"}]}, 404), 424, "not_found", False),
    ],
)
def test_whose_fault_a_failed_call_was_decides_the_status(
    serve: Callable[..., Running], action: str, reply: Any, status: int, code: str, retryable: bool
) -> None:
    from segment_connector import Connector

    service = serve(connector=Connector.load(max_retries=0))
    inputs = {"track": EVENT, "create_source": {"slug": "x", "enabled": True, "metadataId": "m"}, "list_sources": {}}
    with FaultServer(reply) as server:
        answered = service.run(action, inputs[action], to(server))
    told = answered.json()
    assert (answered.status_code, told["code"], told["retryable"]) == (status, code, retryable)
    assert answered.headers["Content-Type"] == "application/problem+json"
    assert told["hint"]
    assert ("check with list_sources before you repeat" in told["hint"]) == (action == "create_source")
    assert told["meta"]["attempts"] == 1
    assert "1234" not in answered.text


def test_a_wait_that_the_service_asks_for_is_passed_on(serve: Callable[..., Running]) -> None:
    from segment_connector import Connector

    service = serve(connector=Connector.load(max_retries=0))
    with FaultServer(answer({}, 429, {"Retry-After": "7"})) as server:
        answered = service.run("track", EVENT, to(server))
    assert (answered.status_code, answered.headers["Retry-After"]) == (503, "7")


def test_a_wait_beyond_the_time_of_the_call_is_not_waited_for(serve: Callable[..., Running]) -> None:
    service = serve(timeout=5)
    with FaultServer(answer({}, 429, {"Retry-After": "100"})) as server:
        answered = service.run("track", EVENT, to(server))
    assert (answered.status_code, answered.headers["Retry-After"]) == (503, "100")
    assert answered.json()["code"] == "out_of_time"
    assert answered.elapsed.total_seconds() < 4


def test_a_server_that_hangs_holds_nobody_longer_than_the_time_of_a_call(serve: Callable[..., Running]) -> None:
    service = serve(timeout=1)
    with FaultServer(stalling()) as server:
        answered = service.run("track", EVENT, to(server))
        told = answered.json()
        assert (answered.status_code, told["code"]) == (504, "timeout")
        assert told["idempotency_key"]
        assert service.run("track", EVENT).status_code == 200  # meanwhile others are served
    # Repeated with the key that it was told, it is the same event.
    with FaultServer() as server:
        again = service.run("track", EVENT, to(server), Idempotency_Key=told["idempotency_key"]).json()
        third = service.run("track", EVENT, to(server), Idempotency_Key=told["idempotency_key"]).json()
    assert again["outputs"]["messageId"] == third["outputs"]["messageId"]


def test_too_many_calls_are_told_to_come_again(serve: Callable[..., Running]) -> None:
    service = serve(threads=1, concurrency=2, timeout=20)
    with FaultServer(stalling()) as server:
        head = HEAD.format(token=service.settings.token)
        body = json.dumps({"inputs": EVENT, "connection": to(server)}).encode()
        request = f"{head}\nContent-Length: {len(body)}\n\n".replace("\n", "\r\n").encode()
        with (
            socket.create_connection(service.address, timeout=20) as one,
            socket.create_connection(service.address, timeout=20) as two,
        ):
            one.sendall(request + body)
            two.sendall(request + body)
            until(lambda: service.backend.metrics.running._value.get() == 2)
            answered = service.run("track", EVENT)
            assert (answered.status_code, answered.json()["code"]) == (503, "busy")
            assert answered.headers["Retry-After"] == "1"
    # Those who waited have gone away, and so has the server: the worker is free again.
    until(lambda: service.backend.metrics.running._value.get() == 0)
    assert service.run("track", EVENT).status_code == 200


def test_health_and_metrics_are_told_while_all_calls_hang(serve: Callable[..., Running]) -> None:
    service = serve(threads=1, concurrency=1, timeout=20)
    with FaultServer(stalling()) as server, calling(service, server):
        until(lambda: bool(server.seen))
        assert service.run("track", EVENT).json()["code"] == "busy"
        assert service.get("/healthz").status_code == 200
        assert "segment_connector_calls_running 1.0" in service.get("/metrics").text


def test_calls_that_never_began_make_room_when_they_are_given_up(serve: Callable[..., Running]) -> None:
    service = serve(threads=1, concurrency=2, timeout=1)
    with FaultServer(stalling()) as server, calling(service, server):
        until(lambda: bool(server.seen))
        for _ in range(3):  # the only thread hangs, so each waits for its turn and does not get it
            answered = service.run("track", EVENT)
            assert (answered.status_code, answered.json()["code"]) == (503, "timeout")
        assert service.backend.metrics.running._value.get() == 1
    until(lambda: service.backend.metrics.running._value.get() == 0)
    assert service.run("track", EVENT).status_code == 200
    assert len(service.backend.sandbox.events()) == 1


@contextmanager
def calling(service: Running, server: FaultServer) -> Iterator[None]:
    """Around it a client waits for the answer to a call."""
    head = HEAD.format(token=service.settings.token)
    body = json.dumps({"inputs": EVENT, "connection": to(server)}).encode()
    with socket.create_connection(service.address, timeout=20) as sock:
        sock.sendall(f"{head}\nContent-Length: {len(body)}\n\n".replace("\n", "\r\n").encode() + body)
        yield


def test_a_client_that_goes_away_takes_its_call_with_it(serve: Callable[..., Running]) -> None:
    service = serve(threads=1, timeout=30)
    with FaultServer(answer({}, 500)) as server:
        body = json.dumps({"inputs": EVENT, "connection": to(server)}).encode()
        head = HEAD.format(token=service.settings.token) + f"\nContent-Length: {len(body)}\n\n"
        with socket.create_connection(service.address, timeout=20) as sock:
            sock.sendall(head.replace("\n", "\r\n").encode() + body)
            until(lambda: len(server.seen) >= 2)
        # Its retries would go on for many seconds; nobody waits for them.
        until(lambda: service.backend.metrics.running._value.get() == 0, 10)
        assert service.run("track", EVENT).status_code == 200


def test_a_mistake_of_the_service_is_told_without_a_trace(
    serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    service = serve()

    def broken(*_: object, **__: object) -> None:
        raise KeyError("s3cret-value")

    monkeypatch.setattr(service.backend, "preview", broken)
    answered = service.post("/v1/actions/track/preview", {"inputs": EVENT, "connection": "sandbox"})
    assert (answered.status_code, answered.json()["code"]) == (500, "internal")
    assert "KeyError at " in caplog.text
    assert "s3cret" not in caplog.text + answered.text
