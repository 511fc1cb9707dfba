"""The author's page in a browser: what is typed, offered and found, and a save that loses nothing."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import Window, faults_of, overflow_of, wait_until
from playwright.sync_api import Browser, Dialog, Page, expect
from spec_copies import copy_specs


def ready(page: Page) -> Page:
    page.locator(".au-editor[data-ready]").wait_for()
    return page


def type_at(page: Page, place: str, words: str) -> None:
    """Type before a text of the file."""
    page.evaluate(
        """([place]) => {
          const editor = getElement(Number(document.querySelector('.au-editor').id.slice(1))).editor;
          editor.dispatch({selection: {anchor: editor.state.doc.toString().indexOf(place)}, scrollIntoView: true});
          editor.focus();
        }""",
        [place],
    )
    page.keyboard.type(words)


def take(page: Page, word: str) -> None:
    """Take a word that is offered; for its first 75 ms the list takes no key, lest a person takes what just came."""
    expect(page.get_by_role("option", name=word).first).to_be_visible()
    page.wait_for_timeout(150)
    page.keyboard.press("Enter")


def findings(page: Page) -> Any:
    return page.get_by_role("region", name="Findings")


def test_a_mistake_is_found_marked_and_led_to(window: Window) -> None:
    page = ready(window.go("/author?action=track"))
    expect(findings(page)).to_contain_text("No findings")
    type_at(page, "idempotent: true", "colour: blue\n")
    expect(findings(page)).to_contain_text("colour: there is no such key")
    expect(page.get_by_text("edited, 1 finding")).to_be_visible()
    expect(page.locator(".au-found")).to_have_text("colour: blue")
    page.get_by_text("Escape and then Tab").click()
    findings(page).get_by_role("button", name="Line 16").click()
    expect(page.locator(".cm-content")).to_be_focused()
    page.keyboard.press("Shift+End")
    page.keyboard.press("Delete")
    page.keyboard.press("Delete")
    expect(findings(page)).to_contain_text("No findings")
    expect(page.get_by_text("as in the file")).to_be_visible()
    expect(page.locator(".au-found")).to_have_count(0)


def test_words_are_offered_and_taken_by_the_keyboard(window: Window) -> None:
    page = ready(window.go("/author?action=track"))
    type_at(page, "required: [event]", "  colour:\n  typ")
    take(page, "type")
    page.keyboard.type("str")
    take(page, "string")
    expect(page.get_by_role("textbox", name="Text of actions/tracking/track.yaml")).to_contain_text("type: string")


def test_form_and_request_change_with_the_file(window: Window) -> None:
    page = ready(window.go("/author?action=track"))
    call = page.get_by_role("region", name="The call")
    expect(call).to_contain_text('"event": "Order Completed"')
    type_at(page, "    title: Event name", "    placeholder: Cart Emptied\n")
    expect(page.get_by_label("Event name")).to_have_attribute("placeholder", "Cart Emptied")
    page.get_by_label("Event name").fill("Cart Filled")
    expect(call).to_contain_text('"event": "Cart Filled"')
    type_at(page, 'sentAt: "{{ now }}"', 'also: "{{ input.event }}", ')
    expect(call).to_contain_text('"also": "Cart Filled"')
    expect(findings(page)).to_contain_text("examples.0.request.body.also")


def test_escape_and_tab_leave_the_editor(window: Window) -> None:
    page = ready(window.go("/author?action=track"))
    type_at(page, "idempotent", "")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("textbox", name="Text of actions/tracking/track.yaml")).not_to_be_focused()


def test_another_action_is_opened(window: Window) -> None:
    page = ready(window.go("/author"))
    page.get_by_label("Action", exact=True).select_option("identify")
    page.wait_for_url("**/author?action=identify")
    ready(page)
    expect(page.get_by_text("actions/tracking/identify.yaml")).to_be_visible()


def test_changes_that_are_not_saved_are_not_left_by_accident(window: Window) -> None:
    page = ready(window.go("/author?action=track"))
    type_at(page, "idempotent: true", "# mine\n")
    expect(page.get_by_text("edited")).to_be_visible()
    chosen = page.get_by_label("Action", exact=True)
    chosen.focus()
    chosen.select_option("identify")
    page.get_by_role("dialog").get_by_role("button", name="Keep editing").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(chosen).to_have_value("track")
    expect(chosen).to_be_focused()
    expect(page.get_by_role("textbox", name="Text of actions/tracking/track.yaml")).to_contain_text("# mine")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.evaluate("setTimeout(() => location.assign('/'))")
    wait_until(lambda: asked == ["beforeunload"], page)
    expect(page.get_by_role("textbox", name="Text of actions/tracking/track.yaml")).to_contain_text("# mine")
    chosen.select_option("identify")
    page.get_by_role("dialog").get_by_role("button", name="Discard changes").click()
    page.wait_for_url("**/author?action=identify")


def test_a_file_that_cannot_be_read_is_said_to_be_so_beside_the_form(window: Window) -> None:
    page = ready(window.go("/author?action=track"))
    call = page.get_by_role("region", name="The call")
    expect(call).to_contain_text("Order Completed")
    type_at(page, "idempotent: true", "broken: [\n")
    expect(call).to_contain_text("The action cannot be loaded. Fix the findings in its file.")
    expect(call).to_contain_text("It appears when this is fixed.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_file_with_findings_has_no_serious_fault(open_window: Callable[..., Window], scheme: str) -> None:
    page = ready(open_window(viewport={"width": 1280, "height": 900}, color_scheme=scheme).go("/author?action=track"))
    type_at(page, "idempotent: true", "colour: blue\n")
    type_at(page, " yaml-language-server", " a comment that is marked as well:")
    expect(page.locator(".au-found")).to_have_count(2)
    assert faults_of(page) == []
    page.get_by_role("button", name="Review and save").click()
    expect(page.get_by_role("dialog")).to_contain_text("Fix this first")
    assert faults_of(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert overflow_of(page) <= 0


@pytest.fixture
def author(tmp_path: Path, browser: Browser) -> Iterator[tuple[Callable[[], Page], Path]]:
    """Opens windows of a service of its own, whose specs may be written; and where they are.

    It is another process, since one process serves one workbench at a time.
    """
    root = copy_specs(tmp_path / "specs")
    command = [sys.executable, "-m", "segment_connector", "--specs", str(root), "serve", "--port", "0", "--grace", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as service:
        try:
            assert service.stdout is not None
            link = next(found[0] for line in service.stdout if (found := re.search(r"http://\S+\?token=\S+", line)))
            with browser.new_context(reduced_motion="reduce") as context:
                context.new_page().goto(link)

                def open_page() -> Page:
                    page = context.new_page()
                    page.goto(f"{link.partition('/?')[0]}/author?action=track")
                    return ready(page)

                yield open_page, root
        finally:
            service.send_signal(signal.SIGINT)
            said, _ = service.communicate(timeout=20)
        assert "Traceback" not in said, said


def test_a_file_waits_for_another_that_cannot_be_read(author: tuple[Callable[[], Page], Path]) -> None:
    open_page, root = author
    connector = root / "connector.yaml"
    sound = connector.read_text(encoding="utf-8")
    open_page().close()  # the service has read the folder
    connector.write_text(sound.replace("name:", "nam:", 1), encoding="utf-8")
    page = open_page()
    said = findings(page).get_by_role("alert")
    expect(said).to_contain_text("The file cannot be checked until this is fixed")
    expect(said).to_contain_text("connector.yaml:")
    expect(said).to_contain_text("did you mean 'name'?")
    type_at(page, "idempotent: true", "# mine\n")
    page.get_by_role("button", name="Review and save").click()
    expect(page.get_by_role("dialog")).to_contain_text("It was not saved")
    page.get_by_role("dialog").get_by_role("button", name="Keep editing").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    connector.write_text(sound, encoding="utf-8")
    type_at(page, "idempotent: true", "# and yours\n")
    expect(findings(page)).to_contain_text("No findings")
    expect(page.get_by_text("edited")).to_be_visible()


def test_two_windows_edit_one_file(author: tuple[Callable[[], Page], Path]) -> None:
    """From a difference that is shown to the file, and to what the service makes of it; the second one is told."""
    open_page, root = author
    path = root / "actions" / "tracking" / "track.yaml"
    before = path.read_text(encoding="utf-8")
    first, second = open_page(), open_page()

    first.bring_to_front()  # a browser gives a window behind another one a frame a second
    type_at(first, "    title: Event name", "    placeholder: Cart Emptied\n")
    first.get_by_role("button", name="Review and save").click()
    dialog = first.get_by_role("dialog")
    expect(dialog.get_by_role("region", name="What changes")).to_contain_text("+    placeholder: Cart Emptied")
    assert path.read_text(encoding="utf-8") == before
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(first.get_by_text("is saved")).to_be_visible()
    assert faults_of(first) == []
    wait_until(lambda: "placeholder: Cart Emptied" in path.read_text(encoding="utf-8"), first)
    expect(first.get_by_text("as in the file")).to_be_visible()
    first.goto(first.url.replace("/author?action=track", "/actions/track"))
    expect(first.get_by_label("Event name")).to_have_attribute("placeholder", "Cart Emptied")

    saved = path.read_text(encoding="utf-8")
    second.bring_to_front()
    type_at(second, "idempotent: true", "# mine\n")
    second.get_by_role("button", name="Review and save").click()
    dialog = second.get_by_role("dialog")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_contain_text("It was not saved")
    expect(dialog.get_by_role("region", name="What changes")).to_contain_text("+    placeholder: Cart Emptied")
    assert path.read_text(encoding="utf-8") == saved
    dialog.get_by_role("button", name="Load the current version").click()
    editor = second.get_by_role("textbox", name="Text of actions/tracking/track.yaml")
    expect(editor).to_contain_text("Cart Emptied")
    expect(editor).to_be_focused()
    type_at(second, "idempotent: true", "# mine\n")
    second.get_by_role("button", name="Review and save").click()
    second.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    wait_until(lambda: path.read_text(encoding="utf-8") == saved.replace("idempotent:", "# mine\nidempotent:"), second)


def test_a_new_action_begins_from_a_template_and_is_saved(author: tuple[Callable[[], Page], Path]) -> None:
    open_page, root = author
    page = open_page()
    page.get_by_role("button", name="New action").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Group").select_option("labels")
    dialog.get_by_label("API").select_option("public")
    dialog.get_by_label("Method").select_option("DELETE")
    expect(dialog).to_contain_text("It deletes.")
    dialog.get_by_label("Name").fill("track")
    dialog.get_by_label("Path").fill("/colours/{id}")
    dialog.get_by_role("button", name="Begin the file").click()
    expect(dialog.get_by_role("alert")).to_contain_text("there is an action 'track' already")
    assert faults_of(page) == []
    dialog.get_by_label("Name").fill("remove_colour")
    dialog.get_by_label("Name").press("Enter")
    page.wait_for_url("**/author?new=remove_colour*")
    ready(page)
    expect(findings(page)).to_contain_text("No findings")
    expect(page.get_by_role("region", name="The call")).to_contain_text("/colours/id-1")
    page.get_by_role("button", name="Review and save").click()
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("as in the file")).to_be_visible()
    assert (root / "actions" / "labels" / "remove_colour.yaml").is_file()
    page.goto(page.url.partition("/author")[0] + "/actions/remove_colour")
    expect(page.get_by_role("heading", name="Remove colour")).to_be_visible()
