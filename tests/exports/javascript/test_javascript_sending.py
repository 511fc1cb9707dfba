"""The connector in JavaScript over real HTTP, against the sandbox: pages, dropdowns, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

Ask = Callable[[Iterable[dict[str, Any]]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def sandbox(specs: Specs) -> Iterator[Sandbox]:
    with Sandbox(specs) as started:
        yield started


def test_events_are_sent_lists_are_walked_and_dropdowns_filled(ask: Ask, sandbox: Sandbox) -> None:
    connection = sandbox.connection
    asked = [
        {"ask": "call", "action": "track", "input": {"event": "E", "userId": "u"}},
        {"ask": "pages", "action": "list_sources", "input": {"pagination": {"count": 2}}},
        {"ask": "options", "action": "get_source", "parameter": "sourceId", "input": {}, "wanted": {"search": "WEB"}},
        {"ask": "options", "action": "get_source", "parameter": "nothing", "input": {}},
        {"ask": "call", "action": "get_source", "input": {"sourceId": "nope"}},
    ]
    sent, pages, chosen, wrong, refused = ask({**one, "connection": connection} for one in asked)
    (event,) = sandbox.events()
    assert event["status"] == "accepted"
    assert event["id"] == sent["value"]["messageId"]
    assert len(pages["value"]) > 1
    assert [len(page["items"]) for page in pages["value"][:-1]] == [2] * (len(pages["value"]) - 1)
    assert pages["value"][-1]["next"] is None
    assert [one["label"] for one in chosen["value"]["items"]] == ["Website"]
    assert wrong["problems"][0]["code"] == "unknown"
    assert refused["error"] == "ServiceError"
    assert (refused["code"], refused["status"], refused["isRetryable"]) == ("not_found", 404, False)
    assert "Look it up" in refused["hint"]
    assert connection["publicToken"] not in json.dumps([refused, wrong])


def test_a_key_that_is_wrong_is_not_repeated_in_the_error(ask: Ask, sandbox: Sandbox) -> None:
    wrong = {**sandbox.connection, "publicToken": "s3cr3t-and-wrong"}
    (refused,) = ask([{"ask": "call", "action": "list_sources", "input": {}, "connection": wrong}])
    assert (refused["code"], refused["status"]) == ("unauthorized", 401)
    assert "s3cr3t" not in json.dumps(refused)
