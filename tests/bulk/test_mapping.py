"""Mappings: what a row becomes, that generated code means the same as Jinja's, and what is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import nodes
from jinja_code import by_jinja
from strategies import examples, json_values

from segment_connector import Connector, ConnectorError, InputError, SpecError
from segment_connector.bulk.read.mapping import RowMapping
from segment_connector.bulk.suggest.places import missing
from segment_connector.bulk.suggest.profile import ColumnProfile
from segment_connector.bulk.suggest.proposal import Proposal
from segment_connector.bulk.suggest.proposal_text import text_of
from segment_connector.bulk.suggest.proposing import propose
from segment_connector.language import yaml_reader as yaml_loader
from segment_connector.language.action_records import Action
from segment_connector.language.column_records import read_columns
from segment_connector.templates.compiler import Compiler
from segment_connector.templates.evaluator import Cells, compile_rows
from segment_connector.values.json_values import copy_json

SPECS = Connector.load().specs
TRACK = SPECS.action("track")
KNOWN = read_columns(SPECS.root)


def proposed(columns: list[str], action: Action) -> Proposal:
    """What is proposed for a header alone."""
    return propose([ColumnProfile((name,), 0, ()) for name in columns], action, KNOWN)


def suggest(columns: list[str], action: Action) -> dict[str, Any]:
    return proposed(columns, action).tree


def suggestion(columns: list[str], action: Action) -> str:
    return text_of(proposed(columns, action))


def event(tree: Any, row: Any) -> Any:
    """What a row becomes, of whatever form it is; the forms must agree."""
    mapping = RowMapping({"event": "E", "properties": {"x": tree}}, TRACK)
    made = mapping.make(row)
    native = mapping.make_from(Cells(list(row), texts=False))
    assert native(tuple(row.values())) == made
    if all(isinstance(cell, str) and cell for cell in row.values()):
        assert mapping.make_from(Cells(list(row), texts=True))(list(row.values())) == made
    assert made.pop("event") == "E"
    return made.get("properties", {"x": "left out"})["x"]


@pytest.mark.parametrize(
    ("template", "row", "expected"),
    [
        ("{{ row.a }}", {"a": "007"}, "007"),
        ("{{ row['Order ID'] }}", {"Order ID": "o-1"}, "o-1"),
        ("{{ row['a.b'] }}", {"a.b": "x"}, "x"),
        ("{{ row.a }}", {"b": "x"}, "left out"),
        ("{{ row.a }}", {"a": None}, None),
        ("{{ row.a.b.c }}", {"a": {"b": {"c": 1}}}, 1),
        ("{{ row.a.b.c }}", {"a": {"b": None}}, "left out"),
        ("{{ row.a[0] }}", {"a": [5]}, 5),
        ("{{ row.a | number }}", {"a": "14.99"}, 14.99),
        ("{{ row.a | number }}", {"a": "14"}, 14),
        ("{{ row.a | number }}", {"b": "14"}, "left out"),
        ("{{ row.a.b | number }}", {"a": {}}, "left out"),
        ("{{ row.a | integer }}", {"a": "12.0"}, 12),
        ("{{ row.a | boolean }}", {"a": "Yes"}, True),
        ("{{ row.a | json }}", {"a": '{"b": [1]}'}, {"b": [1]}),
        ("{{ (row.a | json).b[0] }}", {"a": '{"b": [1]}'}, 1),
        ("{{ row.a | date_time }}", {"a": "2026-01-31"}, "2026-01-31T00:00:00Z"),
        ("{{ row.a | default('d') | upper }}", {"b": "x"}, "D"),
        ("{{ row.a | trim | lower }}", {"a": " X "}, "x"),
        ("id-{{ row.a }}-{{ row.b }}", {"a": "x", "b": "y"}, "id-x-y"),
        ("id-{{ row.a }}", {"a": 7}, "id-7"),
        ("id-{{ row.a }}", {"b": "x"}, "left out"),
        ("{{ row.a ~ '/' ~ row.b }}", {"a": "x", "b": "y"}, "x/y"),
        ("{{ 'A' if row.a == '1' else 'B' }}", {"a": "1"}, "A"),
        ("{{ row.a | length }}", {"a": "xyz"}, 3),
        ("{{ row }}", {"a": "x", "b": "y"}, {"a": "x", "b": "y"}),
        ("plain", {"a": "x"}, "plain"),
        ("{{ '{{ row.a }}' }}", {"a": "x"}, "{{ row.a }}"),
        (["{{ row.a }}", "{{ row.b }}", 1], {"b": "x"}, ["x", 1]),
        ({"y": {"z": "{{ row.a }}"}}, {"b": "x"}, "left out"),
        ({"y": {}, "z": []}, {"b": "x"}, {"y": {}, "z": []}),
        ({"k": 1, "l": 1.5, "m": True, "n": None}, {"b": "x"}, {"k": 1, "l": 1.5, "m": True, "n": None}),
    ],
)  # fmt: skip
def test_what_a_row_becomes(template: Any, row: Any, expected: Any) -> None:
    found = event(template, row)
    assert (found, type(found)) == (expected, type(expected))


def test_what_a_cell_holds_is_never_code() -> None:
    row = {"a": "{{ 7 * 7 }}", "b": "'] + __import__('os').name + ['"}
    assert event(["{{ row.a }}", "<{{ row.b }}>"], row) == [row["a"], f"<{row['b']}>"]


@pytest.mark.parametrize(
    "column", ["it's", 'say "x"', "a\\b", "line\nbreak", "{{x}}", "}}", "class", "def f():", "é", " "]
)
def test_a_column_may_have_any_name(column: str) -> None:
    tree = suggest([column, "event"], TRACK)
    assert RowMapping(tree, TRACK).make({column: "x", "event": "E"}) == {"event": "E", "properties": {column: "x"}}


LEAVES = [
    "{{ row.a }}", "{{ row['b c'] }}", "{{ row.a.k }}", "{{ row.a.k.l }}", "{{ row.a | number }}",
    "{{ row.a.k | integer }}", "{{ row.a | integer }}", "{{ row.a.k | number }}",
    "{{ row.d | boolean }}", "{{ row.d | json }}", "{{ row.d | date_time }}", "{{ row.d | number(',') }}",
    "{{ row.d | date_time('ms') }}", "{{ row.a | upper }}", "{{ row.a | default('x') }}", "{{ row.a | default(none) }}",
    "{{ row.a.k | default('x') | trim }}", "<{{ row.a }}>", "{{ row.a }}{{ row.d }}", "{{ row.a ~ 1 ~ row['b c'] }}",
    "{{ row.a | default('x') }}-{{ row.a }}", "{{ row.a == row.d }}", "{{ row.a | length }}", "{{ row }}",
    "{{ row.a[0] }}", "{{ row.a if row.d else row['b c'] }}", "{{ row.a is defined }}", "{{ (row.d | json).k }}",
    "{{ row.a | trim | number }}", "{{ (row.a | number) == 1 }}", "{{ row.a + row.d }}", "{{ [row.a, row.d] }}",
    "{{ row.a in ['x', row.d] }}", "{{ row.a | first }}", "{{ 'x' if row.a is defined and row.d }}",
    "{{ none }}", "text", "", 7, 1.5, True, None,
]  # fmt: skip
trees = st.recursive(
    st.sampled_from(LEAVES),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=3), below, max_size=3),
    max_leaves=8,
)  # fmt: skip
CELLS = ["1", "1.5", "-0", "1e3", "1e400", " 7 ", "007", "+5", "1,5", "true", "NO", "[1]", '{"k": 1}', "2026-01-31",
         "x",
         "1769860800000", "12345678901234567890123", "NaN", "\ud7ff"]  # fmt: skip
texts = st.sampled_from(CELLS) | st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=4)
COLUMNS = ("a", "b c", "d")


REFUSED = "refused"  # in place of what the two raise, which differs


def expected(expression: nodes.Expr, row: Any) -> str:
    """What Jinja's code of the mapping makes of a row."""
    try:
        made = by_jinja(expression)({"row": row})
        return repr(copy_json(made))
    except (InputError, TypeError, jinja2.UndefinedError):
        return REFUSED


