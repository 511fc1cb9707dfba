"""What becomes of deliveries to a webhook: ``tests/data/triggers/deliveries.yaml`` says it for each."""

from __future__ import annotations

import hmac
from typing import Any

import pytest
from delivery_cases import CASES, body_of, headers_of

from segment_connector import Connector
from segment_connector.triggers.items import id_of_content
from segment_connector.triggers.subscription import Subscription

_CONNECTOR = Connector.load()
_SUBSCRIPTION = _CONNECTOR.trigger_runner.new_subscription(
    "event_received", {"sourceId": "s1"}, "https://example.com/in", "flow-1"
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_delivery(case: dict[str, Any]) -> None:
    body = body_of(case)
    subscription = _SUBSCRIPTION if case.get("secret", True) else _SUBSCRIPTION.changed(secret="")
    reception = _CONNECTOR.receive(
        subscription, headers_of(case, body, _SUBSCRIPTION), body, allow_unverified=case.get("allow", False)
    )
    assert (reception.status, reception.problem and reception.problem.code) == (case["status"], case.get("problem"))
    assert [one.problem.code for one in reception.refused] == case.get("refused", [])
    assert reception.filtered == case.get("filtered", 0)
    if "count" in case:
        assert len(reception.items) == case["count"]
        return
    assert [item.id for item in reception.items if item.verified and not item.made_id] == case.get("items", [])
    assert [item.id for item in reception.items if not item.verified] == case.get("unverified", [])
    assert sum(item.made_id for item in reception.items) == case.get("made", 0)
    told = str(reception.to_dict()["problem"]) + str([one.problem for one in reception.refused])
    assert subscription.secret not in told or not subscription.secret
    assert subscription.token not in told


def test_what_is_told_twice_without_an_id_has_one_id() -> None:
    assert id_of_content({"a": 1, "b": [2, {"c": 3}]}) == id_of_content({"b": [2, {"c": 3}], "a": 1})
    assert id_of_content({"a": 1}) != id_of_content({"a": 2})


def test_a_subscription_is_kept_as_json() -> None:
    kept = _SUBSCRIPTION.to_dict()
    assert Subscription.from_dict(kept) == _SUBSCRIPTION
    for wrong in ({**kept, "version": 2}, {**kept, "more": 1}, {"id": "x"}):
        with pytest.raises(Exception, match="not a readable subscription"):
            Subscription.from_dict(wrong)


def test_two_subscriptions_with_one_secret_know_their_own_events() -> None:
    other = _CONNECTOR.trigger_runner.new_subscription(
        "user_identified", {"sourceId": "s1"}, "https://example.com/in", "flow-2"
    ).changed(secret=_SUBSCRIPTION.secret)
    body = b'{"type":"track","messageId":"m1"}'
    headers = {"X-Signature": hmac.new(other.secret.encode(), body, "sha1").hexdigest()}
    assert [item.id for item in _CONNECTOR.receive(_SUBSCRIPTION, headers, body).items] == ["m1"]
    assert _CONNECTOR.receive(other, headers, body).filtered == 1


def test_samples_look_like_items() -> None:
    for name in _CONNECTOR.triggers:
        samples = _CONNECTOR.sample(name)
        assert samples, name
        for sample in samples:
            assert {"id", "title", "at", "data", "trigger", "verified"} <= sample.keys()
            assert set(sample["data"]) <= set(_CONNECTOR.triggers[name].outputs)
