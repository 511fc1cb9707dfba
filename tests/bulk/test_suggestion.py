"""Suggestions: what columns are taken for by their names and values, what is asked, and what is told."""

from __future__ import annotations

import contextlib
import csv
import io
import random
from pathlib import Path
from typing import Any

import pytest

from segment_connector import Connector, InputError
from segment_connector.bulk.preview import notes_on
from segment_connector.bulk.read.mapping import RowMapping
from segment_connector.bulk.suggest.profile import profiles
from segment_connector.bulk.suggest.proposal import Proposal
from segment_connector.bulk.suggest.proposal_text import text_of
from segment_connector.bulk.suggest.proposing import propose
from segment_connector.bulk.suggest.suggestions import (
    column_forms,
    known_columns,
    mends,
    placed_columns,
    template_of,
    with_column,
    without,
)
from segment_connector.language import yaml_reader as yaml_loader

CONNECTOR = Connector.load()
KNOWN = known_columns(CONNECTOR.caller)


def table(text: str, action: str = "track", source: str = "rows", delimiter: str = ",", **how: Any) -> Proposal:
    """The proposal for a table of text."""
    header, *rows = csv.reader(io.StringIO(text.strip()), delimiter=delimiter)
    cells = [{name: cell for name, cell in zip(header, row, strict=True) if cell} for row in rows]
    action_spec = CONNECTOR.specs.action(action)
    return propose(profiles(cells, header), action_spec, KNOWN, texts=True, source=source, **how)


def column(*cells: Any, name: str = "x") -> str:
    """The filters that are proposed for a column that means nothing known."""
    made = propose(profiles([{name: cell} for cell in cells]), CONNECTOR.specs.action("track"), KNOWN, texts=True)
    (guess,) = (one for one in made.guesses if one.profile.name == name)
    return guess.form.text


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["12.5", "3"], "number"),
        (["2.283,92", "3,50"], "number(decimal=',', thousands='.')"),
        (["18,48 €", "1,5 €"], "number(decimal=',', strip='€')"),
        (["$1,234.50", "$3"], "number(thousands=',', strip='$')"),
        (["1 234,50", "2"], "number(decimal=',', thousands=' ')"),
        (["0042", "0043"], ""),
        (["ja", "nein"], "boolean(true='ja', false='nein')"),
        (["Yes", "no"], "boolean"),
        (["ja", "vielleicht"], ""),
        (["12", "n/a"], "none_if('n/a') | number"),
        (["a", "NULL"], "none_if('NULL')"),
        (["31/01/2026 14:05", "01/02/2026 09:00"], "date_time('%d/%m/%Y %H:%M')"),
        (["01/31/2026", "02/01/2026"], "date_time('%m/%d/%Y') | slice(0, 10)"),
        (["31.01.2026", "01.02.2026 10:00"], "date_time('%d.%m.%Y', '%d.%m.%Y %H:%M')"),
        (["31 Jan 2026", "1 Feb 2026"], "date_time('%d %b %Y') | slice(0, 10)"),
        (["2026-01-31T10:00:00Z"], ""),
        (['["a"]', "[]"], "json"),
        (["a", "b"], ""),
    ],
)
def test_the_form_of_a_column(cells: list[str], form: str) -> None:
    assert column(*cells) == form


def test_a_number_that_can_be_two_is_asked_and_left_out() -> None:
    made = table('user_id,event,total\nu-1,E,"1,234"\nu-2,E,"5,678"')
    assert "properties" not in made.tree
    assert "total: 1,234 can be 1.234 or 1234, and nothing shows which" in made.warnings
    text = text_of(made)
    assert "#   revenue: \"{{ row.total | number(thousands=',') }}\"" in text
    assert "#   revenue: \"{{ row.total | number(decimal=',') }}\"" in text


def test_another_column_decides_it_and_that_is_said() -> None:
    made = table('user_id,event,total,tax\nu-1,E,"1,234","12,5"')
    assert made.tree["properties"]["revenue"] == "{{ row.total | number(decimal=',') }}"
    assert any("as in the other columns" in one for one in made.warnings)


def test_the_order_of_day_and_month_is_decided_by_data_or_told() -> None:
    assert table("user_id,event,when\nu,E,03/04/2026\nu,E,31/01/2026").tree["timestamp"] == (
        "{{ row.when | date_time('%d/%m/%Y') }}"
    )
    unsure = table("user_id,event,when\nu,E,03/04/2026\nu,E,05/06/2026")
    assert "when: no day is over 12, so day first is a guess" in unsure.warnings


