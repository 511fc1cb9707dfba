"""Connections: added, tested, changed by two at once, deleted; and no credential ever comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import Window, faults_of, overflow_of
from playwright.sync_api import Locator, Page, expect

from segment_connector import Connector
from segment_connector.service.backend import Backend
from segment_connector.service.connections import ConnectionStore
from segment_connector.service.workbench.connections.connection_values import REMOVED, differences, fields, filled_in

SECRET = "sgp_" + "made-up-for-this-test"


@pytest.fixture
def store(backend: Backend) -> Iterator[ConnectionStore]:
    """The store of the service; what a test adds to it is gone afterwards."""
    before = set(backend.connections.names())
    yield backend.connections
    for name in set(backend.connections.names()) - before:
        backend.connections.remove(name, version=backend.connections.describe(name)["version"])


@pytest.fixture
def staging(store: ConnectionStore) -> str:
    """A connection with a credential."""
    store.put("staging", {"region": "us", "publicToken": SECRET}, version=None)
    return "staging"


def one(page: Page) -> Locator:
    return page.get_by_role("region", name="Connection details")


def test_a_connection_is_added_and_its_credential_is_not_shown(window: Window, store: ConnectionStore) -> None:
    received: list[Any] = []

    def keep(frame: Any) -> None:  # a builtin method is none that Playwright can mark
        received.append(frame)

    window.page.on("websocket", lambda socket: socket.on("framereceived", keep))
    page = window.go("/connections")
    page.get_by_role("button", name="Add a connection").click()
    page.get_by_label("Name", exact=True).fill("my staging")
    page.get_by_label("Region").select_option("eu")
    page.get_by_label("Public API token", exact=True).fill(SECRET)
    page.get_by_role("button", name="Save").click()
    expect(one(page)).to_contain_text("It is saved")
    expect(page.get_by_role("listitem", name="my staging")).to_contain_text("Region eu")
    expect(page.get_by_role("listitem", name="my staging")).to_contain_text("Public API token")
    assert store.get("my staging") == {"region": "eu", "publicToken": SECRET}
    page.locator(".wb-chooser select").select_option("my staging")  # it is offered at once
    page.get_by_role("button", name="Edit my staging").click()
    expect(page.get_by_label("Public API token", exact=True)).to_have_value("")
    expect(one(page)).to_contain_text("is set")
    assert SECRET not in page.content()
    assert received
    assert not any(SECRET in str(frame) for frame in received)


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(window: Window, store: ConnectionStore) -> None:
    page = window.go("/connections")
    page.get_by_role("button", name="Add a connection").click()
    page.get_by_label("Name", exact=True).fill("spaced")
    page.get_by_label("Write key", exact=True).fill("two words")
    page.get_by_role("button", name="Save").click()
    field = page.get_by_label("Write key", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(
        "does not match the pattern ^[!-~]{1,128}$: copy the write key again, without spaces or line breaks"
        " The key of the source that events are sent to."
    )
    expect(field).to_have_value("two words")
    expect(page.get_by_label("Name", exact=True)).to_have_value("spaced")
    assert "spaced" not in store.names()
    field.fill("one-word")
    page.keyboard.press("Enter")
    expect(one(page)).to_contain_text("It is saved")
    assert store.get("spaced")["writeKey"] == "one-word"


def test_all_that_is_wrong_is_said_at_once(window: Window) -> None:
    page = window.go("/connections")
    page.get_by_role("button", name="Add a connection").click()
    page.get_by_label("Name", exact=True).fill("no/name")
    page.get_by_label("Write key", exact=True).fill("two words")
    page.get_by_role("button", name="Save").click()
    for label in ("Name", "Write key"):
        expect(page.get_by_label(label, exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()


def test_without_a_file_nothing_is_said_to_be_saved(
    window: Window, store: ConnectionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_file", None)
    page = window.go("/connections")
    page.get_by_role("button", name="Add a connection").click()
    page.get_by_label("Name", exact=True).fill("short-lived")
    page.get_by_role("button", name="Save").click()
    expect(one(page)).to_contain_text("It is kept until the service stops")
    expect(one(page)).not_to_contain_text("It is saved")


def test_a_wrong_advanced_field_is_unfolded(window: Window) -> None:
    page = window.go("/connections")
    page.get_by_role("button", name="Add a connection").click()
    page.get_by_label("Name", exact=True).fill("folded")
    page.get_by_text("OAuth application", exact=True).click()
    page.get_by_label("Client id").fill("abc")
    page.get_by_text("OAuth application", exact=True).click()
    expect(page.get_by_label("Client id")).to_be_hidden()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Client id")).to_be_visible()
    expect(page.get_by_label("Client id")).to_have_value("abc")


def test_a_credential_stays_is_replaced_or_is_removed(window: Window, store: ConnectionStore, staging: str) -> None:
    page = window.go("/connections")
    for change, expected in (
        (lambda: page.get_by_label("Region").select_option("eu"), {"region": "eu", "publicToken": SECRET}),
        (lambda: page.get_by_label("Public API token", exact=True).fill("sgp_new"),
         {"region": "eu", "publicToken": "sgp_new"}),
        (lambda: page.get_by_label("Remove Public API token").check(), {"region": "eu"}),
    ):  # fmt: skip
        page.get_by_role("button", name=f"Edit {staging}").click()
        change()
        page.get_by_role("button", name="Save").click()
        expect(one(page)).to_contain_text("It is saved")
        assert store.get(staging) == expected


def test_a_kept_credential_does_not_go_to_another_address(window: Window, store: ConnectionStore, staging: str) -> None:
    page = window.go("/connections")
    page.get_by_role("button", name=f"Edit {staging}").click()
    page.get_by_text("Servers", exact=True).click()
    page.get_by_label("Public API server").fill("https://elsewhere.example")
    page.get_by_role("button", name="Save").click()
    expect(one(page)).to_contain_text("the credentials that are kept would go to another address")
    assert "servers" not in store.get(staging)


def test_of_two_who_edit_one_connection_the_second_is_told(
    open_window: Callable[..., Window], store: ConnectionStore, staging: str
) -> None:
    first, second = (open_window().go("/connections") for _ in range(2))
    for page in (first, second):
        page.get_by_role("button", name=f"Edit {staging}").click()
    first.get_by_label("Region").select_option("eu")
    first.get_by_label("Space id").fill("spa_1")
    first.get_by_role("button", name="Save").click()
    expect(one(first)).to_contain_text("It is saved")
    expect(second.get_by_role("listitem", name=staging)).to_contain_text("Region eu")
    second.get_by_label("Write key", exact=True).fill("mine")
    second.get_by_role("button", name="Save").click()
    expect(one(second)).to_contain_text("It was not saved: somebody else changed it")
    expect(one(second)).to_contain_text("Region is now eu (it was us)")
    expect(one(second)).to_contain_text("Space id is now spa_1 (it was empty)")
    assert "writeKey" not in store.get(staging)
    second.get_by_role("button", name="Load the current version").click()
    expect(second.get_by_label("Space id")).to_have_value("spa_1")
    second.get_by_label("Write key", exact=True).fill("mine")
    second.get_by_role("button", name="Save").click()
    expect(one(second)).to_contain_text("It is saved")
    assert store.get(staging) == {"region": "eu", "publicToken": SECRET, "spaceId": "spa_1", "writeKey": "mine"}


def test_a_test_tells_what_each_check_is_worth(window: Window) -> None:
    page = window.go("/connections")
    page.get_by_role("button", name="Test sandbox").click()
    expect(one(page)).to_contain_text("Nothing failed")
    verdicts = {row.locator("strong").inner_text(): row.locator(".wb-chip").inner_text()
                for row in one(page).locator(".cn-checks li").all()}  # fmt: skip
    assert verdicts == {
        "Write key": "unverifiable", "OAuth application": "not given", "Public API token": "verified",
        "Profile API access token": "verified",
    }  # fmt: skip
    page.get_by_role("button", name="Test production").click()
    expect(one(page)).to_contain_text("Test of production")
    expect(one(page)).to_contain_text("1 failed, 3 not given.", timeout=20_000)


def test_a_deletion_is_asked_for(window: Window, store: ConnectionStore, staging: str) -> None:
    page = window.go("/connections")
    page.get_by_role("button", name=f"Delete {staging}").click()
    one(page).get_by_role("button", name="Cancel").click()
    assert staging in store.names()
    expect(page.get_by_role("button", name=f"Delete {staging}")).to_have_count(1)
    page.get_by_role("button", name=f"Delete {staging}").click()
    one(page).get_by_role("button", name=f"Delete {staging}").click()
    expect(one(page)).to_contain_text("staging is deleted.")
    expect(page.get_by_role("listitem", name=staging)).to_have_count(0)
    assert staging not in store.names()
    expect(page.locator(".wb-chooser").get_by_role("option")).to_have_text(["sandbox", "production"])


def test_what_is_the_services_own_cannot_be_edited(window: Window) -> None:
    page = window.go("/connections")
    expect(page.get_by_role("listitem", name="sandbox")).to_contain_text("cannot be changed here")
    expect(page.get_by_role("button", name="Edit sandbox")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_form_has_no_serious_fault(open_window: Callable[..., Window], staging: str, scheme: str) -> None:
    page = open_window(viewport={"width": 1280, "height": 900}, color_scheme=scheme).go("/connections")
    page.get_by_role("button", name=f"Edit {staging}").click()
    for fold in ("More", "OAuth application", "Servers"):
        page.get_by_text(fold, exact=True).click()
    page.get_by_label("Write key", exact=True).fill("two words")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Write key", exact=True)).to_have_attribute("aria-invalid", "true")
    assert faults_of(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert overflow_of(page) <= 0
    page.get_by_role("button", name="Test sandbox").click()
    expect(one(page)).to_contain_text("Nothing failed")
    assert faults_of(page) == []
    assert overflow_of(page) <= 0


# Between the form's texts and a connection


def properties() -> Any:
    return Connector.load().spec.connection.properties


def test_texts_become_values_of_the_schemas_type() -> None:
    form = {"region": "eu", "writeKey": " key ", "writeKeyInBody": "on", "oauth.clientId": "c", "spaceId": "",
            "oauth.privateKey": "-----BEGIN\nline\n", REMOVED + "publicToken": "on"}  # fmt: skip
    values, removed = filled_in(form, fields(properties()))
    assert values == {
        "region": "eu", "writeKey": "key", "writeKeyInBody": True,
        "oauth": {"clientId": "c", "privateKey": "-----BEGIN\nline\n"},
    }  # fmt: skip
    assert removed == ["publicToken"]


def test_only_a_credential_of_several_lines_gets_several() -> None:
    assert [field.name for field in fields(properties()) if field.has_lines] == ["oauth.privateKey"]


def test_a_credential_that_was_given_anew_is_told_of_without_it() -> None:
    before = {"has": ["writeKey"], "public": {"region": "us"}}
    assert differences(before, before, fields(properties())) == ["a credential was replaced"]
    now = {"has": [], "public": {"region": "us", "writeKeyInBody": True}}
    assert differences(before, now, fields(properties())) == [
        "Write key was removed", "Write key in the body is now true (it was empty)",
    ]  # fmt: skip