def found(expression: nodes.Expr, row: Any, cells: Cells | None = None) -> str:
    try:
        return repr(compile_rows(expression, "row", lambda error, _row: error, cells)(row))
    except ConnectorError:
        return REFUSED


@given(
    st.dictionaries(st.text(max_size=3), trees, max_size=4),
    st.dictionaries(st.sampled_from(COLUMNS), json_values | texts),
)
@examples(150)
def test_code_and_jinja_mean_the_same(tree: Any, row: Any) -> None:
    expression = Compiler(("row",), COLUMNS, "mapping.yaml", root="row").value(tree, "")
    assert found(expression, row) == expected(expression, row)
    if len(row) == len(COLUMNS):
        assert found(expression, tuple(row.values()), Cells(list(row), texts=False)) == expected(expression, row)


@given(st.dictionaries(st.text(max_size=3), trees, max_size=4), st.tuples(*[texts | st.just("")] * len(COLUMNS)))
@examples(150)
def test_code_over_cells_of_text_means_the_same(tree: Any, cells: tuple[str, ...]) -> None:
    expression = Compiler(("row",), COLUMNS, "mapping.yaml", root="row").value(tree, "")
    row = {name: cell for name, cell in zip(COLUMNS, cells, strict=True) if cell}
    assert found(expression, list(cells), Cells(COLUMNS, texts=True)) == expected(expression, row)


