"""The events of a tracking plan in the workbench: chosen by name, filled in field by field, judged while one types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browsing import Window
from playwright.sync_api import expect

from segment_connector import Connector, InputError
from segment_connector.language.specs import Specs
from segment_connector.plans.plan import plan_from, rule_from
from segment_connector.service.backend import Backend

_PROPERTIES: dict[str, Any] = {
    "type": "object",
    "required": ["cart_id"],
    "properties": {"cart_id": {"type": "string"}, "currency": {"type": "string", "pattern": "^(EUR|USD)$"}},
}


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    """What the service works with: calls are held to a plan."""
    specs = Specs()
    assert specs.plans is not None
    schema = {"type": "object", "properties": {"properties": _PROPERTIES}}
    rule = {"type": "TRACK", "key": "Cart Viewed", "version": 1, "jsonSchema": schema}
    plan = plan_from([rule_from(rule, specs.plans)], name="Shop")
    backend = Backend(Connector(specs, max_retries=0, plan=plan, plan_mode="reject"))
    yield backend
    backend.close()


def test_the_name_is_chosen_of_the_plan_and_its_properties_are_fields(window: Window) -> None:
    page = window.go("/actions/track")
    choice = page.get_by_label("Preset")
    expect(choice.locator("optgroup").first).to_have_attribute("label", "Tracking plan Shop")
    choice.select_option("track_cart_viewed")
    page.wait_for_url("**/actions/track_cart_viewed")
    expect(page.get_by_text("What violates the Tracking Plan is refused.")).to_be_visible()
    expect(page.get_by_label("Cart id")).to_be_visible()
    expect(page.locator("select", has=page.get_by_text("USD"))).to_have_count(1)
    page.get_by_label("User ID").fill("u-1")
    page.get_by_label("Cart id").fill("c-1")
    page.get_by_role("button", name="Run in the sandbox").click()
    expect(page.get_by_role("link", name="open the debugger")).to_be_visible()


def test_what_breaks_the_plan_is_said_while_one_types(window: Window) -> None:
    page = window.go("/actions/track")
    page.get_by_label("Event name").fill("cart viewed")
    page.get_by_label("User ID").fill("u-1")
    expect(page.get_by_text("did you mean 'Cart Viewed'?").first).to_be_visible()


def test_the_service_refuses_what_breaks_the_plan(backend: Backend) -> None:
    with pytest.raises(InputError) as caught:
        backend.run("track", {"event": "Cart Viewed", "userId": "u-1", "properties": {}}, "sandbox")
    assert caught.value.code == "plan/required"
    assert backend.run("track_cart_viewed", {"userId": "u-1", "properties": {"cart_id": "c"}}, "sandbox").ok
