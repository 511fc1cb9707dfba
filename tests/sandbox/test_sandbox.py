"""The sandbox over real HTTP: what it answers, what it tells, and how it goes wrong on demand."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import gzip
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from faultserver import HandClock, plain_environment

from segment_connector import ConnectionConfigError, Connector, InputError, SpecError
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox
from segment_connector.sandbox.ledger import Event, Ledger

KEY = "sandbox-writeKey"
GOOD = {"event": "Order Completed", "userId": "u-1"}
ENTRY = {"type": "track", **GOOD}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_environment(monkeypatch)


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(Specs()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Iterator[Sandbox]:
    shared.clear()
    yield shared
    shared.clear()


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


Post = Callable[..., requests.Response]


@pytest.fixture
def post(sandbox: Sandbox, http: requests.Session) -> Post:
    """Post to the played API with the right key; ``auth=None`` for none."""

    def send(path: str, body: Any = None, **options: Any) -> requests.Response:
        options.setdefault("auth", (KEY, ""))
        if body is not None:
            options["json"] = body
        return http.post(sandbox.url + "/v1" + path, **options)

    return send


@pytest.fixture
def runner(specs: Specs) -> Iterator[Connector]:
    """The real connector; it waits for nothing between tries."""
    connector = Connector(specs, clock=HandClock(dt.datetime.now(dt.timezone.utc)).clock)
    yield connector
    connector.caller.send.close()


def told(sandbox: Sandbox, *names: str) -> list[Any]:
    """One member, or a tuple of several, of each event."""
    rows = [tuple(event[name] for name in names) for event in sandbox.events()]
    return [row[0] for row in rows] if len(names) == 1 else rows


# -- what a call leaves behind -------------------------------------------------------------------------------------


def test_a_call_arrives_as_it_was_sent(sandbox: Sandbox, runner: Connector) -> None:
    result = runner.run("track", {**GOOD, "properties": {"revenue": 14.99}}, sandbox.connection)
    (event,) = sandbox.events()
    assert result.ok
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event.pop("receivedAt"))
    sent_at = event["body"].pop("sentAt")
    assert event == {
        "number": event["number"],
        "api": "tracking",
        "action": "track",
        "status": "accepted",
        "code": None,
        "reason": None,
        "hint": None,
        "field": None,
        "id": result.meta.message_ids[0],
        "retryCount": 0,
        "path": "/v1/track",
        "body": {
            **GOOD,
            "properties": {"revenue": 14.99},
            "timestamp": sent_at,
            "messageId": result.outputs["messageId"],
        },
    }


def test_environment_variables_make_the_same_connection(sandbox: Sandbox, runner: Connector) -> None:
    assert runner.connection_from_environment(sandbox.environment) == sandbox.connection
    assert sandbox.connection == {
        "writeKey": KEY,
        "publicToken": "sandbox-publicToken",
        "profileToken": "sandbox-profileToken",
        "spaceId": "spa_2b7QjFxgiGo2xyKRnKxV3zFNaMc",
        "servers": {
            "tracking": f"{sandbox.url}/v1",
            "public": f"{sandbox.url}/public",
            "profiles": f"{sandbox.url}/profiles/v1",
            "oauth": f"{sandbox.url}/oauth",
        },
    }


@pytest.mark.parametrize("name", ["identify", "track", "page", "screen", "group", "alias", "batch"])
def test_every_example_of_an_action_is_accepted(sandbox: Sandbox, runner: Connector, name: str) -> None:
    for example in runner.actions[name].examples:
        sandbox.clear()
        assert runner.run(name, example.input, sandbox.connection).ok
        assert set(told(sandbox, "status")) == {"accepted"}


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (GOOD, "accepted", None, None),
        ({"event": "A", "anonymousId": "a-1"}, "accepted", None, None),
        # Members that are empty or the sender's own are no reason to drop an event.
        ({**GOOD, "anonymousId": None, "context": None}, "accepted", None, None),
        ({**GOOD, "type": "track", "_metadata": {"x": 1}, "sentAt": "2026-01-31T12:00:00Z"}, "accepted", None, None),
        ({**GOOD, "propertes": {}}, "accepted", "unknown", "propertes"),
        ({"event": "A"}, "dropped", "rule", "userId"),
        ({"event": "A", "userId": None}, "dropped", "rule", "userId"),
        ({"userId": "u-1"}, "dropped", "required", "event"),
        ({"event": "", "userId": "u-1"}, "dropped", "minLength", "event"),
        ({"event": "A", "userId": 42}, "dropped", "type", "userId"),
        ({**GOOD, "timestamp": "yesterday"}, "dropped", "format", "timestamp"),
        ({**GOOD, "messageId": "m" * 100}, "dropped", "maxLength", "messageId"),
        ({**GOOD, "context": {"ip": 7}}, "dropped", "type", "context.ip"),
    ],
)
def test_an_event_is_judged_in_silence(
    sandbox: Sandbox, post: Post, body: dict[str, Any], status: str, code: str | None, field: str | None
) -> None:
    answer = post("/track", body)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert told(sandbox, "status", "code", "field") == [(status, code, field)]


def test_a_dropped_event_says_why_and_how_to_mend_it(sandbox: Sandbox, post: Post, specs: Specs) -> None:
    post("/track", {"event": "A"})
    rule = specs.action("track").rules[0]
    assert told(sandbox, "reason", "hint", "body") == [(rule.message, rule.hint, {"event": "A"})]


def test_the_count_of_retries_is_told(sandbox: Sandbox, post: Post) -> None:
    for count in ("3", "x", "9" * 30):
        post("/track", GOOD, headers={"X-Retry-Count": count})
    assert told(sandbox, "retryCount") == [3, 0, 0]


# -- the same id twice ---------------------------------------------------------------------------------------------


def test_an_id_counts_once(sandbox: Sandbox, post: Post) -> None:
    for _ in range(2):
        post("/track", {**GOOD, "messageId": "m-1"})
    post("/page", {"userId": "u-1", "messageId": "m-1"})
    first, *others = sandbox.events()
    assert first["status"] == "accepted"
    assert [(event["status"], event["code"], event["field"]) for event in others] == [
        ("duplicate", "duplicate", "messageId")
    ] * 2
    assert str(first["number"]) in others[0]["reason"]


def test_an_event_that_was_dropped_does_not_use_up_its_id(sandbox: Sandbox, post: Post) -> None:
    post("/track", {"event": "A", "messageId": "m-1"})
    post("/track", {**GOOD, "messageId": "m-1"}, auth=("wrong", ""))
    post("/track", {**GOOD, "messageId": "m-1"})
    assert told(sandbox, "status") == ["dropped", "dropped", "accepted"]


def test_events_without_an_id_are_never_duplicates(sandbox: Sandbox, post: Post) -> None:
    for _ in range(2):
        post("/track", GOOD)
    assert told(sandbox, "status", "id") == [("accepted", None)] * 2


def test_clearing_forgets_events_and_ids_but_no_number_is_given_again(sandbox: Sandbox, post: Post) -> None:
    post("/track", {**GOOD, "messageId": "m-1"})
    (before,) = told(sandbox, "number")
    sandbox.clear()
    post("/track", {**GOOD, "messageId": "m-1"})
    assert told(sandbox, "number", "status") == [(before + 1, "accepted")]


# -- credentials ---------------------------------------------------------------------------------------------------


def _basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "members", "code"),
    [
        (_basic(f"{KEY}:"), {}, None),
        (_basic(KEY), {}, None),
        (f"basic {_basic(KEY + ':x')[6:]}", {}, None),
        (None, {"writeKey": KEY}, None),
        (_basic(f"{KEY}:"), {"writeKey": KEY}, None),
        (None, {}, "missing_credential"),
        (None, {"writeKey": "wrong"}, "wrong_credential"),
        (None, {"writeKey": 7}, "wrong_credential"),
        (_basic(f"{KEY}:"), {"writeKey": "wrong"}, "wrong_credential"),
        (_basic("wrong:"), {"writeKey": KEY}, "wrong_credential"),
        (_basic(":"), {}, "wrong_credential"),
        ("Basic !!!", {}, "wrong_credential"),
        ("Basic", {}, "wrong_credential"),
        ("Digest x", {}, "missing_credential"),
        ("Bearer nope", {"writeKey": KEY}, "wrong_credential"),
        (f"Bearer {KEY}", {}, "wrong_credential"),
    ],
)
def test_the_answer_is_good_whatever_the_credential(
    sandbox: Sandbox, post: Post, authorization: str | None, members: dict[str, Any], code: str | None
) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = post("/track", {**GOOD, **members}, headers=headers, auth=lambda request: request)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert told(sandbox, "status", "code") == [("dropped" if code else "accepted", code)]


def test_the_connector_signs_in_every_way_that_is_right(sandbox: Sandbox, runner: Connector) -> None:
    for more in ({}, {"writeKeyInBody": True}):
        runner.run("track", GOOD, {**sandbox.connection, **more})
        runner.run("track", GOOD, {**sandbox.connection, **more, "writeKey": "the-wrong-one"})
    assert told(sandbox, "status") == ["accepted", "dropped"] * 2


def test_no_credential_is_ever_shown(sandbox: Sandbox, post: Post, http: requests.Session) -> None:
    post("/track", {**GOOD, "writeKey": "some-real-key"}, auth=("another-real-key", ""))
    post("/batch", {"batch": [{**ENTRY, "writeKey": KEY, "properties": {"note": f"my key is {KEY}!"}}]})
    post("/track", {**GOOD, "timestamp": f"at {KEY}"})
    shown = http.get(sandbox.url + "/events").text
    assert [secret for secret in ("some-real-key", "another-real-key", KEY) if secret in shown] == []
    assert told(sandbox, "body")[1]["properties"] == {"note": "my key is ********!"}


def test_another_credential_can_be_the_right_one(specs: Specs, http: requests.Session) -> None:
    with Sandbox(specs, credentials={"writeKey": "abc-def"}) as sandbox:
        for key in ("abc-def", KEY):
            http.post(f"{sandbox.url}/v1/track", json=GOOD, auth=(key, ""))
        assert told(sandbox, "status") == ["accepted", "dropped"]
        assert sandbox.environment["SEGMENT_WRITE_KEY"] == "abc-def"
        assert "abc-def" not in http.get(sandbox.url).text


def test_a_credential_that_signs_nothing_is_refused(specs: Specs) -> None:
    with pytest.raises(ConnectionConfigError, match="did you mean 'writeKey'"):
        Sandbox(specs, credentials={"writekey": "abc"})


# -- lists of events -----------------------------------------------------------------------------------------------


def test_each_entry_of_a_list_is_an_event(sandbox: Sandbox, post: Post) -> None:
    entries = [
        ENTRY,
        {"type": "page", "anonymousId": "a-1"},
        {"type": "track", "event": "A"},
        {"type": "trak"},
        GOOD,
        7,
    ]
    answer = post("/batch", {"batch": entries, "sentAt": "2026-01-31T12:00:00Z", "writeKey": KEY})
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert told(sandbox, "action", "status", "field", "path") == [
        ("track", "accepted", None, "/v1/batch"),
        ("page", "accepted", None, "/v1/batch"),
        ("track", "dropped", "batch.2.userId", "/v1/batch"),
        ("batch", "dropped", "batch.3.type", "/v1/batch"),
        ("batch", "dropped", "batch.4.type", "/v1/batch"),
        ("batch", "dropped", "batch.5", "/v1/batch"),
    ]
    assert sandbox.events()[3]["hint"] == "did you mean 'track'?"


def test_what_all_entries_share_is_merged_into_each(sandbox: Sandbox, post: Post) -> None:
    shared = {"context": {"ip": "203.0.113.7", "locale": "pl"}, "integrations": {"All": False}}
    post("/batch", {"batch": [{**ENTRY, "context": {"locale": "en"}}, ENTRY], **shared})
    assert told(sandbox, "body") == [
        {**ENTRY, "context": {"ip": "203.0.113.7", "locale": "en"}, "integrations": {"All": False}},
        {**ENTRY, **shared},
    ]


def test_a_wrong_shared_member_drops_each_entry(sandbox: Sandbox, post: Post) -> None:
    post("/batch", {"batch": [ENTRY, ENTRY], "context": "here"})
    assert told(sandbox, "status", "field") == [("dropped", "batch.0.context"), ("dropped", "batch.1.context")]


def test_too_many_entries_are_all_dropped(sandbox: Sandbox, post: Post) -> None:
    post("/batch", {"batch": [{"type": "track"}] * 2501})
    assert set(told(sandbox, "status", "code", "reason")) == {
        ("dropped", "too_many", "the request has 2,501 entries; at most 2,500 are allowed")
    }
    assert len(sandbox.events()) == 2501


def test_an_entry_that_is_too_large_is_dropped_alone(sandbox: Sandbox, post: Post) -> None:
    post("/batch", {"batch": [{**ENTRY, "properties": {"x": "x" * 32768}}, ENTRY]})
    assert told(sandbox, "status", "code") == [("dropped", "too_large"), ("accepted", None)]


def test_two_entries_under_one_id_count_once(sandbox: Sandbox, post: Post) -> None:
    post("/batch", {"batch": [{**ENTRY, "messageId": "m-1"}] * 2})
    assert told(sandbox, "status", "id") == [("accepted", "m-1"), ("duplicate", "m-1")]


def test_a_wrong_key_drops_every_entry(sandbox: Sandbox, post: Post) -> None:
    post("/batch", {"batch": [ENTRY, {"type": "trak"}]}, auth=("wrong", ""))
    assert told(sandbox, "code") == ["wrong_credential"] * 2


@pytest.mark.parametrize("batch", [None, [], "x", {"type": "track"}])
def test_a_list_that_is_none_is_dropped_whole(sandbox: Sandbox, post: Post, batch: Any) -> None:
    assert post("/batch", {"batch": batch}).status_code == 200
    assert told(sandbox, "action", "status", "field") == [("batch", "dropped", "batch")]


def test_a_long_list_of_the_connector_arrives_whole(sandbox: Sandbox, runner: Connector) -> None:
    entries = [{**ENTRY, "properties": {"number": number}} for number in range(2600)]
    result = runner.run("batch", {"batch": entries}, sandbox.connection)
    assert (result.outputs["count"], result.outputs["requests"]) == (2600, 2)
    assert [event["body"]["properties"]["number"] for event in sandbox.events("accepted")] == list(range(2600))


# -- what is refused aloud -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "content", "code"),
    [
        ("/track", b"{", "json"),
        ("/track", b"", "json"),
        ("/track", b'{"event": NaN}', "json"),
        ("/track", b'{"event": "\xff"}', "json"),
        ("/track", b"[]", "json"),
        ("/track", b'{"a":' * 150 + b"1" + b"}" * 150, "depth"),
        ("/track", b'{"a":' * 900 + b"1" + b"}" * 900, "depth"),
        ("/track", json.dumps({**GOOD, "properties": {"x": "x" * 32768}}).encode(), "too_large"),
        ("/batch", json.dumps({"batch": [], "x": "x" * 500_000}).encode(), "too_large"),
    ],
)
def test_a_body_that_cannot_be_taken_is_refused(
    sandbox: Sandbox, post: Post, path: str, content: bytes, code: str
) -> None:
    answer = post(path, data=content)
    said = answer.json()
    assert (answer.status_code, said["success"], said["code"]) == (400, False, code)
    assert told(sandbox, "status", "code", "reason", "body") == [("dropped", code, said["message"], None)]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/nothing"), ("POST", "/track/"), ("GET", "/track"), ("GET", ""), ("GET", "/")]
)
def test_an_unknown_path_is_not_found(sandbox: Sandbox, http: requests.Session, method: str, path: str) -> None:
    answer = http.request(method, sandbox.url + "/v1" + path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert sandbox.events() == []


def test_a_wrong_method_is_told_the_right_one(sandbox: Sandbox, http: requests.Session) -> None:
    assert http.get(sandbox.url + "/v1/track").json()["message"] == "nothing answers to GET here, only to POST"


def test_the_connector_reads_a_refusal(sandbox: Sandbox, runner: Connector) -> None:
    sandbox.fault(status=400)
    result = runner.run("track", GOOD, sandbox.connection)
    assert (result.error.code, result.error.status) == ("bad_request", 400)
    assert result.error.message.endswith("the sandbox was asked to answer 400")


# -- faults --------------------------------------------------------------------------------------------------------


def test_a_status_is_answered_as_often_as_asked(sandbox: Sandbox, post: Post) -> None:
    sandbox.fault(status=503, times=2)
    answers = [post("/track", GOOD) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].json() == {"success": False, "code": "fault", "message": "the sandbox was asked to answer 503"}
    assert told(sandbox, "status") == ["accepted"]


def test_a_retried_call_arrives_once(sandbox: Sandbox, runner: Connector) -> None:
    sandbox.fault(status=429, retryAfter=7, times=2)
    result = runner.run("track", GOOD, sandbox.connection)
    assert (result.ok, result.meta.attempts, result.meta.waited) == (True, 3, 14)
    assert told(sandbox, "status", "retryCount") == [("accepted", 2)]


def test_an_answer_that_is_lost_makes_a_duplicate_of_the_retry(sandbox: Sandbox, runner: Connector) -> None:
    sandbox.fault(reset=True, deliver=True)
    assert runner.run("track", GOOD, sandbox.connection).meta.attempts == 2
    assert told(sandbox, "status", "retryCount") == [("accepted", 0), ("duplicate", 1)]


@pytest.mark.parametrize(
    ("fault", "status", "headers", "text"),
    [
        (
            {"status": 418, "body": "short and stout"},
            418,
            {"Content-Type": "text/plain; charset=utf-8"},
            "short and stout",
        ),
        ({"body": {"success": False}}, 200, {"Content-Type": "application/json"}, '{"success":false}'),
        ({"body": "<html>", "contentType": "text/html"}, 200, {"Content-Type": "text/html"}, "<html>"),
        ({"body": ""}, 200, {"Content-Length": "0"}, ""),
        ({"status": 204}, 204, {}, ""),
        ({"status": 302, "headers": {"Location": "/v1/page"}}, 302, {"Location": "/v1/page"}, ""),
        ({"retryAfter": 1.5}, 200, {"Retry-After": "1.5"}, '{"success":true}'),
        ({"retryAfter": "Fri, 31 Jan 2026 12:00:00 GMT"}, 200, {"Retry-After": "Fri, 31 Jan 2026 12:00:00 GMT"}, None),
        ({"status": 599}, 599, {}, None),
    ],
)
def test_every_part_of_an_answer_can_be_replaced(
    sandbox: Sandbox, post: Post, fault: dict[str, Any], status: int, headers: dict[str, str], text: str | None
) -> None:
    sandbox.fault(**fault)
    answer = post("/track", GOOD, allow_redirects=False)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in headers} == headers
    assert text is None or answer.text == text


def test_a_late_answer_is_still_the_real_one(sandbox: Sandbox, post: Post) -> None:
    sandbox.fault(delay=0.1)
    began = time.monotonic()
    assert post("/track", GOOD).json() == {"success": True}
    assert time.monotonic() - began >= 0.1
    assert told(sandbox, "status") == ["accepted"]


def test_an_answer_can_stall(sandbox: Sandbox, post: Post) -> None:
    sandbox.fault(stall=5)
    with pytest.raises(requests.ConnectionError, match="Read timed out"):
        post("/track", GOOD, timeout=0.1)
    assert told(sandbox, "status") == ["accepted"]


def test_an_answer_that_stalled_goes_on(sandbox: Sandbox, post: Post) -> None:
    sandbox.fault(stall=0.05)
    assert post("/track", GOOD).json() == {"success": True}


def test_a_connection_can_be_reset(sandbox: Sandbox, post: Post) -> None:
    sandbox.fault(reset=True)
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        post("/track", GOOD)
    assert sandbox.events() == []
    assert post("/track", GOOD).status_code == 200


def test_an_answer_can_break_off(sandbox: Sandbox, post: Post) -> None:
    sandbox.fault(truncate=True)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        post("/track", GOOD)


def test_an_answer_can_break_off_by_a_reset(sandbox: Sandbox) -> None:
    sandbox.fault(truncate=True, reset=True, status=500)
    with _connected(sandbox) as talk:
        head = talk(_request("/v1/track", b"{}"))
        assert head.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
        with pytest.raises(ConnectionResetError):
            talk(b"")


def test_even_the_head_of_an_answer_can_break_off(sandbox: Sandbox) -> None:
    sandbox.fault(truncate=True, body="")
    with _connected(sandbox) as talk:
        assert b"\r\n\r\n" not in talk(_request("/v1/track", b"{}"))


def test_a_connection_can_end_between_two_requests(sandbox: Sandbox) -> None:
    sandbox.fault(close=True)
    with _connected(sandbox) as talk:
        answer = talk(_request("/v1/track", b"{}"))
        assert b"HTTP/1.1 200 OK" in answer
        assert b"Connection: close" not in answer
        assert talk(b"") == b""


def test_a_fault_waits_for_its_path(sandbox: Sandbox, post: Post) -> None:
    sandbox.fault(status=500, path="/v1/page")
    sandbox.fault(status=501)
    assert [post(path, GOOD).status_code for path in ("/track", "/track", "/page", "/page")] == [501, 200, 500, 200]


def test_faults_are_listed_until_they_are_used_up_or_cleared(
    sandbox: Sandbox, post: Post, http: requests.Session
) -> None:
    url = sandbox.url + "/faults"
    asked = http.post(url, json={"status": 429, "retryAfter": 0, "times": 3})
    assert (asked.status_code, asked.json()) == (201, {"status": 429, "retryAfter": 0, "times": 3})
    assert post("/track", GOOD).headers["Retry-After"] == "0"
    assert http.get(url).json() == {"faults": [{"status": 429, "retryAfter": 0, "times": 2}]}
    assert http.delete(url).json() == {"cleared": 1}
    assert post("/track", GOOD).status_code == 200


def test_a_fault_does_not_touch_the_sandbox_itself(sandbox: Sandbox, http: requests.Session) -> None:
    sandbox.fault(status=500)
    assert http.get(sandbox.url + "/healthz").json() == {"ok": True}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({}, "status: the fault does nothing"),
        ({"path": "/v1"}, "status: the fault does nothing"),
        ({"status": 99}, "status: must be at least 200"),
        ({"status": "503"}, "status: must be a whole number"),
        (
            {"status": 503, "retry_after": 1},
            r"retry_after: there is no such property of a fault \(did you mean 'retryAfter'\?\)",
        ),
        ({"retryAfter": "1\r\nX: y"}, "retryAfter: does not match"),
        ({"retryAfter": -1}, "retryAfter: must be at least 0"),
        ({"headers": {"X\n": "y"}}, "headers"),
        ({"status": 500, "times": 0}, "times: must be at least 1"),
        ({"delay": float("nan")}, "delay: is not a finite number"),
    ],
)
def test_a_fault_that_means_nothing_is_refused(sandbox: Sandbox, fault: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        sandbox.fault(**fault)


def test_a_wrong_fault_is_refused_over_http_with_the_cure(sandbox: Sandbox, http: requests.Session) -> None:
    answer = http.post(sandbox.url + "/faults", json={"retry_after": 1})
    assert answer.status_code == 400
    assert answer.json()["error"]["hint"] == "did you mean 'retryAfter'?"
    assert http.post(sandbox.url + "/faults", data=b"{").json()["error"]["code"] == "json"


# -- what the sandbox tells over HTTP ------------------------------------------------------------------------------


def test_events_are_read_page_by_page(sandbox: Sandbox, post: Post, http: requests.Session) -> None:
    for number in range(5):
        post("/track", {"event": str(number), **({"userId": "u"} if number % 2 else {})})
    first = sandbox.events()[0]["number"]

    def page(**query: Any) -> tuple[list[str], int]:
        read = http.get(sandbox.url + "/events", params=query).json()
        return [event["body"]["event"] for event in read["events"]], read["next"] - first + 1

    assert page() == (["0", "1", "2", "3", "4"], 5)
    assert page(limit=2) == (["0", "1"], 2)
    assert page(since=first + 1, limit=2) == (["2", "3"], 4)
    assert page(since=first + 4) == ([], 5)
    assert page(since=first + 40) == ([], 5)
    assert page(status="accepted") == (["1", "3"], 5)
    assert page(status="dropped", limit=2) == (["0", "2"], 3)
    assert page(status="dropped", limit=3) == (["0", "2", "4"], 5)


def test_a_reader_can_wait_for_the_next_event(sandbox: Sandbox, post: Post) -> None:
    found: list[Any] = []

    def read() -> None:
        found.append(requests.get(sandbox.url + "/events", params={"since": last, "wait": 10}, timeout=20).json())

    post("/track", GOOD)
    last = sandbox.events()[-1]["number"]
    reader = threading.Thread(target=read)
    reader.start()
    time.sleep(0.05)
    post("/track", {**GOOD, "messageId": "the-next"})
    reader.join(5)
    assert [event["id"] for event in found[0]["events"]] == ["the-next"]


@pytest.mark.parametrize(
    ("query", "field", "hint"),
    [
        ("state=dropped", "state", "did you mean 'status'?"),
        ("status=droped", "status", "did you mean 'dropped'?"),
        ("since=-1", "since", None),
        ("since=1x", "since", None),
        ("limit=0", "limit", None),
        ("limit=1e3000", "limit", None),
        ("since=", "since", None),
    ],
)
def test_a_wrong_question_is_refused(
    sandbox: Sandbox, http: requests.Session, query: str, field: str, hint: str | None
) -> None:
    answer = http.get(f"{sandbox.url}/events?{query}")
    error = answer.json()["error"]
    assert (answer.status_code, error["field"], error.get("hint")) == (400, field, hint)


def test_events_can_be_cleared_over_http(sandbox: Sandbox, post: Post, http: requests.Session) -> None:
    post("/track", GOOD)
    assert http.delete(sandbox.url + "/events").json() == {"cleared": 1}
    assert sandbox.events() == []


def test_the_index_tells_where_everything_is(sandbox: Sandbox, http: requests.Session) -> None:
    url = sandbox.url
    assert http.get(url).json() == {
        "name": "segment sandbox",
        "apis": {
            "tracking": {"title": "Tracking API", "url": f"{url}/v1", "answers": "always"},
            "public": {"title": "Public API", "url": f"{url}/public", "answers": "strictly"},
            "profiles": {"title": "Profile API", "url": f"{url}/profiles/v1", "answers": "strictly"},
            "oauth": {"title": "OAuth token server", "url": f"{url}/oauth", "answers": "tokens"},
        },
        "environment": {
            "SEGMENT_SPACE_ID": "spa_2b7QjFxgiGo2xyKRnKxV3zFNaMc",
            "SEGMENT_WRITE_KEY": KEY,
            "SEGMENT_PUBLIC_TOKEN": "sandbox-publicToken",
            "SEGMENT_PROFILE_TOKEN": "sandbox-profileToken",
            "SEGMENT_TRACKING_URL": f"{url}/v1",
            "SEGMENT_PUBLIC_URL": f"{url}/public",
            "SEGMENT_PROFILES_URL": f"{url}/profiles/v1",
            "SEGMENT_OAUTH_URL": f"{url}/oauth",
        },
        "events": f"{url}/events",
        "faults": f"{url}/faults",
        "state": f"{url}/state",
        "deliveries": f"{url}/deliveries",
        "scenes": f"{url}/scenes",
    }


def test_a_path_of_nobody_is_not_found(sandbox: Sandbox, http: requests.Session) -> None:
    answer = http.post(sandbox.url + "/v2/track", json=GOOD)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_the_oldest_events_make_room_for_new_ones() -> None:
    def event(name: str) -> Event:
        return Event("2026-01-31T12:00:00Z", "api", "act", "accepted", None, name, "id", 0, "/", b'"0123456789"')

    few, small = Ledger(most_events=3), Ledger(most_bytes=30)
    for ledger in (few, small):
        ledger.record(event(name) for name in "abcde")
    assert [one.id for one in few.page()[0]] == ["c", "d", "e"]
    assert [one.id for one in small.page()[0]] == ["d", "e"]
    few.record([event("e"), event("a")])
    assert [(one.id, one.status, one.number) for one in few.page(since=5)[0]] == [
        ("e", "duplicate", 6),
        ("a", "accepted", 7),
    ]


def test_events_of_many_senders_are_numbered_without_gaps(sandbox: Sandbox, specs: Specs) -> None:
    connector = Connector(specs)

    def send() -> None:
        for _ in range(20):
            connector.run("track", GOOD, sandbox.connection)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connector.caller.send.close()
    numbers = told(sandbox, "number")
    assert numbers == list(range(numbers[0], numbers[0] + 160))


# -- HTTP itself ---------------------------------------------------------------------------------------------------


def _request(
    path: str = "/v1/track", body: bytes = b"", method: str = "POST", host: str | None = "127.0.0.1", **headers: str
) -> bytes:
    given = {"Host": host, "Content-Length": str(len(body))} if host else {"Content-Length": str(len(body))}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items() if value)]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextlib.contextmanager
def _connected(sandbox: Sandbox) -> Iterator[Callable[[bytes], bytes]]:
    """A plain socket: send some bytes, get what comes back at first."""
    with socket.create_connection(("127.0.0.1", int(sandbox.url.rpartition(":")[2])), timeout=5) as sock:

        def talk(data: bytes) -> bytes:
            sock.sendall(data)
            return sock.recv(1 << 20)

        yield talk


def test_a_connection_serves_many_requests(sandbox: Sandbox) -> None:
    with _connected(sandbox) as talk:
        for _ in range(3):
            assert talk(_request(body=json.dumps(GOOD).encode())).startswith(b"HTTP/1.1 200 OK\r\n")
        assert talk(_request("/healthz", method="HEAD")).endswith(b"\r\n\r\n")
        assert talk(_request("/healthz", method="GET")).endswith(b'{"ok":true}')
    assert len(sandbox.events()) == 3


def test_a_client_of_http_1_0_gets_its_answer_and_the_end(sandbox: Sandbox) -> None:
    with _connected(sandbox) as talk:
        answer = talk(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert b"\r\nConnection: close\r\n" in answer
        assert talk(b"") == b""


def test_every_answer_has_a_date(sandbox: Sandbox, http: requests.Session) -> None:
    for path in ("/", "/v1/track", "/oauth/token", "/nowhere"):
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", http.get(sandbox.url + path).headers["Date"])


def test_a_packed_body_is_unpacked(sandbox: Sandbox, post: Post) -> None:
    packed = gzip.compress(json.dumps(GOOD).encode())
    assert post("/track", data=packed, headers={"Content-Encoding": "gzip"}).status_code == 200
    assert told(sandbox, "status", "body") == [("accepted", GOOD)]


def test_the_limits_are_those_of_the_unpacked_body(sandbox: Sandbox, post: Post) -> None:
    packed = gzip.compress(json.dumps({**GOOD, "properties": {"x": "x" * 40_000}}).encode())
    assert post("/track", data=packed, headers={"Content-Encoding": "gzip"}).status_code == 400
    assert told(sandbox, "code") == ["too_large"]


@pytest.mark.parametrize(
    ("content", "encoding", "status"),
    [
        (b"no gzip", "gzip", 400),
        (gzip.compress(b"{}")[:-5], "gzip", 400),
        (gzip.compress(bytes(30 << 20)), "gzip", 413),
        (b"{}", "br", 415),
        (b"{}", "identity", 200),
    ],
    ids=["no gzip", "cut off", "a bomb", "unknown", "identity"],
)
def test_a_body_that_cannot_be_unpacked_is_refused(post: Post, content: bytes, encoding: str, status: int) -> None:
    assert post("/track", data=content, headers={"Content-Encoding": encoding}).status_code == status


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:80", "localhost:8765", "my.localhost", "[::1]:1", "127.9.9.9"]
)
def test_names_of_this_machine_are_welcome(sandbox: Sandbox, host: str) -> None:
    with _connected(sandbox) as talk:
        assert b" 200 OK" in talk(_request("/healthz", method="GET", host=host))


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8765",
        "localhost.evil.example",
        "[",
        "",
        None,
        "10.0.0.1",
        "evil.com@localhost",
        "localhost:abc",
    ],
)
def test_a_web_page_cannot_reach_it_by_a_name_of_its_own(sandbox: Sandbox, host: str | None) -> None:
    with _connected(sandbox) as talk:
        answer = talk(_request("/events", method="GET", host=host))
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b'"code":"host"' in answer


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://evil.example", 403),
        ("null", 403),
        ("ftp://localhost", 403),
        ("http://evil.com@localhost", 403),
        ("http://localhost:3000", 201),
    ],
)
def test_a_web_page_cannot_ask_for_faults(sandbox: Sandbox, http: requests.Session, origin: str, status: int) -> None:
    answer = http.post(sandbox.url + "/faults", json={"status": 500}, headers={"Origin": origin})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Length": ""}, 411),
        ({"Content_Length": "", "Transfer_Encoding": "chunked"}, 411),
        ({"Transfer_Encoding": "chunked"}, 400),
        ({"Content_Length": "-1"}, 400),
        ({"Content_Length": "+1"}, 400),
        ({"Content_Length": "1, 1"}, 400),
        ({"content_length": "7"}, 400),
        ({"Content_Length": "20971521"}, 413),
        ({"Content_Length": "9" * 99}, 413),
    ],
)
def test_a_length_that_is_not_clear_is_refused(sandbox: Sandbox, headers: dict[str, str], status: int) -> None:
    with _connected(sandbox) as talk:
        answer = talk(_request(**headers))
        assert answer.startswith(f"HTTP/1.1 {status} ".encode())
        assert b"\r\nConnection: close\r\n" in answer


def test_a_client_sees_that_its_body_is_too_large(post: Post) -> None:
    assert post("/track", data=bytes((20 << 20) + 1)).status_code == 413


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"what?\r\n\r\n", 400), (b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", 501), (b"GET / HTTP/9\r\n", 400)],
)
def test_what_is_no_http_is_answered_in_json(sandbox: Sandbox, data: bytes, status: int) -> None:
    with _connected(sandbox) as talk:
        answer = talk(data)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert json.loads(body)["error"]["code"] == "request"


def test_it_is_quiet_about_clients_that_go_away(
    sandbox: Sandbox, post: Post, capfd: pytest.CaptureFixture[str]
) -> None:
    sandbox.fault(delay=0.1, body="x" * (8 << 20))
    port = int(sandbox.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(_request(body=b"{}")[:-1])
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(1) == b""
    for data in (b"POST /v1", _request(body=b"{}")[:-1], _request(body=b"{}")):
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.sendall(data)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    time.sleep(0.2)
    assert post("/track", GOOD).status_code == 200
    assert capfd.readouterr() == ("", "")


def test_it_says_so_when_it_fails_itself(
    specs: Specs, monkeypatch: pytest.MonkeyPatch, http: requests.Session, capfd: pytest.CaptureFixture[str]
) -> None:
    with Sandbox(specs) as sandbox:
        monkeypatch.setattr(Ledger, "clear", lambda _: 1 / 0)
        answer = http.delete(sandbox.url + "/events")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "sandbox")
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_closing_ends_connections_and_waits(specs: Specs) -> None:
    with Sandbox(specs) as sandbox, contextlib.ExitStack() as stack:
        idle = stack.enter_context(_connected(sandbox))
        idle(_request("/healthz", method="GET"))
        sandbox.fault(delay=60)
        late = stack.enter_context(socket.create_connection(("127.0.0.1", int(sandbox.url.rpartition(":")[2]))))
        late.sendall(_request(body=b"{}"))
        time.sleep(0.05)
        began = time.monotonic()
        sandbox.close()
        assert time.monotonic() - began < 1
        assert idle(b"") == b""


def test_a_taken_port_is_an_error(sandbox: Sandbox, specs: Specs) -> None:
    with pytest.raises(OSError, match="in use"):
        Sandbox(specs, int(sandbox.url.rpartition(":")[2]))


def test_a_sandbox_that_never_served_can_be_closed(specs: Specs) -> None:
    Sandbox(specs).close()


# -- OAuth ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def private_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode()


def _oauth(sandbox: Sandbox, private_key: str, **more: str) -> dict[str, Any]:
    return {**sandbox.connection, "oauth": {"clientId": "c", "keyId": "k", "privateKey": private_key, **more}}


def test_a_token_is_fetched_once_and_signs_every_call(sandbox: Sandbox, runner: Connector, private_key: str) -> None:
    sandbox.fault(status=500, times=1, path="/oauth")
    for _ in range(2):
        assert runner.run("track", GOOD, _oauth(sandbox, private_key)).ok
    assert told(sandbox, "status", "body")[0] == ("accepted", {**sandbox.events()[0]["body"], "writeKey": "********"})
    assert told(sandbox, "status") == ["accepted", "accepted"]


def test_a_clock_that_is_wrong_is_set_by_the_server(specs: Specs, private_key: str) -> None:
    ours, theirs = HandClock(), HandClock(HandClock().instant + dt.timedelta(hours=3))
    with Sandbox(specs, clock=theirs.clock) as sandbox:
        connector = Connector(specs, clock=ours.clock)
        assert connector.run("track", GOOD, _oauth(sandbox, private_key)).ok
        connector.caller.send.close()
        assert told(sandbox, "status") == ["accepted"]


def test_a_token_that_has_expired_drops_the_event(specs: Specs, http: requests.Session) -> None:
    hand = HandClock()
    with Sandbox(specs, clock=hand.clock) as sandbox:
        token = _token(http, sandbox, _assertion(sandbox, hand.instant)).json()["access_token"]
        for seconds in (86399, 1):
            hand.pass_(seconds)
            http.post(
                f"{sandbox.url}/v1/track",
                json={**GOOD, "writeKey": KEY},
                headers={"Authorization": f"Bearer {token}"},
            )
        http.post(f"{sandbox.url}/v1/track", json=GOOD, headers={"Authorization": f"Bearer {token}"})
        assert told(sandbox, "code") == [None, "expired_credential", "expired_credential"]


def test_a_token_does_not_replace_the_key_in_the_body(sandbox: Sandbox, http: requests.Session) -> None:
    token = _token(http, sandbox, _assertion(sandbox)).json()["access_token"]
    http.post(f"{sandbox.url}/v1/track", json=GOOD, headers={"Authorization": f"Bearer {token}"})
    assert told(sandbox, "code", "field") == [("missing_credential", "writeKey")]


def _part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _assertion(sandbox: Sandbox, now: dt.datetime | None = None, head: Any = None, **claims: Any) -> str:
    at = int((now or dt.datetime.now(dt.timezone.utc)).timestamp())
    whole = {"iss": "c", "sub": "c", "aud": f"{sandbox.url}/oauth", "jti": f"j-{time.perf_counter_ns()}"}
    whole |= {"iat": at - 5, "exp": at + 55}
    whole |= {
        name: at + value if name in ("iat", "exp") and type(value) is int else value for name, value in claims.items()
    }
    header = {"alg": "RS256", "typ": "JWT", "kid": "k"} if head is None else head
    return f"{_part(header)}.{_part({n: v for n, v in whole.items() if v is not None})}.c2lnbmF0dXJl"


def _token(http: requests.Session, sandbox: Sandbox, assertion: str, **form: str) -> requests.Response:
    fields = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return http.post(f"{sandbox.url}/oauth/token", data=urlencode({**fields, **form}), headers=headers)


def test_a_token_tells_its_life_and_scope(sandbox: Sandbox, http: requests.Session) -> None:
    answers = [_token(http, sandbox, _assertion(sandbox), **form) for form in ({}, {"scope": "a:b"})]
    assert [answer.json() | {"access_token": ""} for answer in answers] == [
        {"access_token": "", "expires_in": 86400, "token_type": "Bearer", "scope": scope}
        for scope in ("tracking_api:write", "a:b")
    ]
    assert answers[0].headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("claims", "error", "description"),
    [
        ({"exp": -1}, "invalid_request", "Token is expired"),
        ({"iat": 30}, "invalid_request", "Token used before issued"),
        ({"exp": 56}, "invalid_client", "the assertion must live 60 seconds or less"),
        ({"exp": None}, "invalid_client", "the assertion has no exp"),
        ({"iat": "now"}, "invalid_client", "the assertion has no iat"),
        ({"exp": True}, "invalid_client", "the assertion has no exp"),
        ({"iss": None}, "invalid_client", "the assertion has no iss"),
        ({"sub": ""}, "invalid_client", "the assertion has no sub"),
        ({"jti": None}, "invalid_client", "the assertion has no jti"),
        ({"aud": "https://elsewhere.example"}, "invalid_client", "the assertion's aud must be {url}/oauth"),
        ({"aud": None}, "invalid_client", "the assertion's aud must be {url}/oauth"),
        ({"head": {"alg": "none", "kid": "k"}}, "invalid_client", "the assertion's alg must be RS256"),
        ({"head": {"alg": "RS256"}}, "invalid_client", "the assertion has no kid"),
        ({"head": []}, "invalid_client", "the assertion is not a JWT"),
        ({"head": b"{"}, "invalid_client", "the assertion is not a JWT"),
    ],
)
def test_an_assertion_that_is_out_of_order_gets_no_token(
    sandbox: Sandbox, http: requests.Session, claims: dict[str, Any], error: str, description: str
) -> None:
    answer = _token(http, sandbox, _assertion(sandbox, **claims))
    assert answer.status_code == 400
    assert answer.json() == {"error": error, "error_description": description.format(url=sandbox.url)}


@pytest.mark.parametrize("aud", [["x", "{url}/oauth"], "{url}/oauth/"])
def test_an_audience_can_be_one_of_several(sandbox: Sandbox, http: requests.Session, aud: Any) -> None:
    named = json.loads(json.dumps(aud).replace("{url}", sandbox.url))
    assert _token(http, sandbox, _assertion(sandbox, aud=named)).status_code == 200


def test_an_assertion_is_taken_once(sandbox: Sandbox, http: requests.Session) -> None:
    assertion = _assertion(sandbox)
    assert [_token(http, sandbox, assertion).status_code for _ in range(2)] == [200, 400]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "jwt"}, "invalid_request"),
        ({"client_assertion": ""}, "invalid_request"),
        ({"client_assertion": "a.b"}, "invalid_client"),
        ({"client_assertion": "a.b.c"}, "invalid_client"),
        ({"client_assertion": "é.é.c"}, "invalid_client"),
    ],
)
def test_a_form_that_is_out_of_order_gets_no_token(
    sandbox: Sandbox, http: requests.Session, form: dict[str, str], error: str
) -> None:
    answer = _token(http, sandbox, _assertion(sandbox), **form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_tokens_are_asked_for_with_a_form(sandbox: Sandbox, http: requests.Session) -> None:
    answer = http.post(f"{sandbox.url}/oauth/token", json={"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    answer = http.get(f"{sandbox.url}/oauth/token")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


@pytest.mark.parametrize(("client", "key", "status"), [("c", "k", 200), ("other", "k", 400), ("c", "other", 400)])
def test_a_named_client_is_the_only_one(
    specs: Specs, http: requests.Session, client: str, key: str, status: int
) -> None:
    with Sandbox(specs, credentials={"oauth.clientId": client, "oauth.keyId": key}) as sandbox:
        assert _token(http, sandbox, _assertion(sandbox)).status_code == status


# -- any connector, not only this one ------------------------------------------------------------------------------

POST_OFFICE = """
spec_version: 2
name: post
title: Post office
summary: Letters.
description: Letters.
apis:
  letters:
    title: Letters
    servers: {home: https://post.example}
    auth: [stamp]
    simulate: {mount: /post, answers: always, body: thanks, error: {no: "{{ error.message }}"}}
  parcels:
    title: Parcels
    servers: {home: https://parcels.example}
    simulate: {mount: /parcels, answers: always}
auth:
  stamp: {type: bearer, token: stamps.best}
connection:
  properties:
    region: {type: string, enum: [home], default: home}
    stamps: {type: object, properties: {best: {type: string, secret: true, env: BEST_STAMP}}}
"""
SEND = """
name: send
title: Send a letter
summary: Send a letter.
description: Send a letter.
api: letters
endpoint: POST /send
stability: stable
parameters:
  to: {type: string, generate: uuid4}
  words: {type: string}
required: [words]
body:
  text: "{{ input.words }}"
  envelope: {address: "{{ input.to }}", weight: "{{ input.words | length }}", kind: letter}
"""
LOOK = SEND.replace("name: send", "name: look").replace("/send", "/letters/{{ input.words }}")
PACK = SEND.replace("name: send", "name: pack").replace("letters", "parcels").replace("/send", "/pack")


def _root(folder: Path, connector: str = POST_OFFICE, *actions: str) -> Specs:
    (folder / "actions" / "mail").mkdir(parents=True)
    (folder / "connector.yaml").write_text(connector, encoding="utf-8")
    for action in actions:
        name = re.search(r"name: (\w+)", action).group(1)  # type: ignore[union-attr]
        (folder / "actions" / "mail" / f"{name}.yaml").write_text(action, encoding="utf-8")
    return Specs(folder)


def test_it_plays_whatever_the_specs_describe(tmp_path: Path, http: requests.Session) -> None:
    with Sandbox(_root(tmp_path, POST_OFFICE, SEND, LOOK, PACK)) as sandbox:
        assert sandbox.environment == {"BEST_STAMP": "sandbox-best"}
        assert sandbox.connection["stamps"] == {"best": "sandbox-best"}
        http.headers["Authorization"] = "Bearer sandbox-best"
        url = sandbox.url + "/post"
        bodies = ({"text": "hi", "envelope": {"address": "x"}}, {"text": 7}, {"envelope": "x", "txt": "hi"})
        assert [http.post(url + "/send", json=body).json() for body in bodies] == ["thanks"] * 3
        assert http.post(url + "/letters/x", json={}).json() == {"no": "nothing is at this path"}
        del http.headers["Authorization"]
        http.post(url + "/send", json={"text": "hi"})
        assert http.post(sandbox.url + "/parcels/pack", json={"text": "hi"}).json() == {}
        http.post(url + "/send", json={"text": "hi"}, headers={"Authorization": "Bearer wrong"})
        assert told(sandbox, "action", "status", "code", "field", "id") == [
            ("send", "accepted", None, None, "x"),
            ("send", "dropped", "type", "text", None),
            ("send", "dropped", "required", "text", None),
            ("send", "dropped", "missing_credential", None, None),
            ("pack", "accepted", None, None, None),
            ("send", "dropped", "wrong_credential", None, None),
        ]


@pytest.mark.parametrize(
    ("mount", "said"),
    [
        ("/events", "'/events' is a path of the sandbox itself"),
        ("/faults/x", "is a path of the sandbox itself"),
        ("/post", "'/post' overlaps the mount of 'letters'"),
        ("/post/parcels", "overlaps the mount of 'letters'"),
        ("parcels", "must begin with a slash"),
        ("/", "must begin with a slash and not end with one"),
    ],
)
def test_a_mount_that_clashes_is_refused(tmp_path: Path, mount: str, said: str) -> None:
    specs = _root(tmp_path, POST_OFFICE.replace("/parcels", mount))
    with pytest.raises(SpecError, match=said):
        Sandbox(specs)


def test_a_way_of_answering_that_is_none_is_refused(tmp_path: Path) -> None:
    specs = _root(tmp_path, POST_OFFICE.replace("answers: always, body", "answers: never, body"))
    with pytest.raises(
        SpecError,
        match=r"apis.letters.simulate.answers: no API is simulated 'never' \(there is always, strictly, tokens\)",
    ):
        Sandbox(specs)


def test_a_spec_that_fails_on_a_request_is_told_by_name(tmp_path: Path, http: requests.Session) -> None:
    broken = POST_OFFICE.replace("{{ error.message }}", "{{ error.message - 1 }}")
    with Sandbox(_root(tmp_path, broken, SEND)) as sandbox:
        answer = http.get(sandbox.url + "/post/nowhere")
    error = answer.json()["error"]
    assert (answer.status_code, error["field"]) == (500, "apis.letters.simulate.error.no")


def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from segment_connector.sandbox import http_server as server

    monkeypatch.setattr(server, "_MOST_OPEN", 3)
    with Sandbox(Connector.load().specs) as own:
        address = urlsplit(next(iter(own.connection["servers"].values())))
        where = (address.hostname, address.port)
        with contextlib.ExitStack() as stack:
            for _ in range(3):
                kept = stack.enter_context(socket.create_connection(where, timeout=5))
                kept.sendall(b"GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert kept.recv(100)  # so its thread has begun
            with socket.create_connection(where, timeout=5) as surplus:
                assert surplus.recv(1) == b""
