"""The page of investigations: the way of an event as a flow, each gate open or shut and why."""

from __future__ import annotations

from browsing import Window, faults_of, overflow_of
from playwright.sync_api import expect


def test_the_way_of_an_event_is_drawn_with_each_gate(window: Window) -> None:
    page = window.go("/ways")
    page.get_by_label("Question").select_option(label="Trace an event")
    page.get_by_label("Event", exact=True).fill("Order Completed")
    page.get_by_label("Source", exact=True).fill("website")
    page.get_by_label("Payload").fill('{"userId": "anna@example.com"}')
    page.get_by_role("button", name="Find out").click()
    amplitude = page.get_by_role("region", name="Amplitude production")
    expect(amplitude).to_contain_text("It drops the event")
    expect(amplitude.get_by_role("heading")).to_contain_text("shut")
    expect(page.get_by_role("region", name="Order webhook")).to_contain_text("switched off")
    assert faults_of(page) == []
    assert overflow_of(page) == 0


def test_what_is_wrong_is_told_and_other_questions_have_their_own_fields(window: Window) -> None:
    page = window.go("/ways")
    page.get_by_label("Question").select_option(label="Trace an event")
    page.get_by_label("Source", exact=True).fill("websit")
    page.get_by_role("button", name="Find out").click()
    expect(page.get_by_role("region", name="What was found")).to_contain_text("No source is called 'websit'")
    page.get_by_label("Question").select_option(label="Audit of the workspace")
    expect(page.get_by_label("Payload")).to_have_count(0)
    page.get_by_role("button", name="Find out").click()
    expect(page.get_by_role("region", name="What was found")).to_contain_text("worth a look")
