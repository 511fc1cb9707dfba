"""``--format`` and ``--json``, colours, and errors as JSON: the same in every command."""

from __future__ import annotations

import csv
import io
import json

import pytest
import yaml
from cli_support import cli
from click.testing import CliRunner

from segment_connector.cli import main

COMMANDS = [
    ["list"],
    ["list", "--presets"],
    ["list", "--triggers"],
    ["show", "track"],
    ["show", "event_received"],
    ["preview", "track", "-p", "event=Order Completed", "-p", "userId=u1"],
    ["run", "list_sources", "--sandbox"],
    ["run", "track", "-p", "event=Order Completed", "-p", "userId=u1", "--sandbox"],
    ["test-connection"],
    ["audit", "--sandbox"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_json_yaml_and_csv_say_the_same(arguments):
    as_json, as_yaml = cli(*arguments, "--format", "json"), cli(*arguments, "--format", "yaml")
    assert as_json.code == as_yaml.code == cli(*arguments, "--json").code
    one, other = as_json.json, yaml.safe_load(as_yaml.stdout)
    assert shape(one) == shape(other)
    rows = list(csv.reader(io.StringIO(cli(*arguments, "--format", "csv").stdout)))
    assert len({len(row) for row in rows}) == 1
    assert len(rows) > 1


def shape(value):
    """Names and kinds; ids and instants differ from call to call."""
    if isinstance(value, dict):
        return {name: shape(below) for name, below in value.items()}
    return [shape(below) for below in value] if isinstance(value, list) else type(value).__name__


def test_csv_of_a_list_has_its_columns():
    said = cli("run", "list_sources", "--sandbox", "--format", "csv")
    first = next(csv.DictReader(io.StringIO(said.stdout)))
    assert first == {
        "name": "Website", "id": "qQEHquLrjRDN9j1ByrChyn", "slug": "website", "enabled": "true",
        "metadata.name": "Javascript",
    }  # fmt: skip


def test_a_list_is_json_through_a_pipe_and_a_table_where_that_is_asked_for():
    piped = cli("run", "list_sources", "--sandbox")
    assert [one["name"] for one in piped.json["sources"]][:1] == ["Website"]
    assert piped.errors == ["accepted by the sandbox, in place of Segment Public API (HTTP 200)"]
    table = cli("run", "list_sources", "--sandbox", "-p", "pagination.count:=1", "--format", "table")
    assert [line.split() for line in table.stdout.splitlines()[1:]] == [
        ["name", "id", "slug", "enabled", "metadata.name"],
        ["Website", "qQEHquLrjRDN9j1ByrChyn", "website", "true", "Javascript"],
    ]
    assert table.errors == ["  hint: there are more; --all follows the list to its end"]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("table", ["name", "Website", "Checkout"]),
        ("csv", ["name,id,slug,enabled,metadata.name"]),
        ("yaml", ["---"]),
        ("json", ["{"]),
    ],
)
def test_all_entries_are_printed_in_any_form(form, expected):
    said = cli("run", "list_sources", "--sandbox", "--all", "--format", form)
    assert all(
        line.split()[0].startswith(start) for line, start in zip(said.stdout.splitlines(), expected, strict=False)
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "trak"], "unknown_action", "there is no action 'trak'"),
        (["run", "track", "-p", "userId=1"], "required", "is required"),
        (["show", "trak"], "unknown_action", "there is no action 'trak'"),
        (["list", "--group", "sorces"], "unknown_group", "there is no group 'sorces'"),
        (["preview", "track", "-p", "event"], "assignment", "has no value"),
        (["list", "--effekt", "read"], "usage", "No such option"),
        (["bulk", "nothing.jsonl", "--sandbox"], "source", "there is no such file or folder"),
        (["test-connection", "--connection", "nothing.json"], "unreadable", "the file cannot be read"),
    ],
)
def test_an_error_has_one_shape_in_json_whatever_the_command(arguments, code, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = cli(*arguments, "--json")
    assert said.code == 2
    assert (said.json["ok"], said.json["outputs"]) == (False, {})
    assert said.json["error"]["details"][0]["code"] == code
    assert message in said.json["error"]["message"]
    assert said.json["error"]["hint"]
    assert said.stderr  # people read it all the same


def test_one_form_at_a_time():
    said = cli("list", "--json", "--format", "csv")
    assert said.code == 2
    assert "take one of --json and --format" in said.stderr


def test_colours_are_for_terminals_that_want_them():
    coloured = CliRunner().invoke(main, ["list", "--group", "tracking"], color=True)
    assert "\x1b[33mwrite\x1b[0m" in coloured.stdout
    assert "\x1b" not in CliRunner().invoke(main, ["list"], color=True, env={"NO_COLOR": "1"}).stdout
    assert "\x1b" not in cli("list").stdout
    refused = CliRunner().invoke(main, ["run", "trak"], color=True)
    assert refused.stderr.startswith("\x1b[31m\x1b[1merror:\x1b[0m action: there is no action 'trak'")


def test_aligned_columns_stay_aligned_in_colour():
    plain = cli("list", "--group", "sources").stdout
    coloured = CliRunner().invoke(main, ["list", "--group", "sources"], color=True, env={"COLUMNS": None}).stdout
    from click import unstyle

    assert unstyle(coloured) == plain


def test_json_stays_one_document_beside_warnings():
    said = cli("run", "track", "-p", "event=x", "-p", "userId=undefined", "--sandbox", "--json")
    assert json.loads(said.stdout)["meta"]["warnings"]
