"""The page of an action, as a person uses it: fill in, see the request, run, read the answer, carry the call away."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import SECRET, Window, faults_of, overflow_of, wait_until
from playwright.sync_api import Page, expect

from segment_connector.service.backend import Backend


@pytest.fixture(autouse=True)
def clean_sandbox(backend: Backend) -> Iterator[None]:
    """Every test begins with a sandbox that remembers nothing."""
    backend.sandbox.clear()
    yield
    backend.sandbox.clear()


def body(page: Page) -> str:
    return page.locator(".wb-request pre").inner_text()


def run(page: Page) -> None:
    page.locator("[data-run]").click()


def test_a_form_that_is_filled_in_becomes_an_event_in_the_sandbox(window: Window, backend: Backend) -> None:
    page = window.go("/")
    page.get_by_role("searchbox", name="Search actions").fill("track an event")
    expect(page.locator("a.wb-action").first).to_contain_text("Track an event")
    page.locator("a.wb-action").first.click()
    expect(page.get_by_role("heading", name="Track an event", level=1)).to_be_visible()
    page.get_by_label("Event name").fill("Order Completed")
    page.get_by_label("User ID").fill("u-1")
    page.get_by_label("Revenue").fill("14.99")
    page.get_by_role("button", name="Add a property: Properties").click()
    page.get_by_label("Properties, name of property 1").fill("gift")
    page.get_by_label("Properties, type of property 1").select_option("truth")
    page.get_by_label("Properties, value of property 1").fill("true")
    expect(page.locator(".wb-request pre")).to_contain_text('"gift": true')
    run(page)
    expect(page.locator("[data-verdict]")).to_have_text("Accepted")
    expect(page.locator(".wb-answer")).to_contain_text("HTTP 200")
    (event,) = backend.sandbox.events()
    assert event["status"] == "accepted"
    assert event["body"]["properties"] == {"revenue": 14.99, "gift": True}
    assert event["body"]["userId"] == "u-1"
    expect(page.locator(".wb-output", has_text="messageId").locator(".wb-output-value")).to_have_text(
        event["body"]["messageId"]
    )


def test_what_is_lacking_is_said_before_sending_and_at_the_fields(window: Window, backend: Backend) -> None:
    page = window.go("/actions/track")
    lacking = page.locator(".wb-lacking")
    expect(page.get_by_label("Event name")).to_be_focused()
    expect(lacking).to_be_empty()  # nobody is greeted with errors
    expect(page.locator(".wb-rule--open, .wb-error:not(:empty), [aria-invalid=true]")).to_have_count(0)
    run(page)
    expect(lacking).to_contain_text("Event name is required")
    expect(page.locator(".wb-rule--open")).to_contain_text("userId or anonymousId is required")
    expect(page.get_by_label("Event name")).to_be_focused()
    expect(page.get_by_label("Event name")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("User ID")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".wb-error:not(:empty)")).to_have_count(1)  # the rule is said by its own line
    lacking.get_by_role("link", name="User ID").click()
    expect(page.get_by_label("User ID")).to_be_focused()
    page.get_by_label("Event name").fill("Signed Up")
    page.get_by_label("Anonymous ID").fill("a-1")
    expect(page.locator(".wb-rule--open")).to_have_count(0)
    expect(lacking).to_be_empty()
    assert backend.sandbox.events() == []


def test_json_that_cannot_be_read_hides_nothing_else_and_the_first_wrong_field_is_led_to(window: Window) -> None:
    page = window.go("/actions/track")
    page.get_by_role("button", name="Edit as JSON: Properties").click()
    page.get_by_role("textbox", name="Properties", exact=True).fill("{")
    page.get_by_text("Advanced").click()
    page.get_by_label("Timestamp", exact=True).fill("yesterday")
    run(page)
    problems = page.locator(".wb-problems li")
    expect(problems).to_have_count(4)
    said = [words.split(" ")[0] for words in problems.all_inner_texts()]
    assert said == ["Event", "User", "Properties", "Timestamp"]
    expect(page.get_by_role("textbox", name="Properties", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".wb-rule--open")).to_contain_text("userId or anonymousId is required")
    expect(page.get_by_label("Event name")).to_be_focused()


def test_what_has_the_focus_is_not_hidden_behind_the_buttons(open_window: Callable[..., Window]) -> None:
    page = open_window(viewport={"width": 1280, "height": 500}).go("/actions/track")
    page.get_by_text("Advanced").click()
    page.get_by_label("Event name").focus()
    hidden = """() => {
      const [one, bar] = [document.activeElement, document.querySelector('.wb-run')];
      return !bar.contains(one) && one.closest('.wb-form') && (
        one.getBoundingClientRect().bottom > bar.getBoundingClientRect().top);
    }"""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 500})
        page.get_by_label("Event name").focus()
        for _ in range(20):
            page.keyboard.press("Tab")
            assert not page.evaluate(hidden), page.evaluate("document.activeElement.outerHTML")


def test_an_error_stands_at_its_field_while_it_is_typed(window: Window) -> None:
    page = window.go("/actions/track")
    page.get_by_label("Revenue").fill("a lot")
    field = page.locator(".wb-field", has=page.get_by_label("Revenue")).last
    expect(field.locator(".wb-error")).to_contain_text("Must be a number")
    page.get_by_label("Revenue").fill("14")
    expect(field.locator(".wb-error")).to_be_empty()
    page.get_by_label("Timestamp", exact=True).fill("yesterday")
    expect(
        page.locator(".wb-field", has=page.get_by_label("Timestamp", exact=True)).locator(".wb-error")
    ).to_contain_text("date-time")
    page.get_by_role("button", name="Fill in the current time:  Timestamp").click()
    expect(page.locator(".wb-field", has=page.get_by_label("Timestamp", exact=True)).locator(".wb-error")).to_be_empty()


def test_json_is_judged_as_it_is_typed_and_turns_into_fields_again(window: Window) -> None:
    page = window.go("/actions/track")
    page.get_by_label("Event name").fill("E")
    page.get_by_label("User ID").fill("u")
    page.get_by_role("button", name="Edit as JSON: Properties").click()
    typed = page.get_by_role("textbox", name="Properties", exact=True)
    typed.fill('{"a": [1, {"b": ]}')
    expect(page.locator(".wb-error:not(:empty)").first).to_contain_text("line 1, column")
    typed.fill('{"a": 1, "a": 2}')
    expect(page.locator(".wb-error:not(:empty)").first).to_contain_text("the name 'a' occurs twice in one object")
    typed.fill('{"revenue": 3, "big": 12345678901234567890, "note": "+48 100"}')
    expect(page.locator(".wb-request pre")).to_contain_text("12345678901234567890")
    page.get_by_role("button", name="Edit as fields: Properties").click()
    expect(page.get_by_label("Revenue")).to_have_value("3")
    expect(page.get_by_label("Properties, value of property 2")).to_have_value("+48 100")
    assert json.loads(body(page))["properties"] == {"revenue": 3, "big": 12345678901234567890, "note": "+48 100"}


def test_an_example_fills_the_form(window: Window, backend: Backend) -> None:
    page = window.go("/actions/track")
    example = backend.connector.specs.action("track").examples[1]
    page.get_by_role("button", name=example.title).click()
    expect(page.get_by_label("Event name")).to_have_value(example.input["event"])
    expect(page.locator("details.wb-advanced")).to_have_attribute("open", "")
    expect(page.locator(".wb-request pre")).to_contain_text("Mixpanel")
    sent = json.loads(body(page))
    assert {name: sent[name] for name in example.input} == example.input
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_label("Event name")).to_have_value("")
    expect(page.locator(".wb-pending")).to_be_visible()
    expect(page.locator(".wb-lacking")).to_be_empty()


def test_a_delete_asks_twice(window: Window, backend: Backend) -> None:
    action = backend.connector.specs.action("delete_source")
    page = window.go(f"/actions/{action.name}")
    before = backend.sandbox.state()
    page.get_by_role("button", name=action.examples[0].title).click()
    expect(page.locator(".wb-request-line")).to_contain_text("DELETE")
    run(page)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text((action.confirm or "")[:40])
    expect(dialog).to_contain_text("DELETE http://127.0.0.1")
    assert faults_of(page) == []
    dialog.get_by_role("button", name="Delete source").click()
    # It is named where a page has shown its name before, as one of an earlier test may have.
    expect(dialog).to_contain_text(re.compile("Really delete (a source|source 'Website')\\?"))
    expect(dialog).to_contain_text("DELETE http://127.0.0.1")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("[data-run]")).to_be_focused()
    assert backend.sandbox.state() == before
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("[data-run]")).to_be_focused()
    run(page)
    page.get_by_role("dialog").get_by_role("button", name="Delete source").click()
    page.get_by_role("button", name="Yes, delete source").click()
    expect(page.locator("[data-verdict]")).to_have_text("Succeeded")
    expect(page.locator("[data-run]")).to_be_focused()
    assert backend.sandbox.state() != before


@pytest.mark.parametrize(
    ("view", "parts"),
    [
        ("Command line", ["segment-connector run track", "-p event='Order Completed'"]),
        ("YAML step", ["action: track", "event: Order Completed"]),
        ("Python", ["connector.run(", '"event": "Order Completed"']),
        ("MCP", ['"method": "tools/call"', '"event": "Order Completed"']),
        ("curl", ["curl --request POST", '--user "$SEGMENT_WRITE_KEY:"']),
    ],
)
def test_the_call_is_carried_away_as(open_window: Callable[..., Window], view: str, parts: list[str]) -> None:
    window = open_window(permissions=["clipboard-read", "clipboard-write"])
    page = window.go("/actions/track")
    page.locator(".wb-example").first.click()
    expect(page.locator(".wb-request pre")).to_contain_text("Order Completed")
    page.get_by_role("button", name=view, exact=True).click()
    expect(page.locator(".wb-shown")).to_contain_text(parts[0])
    page.get_by_role("button", name="Copy", exact=True).click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert all(part in copied for part in parts), copied


def test_a_dropdown_is_searched_and_fills_its_field(window: Window) -> None:
    page = window.go("/actions/get_source")
    page.get_by_role("button", name="Choose: Source").click()
    dialog = page.get_by_role("dialog", name="Choose: Source")
    expect(dialog.locator(".wb-option").nth(1)).to_be_visible()
    assert faults_of(page) == []
    dialog.get_by_label("Search: Source").fill("checkout")
    expect(dialog.locator(".wb-option")).to_have_count(1)
    chosen = dialog.locator(".wb-option code").inner_text()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    dialog.locator(".wb-option").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_label("Source", exact=True)).to_have_value(chosen)
    expect(page.locator(".wb-request-line")).to_contain_text(chosen)


def test_a_long_dropdown_is_read_part_by_part(window: Window) -> None:
    page = window.go("/actions/create_source")
    page.get_by_role("button", name="Choose: Kind of source").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_contain_text("found")
    assert dialog.locator(".wb-option").count() > 0


def test_an_error_of_the_service_comes_with_its_cure(window: Window) -> None:
    page = window.go("/actions/get_source")
    page.get_by_label("Source", exact=True).fill("no-such-source")
    expect(page.locator(".wb-request-line")).to_contain_text("no-such-source")
    run(page)
    expect(page.locator("[data-verdict]")).to_contain_text("Refused")
    expect(page.locator(".wb-answer").get_by_role("alert")).to_be_visible()
    expect(page.locator(".wb-answer")).to_contain_text("HTTP 404")


def test_no_secret_is_in_the_page(window: Window) -> None:
    page = window.go("/actions/track")
    page.get_by_label("Connection").select_option("production")
    page.locator(".wb-example").first.click()
    expect(page.locator(".wb-headers")).to_contain_text("Basic ********")
    for view in ("curl", "Request"):
        page.get_by_role("button", name=view, exact=True).click()
    run(page)  # nobody listens where this connection leads
    expect(page.locator("[data-verdict]")).to_be_visible()
    page.locator(".wb-raw summary").last.click()
    assert SECRET not in page.content()
    window.go("/actions/create_warehouse")
    page.locator(".wb-example").first.click()
    expect(page.locator(".wb-request pre")).to_contain_text("********")
    secret = page.get_by_label("Settings, value of property 1")
    expect(secret).to_have_attribute("type", "password")
    for view in ("YAML step", "Python", "Command line", "MCP", "curl", "Request"):
        page.get_by_role("button", name=view, exact=True).click()
        expect(page.get_by_role("button", name=view, exact=True)).to_have_attribute("aria-pressed", "true")
        assert secret.input_value() not in page.locator(".wb-shown").inner_html()


def test_a_long_run_can_be_stopped_and_holds_up_nobody(
    open_window: Callable[..., Window], backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, send = threading.Event(), backend.connector.caller.send

    def slow(*request: Any) -> Any:
        answered.wait(20)
        return send(*request)

    monkeypatch.setattr(backend.connector.caller, "send", slow)
    page = open_window().go("/actions/track")
    page.locator(".wb-example").first.click()
    expect(page.locator(".wb-request pre")).to_be_visible()
    run(page)
    expect(page.get_by_text("Calling with 'sandbox'")).to_be_in_viewport()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".wb-answer")).to_contain_text("Stopped")
    expect(page.locator("[data-run]")).to_be_enabled()
    expect(open_window().go("/").locator("a.wb-action").first).to_be_visible()
    answered.set()
    wait_until(backend.sandbox.events, page)  # else it would arrive in the middle of another test


def test_an_action_is_run_by_keyboard_alone(window: Window, backend: Backend) -> None:
    page = window.go("/actions/alias")
    page.locator(".wb-example").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".wb-request pre")).to_be_visible()
    page.locator("[data-run]").focus()
    page.keyboard.press("Space")
    wait_until(backend.sandbox.events, page)
    expect(page.locator("[data-verdict]")).to_have_text("Accepted")


def test_an_answer_is_readable_on_a_phone(open_window: Callable[..., Window]) -> None:
    page = open_window(viewport={"width": 390, "height": 844}, color_scheme="dark").go("/actions/list_sources")
    page.locator(".wb-example").first.click()
    expect(page.locator(".wb-request")).to_be_visible()
    run(page)
    verdict = page.locator("[data-verdict]")
    expect(verdict).to_have_text("Succeeded")
    expect(verdict).to_be_in_viewport()
    assert overflow_of(page) <= 0
    assert faults_of(page) == []


def test_a_preset_is_chosen_and_filled_in_and_its_doubts_are_told(window: Window, backend: Backend) -> None:
    page = window.go("/actions/track")
    page.get_by_label("Preset").select_option("order_completed")
    expect(page.get_by_role("heading", name="Order Completed", level=1)).to_be_visible()
    expect(page.get_by_label("Preset")).to_have_value("order_completed")
    page.get_by_label("User ID").fill("u-1")
    page.get_by_label("Order ID").fill("50314b8e")
    page.get_by_label(re.compile("^Total")).fill("27.5")
    expect(page.locator(".wb-request pre")).to_contain_text('"event": "Order Completed"')
    expect(page.locator(".wb-side")).to_contain_text("there is no revenue")
    run(page)
    expect(page.locator("[data-verdict]")).to_have_text("Accepted")
    (event,) = backend.sandbox.events()
    assert event["body"]["event"] == "Order Completed"
    assert event["body"]["properties"] == {"order_id": "50314b8e", "total": 27.5}