@pytest.mark.parametrize(
    ("template", "row", "code", "field", "message"),
    [
        ("{{ row.total | number }}", {"total": "14,99"}, "number", "row.total", "is not a number: '14,99'"),
        ("{{ row['Total €'] | number }}", {"Total €": "x"}, "number", "row.Total €", "is not a number: 'x'"),
        ("{{ row.a.b | integer }}", {"a": {"b": 1.5}}, "integer", "row.a.b", "is not a whole number: '1.5'"),
        ("{{ row.a | boolean }}", {"a": "maybe"}, "boolean", "row.a", "is neither true nor false: 'maybe'"),
        ("{{ row.a | json }}", {"a": "{" * 99}, "json", "row.a", "is not valid JSON"),
        ("{{ row.a | date_time }}", {"a": "31.01.2026"}, "date_time", "row.a", "is not a date and time: '31.01.2026'"),
        ("{{ (row.a | number) + 1 }}", {"a": "x"}, "number", "row.a", "is not a number: 'x'"),
        ("x{{ row.a }}", {"a": [1]}, "text", "row.a", "must be text, a number or true/false here"),
        ("{{ row.a + 1 }}", {"a": "x"}, "template", "properties.x", "an expression fails on this row: TypeError"),
        ("{{ row.a | upper }}", {"a": 1}, "template", "properties.x",
         "an expression fails on this row: TypeError"),
    ],
)  # fmt: skip
def test_a_row_that_does_not_fit_is_told_of(
    template: str, row: Any, code: str, field: str | None, message: str
) -> None:
    mapping = RowMapping({"event": "E", "properties": {"x": template}}, TRACK)
    cells = mapping.make_from(Cells(list(row), texts=False))
    for made, given_row in ((mapping.make, row), (cells, tuple(row.values()))):
        with pytest.raises(InputError) as caught:
            made(given_row)
        (problem,) = caught.value.problems
        assert (problem.code, problem.field, problem.message) == (code, field, message)
        assert problem.hint


@pytest.mark.parametrize("row", [None, [], "text", 7])
def test_a_row_that_is_no_object_is_told_of(row: Any) -> None:
    with pytest.raises(InputError, match="a row must be an object"):
        RowMapping({"event": "E", "userId": "{{ row.a }}"}, TRACK).make(row)


@pytest.mark.parametrize(
    ("text", "line", "field", "message", "hint"),
    [
        ("event: E\nuserID: '{{ row.a }}'\n", 2, "userID", "there is no such parameter", "did you mean 'userId'?"),
        ("event: E\nzzz: 1\n", 2, "zzz", "there is no such parameter", "'track' has event, userId"),
        ("userId: '{{ row.a }}'\n", 1, "event", "is required", "add 'event: ...' to the mapping"),
        ("- event\n", None, None, "must be a mapping", "write one parameter per line"),
        ("event: '{{ rows.a }}'\n", None, "event", "'rows' means nothing here", "did you mean 'row'?"),
        ("event: '{{ row.a | numbr }}'\n", None, "event", "there is no filter 'numbr'", "did you mean 'number'?"),
        ("event: '{{ row.a | boolean(1) }}'\n", None, "event", "'boolean' does not take", "write a text, in quotes"),
        ("event: '{{ row.a | json(1) }}'\n", None, "event", "'json' does not take", "leave out the arguments"),
        ("event: '{{ row.a | number(1) }}'\n", None, "event", "'number' does not take", "it takes one of '.', ','"),
        ("event: '{{ row.a | date_time(row.b) }}'\n", None, "event", "'date_time' does not take", "no names"),
        ("event: '{{ row.a | date_time(\"x\") }}'\n", None, "event", "'date_time' does not take", "one of 'iso', 's'"),
        ("event: '{{ row.a'\n", None, "event", "is not a valid template", "write {{ expression }}"),
        ("event: E\nevent: F\n", 2, None, "the key 'event' occurs twice", "keep one"),
        ("event: [\n", 2, None, "this is not valid YAML", "look at"),
    ],
)  # fmt: skip
def test_a_mapping_that_cannot_hold_is_refused(
    text: str, line: int | None, field: str | None, message: str, hint: str, tmp_path: Path
) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(text)
    with pytest.raises(SpecError) as caught:
        RowMapping.load(path, TRACK)
    problem = caught.value.problems[0]
    assert problem.path == str(path)
    assert (problem.line, problem.field) == (line, field)
    assert problem.message.startswith(message)
    assert hint in (problem.hint or "")


