"""What is wrong with inputs, in plain words; and that jsonschema and jsonschema-rs never disagree."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import TEXTS, examples, json_values, near

from segment_connector import SpecError
from segment_connector.language.action_records import Rule
from segment_connector.language.specs import Specs
from segment_connector.schema.validator import Validator

SPECS = Specs()


def words(schema: Any, value: Any, **options: Any) -> list[tuple[str, str | None, str, str | None]]:
    found = Validator(schema, **options).problems(value)
    return [(problem.code, problem.field, problem.message, problem.hint) for problem in found]


def member(**schema: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": schema}}


@pytest.mark.parametrize(
    ("schema", "value", "code", "message", "hint"),
    [
        ({"type": "string"}, 7, "type", "must be text, not a whole number 7", 'write it as text: "7"'),
        ({"type": "string"}, None, "type", "must be text, not null", None),
        ({"type": "string", "examples": ["u-1"]}, 7, "type", "must be text, not a whole number 7",
         'write it as text: "7"'),
        ({"type": "string"}, 12345.0, "type", "must be text, not a number 12345.0", 'write it as text: "12345"'),
        ({"type": "string", "secret": True}, 7, "type", "must be text, not a whole number", "write it as text"),
        ({"type": "string", "format": "date"}, 7, "type", "must be text, not a whole number 7", None),
        ({"type": "string", "hint": "do", "examples": ["x"]}, 7, "type", "must be text, not a whole number 7",
         'write it as text: "7"'),
        ({"type": "string", "hint": "do", "examples": ["x"]}, None, "type", "must be text, not null", "do"),
        ({"type": "number"}, "14.99", "type", 'must be a number, not text "14.99"', "write 14.99 without quotes"),
        ({"type": "number", "examples": [1.5]}, "$2", "type", 'must be a number, not text "$2"', "for example 1.5"),
        ({"type": "integer"}, "14.99", "type", 'must be a whole number, not text "14.99"', None),
        ({"type": "array"}, "x", "type", 'must be a list, not text "x"', 'write it as a list: ["x"]'),
        ({"type": "integer"}, 1.5, "type", "must be a whole number, not a number 1.5", None),
        ({"type": "boolean"}, "true", "type", 'must be true or false, not text "true"', "write true without quotes"),
        ({"type": "object"}, [1], "type", "must be an object, not a list", None),
        ({"type": "array"}, {"x": 1}, "type", "must be a list, not an object", None),
        ({"type": "null"}, False, "type", "must be null, not false", None),
        ({"type": ["string", "null"]}, 7, "type", "must be text or null, not a whole number 7",
         'write it as text: "7"'),
        ({"enum": ["us", "eu"]}, "EU", "enum", 'must be one of us, eu, not "EU"', "did you mean 'eu'?"),
        ({"enum": ["us", "eu"]}, "asia", "enum", 'must be one of us, eu, not "asia"', "take one of the values listed"),
        ({"enum": [1, None, "x"]}, 2, "enum", "must be one of 1, null, x, not 2", "take one of the values listed"),
        ({"const": 1}, 2, "const", "must be 1", None),
        ({"minLength": 1, "hint": "name it"}, "", "minLength", "must not be empty", "name it"),
        ({"minLength": 3}, "ab", "minLength", "must have at least 3 characters; it has 2", None),
        ({"maxLength": 99}, "x" * 1234, "maxLength", "must have at most 99 characters; it has 1,234", None),
        ({"maxLength": 2}, "😀😀😀", "maxLength", "must have at most 2 characters; it has 3", None),
        ({"pattern": r"\S"}, " \t ", "pattern", "must not be blank", None),
        ({"pattern": "^[a-z]+$"}, "A", "pattern", 'does not match the pattern ^[a-z]+$ "A"', None),
        ({"pattern": "^[a-z]+$", "hint": "use a to z"}, "A" * 99, "pattern", "does not match the pattern ^[a-z]+$",
         "use a to z"),
        ({"minimum": 1}, 0, "minimum", "must be at least 1, not 0", None),
        ({"maximum": 200}, 201, "maximum", "must be at most 200, not 201", None),
        ({"exclusiveMinimum": 0}, 0, "exclusiveMinimum", "must be more than 0, not 0", None),
        ({"exclusiveMaximum": 5}, 5.5, "exclusiveMaximum", "must be less than 5, not 5.5", None),
        ({"minItems": 1}, [], "minItems", "must not be empty", None),
        ({"maxItems": 2}, [1, 2, 3], "maxItems", "must have at most 2 entries; it has 3", None),
        ({"minProperties": 1}, {}, "minProperties", "must not be empty", None),
        ({"maxProperties": 1}, {"x": 1, "y": 2}, "maxProperties", "must have at most 1 properties; it has 2", None),
        ({"uniqueItems": True}, [1, 1], "uniqueItems", "must not hold the same entry twice", "remove the duplicates"),
        ({"not": {"type": "null"}}, None, "not", "is not allowed here", "see the action's description"),
        ({"minItems": 2}, [1], "minItems", "must have at least 2 entries; it has 1", None),
        ({"minProperties": 2}, {}, "minProperties", "must have at least 2 properties; it has 0", None),
    ],
)  # fmt: skip
def test_each_keyword_has_its_words(schema: Any, value: Any, code: str, message: str, hint: str | None) -> None:
    assert words({"type": "object", "properties": {"a": schema}}, {"a": value}) == [(code, "a", message, hint)]


@pytest.mark.parametrize(
    ("schema", "value", "problem"),
    [
        (
            {"anyOf": [{"type": "string"}, {"type": "boolean"}]}, 7,
            ("anyOf", "a", "must be text or true or false, not a whole number 7", 'write it as text: "7"'),
        ),
        (
            {"anyOf": [{"type": "boolean"}, {"type": "object", "properties": {"x": {"type": "string"}}}]}, {"x": 7},
            ("type", "a.x", "must be text, not a whole number 7", 'write it as text: "7"'),
        ),
        (
            {"anyOf": [{"type": "null"}, {"type": "string", "minLength": 1}]}, "",
            ("minLength", "a", "must not be empty", None),
        ),
        (
            {"anyOf": [{"type": "null"}, {"type": "object", "required": ["x"]}]}, {},
            ("required", "a.x", "is required", None),
        ),
        (
            {"oneOf": [{"type": "number"}, {"enum": ["all"]}], "hint": "write a number, or all"}, "al",
            ("enum", "a", 'must be one of all, not "al"', "write a number, or all"),
        ),
        ({"anyOf": [False, False]}, 1, ("unknown", "a", "is not allowed here", "see the action's description")),
    ],
)  # fmt: skip
def test_of_several_forms_the_nearest_is_explained(schema: Any, value: Any, problem: Any) -> None:
    assert words(member(**schema), {"a": value}) == [problem]


def test_a_branch_of_if_and_then_speaks_for_itself() -> None:
    schema = {
        "if": {"properties": {"kind": {"const": "pay"}}, "required": ["kind"]},
        "then": {"required": ["price"], "properties": {"price": {"type": "number"}}},
    }
    assert words(schema, {"kind": "see"}) == []
    assert words(schema, {"kind": "pay"}) == [("required", "price", "is required", None)]
    assert words(schema, {"kind": "pay", "price": [1]}) == [("type", "price", "must be a number, not a list", None)]


CLOSED = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "examples": ["Order Completed"]},
        "userId": {"type": "string", "hint": "give the id"},
        "address": {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": False},
    },
    "required": ["event", "userId"],
    "additionalProperties": False,
}


def test_every_missing_parameter_is_named_with_its_cure() -> None:
    assert words(CLOSED, {}) == [
        ("required", "event", "is required", 'for example "Order Completed"'),
        ("required", "userId", "is required", "give the id"),
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("user_id", "did you mean 'userId'?"),
        ("UserID", "did you mean 'userId'?"),
        ("evnt", "did you mean 'event'?"),
        ("zzz", "known: event, userId, address"),
        ("", "known: event, userId, address"),
        ("{{ 7*7 }}", "known: event, userId, address"),
    ],
)
def test_an_unknown_parameter_is_answered_with_the_nearest(name: str, hint: str) -> None:
    given_all = {"event": "e", "userId": "u", name: 1}
    assert words(CLOSED, given_all) == [("unknown", name, "there is no such parameter", hint)]


def test_an_unknown_member_further_down_is_a_property_and_the_noun_can_be_chosen() -> None:
    base = {"event": "e", "userId": "u"}
    assert words(CLOSED, {**base, "address": {"citi": "x"}}) == [
        ("unknown", "address.citi", "there is no such property", "did you mean 'city'?")
    ]
    assert words(CLOSED, {**base, "zzz": 1}, noun="word")[0][2] == "there is no such word"


def test_a_long_unknown_name_is_cut() -> None:
    assert words(CLOSED, {"event": "e", "userId": "u", "x" * 5000: 1})[0][1] == "x" * 80


def test_problems_come_nearest_to_the_root_first() -> None:
    schema = {
        "type": "object",
        "required": ["z"],
        "properties": {
            "b": {"type": "object", "properties": {"y": {"type": "string"}, "x": {"type": "string"}}},
            "a": {"type": "string"},
        },
    }
    fields = [problem[1] for problem in words(schema, {"b": {"y": 1, "x": 2}, "a": 3})]
    assert fields == ["z", "a", "b.x", "b.y"]


@pytest.mark.parametrize("many", [101, 500, 200_000])
@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"items": {"type": "string"}}, list),
        ({"additionalProperties": {"type": "string"}}, lambda numbers: {str(one): one for one in numbers}),
        ({"properties": {}, "additionalProperties": False}, lambda numbers: {str(one): one for one in numbers}),
        ({"anyOf": [{"items": {"type": "string"}}, {"type": "null"}]}, list),
        ({"required": [str(one) for one in range(200)]}, lambda _: {}),
    ],
)
def test_at_most_a_hundred_problems_are_listed_and_no_more_looked_for(schema: Any, value: Any, many: int) -> None:
    judge = Validator(schema)
    given = value(range(many))
    start = time.process_time()
    found = judge.problems(given)
    assert time.process_time() - start < 1
    if "anyOf" in schema:
        assert [one.field for one in found] == ["0"]
        return
    assert len(found) == 101
    assert (found[-1].code, found[-1].field) == ("more", None)
    assert all(one.code == found[0].code for one in found[:100])


def test_of_a_long_list_the_wrong_members_are_found_wherever_they_are() -> None:
    schema = {"items": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]}}
    given: list[Any] = ["x", None] * 100_000
    given[7], given[150_001] = 7, "long"
    start = time.process_time()
    assert {one.field for one in Validator(schema).problems(given)} == {"7", "150001"}
    assert time.process_time() - start < 1


def test_long_names_do_not_make_long_problems() -> None:
    schema = {"additionalProperties": {"additionalProperties": False, "properties": {}}}
    (found,) = Validator(schema).problems({"a" * 100_000: {"b" * 100_000: 1}})
    assert found.field == f"{'a' * 80}.{'b' * 80}"


NEEDS = Rule(
    schema={"anyOf": [{"required": ["userId"]}, {"required": ["anonymousId"]}]},
    message="one of both is required", hint="give one", field="userId",
)  # fmt: skip
IDS = {"type": "object", "properties": {"userId": {"type": "string"}, "anonymousId": {"type": "string"}}}


@pytest.mark.parametrize("value", [{"userId": "u"}, {"anonymousId": "a"}, {"userId": "u", "anonymousId": "a"}])
def test_a_rule_that_holds_is_silent(value: Any) -> None:
    assert words(IDS, value, rules=[NEEDS]) == []


def test_a_rule_that_is_broken_speaks_in_its_own_words() -> None:
    assert words(IDS, {}, rules=[NEEDS]) == [("rule", "userId", "one of both is required", "give one")]


def test_a_rule_is_silent_where_its_field_is_wrong_already() -> None:
    assert [problem[0] for problem in words({**IDS, "required": ["userId"]}, {}, rules=[NEEDS])] == ["required"]
    assert [problem[0] for problem in words(IDS, {"anonymousId": 7}, rules=[NEEDS])] == ["type"]


def test_every_broken_rule_is_named_after_the_schema() -> None:
    second = Rule(schema={"maxProperties": 0}, message="must be left alone", hint="leave it", field="anonymousId")
    found = words({**IDS, "additionalProperties": False}, {"x": 1}, rules=[NEEDS, second])
    assert [problem[:2] for problem in found] == [("unknown", "x"), ("rule", "userId"), ("rule", "anonymousId")]


SECRET = "s3cr3t-k3y"
HIDDEN = [
    ({"type": "string", "secret": True, "pattern": "^[0-9]+$"}, SECRET),
    ({"type": "string", "secret": True, "format": "date-time"}, SECRET),
    ({"type": "string", "secret": True, "enum": ["x"]}, SECRET),
    ({"type": "string", "secret": True, "const": "x"}, SECRET),
    ({"type": "string", "secret": True, "maxLength": 2}, SECRET),
    ({"type": "boolean", "secret": True}, SECRET),
    ({"type": "integer", "secret": True, "maximum": 9}, 987654321),
    ({"secret": True, "anyOf": [{"type": "boolean"}, {"type": "string", "pattern": "^[0-9]+$"}]}, SECRET),
    ({"anyOf": [{"type": "boolean"}, {"type": "string", "secret": True, "pattern": "^[0-9]+$"}]}, SECRET),
    ({"secret": True, "anyOf": [{"type": "boolean"}, {"type": "null"}]}, SECRET),
    ({"type": "object", "secret": True, "properties": {"x": {"type": "boolean"}}}, {"x": SECRET}),
    ({"type": "array", "secret": True, "items": {"type": "boolean"}}, [SECRET]),
    ({"type": "array", "items": {"type": "object", "properties": {"k": {"secret": True, "enum": ["x"]}}}},
     [{"k": SECRET}]),
    ({"type": "object", "additionalProperties": {"secret": True, "type": "boolean"}}, {"x": SECRET}),
    ({"secret": True, "allOf": [{"type": "boolean"}]}, SECRET),
    ({"secret": True, "if": True, "then": {"type": "boolean"}}, SECRET),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "value"), HIDDEN)
def test_a_secret_is_in_no_message(schema: Any, value: Any) -> None:
    shown = repr(words(member(**schema), {"a": value}))
    assert shown != "[]"
    assert SECRET not in shown
    assert "987654321" not in shown


def test_long_values_and_containers_are_not_shown() -> None:
    assert words(member(type="boolean"), {"a": "x" * 39})[0][2] == "must be true or false, not text"
    assert words(member(type="boolean"), {"a": "x" * 38})[0][2].endswith('"' + "x" * 38 + '"')
    assert words(member(enum=["x"]), {"a": {"k": SECRET}})[0][2] == "must be one of x"


def test_what_is_given_in_place_of_the_whole_is_not_shown() -> None:
    assert words({"type": "object"}, SECRET) == [("type", None, "must be an object, not text", None)]
    assert words({"type": "object"}, None) == [("type", None, "must be an object, not null", None)]


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        ({"type": "strng"}, "type"),
        ({"properties": {"a": {"type": "strng"}}}, "properties.a.type"),
        ({"properties": {"a": {"pattern": "("}}}, "properties.a.pattern"),
        ({"properties": {"a": {"minLength": -1}}}, None),
        ({"properties": {"a": "text"}}, "properties.a"),
        ({"$ref": "#/nowhere"}, None),
        ({"$ref": "http://127.0.0.1:9/schema.json"}, None),
        ({"$ref": "file:///etc/passwd"}, None),
    ],
)
def test_what_is_no_schema_is_an_error_of_the_spec(schema: Any, field: str | None, no_sockets: None) -> None:
    with pytest.raises(SpecError) as caught:
        Validator(schema, path="act.yaml")
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("schema", "act.yaml")
    if field is not None:
        assert problem.field == field


def verdicts(validator: Validator, value: Any) -> tuple[bool, bool]:
    """What jsonschema-rs and what jsonschema say."""
    judged = validator._judge.is_valid(value) and all(judge.is_valid(value) for judge in validator._rule_judges)
    assert validator.quick_yes(value) <= judged
    return validator.yes(value), judged


# Where two validators could differ: dialects of patterns, whole floats, booleans as numbers, lengths of emoji.
DOUBTFUL = [
    *[({"pattern": pattern}, text) for pattern in (
        r"\S", r"^\S+$", r"^[!-~]{1,128}$", r"^[A-Za-z]{3}$", r"\d", r"^\d+$", r"\w", r"^\w*$", r"\bé", "^.$", "^a$",
        "^[^a]$", r"^[0-9A-Za-z_-]{1,255}$", "😀", r"^[\s\S]{1,2}$", "$", "^$",
    ) for text in (*TEXTS, "a", "a\n", "\ra", "é", "٣", "\u180e", "a\u2028", "\u200b")],
    *[({"type": kind}, value) for kind in ("integer", "number", "boolean", "null", "string") for value in (
        0, 1, 1.0, -0.0, 1.5, 1e22, 2**63, 2**64 - 1, -(2**63), True, False, None, "1", [], {},
    )],
    *[({"enum": [listed]}, value) for listed in (0, 1, 1.0, True, False, None, "1", [1], {"a": 1},
    [True]) for value in (
        0, 1, 1.0, True, False, None, "1", [1], [1.0], [True], {"a": 1}, {"a": 1.0}, {"a": True},
    )],
    *[({"const": listed}, value) for listed in (0, 1, True, None, {"a": [1]}) for value in (
        0, 0.0, 1, 1.0, True, False, None, {"a": [1]}, {"a": [1.0]}, {"a": [True]},
    )],
    *[({"uniqueItems": True}, value) for value in (
        [], [1, 1], [1, 1.0], [1, True], [0, False], ["1", 1], [[1], [1.0]], [[1], [True]], [{"a": 1}, {"a": 1}],
        [{"a": 1, "b": 2}, {"b": 2, "a": 1}], [None, None], [None, False],
    )],
    *[({"maxLength": 2}, value) for value in (
        "", "ab", "abc", "é", "e\u0301x", "😀😀", "😀😀😀", "👩‍👩‍👧",
    "\x00\x00", 123)],
    *[({"minimum": 1, "maximum": 9007199254740993}, value) for value in (
        0, 1, 1.0, 0.9999999999999999, 2**53, 2**53 + 1, 2**53 + 2, float(2**53), 2**64 - 1, -(2**63), True, "5",
    )],
    *[({"exclusiveMinimum": 0, "exclusiveMaximum": 1.5}, value) for value in (0, -0.0, 5e-324, 1, 1.5,
    1.4999999999999998)],
    *[({"multipleOf": 0.5}, value) for value in (0, 1, 1.5, 1.25, -0.5)],
    *[({"required": ["a"], "additionalProperties": False, "properties": {"a": {}}}, value) for value in (
        {}, {"a": None}, {"a": 1, "b": 2}, [], None, "a",
    )],
]  # fmt: skip


def test_both_validators_agree_where_they_could_differ() -> None:
    validators = {repr(schema): Validator(schema) for schema, _ in DOUBTFUL}
    differing = [pair for pair in DOUBTFUL if len(set(verdicts(validators[repr(pair[0])], pair[1]))) == 2]
    assert differing == []


def definition(reference: str) -> Any:
    """A shared definition with its references replaced."""
    return SPECS._resolve({"$ref": reference}, "types", "", (), [50_000])


VALIDATORS = {
    **{f"action {name}": Validator(SPECS.action(name).input_schema, SPECS.action(name).rules) for name in SPECS.paths},
    **{f"shared {name}": Validator(definition(name)) for name, raw in SPECS.types.items() if "type" in raw},
    "connection": Validator(SPECS.connector.connection.schema),
}
# In lots, because a test of hypothesis costs more to begin than to go on.
LOTS: dict[str, list[str]] = {}
for validator_name in VALIDATORS:
    kind, _, action_name = validator_name.partition(" ")
    LOTS.setdefault(SPECS.paths[action_name].parent.name if kind == "action" else kind, []).append(validator_name)


@pytest.mark.unmeasured
@pytest.mark.parametrize("lot", LOTS)
@examples(25)
@given(data=st.data())
def test_both_validators_agree_on_what_the_specs_describe(lot: str, data: st.DataObject) -> None:
    validator = VALIDATORS[data.draw(st.sampled_from(LOTS[lot]))]
    value = data.draw(near(validator.schema) | json_values)
    quick, judged = verdicts(validator, value)
    assert quick == judged
    assert (validator.problems(value) == []) == judged


@examples(300)
@given(name=st.sampled_from(sorted(VALIDATORS)), value=json_values)
def test_both_validators_agree_on_anything(name: str, value: Any) -> None:
    quick, judged = verdicts(VALIDATORS[name], value)
    assert quick == judged


def test_the_examples_of_every_parameter_are_valid() -> None:
    def pairs(schema: Any) -> list[tuple[Any, Any]]:
        below = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
        own = [(schema, example) for example in schema.get("examples", ())]
        return own + [found for part in below if isinstance(part, dict) for found in pairs(part)]

    distinct = {json.dumps(pair): pair for one in VALIDATORS.values() for pair in pairs(one.schema)}
    wrong = [
        (example, found) for schema, example in distinct.values() if (found := Validator(schema).problems(example))
    ]
    assert wrong == []
