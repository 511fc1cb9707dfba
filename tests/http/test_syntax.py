"""What is text on the wire: query, headers, and the last look at a path."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from strategies import json_values, texts

from segment_connector import InputError
from segment_connector.http.syntax import FORM, Writing, checked_headers, checked_path, with_query


def refusal(function: Any, *arguments: Any) -> tuple[str, str | None]:
    with pytest.raises(InputError) as caught:
        function(*arguments)
    (problem,) = caught.value.problems
    assert problem.hint
    return problem.code, problem.field


# Segment writes parameters of the query in dotted form: the examples in its own documentation are of this kind.
@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({}, ""),
        ({"a": "x", "b": 1, "c": 1.5}, "a=x&b=1&c=1.5"),
        ({"a": True, "b": False}, "a=true&b=false"),
        ({"a": None, "b": {"c": None}}, ""),
        ({"a": [], "b": {}}, ""),
        ({"a": ""}, "a="),
        ({"pagination": {"count": 3, "cursor": "Mw=="}}, "pagination.count=3&pagination.cursor=Mw%3D%3D"),
        ({"groupBy": ["eventName", "source"]}, "groupBy.0=eventName&groupBy.1=source"),
        ({"emails": ["a+b@example.com"]}, "emails.0=a%2Bb%40example.com"),
        ({"filter": {"eventName": ["A", "B"]}}, "filter.eventName.0=A&filter.eventName.1=B"),
        (
            {"rules": [{"type": "TRACK", "version": 1, "key": "Order Completed"}]},
            "rules.0.type=TRACK&rules.0.version=1&rules.0.key=Order%20Completed",
        ),
        ({"a": [["x"], {"y": [1]}]}, "a.0.0=x&a.1.y.0=1"),
        ({"q": "a/b c?é%+:&=#;,"}, "q=a%2Fb%20c%3F%C3%A9%25%2B%3A%26%3D%23%3B%2C"),
        ({"a b": 1, "é&": 2}, "a%20b=1&%C3%A9%26=2"),
        ({"a": "x\r\nX-Evil: 1"}, "a=x%0D%0AX-Evil%3A%201"),
        ({"a": "{{ 7*7 }}"}, "a=%7B%7B%207%2A7%20%7D%7D"),
        ({"a": 1e22, "b": -0.0, "c": 2**64 - 1}, "a=1e%2B22&b=-0.0&c=18446744073709551615"),
    ],
)
def test_a_query_is_written_in_dotted_form(query: Any, text: str) -> None:
    assert Writing().query(query) == text


# OpenAPI 3.1, "Style Examples": form with and without explode. What separates entries is not part of them (RFC 6570).
@pytest.mark.parametrize(
    ("query", "repeated", "comma"),
    [
        ({}, "", ""),
        ({"a": ["x", "y"]}, "a=x&a=y", "a=x,y"),
        ({"a": ["x,y", "z&"]}, "a=x%2Cy&a=z%26", "a=x%2Cy,z%26"),
        ({"a": [], "b": None, "c": [None, True, 1]}, "c=true&c=1", "c=true,1"),
        ({"a": "x", "b": {"c": [1, 2], "d": "y"}}, "a=x&b.c=1&b.c=2&b.d=y", "a=x&b.c=1,2&b.d=y"),
    ],
)
def test_a_list_stands_under_one_name_in_style_form(query: Any, repeated: str, comma: str) -> None:
    assert Writing("form").query(query) == repeated
    assert Writing("form", explode=False).query(query) == comma
    assert Writing("form", content=FORM).body(query) == repeated.encode()


@pytest.mark.parametrize("value", [{"a": [{"b": 1}]}, {"a": [[1]]}])
def test_style_form_has_no_list_of_objects(value: Any) -> None:
    assert refusal(Writing("form").query, value) == ("query", "a")


@pytest.mark.parametrize("body", ["text", 1, ["a"], None])
def test_a_form_is_made_of_an_object(body: Any) -> None:
    assert refusal(Writing(content=FORM).body, body) == ("body", "body")


@pytest.mark.parametrize(
    ("url", "signed"),
    [
        ("https://a/b", "https://a/b?key=x%26y"),
        ("https://a/b?c=1", "https://a/b?c=1&key=x%26y"),
        ("https://a/b?key=old&c=1", "https://a/b?c=1&key=x%26y"),
    ],
)
def test_a_key_in_a_query_takes_the_place_of_another(url: str, signed: str) -> None:
    assert with_query(url, {"key": "x&y"}) == signed
    assert with_query(url, {}) == url


@pytest.mark.parametrize("query", [None, [], ["a"], "a=1", 7])
def test_a_query_is_an_object(query: Any) -> None:
    assert refusal(Writing().query, query) == ("query", "query")


@given(json_values)
def test_a_query_never_leaves_its_place(value: Any) -> None:
    text = Writing().query({"a": value})
    assert text.isascii()
    assert not set(text) & set("?#/ \r\n")
    assert all(name == "a" or name.startswith("a.") for name, _ in parse_qsl(text, keep_blank_values=True))


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        ({}, {}),
        ({"X-A": "text", "accept": "x/y; q=1"}, {"X-A": "text", "accept": "x/y; q=1"}),
        ({"X-A": 7, "X-B": 1.5, "X-C": True, "X-D": False}, {"X-A": "7", "X-B": "1.5", "X-C": "true", "X-D": "false"}),
        ({"X-A": "", "X-B": "tab\there", "X-C": "é"}, {"X-A": "", "X-B": "tab\there", "X-C": "é"}),
        ({"!#$%&'*+.^_`|~9": "x"}, {"!#$%&'*+.^_`|~9": "x"}),
    ],
)
def test_headers_are_sent_as_text(headers: Any, sent: Any) -> None:
    assert checked_headers(headers) == sent


@pytest.mark.parametrize(
    "value",
    [
        "a\r\nX-Evil: 1",
        "a\nb",
        "a\rb",
        "\n",
        "a\x00b",
        "\x7f",
        "\x0b",
        "\x1f",
        "ł",
        "😀",
        "\u2028",
        None,
        [],
        ["a"],
        {},
    ],
)
def test_a_header_with_a_line_break_or_no_text_is_refused(value: Any) -> None:
    assert refusal(checked_headers, {"X-Ok": "x", "X-A": value}) == ("header", "headers.X-A")


@pytest.mark.parametrize("name", ["", " ", "X A", "X:A", "X-A:", "X\nA", "X-A\n", "é", "X\x00", "(a)", "a/b", '"a"'])
def test_a_name_that_is_none_of_a_header_is_refused(name: str) -> None:
    assert refusal(checked_headers, {name: "x"}) == ("header", f"headers.{name}")


@pytest.mark.parametrize(
    "name",
    [
        "Authorization", "authorization", "AUTHORIZATION", "Proxy-Authorization", "Host", "host", "Content-Length",
        "Transfer-Encoding", "Connection", "Upgrade", "TE",
    ],
)  # fmt: skip
def test_headers_that_are_the_connectors_own_are_refused(name: str) -> None:
    assert refusal(checked_headers, {name: "x"}) == ("header", f"headers.{name}")


def test_a_header_given_twice_is_refused() -> None:
    assert refusal(checked_headers, {"X-A": "1", "x-a": "2"}) == ("header", "headers.x-a")


@pytest.mark.parametrize("headers", [None, [], "X-A: 1", 7])
def test_headers_are_an_object(headers: Any) -> None:
    assert refusal(checked_headers, headers) == ("header", "headers")


@given(texts, texts)
def test_what_passes_as_a_header_fits_on_one_line(name: str, value: str) -> None:
    try:
        sent = checked_headers({name: value})
    except InputError:
        return
    line = f"{name}: {sent[name]}".encode("latin-1")
    assert len(line.splitlines()) == 1 or b"\x85" in line
    assert not {b"\r"[0], b"\n"[0], 0} & set(line)


@pytest.mark.parametrize(
    ("path", "checked"),
    [
        ("/", "/"),
        ("/a", "/a"),
        ("a", "/a"),
        ("/a/b%2Fc", "/a/b%2Fc"),
        ("/...", "/..."),
        ("/a..b", "/a..b"),
        ("/.a", "/.a"),
    ],
)
def test_a_path_begins_with_one_slash(path: str, checked: str) -> None:
    assert checked_path(path, "id") == checked


@pytest.mark.parametrize(
    "path", ["", "//", "//evil.example", "/a//b", "/a/", "/.", "/..", "/a/../b", "/./a", "..", "a/."]
)
def test_a_path_with_an_empty_or_dot_segment_is_refused(path: str) -> None:
    assert refusal(checked_path, path, "id") == ("path", "id")
