"""The presets: all of them are sound, what they send is what is written by hand, and they refuse nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from cli_support import cli
from faultserver import HandClock

from segment_connector import Connector, InputError, UnknownActionError
from segment_connector.language.specs import Specs

SPECS = Specs()
PRESETS = SPECS.presets
KEY = {"writeKey": "abc"}
FAMILIES = {
    "ecommerce": 28, "b2b_saas": 10, "mobile": 13, "email": 6, "live_chat": 4, "ab_testing": 1, "copilot": 8,
    "video": 17,
}  # fmt: skip


def plan(name: str, inputs: dict[str, Any]) -> Any:
    return Connector(SPECS, clock=HandClock().clock).plan(name, inputs, KEY)


def order(**properties: Any) -> dict[str, Any]:
    product = {"product_id": "p-1", "price": 10, "quantity": 1}
    base = {"order_id": "o-1", "revenue": 10, "currency": "EUR", "products": [product]}
    given = {name: value for name, value in {**base, **properties}.items() if value is not ...}
    return {"userId": "u-1", "properties": given}


def doubts(name: str, inputs: dict[str, Any]) -> list[str]:
    return [warning.field for warning in plan(name, inputs).warnings]


def test_every_event_of_the_facts_is_there_in_its_family() -> None:
    found: dict[str, int] = {}
    for summary in PRESETS.summaries():
        found[summary.family] = found.get(summary.family, 0) + 1
    assert found == FAMILIES
    assert list(found) == list(SPECS.connector.presets)


@pytest.mark.parametrize("name", PRESETS.paths)
def test_a_preset_sends_what_is_written_by_hand(name: str) -> None:
    preset, action = PRESETS.preset(name), SPECS.action(name)
    example = copy.deepcopy(dict(action.examples[0].input))
    by_preset, by_hand = plan(name, example), plan(preset.action, {**example, **preset.inputs})
    assert (by_preset.method, by_preset.url, by_preset.headers) == (by_hand.method, by_hand.url, by_hand.headers)
    assert by_preset.content == by_hand.content
    assert by_preset.warnings == []


@pytest.mark.parametrize("name", PRESETS.paths)
def test_what_is_expected_is_not_demanded(name: str) -> None:
    wrong = {place.partition(".")[2]: {"not": "expected"} for place in PRESETS.preset(name).fields}
    taken = SPECS.action(PRESETS.preset(name).action).parameters["properties"]["properties"]
    own = {key: value for key, value in wrong.items() if "." not in key and key != "*" and key not in taken}
    assert plan(name, {"userId": "u-1", "properties": {**own, "of my own": 1}}).body["properties"]["of my own"] == 1


@pytest.mark.parametrize("name", PRESETS.paths)
def test_every_field_is_typed_and_described(name: str) -> None:
    for place, schema in PRESETS.preset(name).fields.items():
        assert {"type", "title", "description"} <= schema.keys(), place


@pytest.mark.parametrize(
    ("properties", "doubted"),
    [
        ({}, []),
        ({"total": 13, "shipping": 2, "tax": 1}, []),
        ({"total": 13, "revenue": ...}, ["properties.revenue"]),
        ({"revenue": ...}, ["properties.revenue"]),
        ({"total": 13, "revenue": 13, "tax": 3}, ["properties.revenue"]),
        ({"total": 13, "revenue": 13}, []),
        ({"total": 9, "revenue": 10}, ["properties.revenue"]),
        ({"revenue": -10}, ["properties.revenue"]),
        ({"currency": ...}, ["properties.currency"]),
        ({"currency": "eur"}, ["properties.currency"]),
        ({"products": ...}, ["properties.products"]),
        ({"products": []}, ["properties.products"]),
        ({"products": {"product_id": "p-1"}}, ["properties.products"]),
        ({"products": [{"name": "Monopoly"}]}, ["properties.products.0.product_id"]),
        ({"products": [{"product_id": "p-1", "price": "9.99"}]}, ["properties.products.0.price"]),
        ({"order_id": ...}, ["properties.order_id"]),
        ({"order_id": 17}, ["properties.order_id"]),
    ],
)
def test_mistakes_that_cost_money_are_told_and_sent(properties: dict[str, Any], doubted: list[str]) -> None:
    assert doubts("order_completed", order(**properties)) == doubted


def test_the_action_beneath_goes_on_to_demand() -> None:
    with pytest.raises(InputError, match="userId or anonymousId is required"):
        plan("order_completed", {"properties": {"order_id": "o-1"}})
    with pytest.raises(InputError, match="must be"):
        plan("order_completed", {**order(), "event": "Another"})
    assert plan("order_completed", {**order(), "event": "Order Completed"}).body["event"] == "Order Completed"


def test_what_stands_around_an_event_stays_open() -> None:
    inputs = {"userId": "u-1", "context": {"groupId": "g-1", "ip": "203.0.113.7"}, "properties": {"account_name": "A"}}
    assert plan("account_created", inputs).body["context"] == inputs["context"]
    assert doubts("account_created", {"userId": "u-1", "properties": {"account_name": "A"}}) == ["context.groupId"]


def test_a_preset_is_no_action_of_the_listing() -> None:
    assert not PRESETS.paths.keys() & SPECS.paths.keys()
    assert len(list(SPECS.summaries())) == len(SPECS.paths)


def test_a_name_that_is_none_is_refused_with_those_that_are_near() -> None:
    with pytest.raises(UnknownActionError, match="order_completed"):
        SPECS.action("order_complete")
    with pytest.raises(UnknownActionError, match="signed_up"):
        PRESETS.preset("sign_up")


@pytest.mark.parametrize(
    ("asked", "best"),
    [
        ("somebody bought something", "order_completed"), ("add to cart", "product_added"), ("log in", "signed_in"),
        ("refund", "order_refunded"), ("newsletter opt out", "unsubscribed"), ("a/b test", "experiment_viewed"),
        ("free trial", "trial_started"), ("thumbs up", "feedback_submitted"), ("press play", "video_playback_started"),
    ],
)  # fmt: skip
def test_presets_are_found_in_everyday_words(asked: str, best: str) -> None:
    first = cli("list", "--presets", "--search", asked).stdout.split()[0]
    assert first == best


def test_the_command_line_calls_a_preset_of_its_action_only() -> None:
    good = ["-p", "userId=u-1", "-p", "properties.product_id=p-1", "--sandbox"]
    for call in (["track", "--preset", "product_added"], ["product_added"]):
        said = cli("run", *call, *good)
        assert (said.code, "Product Added" in said.stdout) == (0, True)
    refused = cli("run", "page", "--preset", "product_added", *good)
    assert refused.code == 2
    assert "--preset: 'product_added' is an event of 'track' and not of 'page'" in refused.stderr


def test_a_listing_of_presets_may_be_one_family() -> None:
    listed = cli("list", "--presets", "--group", "email", "--json").json
    assert [one["family"] for one in listed] == ["email"] * FAMILIES["email"]
    assert cli("list", "--presets", "--group", "emails").code == 2


def test_other_services_take_presets_as_well() -> None:
    request = Connector(SPECS).plan("signed_up", {"userId": "u-1"}, {"server": "customerio", **KEY})
    assert request.url == "https://cdp.customer.io/v1/track"
