"""Behind the author's page: words at a cursor, findings in a draft, and a save that loses nothing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spec_copies import copy_specs

from segment_connector.authoring.action_files import Changed, Judged, Workshop
from segment_connector.authoring.cursor import cursor_at
from segment_connector.authoring.draft import Draft
from segment_connector.checks import judge, run
from segment_connector.checks.project import Project
from segment_connector.errors import InputError, SpecError
from segment_connector.language import yaml_reader as yaml_loader
from segment_connector.language.specs import Specs

TESTS = Path(__file__).parents[2]
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


@pytest.mark.unmeasured
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


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project without mistakes, which drafts leave as it was."""
    project = Project(Path(shutil.copytree(TESTS / "checks" / "valid", tmp_path_factory.mktemp("sound") / "project")))
    assert judge(project) == []
    yield project
    assert judge(project) == []


@pytest.mark.unmeasured
@pytest.mark.parametrize("case", CASES)
def test_a_draft_is_judged_as_the_file_would_be(sound: Project, case: str) -> None:
    """Every mistake of tests/checks, made in the editor instead of in the file."""
    path = sound.root / str(edited_action(INVALID / case))
    before = text = path.read_text(encoding="utf-8")
    for edit in yaml_loader.read(INVALID / case / "edit.yaml"):
        text = text.replace(edit["replace"], edit["with"])
    whole = [one for one in judge(Draft(sound, path, text, alone=False)) if one.path == str(path)]
    alone = [one for one in judge(Draft(sound, path, text), [path]) if one.path == str(path)]
    path.write_text(text, encoding="utf-8")
    in_the_file = [one for one in run(sound.root) if one.path == str(path)]
    path.write_text(before, encoding="utf-8")
    assert whole == in_the_file
    alike = "so nobody can choose between them"  # which only the other files tell
    assert [one for one in alone if alike not in one.message] == [one for one in whole if alike not in one.message]


def test_a_text_that_cannot_be_read_has_one_finding(packaged: Workshop) -> None:
    text = packaged.open("track").text
    judged = packaged.judge("track", text + "broken: [\n")
    assert [(one.code, one.line) for one in judged.findings] == [("load/yaml", len(text.splitlines()) + 2)]
    assert judged.action is None
    with pytest.raises(InputError, match="cannot be loaded"):
        judged.plan({})


def test_a_text_that_is_far_too_long_is_refused(packaged: Workshop) -> None:
    judged = packaged.judge("track", "# long\n" * 200_000)
    assert judged.findings[0].code == "load/too_large"


@pytest.mark.unmeasured
def test_what_an_edit_breaks_elsewhere_is_told(own: Workshop) -> None:
    text = own.open("track").text
    renamed = re.sub(r"\bproperties\b(?=[:,}\s\"]|: )", "facts", text).replace("$ref: tracking#eventFacts", "")
    assert own.judge("track", renamed).findings == []
    told = own.elsewhere("track", renamed)
    assert told
    assert all("catalogs" in str(one.path) for one in told)
    assert own.elsewhere("track", text) == []


# Saving


def test_a_save_is_refused_when_somebody_else_saved(own: Workshop) -> None:
    mine, theirs = own.open("track"), own.open("track")
    saved = own.save(theirs, theirs.text + "# theirs\n")
    with pytest.raises(Changed, match="saved"):
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
    monkeypatch.setattr("segment_connector.authoring.action_files.default_root", lambda: root)
    workshop = Workshop(Specs(root))
    opened = workshop.open("track")
    with pytest.raises(InputError, match="inside the installed package"):
        workshop.save(opened, opened.text + "#\n")
    assert workshop.open("track") == opened
