"""Triggers on the workbench: found, subscribed to, watched, refused, handed on, taken away; all of it offline."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from browsing import Window, faults_of, overflow_of
from faultserver import FaultServer, answer
from playwright.sync_api import Locator, Page, expect

from segment_connector.errors import InputError
from segment_connector.service.backend import Backend
from segment_connector.service.trigger_service import TriggerService
from segment_connector.service.workbench.triggers.delivery_check import headers_in

SOURCE = "qQEHquLrjRDN9j1ByrChyn"
FIRST = b'{"type":"track","event":"A","messageId":"m1"}'
SECOND = b'{"type":"track","event":"B","messageId":"m2"}'


@pytest.fixture(autouse=True)
def empty(backend: Backend, triggers: TriggerService) -> Iterator[None]:
    yield
    for one in triggers.subscriptions():
        triggers.host.unregister(one.id)
    backend.sandbox.clear()


def rows(page: Page) -> Locator:
    return page.locator(".tg-items tbody tr")


def subscribe(triggers: TriggerService, trigger: str = "event_received", **more: Any) -> Any:
    inputs = {"sourceId": SOURCE} if trigger == "event_received" else {}
    return triggers.subscribe(trigger, {"id": "flow", "inputs": inputs, **more}, "sandbox")


def deliver_batch(triggers: TriggerService) -> int:
    """Send a batch of which the first item is signed, as the service does."""
    (one,) = triggers.subscriptions()
    assert one.subscription is not None
    headers = {"X-Signature": hmac.new(one.subscription["secret"].encode(), FIRST, "sha1").hexdigest()}
    with requests.Session() as session:
        session.trust_env = False
        body = b"[" + FIRST + b"," + SECOND + b"]"
        return session.post(one.subscription["url"], body, headers=headers, timeout=10).status_code


def test_a_trigger_is_found_subscribed_to_and_starts(window: Window, backend: Backend) -> None:
    page = window.go("/triggers")
    page.get_by_label("Search triggers").fill("somebody joined an audience")
    page.get_by_role("link", name="Audience entered").click()
    page.get_by_role("button", name="Subscribe with 'sandbox'").click()
    expect(page.get_by_text("required").first).to_be_visible()
    page.get_by_role("button", name="Choose: Source").click()
    page.get_by_role("dialog").get_by_role("button", name=SOURCE).click()
    page.get_by_role("button", name="Subscribe with 'sandbox'").click()
    state = page.get_by_role("region", name="State")
    expect(state).to_contain_text("active")
    expect(page.get_by_text("No items yet.")).to_be_visible()
    page.get_by_role("button", name="Play it").click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_contain_text("u-1: frequent_buyers")
    expect(rows(page).first.get_by_label("verified")).to_be_visible()
    rows(page).first.get_by_role("button").click()
    expect(page.get_by_label("The item as JSON", exact=True)).to_contain_text('"audienceKey": "frequent_buyers"')
    assert backend.run("track", {"event": "Audience Entered", "userId": "u-2"}, "sandbox").ok
    expect(rows(page)).to_have_count(2)
    state.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Remove")).click()
    page.wait_for_url("**/triggers")
    expect(page.get_by_text("There are none yet.")).to_be_visible()


def test_a_poll_is_made_now_paused_and_gone_on_with(window: Window, triggers: TriggerService) -> None:
    subscribe(triggers, "new_source", every=3600)
    page = window.go("/triggers")
    card = page.get_by_role("group", name="Subscription flow")
    card.get_by_role("button", name="Poll now").click()
    expect(card).to_contain_text("Polled: 0 new")
    triggers.backend.run("create_source", {"slug": "one", "enabled": True, "metadataId": "IqDTy1TpoU"}, "sandbox")
    card.get_by_role("button", name="Poll now").click()
    expect(card).to_contain_text("1 done")
    card.get_by_role("button", name="Pause").click()
    expect(card).to_contain_text("paused")
    card.get_by_role("button", name="Resume").click()
    expect(card).to_contain_text("active")


def test_a_set_up_by_hand_is_told_step_by_step(window: Window, triggers: TriggerService) -> None:
    page = window.go("/triggers/event_received")
    page.get_by_role("button", name="An order").first.click()
    page.get_by_label("Set up").select_option("manual")
    page.get_by_role("button", name="Show the address and the steps").click()
    steps = page.get_by_role("list").filter(has_text="Shared Secret")
    expect(steps).to_be_visible()
    (one,) = triggers.subscriptions()
    assert one.subscription is not None
    for name in ("url", "secret"):
        value = steps.locator(".tg-value", has_text=one.subscription[name])
        expect(value.get_by_role("button", name="Copy")).to_be_visible()
    page.get_by_role("link", name="Go to the subscription").click()
    expect(page.get_by_role("region", name="State")).to_contain_text("set up by hand")
    expect(page.locator("body")).not_to_contain_text(one.subscription["secret"])


def test_what_was_refused_is_handed_on(window: Window, triggers: TriggerService) -> None:
    subscribe(triggers)
    page = window.go("/triggers/event_received/flow")
    assert deliver_batch(triggers) == 200
    refused = rows(page).filter(has_text="refused")
    expect(refused).to_contain_text("the signature proves only the first item of a batch")
    expect(rows(page)).to_have_count(2)
    refused.get_by_role("button").click()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(rows(page).filter(has_text="not verified")).to_contain_text("done")
    expect(page.get_by_role("button", name="all 2")).to_be_visible()


def test_dead_items_are_handed_on_again(window: Window, triggers: TriggerService) -> None:
    with FaultServer(answer()) as hook:
        one = subscribe(triggers, callback={"url": hook.url})
        triggers.pause(one, paused=True)
        assert deliver_batch(triggers) == 200
        (entry,) = triggers.store.entries("flow", 0, 10, "waiting")
        triggers.store.failed(entry.number, "flows.example.com answered 404", None)
        triggers.pause(triggers.subscription("event_received", "flow"), paused=False)
        page = window.go("/triggers/event_received/flow")
        page.get_by_role("button", name="dead 1").click()
        expect(rows(page)).to_have_count(1)
        expect(rows(page)).to_contain_text("flows.example.com answered 404")
        page.get_by_role("button", name="Send all 1").click()
        expect(page.get_by_role("button", name="done 1")).to_be_visible()
        assert [one.json["id"] for one in hook.seen] == ["m1"]


def test_a_pasted_delivery_is_judged(window: Window, triggers: TriggerService) -> None:
    one = subscribe(triggers)
    assert one.subscription is not None
    body = '{"type":"track",\n "event":"Seen","messageId":"m1"}'
    signature = hmac.new(one.subscription["secret"].encode(), body.encode(), "sha1").hexdigest()
    page = window.go("/triggers/event_received/flow")
    panel = page.get_by_role("region", name="Check a delivery")
    panel.get_by_label("Headers").fill(f"X-Signature: {signature}\nContent-Type: application/json")
    panel.get_by_label("Body").fill(body)
    panel.get_by_role("button", name="Check it").click()
    expect(panel).to_contain_text("It would be answered 200: 1 accepted, 0 refused")
    expect(panel).to_contain_text("Its signature is right.")
    panel.get_by_label("Body").fill(body.replace("Seen", "Other"))
    panel.get_by_role("button", name="Check it").click()
    expect(panel).to_contain_text("X-Signature does not match the body")
    panel.get_by_label("Headers").fill("nonsense")
    panel.get_by_role("button", name="Check it").click()
    expect(panel).to_contain_text("line 1 is not a header")
    expect(rows(page)).to_have_count(0)


def test_headers_are_pasted_in_several_forms() -> None:
    wanted = {"X-Signature": "ab", "Host": "h:1"}
    assert headers_in("POST /in/x HTTP/1.1\r\nX-Signature: ab\r\nHost: h:1\r\n\r\n") == wanted
    assert headers_in('{"X-Signature": "ab", "Host": "h:1"}') == wanted
    assert headers_in("") == {}
    for wrong in ("{", "X-Signature", "A: b\n: c"):
        with pytest.raises(InputError):
            headers_in(wrong)


def test_what_cannot_be_subscribed_to_is_told(window: Window) -> None:
    page = window.go("/triggers/event_received")
    page.get_by_label("Connection").select_option("production")
    page.get_by_role("button", name="An order").first.click()
    page.get_by_role("button", name="Subscribe with 'production'").click()
    expect(page.get_by_role("alert")).to_contain_text("the connection has no publicToken")
    expect(page.get_by_role("alert")).to_contain_text("by hand")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_have_no_serious_fault(
    open_window: Callable[..., Window], triggers: TriggerService, scheme: str
) -> None:
    subscribe(triggers)
    assert deliver_batch(triggers) == 200
    window = open_window(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    for path in ("/triggers/event_received", "/triggers/event_received/flow"):
        page = window.go(path)
        if path.endswith("flow"):
            rows(page).filter(has_text="refused").get_by_role("button").click()
            expect(page.get_by_label("The item as JSON", exact=True)).to_be_visible()
        assert faults_of(page) == []
        page.set_viewport_size({"width": 390, "height": 800})
        assert overflow_of(page) <= 0
        page.set_viewport_size({"width": 1280, "height": 900})
