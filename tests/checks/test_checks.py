"""Each folder in ``checks/invalid`` is one mistake, made in a copy of the sound project ``checks/valid``.

A folder holds files that replace those of the copy, or ``edit.yaml`` with text replacements, and ``expected.txt`` with
what ``segment-connector check`` says. A new case is a new folder, named after the rule.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from segment_connector import SpecError
from segment_connector.checks import RULES, run
from segment_connector.cli import main
from segment_connector.language import yaml_reader as yaml_loader
from segment_connector.language.specs import Specs

_VALID = Path(__file__).parent / "valid"
_INVALID = Path(__file__).parent / "invalid"
_CASES = sorted(path.name for path in _INVALID.iterdir() if path.is_dir())


def _copy(folder: Path, *cases: str) -> Path:
    """The sound project with the mistakes of some cases in it."""
    root = folder / "project"
    shutil.copytree(_VALID, root)
    for name in cases:
        _spoil(root, _INVALID / name)
    return root


def _spoil(root: Path, case: Path) -> None:
    for path in case.rglob("*"):
        if path.is_file() and path.name not in ("edit.yaml", "expected.txt"):
            target = root / path.relative_to(case)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    for edit in yaml_loader.read(case / "edit.yaml") if (case / "edit.yaml").is_file() else ():
        target = root / edit["file"]
        text = target.read_text(encoding="utf-8")
        assert text.count(edit["replace"]) == 1, f"{case.name}: '{edit['replace']}' must stand once in {edit['file']}"
        target.write_text(text.replace(edit["replace"], edit["with"]), encoding="utf-8")


def _expected(case: str) -> str:
    return (_INVALID / case / "expected.txt").read_text(encoding="utf-8")


def _said(root: Path) -> str:
    problems = [replace(one, path=Path(one.path or "").relative_to(root).as_posix()) for one in run(root)]
    return "".join(f"{problem} [{problem.code}]\n" for problem in problems)


def test_a_sound_project_has_no_problems():
    assert run(_VALID) == []


@pytest.mark.parametrize("case", _CASES)
def test_each_mistake_is_said_with_place_rule_and_cure(case, tmp_path):
    assert _said(_copy(tmp_path, case)) == _expected(case)


@pytest.mark.parametrize("rule", [rule.NAME for rule in RULES])
def test_each_rule_has_two_cases_or_more_that_it_reports(rule):
    assert len([case for case in _CASES if case.startswith(f"{rule}-") and f"[{rule}" in _expected(case)]) >= 2


def test_all_mistakes_of_all_files_are_said_at_once(tmp_path):
    cases = ("load-no-yaml", "effects-read-not-repeated", "templates-merged-parameter", "secrets-unmarked-credential")
    said = sorted(_said(_copy(tmp_path, *cases)).splitlines())
    assert said == sorted(line for case in cases for line in _expected(case).splitlines())


def test_files_that_are_no_specs_are_left_alone(tmp_path):
    root = _copy(tmp_path)
    for name in ("actions/README.md", "actions/loans/.borrow_book.yaml.swp"):
        (root / name).write_text("not YAML: [", encoding="utf-8")
    assert run(root) == []


def test_a_project_may_share_nothing(tmp_path):
    root = _copy(tmp_path)
    gone = ("borrow_book", "borrow_many")
    for name in ("schemas/types/common.yaml", "catalogs/desk.yaml", *(f"actions/loans/{one}.yaml" for one in gone)):
        (root / name).unlink()
    shutil.rmtree(root / "triggers")
    assert run(root) == []


def test_a_folder_without_a_connector_is_refused(tmp_path):
    with pytest.raises(SpecError, match=r"there is no connector\.yaml"):
        run(tmp_path)


def test_only_the_files_asked_for_are_reported_on(tmp_path):
    root = _copy(tmp_path, "descriptions-no-full-stop")
    assert run(root, [root / "actions" / "shelf"]) == []
    assert [problem.code for problem in run(root, [root / "actions" / "loans"])] == ["descriptions"]


def test_a_connector_that_cannot_be_used_is_reported_whatever_was_asked_for(tmp_path):
    root = _copy(tmp_path, "load-newer-version")
    assert [problem.code for problem in run(root, [root / "actions"])] == ["load/spec_version"]


def _check(*arguments: str):
    return CliRunner().invoke(main, ["check", *arguments])


def test_the_command_says_that_a_sound_project_is_sound():
    result = _check(str(_VALID))
    assert (result.exit_code, result.output) == (0, "3 actions, no problems\n")


@pytest.mark.unmeasured
def test_the_specs_of_the_package_which_are_checked_by_default_are_sound():
    result = _check()
    assert (result.output, result.exit_code) == (f"{len(Specs().paths)} actions, no problems\n", 0)


def test_the_command_finds_the_root_around_a_file():
    result = _check(str(_VALID / "actions" / "shelf" / "list_loans.yaml"))
    assert (result.exit_code, result.output) == (0, "1 action, no problems\n")


def test_the_command_counts_files_without_actions():
    result = _check(str(_VALID / "connector.yaml"))
    assert (result.exit_code, result.output) == (0, "1 file, no problems\n")


def test_the_command_prints_problems_with_paths_from_here_and_a_summary(tmp_path, monkeypatch):
    monkeypatch.chdir(_copy(tmp_path, "descriptions-no-full-stop"))
    result = _check("--root", ".")
    expected = _expected("descriptions-no-full-stop")
    assert (result.exit_code, result.output) == (2, f"{expected}1 problem in 1 of 9 files\n")


def test_the_command_prints_paths_from_the_root_when_it_is_elsewhere(tmp_path, monkeypatch):
    root = _copy(tmp_path, "descriptions-no-full-stop")
    monkeypatch.chdir(_VALID)
    assert _check("--root", str(root)).output.startswith(_expected("descriptions-no-full-stop"))


def test_the_command_takes_the_root_of_the_whole_program():
    result = CliRunner().invoke(main, ["--specs", str(_VALID), "check"])
    assert (result.exit_code, result.output) == (0, "3 actions, no problems\n")


def test_the_command_prints_json(tmp_path, monkeypatch):
    root = _copy(tmp_path, "descriptions-no-full-stop")
    monkeypatch.chdir(root)
    result = _check("--format", "json", ".")
    assert result.exit_code == 2
    assert json.loads(result.output) == {
        "ok": False,
        "files": 9,
        "problems": [
            {
                "code": "descriptions",
                "message": "does not end with a full stop",
                "hint": "write a full sentence",
                "field": "summary",
                "path": "actions/loans/borrow_book.yaml",
                "line": 4,
            }
        ],
    }


@pytest.mark.parametrize("arguments", [["nowhere.yaml"], ["--root", "nowhere"]], ids=["path", "root"])
def test_a_path_that_does_not_exist_is_named(arguments):
    result = _check(*arguments)
    assert result.exit_code == 2
    assert "'nowhere" in result.output
    assert "does not exist" in result.output


def test_a_path_outside_the_root_is_refused(tmp_path):
    result = _check("--root", str(_VALID), str(tmp_path))
    assert result.exit_code == 2
    assert "is not in" in result.output
    assert "--root" in result.output


def test_a_root_without_a_connector_is_refused_by_the_command(tmp_path):
    result = _check("--root", str(tmp_path))
    assert result.exit_code == 2
    assert "there is no connector.yaml" in result.output