@pytest.mark.parametrize(
    "name",
    [
        "received_at",
        "original_timestamp",
        "sent_at",
        "created_at",
        "time",
        "event_time",
        "ts",
        "date",
        "Fecha",
        "Datum",
    ],
)
def test_the_time_of_history_is_kept(name: str) -> None:
    assert "timestamp" in table(f"user_id,event,{name}\nu-1,E,2026-01-31T10:00:00Z").tree


def test_of_several_times_the_best_is_taken_and_the_others_stay() -> None:
    made = table("user_id,event,received_at,event_time\nu-1,E,2026-02-01T10:00:00Z,2026-01-31T10:00:00Z")
    assert made.tree["timestamp"] == "{{ row.event_time | date_time }}"


def test_a_time_that_nobody_takes_is_told() -> None:
    made = table("user_id,event,delivered\nu-1,E,2026-02-01T10:00:00Z")
    assert any(one.startswith("timestamp: no column gives it") for one in made.warnings)


def test_an_order_number_is_the_message_id_where_it_is_unique() -> None:
    assert table("user_id,event,order_id\nu,E,1\nu,E,2").tree["messageId"] == "order-{{ row.order_id }}"
    assert table("user_id,event,order_id\nu,E,1\nu,E,2").tree["properties"] == {"order_id": "{{ row.order_id }}"}
    assert "messageId" not in table("user_id,event,order_id\nu,E,1\nu,E,1").tree


def test_a_whole_number_becomes_text_where_an_id_is_wanted() -> None:
    rows = [{"user_id": 12345, "event": "E"}, {"user_id": 7, "event": "E"}]
    made = propose(profiles(rows), CONNECTOR.specs.action("track"), KNOWN)
    assert made.tree["userId"] == "{{ row.user_id | text }}"
    assert RowMapping(made.tree, made.action).make(rows[0])["userId"] == "12345"


def test_whole_objects_go_where_they_belong() -> None:
    rows = [
        {
            "type": "track", "event": "E", "userId": "u", "properties": {"a": 1}, "context": {"ip": "1.2.3.4"},
            "writeKey": "k", "receivedAt": "2026-01-31T10:00:00Z", "originalTimestamp": "2026-01-30T10:00:00Z",
        }
    ]  # fmt: skip
    made = propose(profiles(rows), CONNECTOR.specs.action("track"), KNOWN)
    assert made.tree == {
        "event": "{{ row.event }}", "userId": "{{ row.userId }}", "properties": "{{ row.properties }}",
        "timestamp": "{{ row.originalTimestamp | date_time }}", "context": "{{ row.context }}",
    }  # fmt: skip


def test_names_with_dots_are_nested() -> None:
    made = table("user_id,email,address.city,address.zip,plan.name\nu,a@x.de,Rome,01234,pro", "identify")
    assert made.tree["traits"]["address"] == {
        "city": "{{ row['address.city'] }}", "postalCode": "{{ row['address.zip'] }}",
    }  # fmt: skip
    assert made.tree["traits"]["plan"] == {"name": "{{ row['plan.name'] }}"}


def test_a_header_alone_is_enough() -> None:
    made = table("user_id,event,total,when")
    assert made.tree == {
        "event": "{{ row.event }}",
        "userId": "{{ row.user_id }}",
        "properties": {"revenue": "{{ row.total | number }}"},
        "timestamp": "{{ row.when | date_time }}",
    }


def test_each_guess_has_its_reason_and_how_many_rows_it_serves() -> None:
    text = text_of(table("user_id,event,total\nu-1,E,12.5\nu-2,E,x\n" + "u-3,E,1.5\n" * 18))
    assert '# "total" (12.5, x, 1.5): its name says so, number like 12.50; 19 of 20 values' in text
    assert yaml_loader.parse(text, "mapping.yaml")["properties"] == {"revenue": "{{ row.total | number }}"}


def test_what_mends_a_column_says_how_many_values() -> None:
    (profile,) = profiles([{"total": cell} for cell in ["2.283,92", "18,48", "7", "x"]])
    first, *_ = mends(CONNECTOR.caller, profile, "{{ row.total | number }}")
    assert (first.text, first.serves, first.of) == ("number(decimal=',', thousands='.')", 2, 3)


