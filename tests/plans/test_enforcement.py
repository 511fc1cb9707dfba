"""Calls held to a plan: told, refused or treated as their source would, in a call, in a list and in bulk."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cli_support import cli
from plan_lab import PLAN, PlanLab, plan_lab

from segment_connector import Connector, InputError
from segment_connector.plans.kept_plan import KEPT, KeptPlan
from segment_connector.plans.plan import Plan, plan_from, rule_from
from segment_connector.plans.sync.workspace_plans import Workspace, plan_spec

SPECS = Connector.load().specs
SPEC = plan_spec(SPECS)
CONNECTION: Mapping[str, Any] = {"writeKey": "k"}


def schema(required: list[str], /, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"properties": {"type": "object", "required": required, "properties": properties}},
    }


TEXT = {"type": "string"}
RULES: list[dict[str, Any]] = [
    {
        "type": "TRACK",
        "key": "Order Completed",
        "version": 1,
        "jsonSchema": schema(
            ["order_id"], order_id=TEXT, total={"type": "integer"}, tags={"type": "array", "items": TEXT}
        ),
    },
    {
        "type": "IDENTIFY",
        "version": 1,
        "jsonSchema": {
            "type": "object",
            "properties": {"traits": {"type": "object", "properties": {"level": {"type": "integer"}}}},
        },
    },
    {
        "type": "COMMON",
        "version": 1,
        "jsonSchema": {
            "type": "object",
            "required": ["messageId", "timestamp"],
            "properties": {"properties": {"type": "object", "properties": {"extra": {"type": "string"}}}},
        },
    },
]
PLAN_OF_SHOP = plan_from([rule_from(rule, SPEC) for rule in RULES], "tp_1", "Shop")
GOOD = {"event": "Order Completed", "userId": "u", "properties": {"order_id": "o", "total": 3}}
WRONG = {"event": "Order Completed", "userId": "u", "properties": {"order_id": 7, "extra": 1}}


def settings(**of: Any) -> dict[str, Any]:
    return {
        "track": {
            "allowUnplannedEvents": True,
            "allowUnplannedEventProperties": True,
            "allowEventOnViolations": True,
            "allowPropertiesOnViolations": True,
            "commonEventOnViolations": "ALLOW",
            **of,
        }
    }


def held(mode: str = "warn", source: Any = None, plan: Plan = PLAN_OF_SHOP) -> Connector:
    return Connector.load(plan=plan, plan_mode=mode, plan_source=source)


def test_what_is_as_planned_passes_without_a_word() -> None:
    request = held("reject").plan("track", GOOD, CONNECTION)
    assert request.warnings == []
    assert request.body == Connector.load().plan("track", GOOD, CONNECTION).body | {
        name: request.body[name] for name in ("messageId", "timestamp", "sentAt")
    }


def test_violations_are_warnings_at_the_place_with_the_rule_and_a_cure() -> None:
    said = {one.field: (one.message, one.hint) for one in held().plan("track", WRONG, CONNECTION).warnings}
    message, hint = said["properties.order_id"]
    assert message == "must be text, not a whole number 7 (tracking plan: TRACK 'Order Completed')"
    assert hint
    assert "COMMON" in said["properties.extra"][0] or "not planned" in said["properties.extra"][0]


def test_what_certainly_breaks_the_plan_is_refused_when_that_is_asked_for() -> None:
    with pytest.raises(InputError) as caught:
        held("reject").plan("track", WRONG, CONNECTION)
    assert {(one.code, one.field) for one in caught.value.problems} == {
        ("plan/type", "properties.order_id"),
        ("plan/type", "properties.extra"),
    }


def test_a_name_that_the_plan_has_nothing_against_is_told_and_not_refused() -> None:
    inputs = {**GOOD, "properties": {"order_id": "o", "colour": "red"}}
    (warning,) = held("reject").plan("track", inputs, CONNECTION).warnings
    assert (warning.field, warning.hint) == ("properties.colour", "add it to the plan, or leave it out")


def test_what_may_violate_is_told_and_not_refused() -> None:
    inputs = {**GOOD, "properties": {"order_id": "o", "total": 3.0}}
    (warning,) = held("reject").plan("track", inputs, CONNECTION).warnings
    assert "may violate" in warning.message


def test_calls_that_no_plan_judges_are_not_looked_at() -> None:
    connector = Connector.load(plan="tp_of_nowhere", plan_mode="reject")
    assert connector.plan("list_sources", {}, {"publicToken": "t"}).warnings == []


@pytest.mark.parametrize(
    ("of", "properties", "left", "said"),
    [
        ({}, {"order_id": 7}, {"order_id": 7}, "lets it through"),
        ({"allowPropertiesOnViolations": False}, {"order_id": 7, "total": 1}, {"total": 1}, "takes it out"),
        ({"allowUnplannedEventProperties": False}, {"order_id": "o", "x": 1}, {"order_id": "o"}, "takes it out"),
        (
            {"allowPropertiesOnViolations": False},
            {"order_id": "o", "tags": ["a", 1, "b", 2]},
            {"order_id": "o", "tags": ["a", "b"]},
            "takes it out",
        ),
        ({"allowPropertiesOnViolations": False}, {"total": 1}, {"total": 1}, "lets it through"),
        # What was taken out before is no more there for the rules of every call.
        (
            {"allowUnplannedEventProperties": False, "commonEventOnViolations": "BLOCK"},
            {"order_id": "o", "extra": 1},
            {"order_id": "o"},
            "takes it out",
        ),
        (
            {"commonEventOnViolations": "OMIT_PROPERTIES"},
            {"order_id": "o", "extra": 1},
            {"order_id": "o"},
            "takes it out",
        ),
    ],
)
def test_a_source_does_what_its_settings_say(
    of: dict[str, Any], properties: dict[str, Any], left: dict[str, Any], said: str
) -> None:
    request = held("as-source", settings(**of)).plan("track", {**GOOD, "properties": properties}, CONNECTION)
    assert request.body["properties"] == left
    assert any(said in one.message for one in request.warnings)


@pytest.mark.parametrize(
    ("of", "inputs", "field"),
    [
        ({"allowUnplannedEvents": False}, {**GOOD, "event": "order completed"}, "event"),
        ({"allowEventOnViolations": False, "allowPropertiesOnViolations": False}, WRONG, "properties.order_id"),
        (
            {"commonEventOnViolations": "BLOCK"},
            {**GOOD, "properties": {"order_id": "o", "extra": 1}},
            "properties.extra",
        ),
    ],
)
def test_a_source_blocks_what_its_settings_say(of: dict[str, Any], inputs: dict[str, Any], field: str) -> None:
    source = {**settings(**of), "forwardingBlockedEventsTo": "src_9"}
    with pytest.raises(InputError) as caught:
        held("as-source", source).plan("track", inputs, CONNECTION)
    assert caught.value.problems[0].field == field
    assert "the source blocks the event" in caught.value.problems[0].message
    assert "src_9" in str(caught.value.hint)


def test_an_entry_that_is_wrong_twice_is_taken_out_once() -> None:
    tags = {"type": "array", "items": {"type": "string", "maxLength": 1, "pattern": "^[a-z]$"}}
    plan = plan_from(
        [rule_from({"type": "TRACK", "key": "A", "version": 1, "jsonSchema": schema([], tags=tags)}, SPEC)]
    )
    connector = held("as-source", settings(allowPropertiesOnViolations=False), plan)
    inputs = {"event": "A", "userId": "u", "properties": {"tags": ["a", "TWO", "b"]}}
    assert connector.plan("track", inputs, CONNECTION).body["properties"] == {"tags": ["a", "b"]}


def test_settings_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("settings: {track: {allowUnplannedEvents: false}}", encoding="utf-8")
    with pytest.raises(InputError):
        held("as-source", str(file)).plan("track", {**GOOD, "event": "Other"}, CONNECTION)


def test_entries_of_a_list_are_judged_each_at_its_place() -> None:
    batch = {
        "batch": [
            {"type": "track", **GOOD},
            {"type": "track", **WRONG},
            {"type": "identify", "userId": "u", "traits": {"level": "x"}},
        ]
    }
    request = held().plan("batch", batch, CONNECTION)
    assert {one.field for one in request.warnings} >= {"batch.1.properties.order_id", "batch.2.traits.level"}
    with pytest.raises(InputError) as caught:
        held("reject").plan("batch", batch, CONNECTION)
    assert {one.field for one in caught.value.problems} >= {"batch.1.properties.order_id", "batch.2.traits.level"}
    request = held("reject").plan("batch", {**batch, "skipInvalid": True}, CONNECTION)
    assert len(request.body["batch"]) == 1


def test_what_is_said_of_an_entry_is_said_once(lab: PlanLab) -> None:
    batch = {"batch": [{"type": "track", **GOOD, "properties": {"order_id": 7}}]}
    result = held().run("batch", batch, lab.sandbox.connection)
    assert [one.field for one in result.meta.warnings] == ["batch.0.properties.order_id"]


def test_a_mode_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="is not a mode"):
        held("rejected")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"type": "strin"}, "is not a JSON Schema"),
        ({"$ref": "#"}, "refers to itself"),
        ({"properties": {"properties": {"$ref": "http://127.0.0.1:9/x.json"}}}, "not fetched"),
        ({"properties": {"properties": {"properties": {"a": {"pattern": "(?!x)y"}}}}}, "looks ahead"),
    ],
)
def test_a_rule_that_cannot_be_judged_is_told_of_and_refuses_nothing(broken: dict[str, Any], said: str) -> None:
    plan = plan_from([rule_from({"type": "TRACK", "key": "A", "version": 1, "jsonSchema": broken}, SPEC)])
    connector = held("reject", plan=plan)
    request = connector.plan("track", {"event": "A", "userId": "u"}, CONNECTION)
    assert any(said in one.message for one in request.warnings)
    assert connector.plan_step is not None
    assert (judge := connector.plan_step.plan.at_hand) is not None
    assert judge.faults[0].message.startswith("TRACK 'A': ")


def test_a_pattern_that_never_ends_is_answered_at_once() -> None:
    endless = schema([], a={"type": "string", "pattern": "^(a+)+$"})
    plan = plan_from([rule_from({"type": "TRACK", "key": "A", "version": 1, "jsonSchema": endless}, SPEC)])
    inputs = {"event": "A", "userId": "u", "properties": {"a": "a" * 5000 + "b"}}
    with pytest.raises(InputError, match="does not match the pattern"):
        held("reject", plan=plan).plan("track", inputs, CONNECTION)


def test_a_schema_that_refers_to_itself_below_judges_every_level() -> None:
    tree = {"type": "object", "properties": {"name": {"type": "string"}, "child": {"$ref": "#/definitions/node"}}}
    rule = {**schema([], node={"$ref": "#/definitions/node"}), "definitions": {"node": tree}}
    plan = plan_from([rule_from({"type": "TRACK", "key": "A", "version": 1, "jsonSchema": rule}, SPEC)])
    inputs = {"event": "A", "userId": "u", "properties": {"node": {"child": {"child": {"name": 1}}}}}
    with pytest.raises(InputError) as caught:
        held("reject", plan=plan).plan("track", inputs, CONNECTION)
    assert caught.value.field == "properties.node.child.child.name"


def test_a_plan_without_rules_for_a_kind_of_call_says_nothing_of_it() -> None:
    plan = plan_from([rule_from(RULES[0], SPEC)])
    connector = held("reject", plan=plan)
    assert connector.plan("identify", {"userId": "u", "traits": {"a": 1}}, CONNECTION).warnings == []
    assert connector.plan("alias", {"userId": "u", "previousId": "v"}, CONNECTION).warnings == []


# In bulk


def events(*more: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "track", **GOOD}, *({"type": "track", **one} for one in more)]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlanLab]:
    with plan_lab(tmp_path_factory.mktemp("lab")) as made:
        yield made


@pytest.fixture(autouse=True)
def _fresh(lab: PlanLab) -> None:
    lab.sandbox.clear()


def deliver(lab: PlanLab, folder: Path, mode: str, *more: dict[str, Any], source: Any = None, **how: Any) -> Any:
    file = folder / "events.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in events(*more)), encoding="utf-8")
    return held(mode, source).bulk(file, lab.sandbox.connection, **how)


@pytest.mark.parametrize("workers", [1, 2])
def test_doubts_are_counted_by_what_they_are_about(lab: PlanLab, tmp_path: Path, workers: int) -> None:
    others = [{**GOOD, "properties": {"order_id": number}} for number in range(3)]
    result = deliver(lab, tmp_path, "warn", *others, {**GOOD, "event": "order completed"}, workers=workers)
    assert (result.tally.accepted, result.tally.warned, result.tally.rejected) == (5, 4, 0)
    assert [(one.count, one.field) for one in result.doubts] == [(3, "properties.order_id"), (1, "event")]
    assert result.to_dict()["warnings"][0]["count"] == 3


def test_what_is_refused_is_a_reject_with_its_reason(lab: PlanLab, tmp_path: Path) -> None:
    result = deliver(lab, tmp_path, "reject", WRONG)
    assert (result.tally.accepted, result.tally.rejected) == (1, 1)
    (reject,) = map(json.loads, Path(result.rejects).read_text(encoding="utf-8").splitlines())
    assert (reject["line"], reject["code"], reject["field"]) == (2, "plan/type", "properties.order_id")
    assert [event["body"]["properties"] for event in lab.sandbox.events()] == [GOOD["properties"]]


def test_what_the_source_takes_out_is_not_sent(lab: PlanLab, tmp_path: Path) -> None:
    source = settings(allowUnplannedEventProperties=False)
    more = {**GOOD, "properties": {"order_id": "o", "x": 1}}
    result = deliver(lab, tmp_path, "as-source", more, source=source)
    assert [event["body"]["properties"] for event in lab.sandbox.events()] == [GOOD["properties"], {"order_id": "o"}]
    assert result.tally.warned == 1


def test_an_id_that_is_made_later_is_not_said_to_be_lacking(lab: PlanLab, tmp_path: Path) -> None:
    result = deliver(lab, tmp_path, "reject")
    assert (result.tally.accepted, result.tally.warned) == (1, 0)


def test_a_plan_goes_to_other_processes() -> None:
    step = held("reject").plan_step
    assert step is not None
    copy = pickle.loads(pickle.dumps(step.fixed(CONNECTION)))
    assert copy.accepts("track", {**GOOD, "messageId": "m", "timestamp": "2026-01-31T12:00:00Z"})
    assert copy.look("track", dict(WRONG)).problems


# Of the workspace


def test_a_plan_is_read_once_with_the_connection_of_a_call(lab: PlanLab) -> None:
    connector = Connector.load(plan=PLAN)
    wrong = {"event": "Order Completed", "userId": "u", "properties": {"orderId": 5}}
    for _ in range(2):
        request = connector.plan("track", wrong, lab.sandbox.connection)
        assert [one.field for one in request.warnings] == ["properties.orderId"]


def test_the_source_of_the_key_is_found_and_its_settings_are_asked_for(lab: PlanLab) -> None:
    connector = Connector.load(plan="Shop", plan_mode="as-source")
    connection = {**lab.sandbox.connection, "writeKey": "demo-website-write-key"}
    sources = lab.run("list_sources_from_tracking_plan", trackingPlanId=PLAN)["sources"]
    key = next(source["writeKeys"][0] for source in sources if source["writeKeys"])
    with pytest.raises(InputError, match="blocks the event"):
        connector.plan("track", {"event": "Nothing", "userId": "u"}, {**connection, "writeKey": key})


def test_a_key_of_no_source_is_told(lab: PlanLab) -> None:
    connector = Connector.load(plan="Shop", plan_mode="as-source")
    with pytest.raises(InputError, match="has the key of this connection"):
        connector.plan("track", {"event": "Nothing", "userId": "u"}, {**lab.sandbox.connection, "writeKey": "another"})


class Workspaces:
    """A workspace whose plan can change, or go."""

    def __init__(self, lab: PlanLab) -> None:
        self.lab = lab
        self.now = 0.0
        self.gone = False

    def __call__(self, connection: Mapping[str, Any]) -> Workspace:
        assert connection
        if self.gone:
            raise InputError.of("no_plan", "the workspace has no such plan", "look", "plan")
        return self.lab.workspace


def test_a_plan_is_read_anew_after_a_while_and_the_old_one_judges_when_it_is_gone(lab: PlanLab, tmp_path: Path) -> None:
    places = Workspaces(lab)
    kept = KeptPlan(PLAN, SPEC, places, tmp_path, monotonic=lambda: places.now)
    first = kept.judge(CONNECTION)
    assert kept.judge(CONNECTION) is first
    # Another process finds it in the file.
    places.gone = True
    assert (
        KeptPlan(PLAN, SPEC, places, tmp_path, monotonic=lambda: places.now).judge(CONNECTION).plan.rules
        == first.plan.rules
    )
    places.now = KEPT + 1
    assert kept.judge(CONNECTION) is first
    assert kept.doubt is not None
    places.gone = False
    places.now += KEPT
    assert kept.judge(CONNECTION) is not first
    assert kept.doubt is None


def test_a_file_keeps_no_secret(lab: PlanLab, tmp_path: Path) -> None:
    KeptPlan(PLAN, SPEC, Workspaces(lab), tmp_path).judge({"publicToken": "very-secret"})
    (file,) = tmp_path.iterdir()
    assert "very-secret" not in file.read_text(encoding="utf-8") + file.name
    assert file.stat().st_mode & 0o077 == 0


# On the command line


def test_run_tells_and_refuses(lab: PlanLab, tmp_path: Path) -> None:
    assert lab.plan("pull", PLAN, "-o", str(tmp_path / "shop")).code == 0
    how = [
        "run",
        "track",
        "-p",
        "event=Order completed",
        "-p",
        "userId=u",
        "--connection",
        str(lab.file),
        "--plan",
        str(tmp_path / "shop"),
    ]
    said = cli(*how)
    assert said.code == 0
    assert "did you mean 'Order Completed'?" in said.stderr
    said = cli(*how, "--plan-mode", "reject")
    assert said.code == 2
    assert "error: event: 'Order completed' is not an event of the tracking plan" in said.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--plan", "./nowhere"), "there is no such folder"),
        (("--plan", "tp_nowhere"), "cannot be read"),
        (("--plan-mode", "reject"), "--plan-mode needs --plan"),
        (("--plan-source", "x"), "--plan-source needs --plan"),
    ],
)
def test_a_plan_that_cannot_be_used_is_told(lab: PlanLab, options: tuple[str, ...], said: str) -> None:
    done = cli("preview", "track", "-p", "event=A", "-p", "userId=u", "--connection", str(lab.file), *options)
    assert done.code == 2
    assert said in done.stderr


def test_a_file_of_settings_that_is_not_there_is_no_id(lab: PlanLab) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        held("as-source", "settings.yaml")


def test_a_doubt_about_the_whole_call_has_no_place(lab: PlanLab, tmp_path: Path) -> None:
    assert lab.plan("pull", PLAN, "-o", str(tmp_path / "shop")).code == 0
    said = cli("preview", "page", "-p", "userId=u", "--plan", str(tmp_path / "shop"))
    assert "warning: the tracking plan has no 'Page Viewed'" in said.stderr
