"""What is made of a plan: a page to read, and types to program with."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cli_support import cli
from plan_lab import CONNECTOR, SPEC, rule

from segment_connector import InputError
from segment_connector.docs.plan_page import plan_text
from segment_connector.plans.compare.plan_diff import RuleMeanings
from segment_connector.plans.files.plan_folder import PlanFolder
from segment_connector.plans.make.plan_types import python_types, typed_events, typescript_types
from segment_connector.plans.plan import Plan, plan_from, rule_from

TEXT, NUMBER = {"type": "string"}, {"type": "number"}
CONNECTION = {"writeKey": "wk"}


def plan_of(*rules: dict[str, Any], name: str = "Shop") -> Plan:
    return plan_from([rule_from(one, SPEC) for one in rules], None, name, {"description": "Of the *shop*."})


def shop() -> Plan:
    order = rule("Order Completed", order_id={**TEXT, "description": "number of the order"}, revenue=NUMBER)
    order["jsonSchema"]["description"] = "Somebody | has paid"
    order["jsonSchema"]["labels"] = {"team": "growth"}
    order["jsonSchema"]["properties"]["properties"]["required"] = ["order_id"]
    order["jsonSchema"]["properties"]["context"] = {}
    lines = {"type": "array", "items": {"type": "object", "properties": {"sku": {**TEXT, "pattern": "^[a|b]"}}}}
    identify = {
        "type": "IDENTIFY",
        "version": 1,
        "jsonSchema": {"properties": {"traits": {"properties": {"plan": True}}}},
    }
    old = {**rule("Signed Up"), "deprecatedAt": "2026-02-01T00:00:00.000Z"}
    return plan_of(
        order, rule("Order Completed", 2, lines=lines, closed=False), identify, old, rule("Page Viewed", path=TEXT)
    )


def test_a_page_tells_every_event_and_property() -> None:
    page = plan_text(shop(), SPEC)
    assert page.startswith("# Shop\n\nOf the \\*shop\\*.\n\n| Event | Description |\n")
    for line in (
        "| [Order Completed](#order-completed) | Somebody \\| has paid |",
        "| [Signed Up](#signed-up) | Deprecated. |",
        "### Order Completed",
        "#### Version 2",
        "- `team`: growth",
        "> Deprecated since 2026-02-01.",
        "| `properties.order_id` | text | yes | Number of the order. |",
        "| `properties.revenue` | number | | |",
        "| `traits.plan` | any | | |",
        "| `properties.closed` | any | | Nothing fits. |",
    ):
        assert line in page.replace("|  |", "| |").splitlines(), line
    assert "`context`" not in page


def test_a_page_holds_whatever_schemas_hold() -> None:
    odd = rule(
        "<b>|*`", x={"enum": [None, {"a": 1}], "type": ["null", "object"]}, y={"anyOf": [True, TEXT], "items": True}
    )
    page = plan_text(plan_of(odd), SPEC)
    assert "<b>" not in page.replace("&lt;b>", "")


def test_names_of_programs_are_told_apart() -> None:
    plan = plan_of(
        rule("Order Completed"), rule("order_completed"), rule("Order Completed", 2), rule("3D View"), rule("☃"),
        rule("class"), rule("Größe"),
    )  # fmt: skip
    events = typed_events(plan, SPEC)
    assert len({one.type_name.casefold() for one in events}) == len({one.function for one in events}) == 7
    assert all(name.isidentifier() for one in events for name in (one.type_name, one.function))
    known = {(one.rule.key, one.rule.version): (one.type_name, one.function) for one in events}
    assert known["Order Completed", 2] == ("OrderCompletedV2", "order_completed_v2")
    assert known["3D View", 1] == ("Event3DView", "event3_d_view")
    assert known["class", 1] == ("Class", "class_")


@pytest.mark.parametrize("form", ["typed-dict", "pydantic"])
def test_functions_make_inputs_of_the_action(tmp_path: Path, form: str) -> None:
    path = tmp_path / "shop_events.py"
    path.write_text(python_types(shop(), SPEC, form), encoding="utf-8")
    made = runpy.run_path(str(path))
    order = made["OrderCompleted"](order_id="1", revenue=9.9)
    inputs = made["order_completed"](order, userId="u-1")
    assert inputs == {
        "event": "Order Completed", "properties": {"order_id": "1", "revenue": 9.9}, "userId": "u-1",
    }  # fmt: skip
    assert CONNECTOR.plan("track", inputs, CONNECTION).body["event"] == "Order Completed"
    second = made["order_completed_v2"](made["OrderCompletedV2"](lines=[{"sku": "a"}]))
    assert second["context"] == {"protocols": {"event_version": 2}}
    assert made["identify"](made["Identify"](plan="pro"), userId="u")["traits"] == {"plan": "pro"}
    assert made["page_viewed"](made["PageViewed"](path="/")) == {"properties": {"path": "/"}}


@pytest.mark.parametrize("form", ["typed-dict", "pydantic"])
def test_names_that_a_module_has_already_are_no_trouble(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["Any", "Events", "Typed Dict", "Base Model", "Field", "Literal", "Not Required", "dict", "str", "None"]
    plan = plan_of(*(rule(name, x=TEXT, sort={"enum": ["a", "b"]}) for name in names))
    module = ModuleType("made_of_a_plan")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(python_types(plan, SPEC, form), "made", "exec"), module.__dict__)
    for one in typed_events(plan, SPEC):
        made = getattr(module, one.function)(getattr(module, one.type_name)(x="1"))
        assert made == {"event": one.rule.key, "properties": {"x": "1"}}


def test_references_are_followed(tmp_path: Path) -> None:
    money = rule("Paid", amount={"$ref": "#/definitions/money"})
    money["jsonSchema"]["definitions"] = {"money": {"type": "object", "properties": {"cents": {"type": "integer"}}}}
    assert "cents: NotRequired[int]" in python_types(plan_of(money), SPEC)


def test_a_plan_brings_no_code_into_programs() -> None:
    evil = '"""\nraise SystemExit\n"""'
    one = rule(evil, **{evil: {"type": "string", "enum": [evil], "description": evil, "customTypePath": "os.system"}})
    one["jsonSchema"]["description"] = evil
    one["jsonSchema"]["properties"]["properties"].update(customBasePath="os.system", title=evil)
    for form in ("typed-dict", "pydantic"):
        made = python_types(plan_of(one, name=evil), SPEC, form)
        imported = {line for line in made.splitlines() if line.startswith(("import", "from"))}
        known = {"__future__", "typing", "typing_extensions", "enum", "pydantic"}
        assert {line.split()[1] for line in imported} <= known
        exec(compile(made, "made", "exec"), {"__name__": "made"})


def test_the_same_plan_gives_the_same_types() -> None:
    assert python_types(shop(), SPEC) == python_types(shop(), SPEC)


def test_a_plan_without_events_has_no_types() -> None:
    common = {"type": "COMMON", "version": 1, "jsonSchema": {}}
    with pytest.raises(InputError, match="the plan has no event"):
        python_types(plan_of(common), SPEC)


def test_a_generator_that_is_not_installed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datamodel_code_generator", None)
    with pytest.raises(InputError, match=r"pip install 'segment-connector\[types\]'"):
        python_types(shop(), SPEC)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="npx, which comes with Node"):
        typescript_types(shop(), SPEC)
    npx = tmp_path / "npx"
    npx.write_text("#!/bin/sh\necho 'npm error could not determine executable to run' >&2\nexit 1\n")
    npx.chmod(0o755)
    with pytest.raises(InputError, match="npm install --save-dev json-schema-to-typescript"):
        typescript_types(shop(), SPEC)


def test_typescript_is_what_the_generator_makes_with_a_function_an_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npx = tmp_path / "npx"
    npx.write_text(
        '#!/bin/sh\n[ "$1 $2" = "--no-install json2ts" ] || exit 2\n/bin/cat >/dev/null\necho "export type X = 1"\n'
    )
    npx.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    made = typescript_types(shop(), SPEC)
    assert made.startswith("export type X = 1\n")
    assert "export const orderCompleted = (properties: OrderCompleted, more: object = {}) =>\n" in made
    assert '({ "event": "Order Completed", "properties": properties, ...more });' in made


def test_commands_write_files(tmp_path: Path) -> None:
    folder = PlanFolder(tmp_path / "plan", SPEC)
    folder.write(shop(), RuleMeanings(SPEC))
    page, types = tmp_path / "out/plan.md", tmp_path / "out/events.py"
    assert cli("plan", "docs", str(folder.path), "-o", str(page)).stdout == f"{page} written\n"
    assert page.read_text() == plan_text(folder.read(), SPEC)
    assert cli("plan", "types", str(folder.path), "--lang", "python", "-o", str(types)).code == 0
    assert "def order_completed(" in types.read_text()
    assert cli("plan", "types", str(folder.path)).code == 2
