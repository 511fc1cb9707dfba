"""The author's page: findings, completions, form and request while a file is typed, and a save that loses nothing."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import Window, faults_of, overflow_of, wait_until
from playwright.sync_api import Browser, Page, expect

from segment_connector.checks import judge, run
from segment_connector.checks.draft import Draft
from segment_connector.checks.project import Project
from segment_connector.errors import InputError, SpecError
from segment_connector.service.workbench.author_cursor import cursor_at
from segment_connector.service.workbench.author_files import Changed, Judged, Workshop
from segment_connector.specs import yaml_loader
from segment_connector.specs.index import Specs, default_root

TESTS = Path(__file__).parent.parent
CURSORS = yaml_loader.read(TESTS / "data" / "author" / "cursors.yaml")
INVALID = TESTS / "checks" / "invalid"


def edited_action(case: Path) -> str | None:
    """The one action file that a case of tests/checks edits, if it does nothing else."""
    edits = yaml_loader.read(case / "edit.yaml") if (case / "edit.yaml").is_file() else []
    files = {edit["file"] for edit in edits}
    others = [path for path in case.rglob("*") if path.is_file() and path.name not in ("edit.yaml", "expected.txt")]
    return files.pop() if len(files) == 1 and not others and next(iter(files)).startswith("actions/") else None


CASES = sorted(path.name for path in INVALID.iterdir() if path.is_dir() and edited_action(path))


@pytest.fixture(scope="module")
def packaged() -> Workshop:
    return Workshop(Specs())


@pytest.fixture(scope="module")
def judged_track(packaged: Workshop) -> Judged:
    return packaged.judge("track", packaged.open("track").text)


@pytest.fixture
def own(tmp_path: Path) -> Workshop:
    """The specs in a folder of the author's own."""
    return Workshop(Specs(copy_specs(tmp_path / "specs")))


def copy_specs(root: Path) -> Path:
    root.mkdir()
    for folder in ("actions", "schemas", "catalogs"):
        shutil.copytree(default_root() / folder, root / folder)
    for name in ("connector.yaml", "simulation.yaml"):
        shutil.copyfile(default_root() / name, root / name)
    return root


# Where the cursor is, and what can be written there


@pytest.mark.parametrize("case", CURSORS, ids=lambda case: case["text"][-30:])
def test_words_at_a_cursor(packaged: Workshop, judged_track: Judged, case: dict[str, Any]) -> None:
    before, after = case["text"].split("^")
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2])
    cursor = cursor_at(before + after, line, column)
    assert (cursor.kind, list(cursor.path)) == (case["kind"], case["path"])
    words, _ = packaged.words(judged_track, before + after, line, column)
    assert [word.label for word in words][: len(case["words"])] == case["words"]
    assert case["words"] or not words


