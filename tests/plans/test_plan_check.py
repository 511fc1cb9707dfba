"""``plan check``: what is wrong with a plan's files, and what a change of them breaks."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from cli_support import cli
from plan_lab import CONNECTOR, SPEC, rule

from segment_connector.cli.plans.review_commands import call_members
from segment_connector.language import yaml_reader
from segment_connector.plans.compare.plan_diff import RuleMeanings
from segment_connector.plans.files.plan_folder import PlanFolder
from segment_connector.plans.plan import plan_from, rule_from
from segment_connector.plans.review.pattern_risk import may_never_end
from segment_connector.plans.review.plan_check import check_folder

CASES = yaml_reader.read(Path(__file__).parent.parent / "data/plans/checks.yaml")
TEXT, NUMBER = {"type": "string"}, {"type": "number"}


def plan_at(path: Path, *rules: dict[str, Any]) -> PlanFolder:
    folder = PlanFolder(path, SPEC)
    folder.write(plan_from([rule_from(one, SPEC) for one in rules], None, "Shop"), RuleMeanings(SPEC))
    return folder


def found(folder: PlanFolder) -> list[str]:
    members = call_members(CONNECTOR.specs)
    return [f"{one.severity} {one.problem.code}" for one in check_folder(folder, SPEC, members).findings]


@pytest.mark.parametrize("case", CASES, ids=[one["name"] for one in CASES])
def test_a_rule_is_judged_by_itself(tmp_path: Path, case: dict[str, Any]) -> None:
    schema = case.get("call", {"type": "object", "properties": {"properties": case.get("properties", {})}})
    key = {"key": case.get("key", "Order Completed")} if case.get("key", "") is not None else {}
    one = {"type": case.get("type", "TRACK"), **key, "version": case.get("version", 1), "jsonSchema": schema}
    assert found(plan_at(tmp_path, one)) == case["finds"]


def test_events_are_compared_with_each_other(tmp_path: Path) -> None:
    folder = plan_at(
        tmp_path, rule("Order Completed", total=NUMBER), rule("order_completed", total={"type": "integer"}),
        rule("Cart Viewed", total=TEXT, id=TEXT), rule("Order Refunded", total={"type": ["null", "number"]}),
    )  # fmt: skip
    told = check_folder(folder, SPEC).warnings
    assert [one.code for one in told] == ["two_types", "near_duplicate"]
    assert told[0].message == "'properties.total' is string here and number in TRACK 'Order Completed' and 2 more"
    assert (Path(str(told[0].path)).name, told[0].line) == ("cart-viewed.yaml", 11)
    assert "'order_completed' and 'Order Completed' are two events to the service" in told[1].message


def test_two_rules_of_one_name_and_version_are_told_with_both_places(tmp_path: Path) -> None:
    folder = plan_at(tmp_path, rule("A"))
    first = tmp_path / "track/a.yaml"
    (tmp_path / "track/b.yaml").write_text(first.read_text())
    told = check_folder(folder, SPEC).errors
    assert [one.code for one in told] == ["duplicate_rule", "two_files"]
    assert told[0].message == f"there is a second rule of this name and version, in {first}:4"
    said = cli("plan", "push", str(tmp_path), "--sandbox")
    assert (said.code, said.errors[0].count("second rule")) == (2, 1)


@pytest.mark.parametrize(
    ("pattern", "endless"),
    [
        ("(a+)+", True), ("(a*)*", True), ("((a+)b?)+", True), ("(?:a+|b)+", True), (r"(\d+)*$", True),
        ("(a+){2,}", True), ("([a-z]+)*", True), ("a+b+", False), ("(ab)+", False),
        ("(a+b)+", False), ("(a{1,3})+", False), ("[(a+)+]", False), (r"\(a+\)+", False), ("(a+)?", False),
        ("(a+)", False), ("", False), (")(", False), ("*", False),
    ],
)  # fmt: skip
def test_a_repetition_of_a_repetition_is_found(pattern: str, *, endless: bool) -> None:
    assert may_never_end(pattern) is endless


def test_the_command_tells_all_with_place_and_cure(tmp_path: Path) -> None:
    plan_at(tmp_path / "plan", rule("A", x={"type": "string", "pattern": "(?!x)"}, y={"$ref": "#/no"}), rule("a "))
    said = cli("plan", "check", str(tmp_path / "plan"))
    assert said.code == 2
    assert said.stdout.endswith("2 rules, 2 errors, 2 warnings\n")
    assert "a-" in said.stdout
    told = cli("plan", "check", str(tmp_path / "plan"), "--format", "json").json
    assert (told["ok"], told["rules"], told["breaking"]) == (False, 2, None)
    assert {one["code"] for one in told["findings"]} == {"look_ahead", "reference", "blank", "near_duplicate"}
    assert all(one["line"] and one["hint"] for one in told["findings"])


def test_doubts_are_mistakes_when_that_is_asked_for(tmp_path: Path) -> None:
    plan_at(tmp_path, rule("A  b"))
    assert cli("plan", "check", str(tmp_path)).code == 0
    assert cli("plan", "check", str(tmp_path), "--strict").code == 2


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a plan, committed."""
    plan_at(tmp_path / "plans/shop", rule("A", x=TEXT), rule("B", x=TEXT))
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "Plan"]):
        names = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *names, *arguments], cwd=tmp_path, check=True)
    return tmp_path


def test_what_breaks_senders_is_told_against_a_revision(repository: Path) -> None:
    folder = plan_at(repository / "plans/shop", rule("A", x=NUMBER, y=TEXT), rule("C"))
    said = cli("plan", "check", str(folder.path), "--base", "main")
    assert said.code == 3
    assert said.stdout.splitlines() == [
        "breaking: TRACK 'A': properties.x: type string -> number",
        "breaking: TRACK 'B': is no longer planned",
        "2 rules, 0 errors, 2 breaking changes since main",
    ]
    told = cli("plan", "check", str(folder.path), "--base", "HEAD", "--format", "json").json
    assert (told["ok"], [one["rule"] for one in told["breaking"]]) == (False, ["TRACK 'A'", "TRACK 'B'"])


def test_what_breaks_nobody_is_let_through(repository: Path) -> None:
    folder = plan_at(repository / "plans/shop", rule("A", x=TEXT, y=TEXT), rule("B", x=TEXT), rule("B", 2, x=NUMBER))
    said = cli("plan", "check", str(folder.path), "--base", "main")
    assert (said.code, said.stdout.splitlines()[-1]) == (
        0,
        "3 rules, 0 errors, 1 warning, 0 breaking changes since main",
    )


def test_a_plan_that_is_new_breaks_nothing(repository: Path) -> None:
    folder = plan_at(repository / "plans/other", rule("A"))
    assert cli("plan", "check", str(folder.path), "--base", "main").code == 0


@pytest.mark.parametrize(
    ("base", "said"),
    [("nope", "git knows no revision 'nope'"), ("--output=x", "'--output=x' is not a revision")],
)
def test_a_revision_that_is_none_is_told(repository: Path, base: str, said: str) -> None:
    told = cli("plan", "check", str(repository / "plans/shop"), f"--base={base}")
    assert (told.code, said in told.stderr) == (2, True)


def test_a_folder_in_no_repository_is_told(tmp_path: Path) -> None:
    plan_at(tmp_path / "plan", rule("A"))
    told = cli("plan", "check", str(tmp_path / "plan"), "--base", "main")
    assert (told.code, "is not in a git repository" in told.stderr) == (2, True)
