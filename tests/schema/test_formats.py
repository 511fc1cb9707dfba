"""The formats that specs may use: what passes, what does not, and that both validators check them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segment_connector.schema.formats import CHECKERS, HINTS, QUICK, SCHEMA_FORMAT
from segment_connector.schema.validator import Validator

ACCEPTED = {
    "date-time": [
        "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.1Z", "2026-01-31T12:00:00.123456789Z",
        "2026-01-31T12:00:00+01:00", "2026-01-31T12:00:00-23:59", "2026-01-31T12:00:00-00:00", "2024-02-29T00:00:00Z",
        "2000-02-29T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    ],
    "base-url": [
        "https://api.segment.io/v1", "http://127.0.0.1:8080", "http://localhost", "https://proxy.example.com/",
        "https://proxy.example.com/a/b/", "HTTPS://proxy.example.com", "http://[::1]:80/v1", "https://h:443",
        "https://zażółć.example", "https://h/~a/b;c=1", "https://h/%20",
    ],
    "relative-path": [
        "/sources", "sources", "/sources/", "sources/a/b", "", "/", "/a%2fb", "a b", "é", "%c3%a9", "%", "%zz", "%252e",
        "a@b", "a/b:c", "/a:b", "spaces/x/profiles/user_id:u-1", "a%3fb", "a%23b", "{{ 7*7 }}", "...", "a..", "..a",
        "~a", "*", "a;b,c",
    ],
}  # fmt: skip
REFUSED = {
    "date-time": [
        "", "now", "1770000000", "2026-01-31", "12:00:00Z", "2026-01-31T12:00:00", "2026-01-31T12:00Z",
        "2026-01-31 12:00:00Z", "2026-01-31t12:00:00z", "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z",
        "2026-01-31T12:00:61Z", "2016-12-31T23:59:60Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-01-31T12:00:00+24:00", "2026-01-31T12:00:00+0100", "2026-01-31T12:00:00+01", "2026-01-31T12:00:00.Z",
        "2026-01-31T12:00:00,5Z", "2026-01-31T12:00:00Z\n", "2026-01-31T12:00:00Z ", " 2026-01-31T12:00:00Z",
        "٢٠٢٦-01-31T12:00:00Z", "2026-01-31T12:00:00\u221201:00", "20260131T120000Z", "2026-W05-6T12:00:00Z",
        "+002026-01-31T12:00:00Z", "0000-01-01T00:00:00Z", "2026-1-31T12:00:00Z", "31.01.2026 12:00", "x" * 100_000,
    ],
    "base-url": [
        "", "api.segment.io/v1", "//api.segment.io/v1", "ftp://h", "file:///etc/passwd", "javascript:alert(1)",
        "https:h", "https:/h", "https://", "https:///v1", "https://user:password@h/", "https://user@h/",
        "https://h/?a=1",
        "https://h/?", "https://h/#a", "https://h/#", "https://h:99999", "https://h:port", "https://[::1",
        "https://h/ v1",
        " https://h", "https://h\n", "https://h/\x00", "https://h\x00", "https://h/\x7f", "https://h\\evil",
        "https://h/<a>",
        'https://h/"', "https://h/{x}", "https://h/{{ 7*7 }}", "https://h/a|b", "https://h/^", "https://h℀/",
        "https://h/\u2028",
    ],
    "relative-path": [
        "http://evil.example/x", "http:x", "HTTPS:x", "mailto:x", "a:b", "%68ttp://x", "a%3ab", "//evil.example", "//",
        "///",
        "/a//b", "..", ".", "/..", "../x", "/a/../b", "./a", "a/.", "a/..", "%2e%2e", "/%2E%2e/x", "%2e", "/a%2f..%2fb",
        "..%2fx", "a?b", "?", "a#b", "a\\b", "..\\x", "%5c", "a\nb", "a\tb", "a\x00", "%0a", "%0d%0a", "%00", "%7f",
        "%ff",
        "%ed%a0%80",
    ],
}  # fmt: skip
TABLE = [
    *((name, value, True) for name, values in ACCEPTED.items() for value in values),
    *((name, value, False) for name, values in REFUSED.items() for value in values),
]


@pytest.mark.parametrize(("name", "value", "valid"), TABLE, ids=lambda part: repr(part)[:40])
def test_each_format_has_one_meaning_for_its_checker_and_both_validators(name: str, value: str, valid: bool) -> None:
    validator = Validator({"format": name})
    assert CHECKERS[name](value) is valid
    assert validator.yes(value) is valid
    assert validator.quick_yes(value) <= valid
    assert validator._judge.is_valid(value) is valid


@pytest.mark.parametrize("name", QUICK)
@given(data=st.data())
def test_what_a_quick_pattern_matches_its_checker_takes(name: str, data: st.DataObject) -> None:
    value = data.draw(st.from_regex(QUICK[name], fullmatch=True, alphabet=st.characters(codec="ascii")))
    assert CHECKERS[name](value)
    assert Validator({"format": name}).quick_yes(value)


SCHEMAS = [
    ({}, None),
    ({"type": "object", "properties": {"properties": {"required": ["orderId"]}}}, None),
    ({"$schema": "http://json-schema.org/draft-04/schema#", "type": "object"}, None),
    ({"type": "objekt"}, "type"),
    ({"properties": {"revenue": {"required": True}}}, "properties.revenue.required"),
    ({"items": {"type": ["string", "text"]}}, "items.type.1"),
    ({"properties": {"a": {"minimum": "1"}}}, "properties.a.minimum"),
    ({"pattern": "("}, None),
]


@pytest.mark.parametrize(("schema", "place"), SCHEMAS, ids=repr)
def test_a_json_schema_of_draft_7_is_told_by_its_meta_schema(schema: dict[str, Any], place: str | None) -> None:
    validator = Validator({"properties": {"rules": {"items": {"format": SCHEMA_FORMAT}}}})
    value, valid = {"rules": [{}, schema]}, place is None and "pattern" not in schema
    fields = [problem.field for problem in validator.problems(value)]

    assert CHECKERS[SCHEMA_FORMAT](schema) is validator.yes(value) is validator.accepts(value) is valid
    assert fields == ([] if valid else [f"rules.1.{place}" if place else "rules.1"])


@pytest.mark.parametrize("name", CHECKERS)
@pytest.mark.parametrize("value", [None, True, 7, 1.5, [], {}])
def test_a_format_says_nothing_about_what_is_no_text(name: str, value: Any) -> None:
    assert CHECKERS[name](value)
    assert Validator({"format": name}).problems(value) == []


@pytest.mark.parametrize("name", CHECKERS)
def test_each_format_has_a_cure(name: str) -> None:
    value, shown = ({"pattern": "("}, "") if name == SCHEMA_FORMAT else ("http://a b", ' "http://a b"')
    (problem,) = Validator({"properties": {"a": {"format": name}}}).problems({"a": value})
    assert (problem.code, problem.message, problem.hint) == ("format", f"is not a valid {name}{shown}", HINTS[name])


def test_every_format_of_the_specs_has_a_checker(specs: Any) -> None:
    def formats(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["format"]} if isinstance(node.get("format"), str) else set()
            return own.union(*map(formats, node.values()))
        return set().union(*map(formats, node)) if isinstance(node, list) else set()

    schemas = [specs.connector.connection.schema, *(specs.action(name).input_schema for name in specs.paths)]
    assert formats(schemas) <= CHECKERS.keys()
    assert CHECKERS.keys() == HINTS.keys()
