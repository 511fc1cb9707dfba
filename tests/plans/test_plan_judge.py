"""What a tracking plan says of calls, held to a table that was written from the service's documentation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segment_connector.language import yaml_reader
from segment_connector.language.specs import Specs
from segment_connector.plans.plan import plan_from, rule_from
from segment_connector.plans.plan_judge import PlanJudge

TABLE: Any = yaml_reader.read(Path(__file__).parent.parent / "data" / "plans" / "verdicts.yaml")
SPEC = Specs().plans
assert SPEC is not None
JUDGE = PlanJudge(plan_from([rule_from(rule, SPEC) for rule in TABLE["rules"]]), SPEC)
NAMES = {
    rule.name: short
    for short, (kind, key, version) in TABLE["names"].items()
    for rule in JUDGE.plan.rules
    if rule.id == (kind, key, version)
}


@pytest.mark.parametrize("row", TABLE["calls"], ids=lambda row: f"{row[0]}-{row[1]}-{row[2]}"[:70])
def test_each_call_is_judged_by_the_rules_and_with_the_findings_that_are_documented(row: list[Any]) -> None:
    action, event, more, expected = row
    call = {
        "userId": "u-1",
        "messageId": "m-1",
        "timestamp": "2026-01-31T12:00:00Z",
        **({"event": event} if event else {}),
    }
    call |= more
    verdict = JUDGE.verdict(action, call)
    found: dict[str, list[str]] = {NAMES[rule]: [] for rule in verdict.rules}
    for one in verdict.violations:
        found.setdefault(NAMES[one.rule] if one.rule else "", []).append(
            f"{'' if one.certain else '?'}{one.kind} {one.place}"
        )
    assert {rule: sorted(faults) for rule, faults in found.items()} == {
        rule: sorted(faults) for rule, faults in expected.items()
    }
    assert JUDGE.accepts(action, call) is verdict.ok


def test_many_calls_at_once_are_accepted_only_where_each_is() -> None:
    calls = [
        {"type": row[0], "userId": "u-1", **({"event": row[1]} if row[1] else {}), **row[2]} for row in TABLE["calls"]
    ]
    accepted = [call for call in calls if JUDGE.accepts_all("type", [call])]
    assert [call for call in accepted if not JUDGE.accepts(call["type"], call)] == []
    assert len(accepted) > 10
    assert JUDGE.accepts_all("type", accepted)
    wrong = next(call for call in calls if not JUDGE.accepts(call["type"], call))
    assert not JUDGE.accepts_all("type", [*accepted, wrong])


def test_a_rule_that_says_all_of_one_member_is_asked_about_that_alone() -> None:
    rules = [rule for rule in TABLE["rules"] if rule["type"] != "COMMON"]
    assert SPEC is not None
    judge = PlanJudge(plan_from([rule_from(rule, SPEC) for rule in rules]), SPEC)
    good = {"type": "track", "event": "Plan Changed", "properties": {"from": "a", "to": "b", "seats": 3}}
    assert judge.accepts_all("type", [good] * 3)
    for properties in ({"from": "a"}, {"from": "a", "to": "b", "seats": 3.0}, {"from": "a", "to": "b", "by": "c"}):
        assert not judge.accepts_all("type", [good, {**good, "properties": properties}])
    assert not judge.accepts_all("type", [good, {"type": "track", "event": "Unknown"}])
    assert judge.accepts_all("type", [{"type": "track", "event": "Invite Sent"}, {"type": "alias", "userId": "u"}])
