"""No secret is left in anything a person or a log can see."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from segment_connector.redact import MASK, forms, has_secret, redact, redact_text, secrets_in

KEY = 'aB3/+=%&"\\x'
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f"before {KEY} after {KEY}",
        quote(KEY, safe=""),
        quote(KEY),
        quote_plus(KEY),
        json.dumps({"writeKey": KEY}),
        base64.b64encode(KEY.encode()).decode(),
        "Basic " + base64.b64encode(f"{KEY}:".encode()).decode(),
        f"https://h/v1?key={quote(KEY, safe='')}#x",
        repr({"key": KEY}),
    ],
)
def test_a_secret_is_masked_in_every_form_it_travels_in(text: str) -> None:
    shown = redact_text(text, [KEY])
    assert MASK in shown
    assert "aB3" not in shown
    assert base64.b64encode(KEY.encode()).decode()[:12] not in shown


def test_the_text_around_a_secret_stays() -> None:
    assert redact_text("a s3cr3t b", ["s3cr3t"]) == "a ******** b"
    assert redact_text("nothing here", ["s3cr3t"]) == "nothing here"


@pytest.mark.parametrize("text", [PEM, json.dumps({"k": PEM}), repr(PEM), quote(PEM, safe="")])
def test_a_key_of_many_lines_is_masked_whole(text: str) -> None:
    assert "MIIE" not in redact_text(text, [PEM])


def test_of_two_secrets_the_longer_is_masked_first() -> None:
    assert redact_text("secret-and-more", ["secret", "secret-and-more"]) == MASK


@pytest.mark.parametrize("short", ["", "a", "abc"])
def test_what_is_too_short_to_be_a_secret_masks_nothing(short: str) -> None:
    assert redact_text("abc a b", [short]) == "abc a b"
    assert forms([short]) == ()


def test_a_secret_that_is_no_utf8_is_masked() -> None:
    assert redact_text("x \ud800abcd x", ["\ud800abcd"]) == f"x {MASK} x"


def test_values_are_copied_with_every_string_masked() -> None:
    value = {"a": ["s3cr3t", 7, None, True, 1.5, {"k s3cr3t": "x s3cr3t"}], "t": ("s3cr3t",)}
    assert redact(value, ["s3cr3t"]) == {
        "a": [MASK, 7, None, True, 1.5, {f"k {MASK}": f"x {MASK}"}], "t": [MASK],
    }  # fmt: skip
    assert value["a"][0] == "s3cr3t"


def test_without_secrets_a_value_stays_as_it_is() -> None:
    value = {"a": [1]}
    assert redact(value, []) is value


SCHEMA: dict[str, Any] = {
    "properties": {
        "open": {"type": "string"},
        "key": {"type": "string", "secret": True},
        "deep": {"properties": {"token": {"secret": True}, "name": {}}},
        "whole": {"type": "object", "secret": True, "properties": {"a": {"type": "string"}}},
        "list": {"items": {"properties": {"k": {"secret": True}}}},
        "keys": {"items": {"type": "string", "secret": True}},
    },
    "additionalProperties": {"secret": True},
}


def test_secrets_are_found_where_the_schema_marks_them() -> None:
    value = {
        "open": "o", "key": "k1", "deep": {"token": "k2", "name": "n"}, "whole": {"a": "k3", "b": ["k4", {"c": "k5"}]},
        "list": [{"k": "k6"}, {"k": 7}, "x"], "keys": ["k7"], "more": "k8", "number": 9,
    }  # fmt: skip
    assert secrets_in(SCHEMA, value) == {f"k{number}" for number in range(1, 9)}


@pytest.mark.parametrize("value", [None, "text", 7, [], ["a"], {}])
def test_what_does_not_fit_the_schema_holds_no_secret(value: Any) -> None:
    assert secrets_in({"properties": SCHEMA["properties"]}, value) == set()


@pytest.mark.parametrize(
    ("schema", "has"),
    [
        ({}, False),
        ({"secret": False}, False),
        ({"secret": True}, True),
        ({"properties": {"a": {"properties": {"b": {"secret": True}}}}}, True),
        ({"items": {"secret": True}}, True),
        ({"additionalProperties": {"secret": True}}, True),
        ({"additionalProperties": False, "properties": {"a": {}}}, False),
        ({"properties": "nonsense", "items": True}, False),
    ],
)
def test_whether_a_schema_has_a_secret(schema: Any, has: bool) -> None:
    assert has_secret(schema) is has


def test_the_secrets_of_the_connection_are_marked(specs: Any) -> None:
    properties = specs.connector.connection.properties
    secret = {name for name, schema in properties.items() if has_secret(schema)}
    assert secret == {"writeKey", "publicToken", "profileToken", "oauth"}


@given(st.text(min_size=4, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_no_secret_survives(secret: str, before: str, after: str) -> None:
    assume(secret not in MASK and not set(secret) & set("*"))
    for text in (secret, quote(secret.encode("utf-8", "surrogatepass"), safe=""), json.dumps(secret)):
        assert secret not in redact_text(before + text + after, [secret]).replace(MASK, "\n")
