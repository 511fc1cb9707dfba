"""A plan as files: lossless, the same bytes each time, and told where they are wrong."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_lab import SPEC, bytes_of, rule

from segment_connector import InputError
from segment_connector.plans.compare.plan_diff import RuleMeanings
from segment_connector.plans.files.event_file import EventFile, event_text
from segment_connector.plans.files.file_names import file_names
from segment_connector.plans.files.plan_folder import PlanFolder
from segment_connector.plans.plan import Rule, plan_from, rule_from

AWKWARD = {
    "numbers": {"minimum": 1e22, "multipleOf": 1e-7, "maximum": 1.5},
    "texts": {
        "enum": ["", "no", "1.10", "0x1F", "~", " lead", "tab\t", "línea\n\n", "\U0001f600", "=", "\x85", "null"]
    },
    "keys": {"properties": {"<<": {}, "": {}, "y": {}, "1": {}, "a: b": {}, "#": {}, "\u2028": {}}},
    "deep": {"properties": {"a": {"items": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}}},
    "values": {"const": None, "default": False, "examples": [[], {}, 0.1, -1]},
}


def folder_of(path: Path, *rules: dict[str, Any], **about: Any) -> PlanFolder:
    folder = PlanFolder(path, SPEC)
    plan = plan_from([rule_from(one, SPEC) for one in rules], "tp_1", "Shop", about)
    folder.write(plan, RuleMeanings(SPEC))
    return folder


def read_back(tmp_path: Path, one: Rule) -> Rule:
    path = tmp_path / "event.yaml"
    path.write_text(event_text([one], SPEC), encoding="utf-8")
    (found,) = EventFile(path, str(path), SPEC).rules
    return found


@pytest.mark.parametrize("name", AWKWARD)
def test_what_yaml_would_change_comes_back_as_it_was(tmp_path: Path, name: str) -> None:
    one = rule_from({**rule("X"), "jsonSchema": AWKWARD[name]}, SPEC)
    found = read_back(tmp_path, one)
    assert repr(found.schema) == repr(one.schema)


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=["Cs"])),
        lambda below: st.lists(below, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), below, max_size=3),
        max_leaves=12,
    ),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)  # fmt: skip
def test_any_rule_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, value: Any, key: str) -> None:
    one = rule_from({**rule(key), "jsonSchema": {"const": value}, "own": value}, SPEC)
    found = read_back(tmp_path_factory.getbasetemp(), one)
    assert (found.key, repr(found.schema), repr(found.other)) == (one.key, repr(one.schema), repr(one.other))


def test_a_rule_is_kept_whole(tmp_path: Path) -> None:
    given = {
        **rule("X", 2), "labels": {"team": "growth"}, "somethingNew": {"a": [1]},
        "createdAt": "2026-01-01T00:00:00.000Z", "deprecatedAt": "2026-02-01T00:00:00.000Z",
    }  # fmt: skip
    folder = folder_of(tmp_path / "plan", {**rule("X"), "deprecatedAt": "0001-01-01T00:00:00Z"}, given)
    first, second = folder.read().rules
    assert (first.version, first.deprecated, second.version) == (1, None, 2)
    assert second.deprecated == "2026-02-01T00:00:00.000Z"
    assert second.other == {"somethingNew": {"a": [1]}, "labels": {"team": "growth"}}
    assert "createdAt" not in (tmp_path / "plan/track/x.yaml").read_text()


def test_the_order_in_which_rules_are_listed_makes_no_difference(tmp_path: Path) -> None:
    rules = [rule("A b"), rule("a B"), rule("A b", 2), rule(None, kind="IDENTIFY"), rule("é"), rule("☃")]
    made = []
    for index, order in enumerate(itertools.islice(itertools.permutations(rules), 0, 720, 77)):
        made.append(bytes_of(folder_of(tmp_path / str(index), *order).path))
    assert all(one == made[0] for one in made)
    assert "identify.yaml" in made[0]


@pytest.mark.parametrize(
    ("events", "paths"),
    [
        ([("TRACK", "Order Completed")], ["track/order-completed.yaml"]),
        ([("IDENTIFY", "")], ["identify.yaml"]),
        ([("TRACK", "x" * 300)], [f"track/{'x' * 80}.yaml"]),
        ([("TRACK", "CON")], ["track/event-8c9c6a.yaml"]),
        ([("TRACK", "../../etc/passwd")], ["track/etc-passwd.yaml"]),
        ([("TRACK", "☃")], ["track/event-5bf3ea.yaml"]),
        ([("TRACK", "A b"), ("TRACK", "a-B")], ["track/a-b-8e8ac9.yaml", "track/a-b-0c3eb1.yaml"]),
    ],
)
def test_files_are_named_after_events(events: list[tuple[str, str]], paths: list[str]) -> None:
    assert [name.split("-")[0] for name in file_names(events).values()] == [name.split("-")[0] for name in paths]
    assert len({name.casefold() for name in file_names(events).values()}) == len(events)
    assert file_names(reversed(events)) == file_names(events)


def test_an_event_stays_in_the_file_that_people_have_it_in(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "plan", rule("A"), rule("B"))
    (folder.path / "track/a.yaml").rename(folder.path / "track/checkout.yml")
    folder.write(plan_from([rule_from(rule("A", id={}), SPEC)], "tp_1", "Shop"), RuleMeanings(SPEC))
    assert sorted(bytes_of(folder.path)) == ["plan.yaml", "track/checkout.yml"]
    assert "id: {}" in (folder.path / "track/checkout.yml").read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "x.yaml:1: the file contains no event"),
        ("type: TRACK\nkey: A", "x.yaml:1: versions: 'versions' contains no rule"),
        ("type: TRACK\nkey: A\nversions: {}", "x.yaml:3: versions: 'versions' contains no rule"),
        ("type: TRICK\nkey: A\nversions: [{version: 1, jsonSchema: {}}]", "x.yaml:1: type: 'type' must be one of"),
        ("type: [TRACK]\nkey: A\nversions: [{version: 1, jsonSchema: {}}]", "x.yaml:1: type: 'type' must be one of"),
        ("type: TRACK\nkey: [A]\nversions: [{version: 1, jsonSchema: {}}]", "x.yaml:2: key: 'key' must be text"),
        ("type: TRACK\nkey: A\nversions:\n  - {version: one, jsonSchema: {}}", "x.yaml:4: versions.0.version"),
        ("type: TRACK\nkey: A\nversions:\n  - version: 1\n    jsonSchema: 3", "x.yaml:5: versions.0.jsonSchema"),
        ("type: TRACK\nkey: A\nversions:\n  - version: 1\n    jsonSchema: '{'", "x.yaml:5: versions.0.jsonSchema: "),
        ("type: TRACK\nkey: A\nversions:\n  - {version: 1, key: B}", "x.yaml:4: versions.0: 'key' is already set at"),
        ("type: TRACK\nversion: 1\nkey: A\nversions: []", "x.yaml:2: version: the file of an event has no 'version'"),
        ("type: TRACK\n  key: A", "x.yaml:2: this is not valid YAML"),
        ("type: TRACK\nkey: A\nversions: [{version: 1, jsonSchema: &a {}}]", "x.yaml:3: '&a' is an anchor"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    folder = folder_of(tmp_path / "plan")
    (folder.path / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as told:
        folder.read()
    assert f"{folder.path}/{said}" in str(told.value)


def test_a_plan_further_in_is_another_plan(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, rule("A"))
    folder_of(tmp_path / "mobile", rule("B"))
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/check.yaml").write_text("on: push")
    assert [one.key for one in folder.read().rules] == ["A"]


def test_a_folder_without_a_plan_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no plan\.yaml in this folder"):
        PlanFolder(tmp_path, SPEC).read()
