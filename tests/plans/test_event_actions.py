"""The events of a plan as actions: their names settled, their properties as fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segment_connector import Connector
from segment_connector.language import yaml_reader
from segment_connector.language.specs import Specs
from segment_connector.language.typed_action import TypedAction, slug
from segment_connector.plans.event_actions import EventActions
from segment_connector.plans.plan import plan_from, rule_from

TABLE: Any = yaml_reader.read(Path(__file__).parent.parent / "data" / "plans" / "verdicts.yaml")
SPECS = Specs()


@pytest.fixture(scope="module")
def typed() -> dict[str, TypedAction]:
    assert SPECS.plans is not None
    plan = plan_from([rule_from(rule, SPECS.plans) for rule in TABLE["rules"]])
    events = EventActions(plan, SPECS.plans, SPECS)
    return {name: events.typed(name) for name in events.summaries}


def test_every_event_is_an_action_under_a_name_of_its_own(typed: dict[str, TypedAction]) -> None:
    assert list(typed) == [
        "track_order_completed", "track_order_completed_version_2", "track_signed_up", "track_plan_changed",
        "track_invite_sent", "planned_page", "planned_screen", "planned_identify", "planned_group",
    ]  # fmt: skip


def test_the_name_is_settled_and_the_properties_are_those_of_the_plan(typed: dict[str, TypedAction]) -> None:
    one = typed["track_order_completed"]
    assert "event" not in one.action.parameters
    assert one.action.name == "track"
    assert one.action.title == "Order Completed"
    properties = one.action.parameters["properties"]
    assert list(properties["properties"]) == ["order_id", "revenue", "currency", "coupon", "products"]
    assert properties["required"] == ["order_id"]
    assert properties["additionalProperties"] is False
    assert "properties" in one.action.required


def test_permitted_values_are_a_choice_and_words_of_the_action_stay(typed: dict[str, TypedAction]) -> None:
    currency = typed["track_order_completed"].action.parameters["properties"]["properties"]["currency"]
    assert currency["enum"] == ["EUR", "USD"]
    assert "ISO 4217" in currency["description"]


def test_a_version_that_is_not_the_oldest_is_named_in_the_call(typed: dict[str, TypedAction]) -> None:
    made = typed["track_order_completed_version_2"].inputs({"userId": "u", "context": {"ip": "192.0.2.1"}})
    assert made == {
        "userId": "u",
        "event": "Order Completed",
        "context": {"ip": "192.0.2.1", "protocols": {"event_version": 2}},
    }


def test_the_call_of_a_typed_action_is_that_of_the_action_beneath(typed: dict[str, TypedAction]) -> None:
    inputs = typed["track_signed_up"].inputs({"userId": "u", "context": {"device": {"id": "d"}}})
    request = Connector.load().plan(typed["track_signed_up"].action.name, inputs, {"writeKey": "k"})
    assert request.body["event"] == "Signed Up"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Order Completed", "order_completed"), ("orderId", "order_id"), ("  A/B -- test ", "a_b_test"), ("€", "")],
)
def test_a_name_in_lower_case(text: str, expected: str) -> None:
    assert slug(text) == expected