def test_the_forms_of_a_column_are_a_menu() -> None:
    (profile,) = profiles([{"paid": cell} for cell in ["31/01/2026 14:05", "01/02/2026 10:00"]])
    forms = column_forms(CONNECTOR.caller, profile, zone="Europe/Madrid")
    assert forms[0].text == "date_time('%d/%m/%Y %H:%M', zone='Europe/Madrid')"
    assert (forms[0].serves, forms[0].of, forms[-1].text) == (2, 2, "")


def test_columns_are_found_in_a_mapping_and_put_into_one() -> None:
    tree = {
        "event": "E",
        "userId": "{{ row['a b'] | trim }}",
        "properties": {"x": "{{ row.c.d }}", "y": "-{{ row.e }}"},
    }
    assert placed_columns(tree) == {("userId",): (("a b",), "trim"), ("properties", "x"): (("c", "d"), "")}
    assert template_of(("a b", "c"), "trim") == "{{ row['a b'].c | trim }}"
    assert with_column(tree, ("properties", "x"), ("f",), "number")["properties"]["x"] == "{{ row.f | number }}"
    assert without(tree, ("properties", "x"))["properties"] == {"y": "-{{ row.e }}"}


@pytest.mark.parametrize(
    ("header", "cells", "told"),
    [
        ("user,what,received_at", "u-1,E,2026-01-31T10:00:00Z", "'received_at' holds times"),
        ("user,what,delivered,ts", "u-1,E,31/01/2026 10:00,1769853600", "'delivered', 'ts' hold times"),
        ("user,what,born", "u-1,E,1990-01-31", None),
    ],
)
def test_a_mapping_without_a_time_is_told_of_the_times_that_rows_have(
    tmp_path: Path, header: str, cells: str, told: str | None
) -> None:
    source = tmp_path / "rows.csv"
    source.write_text(f"{header}\n{cells}\n")
    tree = {"event": "{{ row.what }}", "userId": "{{ row.user }}"}
    notes = [
        notes_on(CONNECTOR.caller, str(source), action="track", mapping=tree),
        CONNECTOR.bulk(str(source), {"writeKey": "k"}, action="track", mapping=tree, dry_run=True).notes,
    ]
    for found in notes:
        assert [told in note for note in found] == ([True] if told else [])
    timed = {**tree, "timestamp": "2026-01-31T10:00:00Z"}
    assert notes_on(CONNECTOR.caller, str(source), action="track", mapping=timed) == []


CELLS = [
    "", "1", "1,234", "1.234", "12.5", "€ 5", "5 €", "-", "n/a", "NULL", "ja", "nein", "31/01/2026", "01/02/2026 10:00",
    "2026-02-30", "1769860800", "46053", "a@b.co", "0042", "+48100200300", '{"a":1}', "[1]", "#", "'", '"', "\\", "\n",
    "{{x}}", "}}", "1e400", "9" * 20, "\u202e", "\x00", "1.1.1", "12%", "Jan 5, 2026", "٣", 1, 1.5, True, None,
    {"a": 1}, [1], 10**30, {"b": {"c": "2026-01-31"}},
]  # fmt: skip
NAMES = [
    "user_id", "event", "timestamp", "total", "email", "a.b", "a", "context", "properties", "type", "x y", "<<", "...",
    "order_id", "ts", "context_ip", "received_at", "", "{{a}}", "a'b", 'a"b', "name", "traits",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_whatever_a_table_holds_the_text_is_the_mapping_and_rows_can_be_made(seed: int) -> None:
    chosen = random.Random(seed)
    for _ in range(12):
        names = chosen.sample(NAMES, chosen.randrange(1, 7))
        held = {name: chosen.sample(CELLS, chosen.randrange(1, 5)) for name in names}
        rows = [{name: chosen.choice(held[name]) for name in names if chosen.random() < 0.9} for _ in range(4)]
        action = CONNECTOR.specs.action(chosen.choice(["track", "identify", "page", "group"]))
        made = propose(profiles(rows, names), action, KNOWN, texts=chosen.random() < 0.5, zone="Europe/Madrid")
        assert (yaml_loader.parse(text_of(made), "mapping.yaml") or {}) == made.tree
        mapping = RowMapping({**dict.fromkeys(made.lacking, "x"), **made.tree}, action)
        for row in rows:
            with contextlib.suppress(InputError):
                mapping.make(row)


def test_rows_that_would_all_be_rejected_are_told() -> None:
    (warning,) = table("event,time\nE,2026-01-31T10:00:00Z").warnings
    assert warning.startswith(
        "every row would be rejected, because no column gives what is needed: userId or anonymousId"
    )
