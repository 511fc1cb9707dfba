"""Files of events judged by a plan, and plans drawn from events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from cli_support import Said, cli
from plan_lab import PLAN, SPEC, rule

from segment_connector.plans.compare.plan_diff import RuleMeanings
from segment_connector.plans.files.plan_folder import PlanFolder
from segment_connector.plans.make.inferred_plan import Inferred, infer_plan
from segment_connector.plans.make.observed_values import InferOptions
from segment_connector.plans.plan import plan_from, rule_from
from segment_connector.plans.review.event_check import EventCheck, check_events
from segment_connector.plans.review.event_reports import junit, sarif

TEXT, NUMBER = {"type": "string"}, {"type": "number"}


def track(event: Any, line: int = 0, **properties: Any) -> dict[str, Any]:
    return {"type": "track", "userId": f"u{line}", "event": event, "properties": properties}


def lines(path: Path, *events: Any) -> Path:
    texts = (event if isinstance(event, str) else json.dumps(event) for event in events)
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    folder = tmp_path / "plan"
    needed = rule("Order Completed", order_id=TEXT, revenue=NUMBER)
    needed["jsonSchema"]["properties"]["properties"]["required"] = ["order_id"]
    PlanFolder(folder, SPEC).write(plan_from([rule_from(needed, SPEC)], PLAN, "Shop"), RuleMeanings(SPEC))
    return folder


@pytest.fixture
def events(tmp_path: Path) -> Path:
    return lines(
        tmp_path / "events.jsonl",
        track("Order Completed", order_id="1", revenue=9.9),
        track("Order Completed", order_id=1),
        track("order completed", order_id="1"),
        track("Order Completed", order_id=2, extra=True),
        {"type": "track", "event": "Order Completed", "properties": {"order_id": "1"}},
        "no json",
    )


def judged(plan: Path, *events: dict[str, Any]) -> EventCheck:
    records = ((number, event, None) for number, event in enumerate(events, 1))
    return check_events(records, PlanFolder(plan, SPEC).read(), SPEC)


def check(source: Path, plan: Path, *more: str) -> Said:
    return cli("plan", "check-events", str(source), "--plan", str(plan), *more)


def test_what_is_wrong_in_the_same_way_is_told_once(events: Path, plan: Path) -> None:
    said = check(events, plan)
    assert said.code == 3
    told = said.stdout.splitlines()
    assert told[0] == "records that make no event"
    assert told[1].startswith("  error: is not valid JSON: ")
    assert told[3:5] == [
        "Order Completed (3 of 4)",
        "  error: properties.order_id: must be text, not a whole number 1 (2 times, first in line 2)",
    ]
    assert told[6] == "  error: userId: userId or anonymousId is required; both may be given (line 5)"
    assert told[8:] == [
        "  warning: properties.extra: is not planned (line 4)",
        "    add it to the plan, or leave it out",
        "order completed (1 of 1)",
        "  error: event: 'order completed' is not an event of the tracking plan (line 3)",
        "    did you mean 'Order Completed'? names compare exactly, with case and blanks",
        f"{events}: 6 events, 5 in violation of the plan, 1 warning",
    ]


def test_events_that_fit_are_let_through_and_doubts_only_when_asked(tmp_path: Path, plan: Path) -> None:
    good = lines(tmp_path / "good.jsonl", track("Order Completed", order_id="1", extra=1))
    assert check(good, plan).code == 0
    assert check(good, plan, "--strict").code == 3
    better = lines(tmp_path / "better.jsonl", track("Order Completed", order_id="1"))
    said = check(better, plan, "--strict")
    assert (said.code, said.stdout) == (0, f"{better}: 1 event, all match the plan\n")


def test_json_holds_counts_and_lines(events: Path, plan: Path) -> None:
    told = check(events, plan, "--format", "json").json
    assert (told["ok"], told["events"], told["wrong"]) == (False, 6, 5)
    assert told["names"]["Order Completed"] == {"events": 4, "wrong": 3}
    first = next(one for one in told["faults"] if one["place"] == "properties.order_id")
    assert (first["kind"], first["count"], first["lines"]) == ("type", 2, [2, 4])


def test_sarif_has_a_result_for_each_place(events: Path, plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(events.parent)
    told = check(Path("events.jsonl"), plan, "--format", "sarif").json
    (run,) = told["runs"]
    assert told["version"] == "2.1.0"
    places = [one["locations"][0]["physicalLocation"] for one in run["results"]]
    assert sorted(one["region"]["startLine"] for one in places) == [2, 3, 4, 4, 5, 6]
    assert {one["artifactLocation"]["uri"] for one in places} == {"events.jsonl"}
    assert {one["ruleId"] for one in run["results"]} == {one["id"] for one in run["tool"]["driver"]["rules"]}
    assert {one["level"] for one in run["results"]} == {"error", "warning"}


def test_junit_has_a_test_for_each_event(events: Path, plan: Path) -> None:
    root = ElementTree.fromstring(check(events, plan, "--format", "junit").stdout)
    cases = {case.get("name"): [one.get("type") for one in case.findall("failure")] for case in root.iter("testcase")}
    assert cases == {
        "Order Completed": ["type", "rule"], "order completed": ["unplanned_event"],
        "records that make no event": ["json"],
    }  # fmt: skip
    assert (root.get("tests"), root.get("failures")) == ("3", "3")


def test_reports_hold_whatever_events_are_called(tmp_path: Path, plan: Path) -> None:
    names = ["<a&b>", "\x00\x1b[31m", "\ud83d\ude00", "]]>", "\u2028", "x" * 1_000, "\ufffe"]
    found = judged(plan, *(track(name) for name in names))
    root = ElementTree.fromstring(junit(found, "<odd>\x00.jsonl"))
    assert len(list(root.iter("testcase"))) == len(names)
    assert len(sarif(found, "a b.jsonl", "x", "1")["runs"][0]["results"]) == len(names)
    source = lines(tmp_path / "odd.jsonl", *(track(name) for name in names))
    assert "\x1b" not in check(source, plan).stdout


def test_names_without_end_do_not_fill_memory(plan: Path) -> None:
    found = judged(plan, *(track(f"Order {number}") for number in range(6_000)))
    assert (found.wrong, len(found.groups)) == (6_000, 5_001)


def test_rows_are_judged_as_the_events_that_they_make(tmp_path: Path, plan: Path) -> None:
    (tmp_path / "orders.csv").write_text("id,total\n1,9.9\n,x\n")
    (tmp_path / "map.yaml").write_text(
        'event: Order Completed\nuserId: "u{{ row.id }}"\nproperties: {order_id: "{{ row.id }}", revenue: 1}\n'
    )
    said = check(tmp_path / "orders.csv", plan, "--as", "track", "--map", str(tmp_path / "map.yaml"))
    assert (said.code, said.stdout.splitlines()[-1]) == (
        3,
        f"{tmp_path / 'orders.csv'}: 2 events, 1 in violation of the plan",
    )


def test_a_plan_of_the_workspace_judges_too(events: Path) -> None:
    said = cli("plan", "check-events", str(events), "--plan", "Shop", "--sandbox")
    assert said.code == 3
    wrong = cli("plan", "check-events", str(events), "--plan", "Shopp", "--sandbox")
    assert (wrong.code, "did you mean 'Shop'?" in wrong.stderr) == (2, True)


def test_a_folder_that_is_not_there_is_told_without_asking_anybody(events: Path, tmp_path: Path) -> None:
    said = check(events, tmp_path / "none")
    assert (said.code, "there is no such folder" in said.stderr) == (2, True)


def test_a_source_that_is_not_there_is_told(tmp_path: Path, plan: Path) -> None:
    assert check(tmp_path / "none.jsonl", plan).code == 2


# Plans drawn from events


def inferred(events: list[Any], **options: Any) -> tuple[Inferred, dict[str, Any]]:
    found = infer_plan(events, SPEC, "Drawn", InferOptions(**options))
    return found, {rule.key or rule.type: rule.schema["properties"] for rule in found.plan.rules}


def fits(found: Inferred, events: list[Any]) -> bool:
    told = check_events(((None, event, None) for event in events), found.plan, SPEC)
    return told.ok and not told.doubts


def test_types_required_and_enums_come_from_what_was_seen(tmp_path: Path) -> None:
    events = [
        track(
            "Order Completed", number, id=f"o-{number}", total=number / 2 if number % 2 else number, paid=True,
            channel=("web", "app")[number % 2], at="2026-01-31T12:00:00Z",
            products=[{"sku": f"s{number}", "quantity": 1}],
            **({"coupon": "X"} if number % 3 else {}), note=None if number % 2 else f"text {number}",
        )
        for number in range(20)
    ]  # fmt: skip
    found, plan = inferred(events)
    assert plan["Order Completed"]["properties"] == {
        "type": "object",
        "properties": {
            "at": {"type": "string", "format": "date-time"},
            "channel": {"type": "string", "enum": ["app", "web"]},
            "coupon": {"type": "string", "enum": ["X"]},
            "id": {"type": "string"},
            "note": {"type": ["null", "string"]},
            "paid": {"type": "boolean"},
            "products": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"quantity": {"type": "integer"}, "sku": {"type": "string"}},
                    "required": ["quantity", "sku"],
                },
            },
            "total": {"type": "number"},
        },
        "required": ["at", "channel", "id", "note", "paid", "products", "total"],
    }
    assert fits(found, events)


def test_what_is_rare_is_told_and_not_planned() -> None:
    events = [track("A", number, total=number) for number in range(199)] + [track("A", 1, total="1")]
    found, plan = inferred(events)
    assert plan["A"]["properties"]["properties"] == {"total": {"type": "integer"}}
    assert found.doubts["TRACK 'A'"] == ["properties.total is string in 1 of 200, which is taken for a mistake"]
    assert not fits(found, events)


def test_a_few_events_require_nothing() -> None:
    _, plan = inferred([track("A", 1, x="a"), track("A", 2, x="a")])
    assert plan["A"]["properties"] == {"type": "object", "properties": {"x": {"type": "string"}}}


def test_shares_can_be_chosen() -> None:
    events = [track("A", number, **({"x": "a"} if number else {})) for number in range(50)]
    found, plan = inferred(events)
    assert "required" not in plan["A"]["properties"]
    assert found.doubts["TRACK 'A'"] == ["properties.x is in 49 of 50, so it is not required"]
    _, plan = inferred(events, required=0.9, most_values=0)
    assert plan["A"]["properties"] == {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"]}


def test_what_tells_people_apart_is_no_enum() -> None:
    events = [
        track("A", number, mail=f"{number % 2}@example.com", phone=f"+4810020030{number % 2}", free=" " * (number % 2))
        for number in range(40)
    ]
    _, plan = inferred(events)
    assert all("enum" not in one for one in plan["A"]["properties"]["properties"].values())


def test_every_kind_of_call_gets_the_rule_that_judges_it(tmp_path: Path) -> None:
    events = [
        {"type": "identify", "userId": "u", "traits": {"plan": "pro"}},
        {"type": "group", "userId": "u", "groupId": "g", "traits": {"seats": 3}},
        {"type": "page", "userId": "u", "name": "Home", "properties": {"path": "/"}},
        {"type": "screen", "userId": "u", "name": "Home", "properties": {}},
        {"type": "alias", "userId": "u", "previousId": "a"},
    ]
    found, plan = inferred(events)
    assert sorted(plan) == ["GROUP", "IDENTIFY", "Page Viewed", "Screen Viewed"]
    assert plan["IDENTIFY"]["traits"] == {"type": "object", "properties": {"plan": {"type": "string"}}}
    assert found.skipped == 1
    assert fits(found, events)


def test_names_of_properties_without_end_are_not_planned() -> None:
    found, plan = inferred([track("A", number, **{f"id-{number}": 1}) for number in range(600)])
    assert len(plan["A"]["properties"]["properties"]) == 500
    assert found.doubts["TRACK 'A'"] == ["properties has more than 500 names; 100 values are left out"]


def test_the_command_writes_a_plan_and_not_over_another(tmp_path: Path) -> None:
    source = lines(tmp_path / "seen.jsonl", *(track("A", number, x=number) for number in range(9)), "no json")
    said = cli("plan", "infer", str(source), "-o", str(tmp_path / "drawn"), "--name", "Shop")
    assert (said.code, said.stdout.splitlines()) == (
        0, ["TRACK 'A': 9 events", f"10 records, 1 rule: 2 files in {tmp_path / 'drawn'}"],
    )  # fmt: skip
    assert "'bulk' would reject 1 record;" in said.stderr
    assert cli("plan", "check", str(tmp_path / "drawn"), "--strict").code == 0
    again = cli("plan", "infer", str(source), "-o", str(tmp_path / "drawn"))
    assert (again.code, "already contains a plan" in again.stderr) == (2, True)
    empty = cli("plan", "infer", str(lines(tmp_path / "no.jsonl", "x")), "-o", str(tmp_path / "none"))
    assert (empty.code, "contains no event that a plan could be made from" in empty.stderr) == (2, True)