@pytest.mark.parametrize("name", ["track", "batch", "create_destination", "update_tracking_plan"])
def test_no_place_of_a_real_file_stops_it(packaged: Workshop, name: str) -> None:
    opened = packaged.open(name)
    judged = packaged.judge(name, opened.text)
    lines = opened.text.split("\n")
    for number, line in enumerate(lines, 1):
        cut = "\n".join([*lines[: number - 1], line[: len(line) // 2]])
        packaged.words(judged, cut, number, len(line) // 2)
        packaged.words(judged, opened.text, number, len(line))


# Findings


@pytest.mark.parametrize("case", CASES)
def test_a_draft_is_judged_as_the_file_would_be(tmp_path: Path, case: str) -> None:
    """Every mistake of tests/checks, made in the editor instead of in the file."""
    sound = tmp_path / "sound"
    shutil.copytree(TESTS / "checks" / "valid", sound)
    path = sound / str(edited_action(INVALID / case))
    text = path.read_text(encoding="utf-8")
    for edit in yaml_loader.read(INVALID / case / "edit.yaml"):
        text = text.replace(edit["replace"], edit["with"])
    project = Project(sound)
    whole = [one for one in judge(Draft(project, path, text, alone=False)) if one.path == str(path)]
    alone = [one for one in judge(Draft(project, path, text), [path]) if one.path == str(path)]
    assert judge(project) == []  # the project itself is left as it was
    path.write_text(text, encoding="utf-8")
    assert whole == [one for one in run(sound) if one.path == str(path)]
    alike = "so nobody can choose between them"  # which only the other files tell
    assert [one for one in alone if alike not in one.message] == [one for one in whole if alike not in one.message]


def test_findings_come_while_a_person_types(packaged: Workshop) -> None:
    text = packaged.open("create_destination").text
    packaged.judge("create_destination", text)
    times = []
    for number in range(5):
        began = time.perf_counter()
        packaged.judge("create_destination", f"{text}# {number}\n")
        times.append(time.perf_counter() - began)
    assert min(times) < 0.3


def test_a_text_that_cannot_be_read_has_one_finding(packaged: Workshop) -> None:
    judged = packaged.judge("track", packaged.open("track").text + "broken: [\n")
    assert [(one.code, one.line) for one in judged.findings] == [("load/yaml", 123)]
    assert judged.action is None
    with pytest.raises(InputError, match="cannot be loaded"):
        judged.plan({})


def test_a_text_that_is_far_too_long_is_refused(packaged: Workshop) -> None:
    judged = packaged.judge("track", "# long\n" * 200_000)
    assert judged.findings[0].code == "load/too_large"


def test_what_an_edit_breaks_elsewhere_is_told(own: Workshop) -> None:
    text = own.open("track").text
    renamed = re.sub(r"\bproperties\b(?=[:}\s\"]|: )", "facts", text).replace("$ref: common#eventFacts", "")
    assert own.judge("track", renamed).findings == []
    told = own.elsewhere("track", renamed)
    assert told
    assert all("catalogs" in str(one.path) for one in told)
    assert own.elsewhere("track", text) == []


# Saving


def test_a_save_is_refused_when_somebody_else_saved(own: Workshop) -> None:
    mine, theirs = own.open("track"), own.open("track")
    saved = own.save(theirs, theirs.text + "# theirs\n")
    with pytest.raises(Changed, match="somebody else saved it"):
        own.save(mine, mine.text + "# mine\n")
    assert own.open("track").text.endswith("# theirs\n")
    own.save(saved, mine.text)
    assert own.open("track") == mine
    assert not list(mine.path.parent.glob(".*"))


def test_a_file_that_was_taken_away_is_not_made_again(own: Workshop) -> None:
    opened = own.open("track")
    opened.path.unlink()
    with pytest.raises(Changed):
        own.save(opened, opened.text)
    with pytest.raises(SpecError):
        own.open("track")


def test_a_save_keeps_who_may_read_the_file(own: Workshop) -> None:
    opened = own.open("track")
    opened.path.chmod(0o640)
    own.save(opened, opened.text + "#\n")
    assert opened.path.stat().st_mode & 0o777 == 0o640


def test_specs_inside_a_package_are_not_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = copy_specs(tmp_path / "_data")
    monkeypatch.setattr("segment_connector.service.workbench.author_files.default_root", lambda: root)
    workshop = Workshop(Specs(root))
    opened = workshop.open("track")
    with pytest.raises(InputError, match="inside the installed package"):
        workshop.save(opened, opened.text + "#\n")
    assert workshop.open("track") == opened


# In the browser


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
    type_at(page, "effect: write", "colour: blue\n")
    expect(findings(page)).to_contain_text("colour: there is no such key")
    expect(page.get_by_text("edited, 1 finding")).to_be_visible()
    expect(page.locator(".au-found")).to_have_text("colour: blue")
    page.get_by_text("Escape and then Tab").click()
    findings(page).get_by_role("button", name="Line 10").click()
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
    type_at(page, '  userId: "{{ input.userId }}"', '  also: "{{ input.event }}"\n')
    expect(call).to_contain_text('"also": "Cart Filled"')
    expect(findings(page)).to_contain_text("examples.0.request.body.also")


def test_escape_and_tab_leave_the_editor(window: Window) -> None:
    page = ready(window.go("/author?action=track"))
    type_at(page, "effect", "")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("textbox", name="Text of actions/tracking/track.yaml")).not_to_be_focused()


def test_another_action_is_opened(window: Window) -> None:
    page = ready(window.go("/author"))
    page.get_by_label("Action", exact=True).select_option("identify")
    page.wait_for_url("**/author?action=identify")
    ready(page)
    expect(page.get_by_text("actions/tracking/identify.yaml")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_file_with_findings_has_no_serious_fault(open_window: Callable[..., Window], scheme: str) -> None:
    page = ready(open_window(viewport={"width": 1280, "height": 900}, color_scheme=scheme).go("/author?action=track"))
    type_at(page, "effect: write", "colour: blue\n")
    type_at(page, " yaml-language-server", " a comment that is marked as well:")
    expect(page.locator(".au-found")).to_have_count(2)
    assert faults_of(page) == []
    page.get_by_role("button", name="Review and save").click()
    expect(page.get_by_role("dialog")).to_contain_text("Mend this first")
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
            service.communicate(timeout=20)


def test_two_windows_edit_one_file(author: tuple[Callable[[], Page], Path]) -> None:
    """From a difference that is shown to the file, and to what the service makes of it; the second one is told."""
    open_page, root = author
    path = root / "actions" / "tracking" / "track.yaml"
    before = path.read_text(encoding="utf-8")
    first, second = open_page(), open_page()

    type_at(first, "    title: Event name", "    placeholder: Cart Emptied\n")
    first.get_by_role("button", name="Review and save").click()
    dialog = first.get_by_role("dialog")
    expect(dialog.get_by_role("region", name="What changes")).to_contain_text("+    placeholder: Cart Emptied")
    assert path.read_text(encoding="utf-8") == before
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(first.get_by_text("is saved")).to_be_visible()
    wait_until(lambda: "placeholder: Cart Emptied" in path.read_text(encoding="utf-8"), first)
    expect(first.get_by_text("as in the file")).to_be_visible()
    first.goto(first.url.replace("/author?action=track", "/actions/track"))
    expect(first.get_by_label("Event name")).to_have_attribute("placeholder", "Cart Emptied")

    saved = path.read_text(encoding="utf-8")
    type_at(second, "effect: write", "# mine\n")
    second.get_by_role("button", name="Review and save").click()
    dialog = second.get_by_role("dialog")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_contain_text("It was not saved")
    expect(dialog.get_by_role("region", name="What changes")).to_contain_text("+    placeholder: Cart Emptied")
    assert path.read_text(encoding="utf-8") == saved
    dialog.get_by_role("button", name="Load it as it is now").click()
    expect(second.get_by_role("textbox", name="Text of actions/tracking/track.yaml")).to_contain_text("Cart Emptied")
    type_at(second, "effect: write", "# mine\n")
    second.get_by_role("button", name="Review and save").click()
    second.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    wait_until(lambda: path.read_text(encoding="utf-8") == saved.replace("effect:", "# mine\neffect:"), second)
