"""The words in the brackets of filters: dates of any form and zone, numbers with marks, words for yes and no, text."""

from __future__ import annotations

from typing import Any

import pytest

from segment_connector import Connector, InputError, SpecError
from segment_connector.bulk.read.mapping import RowMapping
from segment_connector.templates.evaluator import Cells

TRACK = Connector.load().specs.action("track")
LEFT_OUT = "left out"


def made(words: str, cell: Any) -> Any:
    """What a filter makes of a cell; rows as mappings and rows as cells must agree."""
    mapping = RowMapping({"event": "E", "properties": {"x": f"{{{{ row.cell | {words} }}}}"}}, TRACK)
    found = mapping.make({"cell": cell}).get("properties", {"x": LEFT_OUT})["x"]
    for texts in (False, True) if isinstance(cell, str) and cell else (False,):
        event = mapping.make_from(Cells(["cell"], texts=texts))([cell])
        assert event.get("properties", {"x": LEFT_OUT})["x"] == found
    return found


MADRID = "date_time('%d/%m/%Y %H:%M', zone='Europe/Madrid'"


@pytest.mark.parametrize(
    ("words", "cell", "expected"),
    [
        (f"{MADRID})", "31/01/2026 14:05", "2026-01-31T14:05:00+01:00"),
        (f"{MADRID})", "1/7/2026 9:05", "2026-07-01T09:05:00+02:00"),
        (f"{MADRID}, ambiguous='earlier')", "25/10/2026 02:30", "2026-10-25T02:30:00+02:00"),
        (f"{MADRID}, ambiguous='later')", "25/10/2026 02:30", "2026-10-25T02:30:00+01:00"),
        (f"{MADRID}, missing='forward')", "29/03/2026 02:30", "2026-03-29T03:30:00+02:00"),
        ("date_time('%d.%m.%Y')", "31.01.2026", "2026-01-31T00:00:00Z"),
        ("date_time('%m/%d/%y %I:%M:%S %p')", "1/31/26 2:05:09 pm", "2026-01-31T14:05:09Z"),
        ("date_time('%d %b %Y', '%Y%m%d', 'iso')", "31 JAN 2026", "2026-01-31T00:00:00Z"),
        ("date_time('%d %b %Y', '%Y%m%d', 'iso')", "20260131", "2026-01-31T00:00:00Z"),
        ("date_time('%d %b %Y', '%Y%m%d', 'iso')", "2026-01-31 12:00", "2026-01-31T12:00:00Z"),
        ("date_time('%a, %d %b %Y %H:%M:%S %Z')", "Sat, 31 Jan 2026 12:00:00 GMT", "2026-01-31T12:00:00Z"),
        ("date_time('%Y-%m-%dT%H:%M:%S.%f%z', zone='Asia/Tokyo')", "2026-01-31T12:00:00.5-0800",
         "2026-01-31T12:00:00.500-08:00"),
        ("date_time(zone='America/New_York')", "2026-01-31 12:00", "2026-01-31T12:00:00-05:00"),
        ("date_time(zone='America/New_York')", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        ("date_time(zone='+05:30')", "2026-01-31", "2026-01-31T00:00:00+05:30"),
        ("date_time('excel')", "46053.5", "2026-01-31T12:00:00Z"),
        ("date_time('excel', zone='Europe/Berlin')", 46053.5868055556, "2026-01-31T14:05:00+01:00"),
        ("date_time('excel-1904')", 44591.25, "2026-01-31T06:00:00Z"),
        ("date_time('ns')", "1769860800123456789", "2026-01-31T12:00:00.123456Z"),
        ("date_time('s')", "883612800", "1998-01-01T00:00:00.000Z"),
        ("number(decimal=',', thousands='.', strip='€')", "2.283,92", 2283.92),
        ("number(decimal=',', thousands='.', strip='€')", "18,48 €", 18.48),
        ("number(decimal=',', thousands='.', strip='€')", "-€ 1.018,4", -1018.4),
        ("number(thousands='.')", "1.234", 1234),
        ("number(thousands='.')", "1.234,5", 1234.5),
        ("number(thousands=',', strip=['$', 'USD'])", "USD 1,234.50", 1234.5),
        ("number(thousands=',')", "12,34,567", 1234567),
        ("number(thousands=' ', decimal=',')", "1\u202f234,5", 1234.5),
        ("number(thousands=\"'\")", "1\u2019234.50", 1234.5),
        ("number(thousands=',')", "(1,234)", -1234),
        ("number(thousands=',')", "1,234-", -1234),
        ("number(thousands='.')", "18,-", 18),
        ("number(strip='%')", "12.5 %", 12.5),
        ("integer(thousands='.')", "1.234", 1234),
        ("boolean(true='ja', false='nein')", "JA", True),
        ("boolean(true='ja', false='nein')", "nein ", False),
        ("boolean(true=['oui', 'vrai'], false=['non', 'faux'])", "Faux", False),
        ("boolean(true='x')", "no", False),
        ("none_if('n/a', 'NULL')", "NULL", LEFT_OUT),
        ("none_if('n/a', '')", "", LEFT_OUT),
        ("none_if('n/a', -1)", -1, LEFT_OUT),
        ("none_if('0')", 0, 0),
        ("none_if('n/a') | default('none')", "n/a", "none"),
        ("none_if('n/a') | trim | lower | hash", "n/a", LEFT_OUT),
        ("trim | lower | hash", " Anna@Example.COM ",
         "f7d54c22dda5b1780276601cd005909b70543fc4a6ba72d735b4cb9bbb611f01"),
        ("lower", None, None),
        ("replace('-', '') | slice(0, 3)", "a-b-c-d", "abc"),
        ("slice(-2)", "abcd", "cd"),
        ("split(';')", "a; b;;c", ["a", "b", "c"]),
        ("split(',') | first", "a,b", "a"),
        ("text", 12345, "12345"),
        ("text", 12345.0, "12345"),
        ("text", True, "true"),
        ("text", "0042", "0042"),
    ],
)  # fmt: skip
def test_what_is_read(words: str, cell: Any, expected: Any) -> None:
    found = made(words, cell)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("words", "cell", "message", "hint"),
    [
        (f"{MADRID})", "25/10/2026 02:30", "2026-10-25 02:30 occurred twice in Europe/Madrid", "ambiguous='earlier'"),
        (f"{MADRID})", "29/03/2026 02:30", "2026-03-29 02:30 never occurred in Europe/Madrid", "missing='forward'"),
        (f"{MADRID})", "01/31/2026 02:30", "there is no month 31", "are swapped"),
        (f"{MADRID})", "30/02/2026 02:30", "there is no 30 February 2026", "fix the date"),
        (f"{MADRID})", "30/01/2026 25:30", "there is no such time of day", "0 to 23"),
        (f"{MADRID})", "2026-01-31", "is not a date and time of the form '%d/%m/%Y %H:%M'", "add the form"),
        ("date_time('iso', '%d/%m/%Y')", "30/02/2026", "there is no 30 February 2026", "fix the date"),
        ("date_time", "2026-02-30", "there is no 30 February 2026", "fix the date"),
        ("date_time('ms')", "1769860800", "would be the year 1970 when it counts ms; it seems to count s", "('s')"),
        ("date_time('s')", "1769860800000", "is not a valid time when it counts s; it seems to count ms", "('ms')"),
        ("date_time('ms')", "2026-01-31", "is not a number, as 'ms' counts", "date_time without arguments"),
        ("date_time('excel')", "31.01.2026", "is not a number, as 'excel' counts", "the form that it has"),
        ("date_time('excel')", 12, "is a day before March 1900", "text"),
        ("number(thousands='.')", "1.23,5", "is not a number", "thousands='.'"),
        ("number(thousands='.')", "", "is not a number", "decimal=','"),
        ("number(strip='€')", "5 $", "is not a number", "strip='€'"),
        ("number(thousands=',')", "(5", "is not a number", "fix"),
        ("number(thousands=',')", "-5-", "is not a number", "fix"),
        ("boolean(true='ja', false='nein')", "vielleicht", "is neither true nor false", "ja, nein"),
        ("hash", 5, "is not text", "'text'"),
        ("text", [1], "is a list or an object", "properties"),
    ],
)
def test_what_cannot_be_read(words: str, cell: Any, message: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        made(words, cell)
    problem = caught.value.problems[0]
    assert problem.field == "row.cell"
    assert problem.message.startswith(message)
    assert hint in (problem.hint or "")


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (
            "date_time('%d/%m/%Y', zone='Europe/Madird')",
            "does not know the time zone 'Europe/Madird'",
            "'Europe/Madrid'",
        ),
        ("date_time('%Y')", "'%Y' names no day", "'%d/%m/%Y'"),
        ("date_time('%d/%m/%Y %Q')", "'%Q' is not part of a date", "%H"),
        ("date_time('%d/%d/%Y')", "'%d' occurs twice", "each once"),
        ("date_time(zone='Europe/Madrid', ambiguous='first')", "does not take ambiguous='first'", "'earlier'"),
        ("number(decimal=';')", "does not take decimal=';'", "'.', ','"),
        ("number(decimal=',', thousands=',')", "has ',' both before decimals", "two different"),
        ("number(dec=',')", "does not take these arguments", "number(decimal=',', thousands='.'"),
        ("number(place='x')", "does not take these arguments", "number(decimal=','"),
        ("number(decimal=row.b)", "does not take these arguments", "no names"),
        ("boolean(true='ja', false='JA')", "has 'ja' both as true and as false", "once"),
        ("none_if", "takes the values that mean none", "none_if('n/a'"),
        ("hash('crc32')", "does not take 'crc32'", "sha256"),
        ("slice('a')", "takes whole numbers", "slice(0, 3)"),
        ("trim('x')", "does not take these arguments", "leave out"),
    ],
)
def test_what_a_filter_does_not_take(words: str, message: str, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        made(words, "x")
    problem = caught.value.problems[0]
    assert message in problem.message
    assert hint in (problem.hint or "")