def test_members_that_an_action_does_not_allow_are_refused() -> None:
    parameters = {"o": {"type": "object", "properties": {"name": {}}, "additionalProperties": False}}
    action = dataclasses.replace(TRACK, parameters=parameters, required=())
    with pytest.raises(SpecError) as caught:
        RowMapping({"o": {"nmae": "{{ row.a }}"}}, action)
    assert caught.value.field == "o.nmae"
    assert caught.value.hint == "did you mean 'name'?"


def test_the_columns_that_a_mapping_reads() -> None:
    tree = {"event": "{{ row.b }}", "properties": {"x": "{{ row['c d'].e }}", "y": "{{ row.b }}"}}
    mapping = RowMapping(tree, TRACK)
    assert mapping.columns == ["b", "c d"]
    assert RowMapping({**tree, "properties": "{{ row }}"}, TRACK).columns is None
    mapping.check_columns(["a", "b", "c d"])
    with pytest.raises(InputError) as caught:
        mapping.check_columns(["a", "c.d"], texts=True)
    assert [(one.field, one.message) for one in caught.value.problems] == [
        ("event", "the source has no column 'b'"), ("properties.x", "the source has no column 'c d'"),
    ]  # fmt: skip


def test_a_column_with_a_point_in_its_name_is_found() -> None:
    mapping = RowMapping({"event": "{{ row.a.b }}"}, TRACK)
    with pytest.raises(InputError) as caught:
        mapping.check_columns(["a.b"])
    assert caught.value.hint == "write row['a.b']"


class TestSuggestions:
    def test_columns_go_where_their_names_say(self) -> None:
        columns = ["Event Name", "user_id", "Revenue", "Currency", "colour", "Timestamp", "IP", "message-id"]
        assert suggest(columns, TRACK) == {
            "event": "{{ row['Event Name'] }}",
            "userId": "{{ row.user_id }}",
            "properties": {
                "revenue": "{{ row.Revenue | number }}",
                "currency": "{{ row.Currency }}",
                "colour": "{{ row.colour }}",
            },
            "timestamp": "{{ row.Timestamp | date_time }}",
            "context": {"ip": "{{ row.IP }}"},
            "messageId": "{{ row['message-id'] }}",
        }

    def test_two_columns_never_become_one_member(self) -> None:
        tree = suggest(["user_id", "userId", "User ID"], TRACK)
        assert tree["userId"] == "{{ row.user_id }}"
        assert tree["properties"] == {"userId": "{{ row.userId }}", "User ID": "{{ row['User ID'] }}"}

    def test_what_is_missing_is_written_down(self) -> None:
        text = suggestion(["user_id", "total"], TRACK)
        assert '# event: "Order Completed"' in text
        tree = yaml_loader.parse(text, "mapping.yaml")
        assert tree == {"userId": "{{ row.user_id }}", "properties": {"revenue": "{{ row.total | number }}"}}
        assert missing(tree, TRACK) == ["event"]

    def test_columns_without_room_are_named(self) -> None:
        text = suggestion(["user_id", "previous_id", "city"], SPECS.action("alias"))
        assert '# Columns that are left out because there is no room for them: "city"' in text

    def test_a_column_may_hold_the_free_object(self) -> None:
        text = suggestion(["event", "properties", "city"], TRACK)
        assert 'properties: "{{ row.properties | json }}"' in text
        assert '# Columns that are left out because there is no room for them: "city"' in text

    @pytest.mark.parametrize("name", ["track", "identify", "page", "screen", "group", "alias"])
    @given(
        st.lists(
            st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8)
            | st.sampled_from(["id", "user_id", "event", "name", "groupId", "email", "plan"]),
            unique=True,
        )
    )
    @examples(30)
    def test_every_suggestion_can_be_used(self, name: str, columns: list[str]) -> None:
        action = SPECS.action(name)
        tree = yaml_loader.parse(suggestion(columns, action), "mapping.yaml") or {}
        for parameter in missing(tree, action):
            tree[parameter] = "{{ row.x }}"
        mapping = RowMapping(tree, action)
        assert set(mapping.columns or ()) <= {*columns, "x"}
        mapping.make({column: "1" for column in columns if column})
