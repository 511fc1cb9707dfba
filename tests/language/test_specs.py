"""Finding and reading specs: each mistake of an author is refused with its file, its place and its cure."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from lab import DATA, Lab

from segment_connector import Connector, SpecError, SpecVersionError, UnknownActionError
from segment_connector.http.auth import schemes_of
from segment_connector.language import yaml_reader as yaml_loader
from segment_connector.language.connector_records import SPEC_VERSION
from segment_connector.language.specs import Specs, default_root


def refusal(lab: Lab, action: str = "act") -> Any:
    with pytest.raises(SpecError) as caught:
        Specs(lab.root).action(action)
    (problem,) = caught.value.problems
    assert problem.hint
    return problem


OUTPUT = {"value": "{{ response.body }}", "type": "object", "description": "All of it."}
EXAMPLE = {"title": "One", "input": {}, "request": {}, "response": {}, "output": {}}


@pytest.mark.parametrize(
    ("members", "field", "code", "message", "hint"),
    [
        ({"sumary": "x"}, "sumary", "unknown_key", "the language has no 'sumary' here", "did you mean 'summary'?"),
        ({"group": "x"}, "group", "unknown_key", "the language has no 'group' here", None),
        ({"path": "x"}, "path", "unknown_key", "the language has no 'path' here", None),
        ({"title": None}, "title", "missing_key", "'title' is missing", "add it"),
        ({"endpoint": None}, "endpoint", "missing_key", "'endpoint' is missing", "write 'endpoint: GET /path'"),
        ({"endpoint": {"method": "GET", "path": "/"}}, "endpoint", "endpoint", "must be one text, a method and a path",
         "write 'endpoint: GET /path', and 'query', 'headers' and 'status' as separate keys"),
        ({"endpoint": "POST"}, "endpoint", "endpoint", "must be one text, a method and a path",
         "write 'endpoint: GET /path'"),
        ({"endpoint": "FETCH /"}, "effect", "missing_key", "'effect' is missing", "add it"),
        ({"status": "201"}, "status", "type", "must be a whole number", "fix the value"),
        ({"body": ["a", 7]}, "body.1", "type", "must be a name or a mapping",
         "write the name of an input, or 'name: value' for another one"),
        ({"query": ["a", {"b": 1, "a": 2}]}, "query.1", "duplicate_name", "'a' occurs twice", "keep one of the two"),
        ({"paging": "items"}, "paging", "paging", "the API 'main' does not say how lists are paged",
         "say it in connector.yaml: apis.main.paging, or write cursor, next and items here"),
        ({"paging": {"items": "items"}}, "paging.cursor", "paging", "'cursor' is missing",
         "add it: 'kind: cursor' needs cursor and next"),
        ({"paging": ["items"]}, "paging.0", "type", "must be a mapping", "write 'name: value' lines here"),
        ({"endpoint": ["GET", "/"]}, "endpoint", "endpoint", "must be one text, a method and a path", None),
        ({"limits": {"body_byte": 1}}, "limits.body_byte", "unknown_key", "the language has no 'body_byte' here",
         "did you mean 'body_bytes'?"),
        ({"limits": {"body_bytes": "32768"}}, "limits.body_bytes", "type", "must be a whole number", "fix the value"),
        ({"limits": {"body_bytes": True}}, "limits.body_bytes", "type", "must be a whole number", "fix the value"),
        ({"split": {"parameter": "a", "max_items": 1}}, "split.max_bytes", "missing_key", "'max_bytes' is missing",
         "add it"),
        ({"rules": {"schema": {}}}, "rules", "type", "must be a list", "begin each entry with '- '"),
        ({"rules": ["text"]}, "rules.0", "type", "must be a mapping", "write 'name: value' lines here"),
        ({"rules": [{"schema": {}, "message": "m", "hint": "h"}]}, "rules.0.field", "missing_key", "'field' is missing",
         None),
        ({"checks": [{"when": 1, "warn": "w", "hint": "h", "field": "f"}]}, "checks.0.when", "type", "must be text",
         "put it in quotes"),
        ({"outputs": [OUTPUT]}, "outputs", "type", "must be a mapping", "write 'name: value' lines here"),
        ({"outputs": {"all": {**OUTPUT, "descripton": "x"}}}, "outputs.all.descripton", "unknown_key",
         "the language has no 'descripton' here", "did you mean 'description'?"),
        ({"outputs": {"all": {**OUTPUT, "type": 7}}}, "outputs.all.type", "type",
         "must be text or a list, each entry being text", None),
        ({"errors": {"404": {"code": "none"}}}, "errors.404.hint", "missing_key", "'hint' is missing", None),
        ({"examples": [{**EXAMPLE, "inputs": {}}]}, "examples.0.inputs", "unknown_key",
         "the language has no 'inputs' here",
         "did you mean 'input'?"),
        ({"examples": [{**EXAMPLE, "warnings": "w"}]}, "examples.0.warnings", "type",
         "must be a list, each entry being text", None),
        ({"title": 2026}, "title", "type", "must be text", "put it in quotes"),
        ({"effect": "wipe"}, "effect", "type", "must be one of read, write, delete", "fix the value"),
        ({"stability": ["beta"]}, "stability", "type", "must be one of stable, beta, alpha", "fix the value"),
        ({"idempotent": "true"}, "idempotent", "type", "must be true or false", "fix the value"),
        ({"required": "event"}, "required", "type", "must be a list, each entry being text", None),
        ({"required": ["a", 1]}, "required", "type", "must be a list, each entry being text", None),
        ({"parameters": ["a"]}, "parameters", "type", "must be a mapping, each value being a mapping", None),
        ({"parameters": {"a": "text"}}, "parameters", "type", "must be a mapping, each value being a mapping", None),
    ],
)  # fmt: skip
def test_a_mistake_in_an_action_names_its_place_and_cure(
    lab: Lab, members: Any, field: str, code: str, message: str, hint: str | None
) -> None:
    path = lab.write(**members)
    problem = refusal(lab)
    assert (problem.path, problem.field, problem.code, problem.message) == (str(path), field, code, message)
    if hint is not None:
        assert problem.hint == hint


@pytest.mark.parametrize(
    ("parameters", "required", "field", "message"),
    [
        ({}, [], "split.parameter", "'a' is not a required parameter with 'entries'"),
        ({"a": {}}, [], "split.parameter", "'a' is not a required parameter with 'entries'"),
        ({"a": {}}, ["a"], "split.parameter", "'a' is not a required parameter with 'entries'"),
        ({"a": {"entries": []}}, ["a"], "parameters.a.entries", "must be a mapping"),
        ({"a": {"entries": {"by": "type"}}}, ["a"], "parameters.a.entries.actions", "'actions' is missing"),
        ({"a": {"entries": {"by": 1, "actions": []}}}, ["a"], "parameters.a.entries.by", "must be text"),
        ({"a": {"entries": {"by": "t", "actions": "x"}}}, ["a"], "parameters.a.entries.actions",
         "must be a list, each entry being text"),
        ({"a": {"entries": {"by": "t", "actions": [], "marge": []}}}, ["a"], "parameters.a.entries.marge",
         "the language has no 'marge' here"),
    ],
)  # fmt: skip
def test_a_list_that_is_split_is_required_and_says_what_its_entries_are(
    lab: Lab, parameters: Any, required: Any, field: str, message: str
) -> None:
    split = {"parameter": "a", "max_items": 2, "max_bytes": 100, "item_bytes": 100}
    lab.write(parameters=parameters, required=required, split=split)
    problem = refusal(lab)
    assert (problem.field, problem.message) == (field, message)


@pytest.mark.parametrize("content", ["", "# nothing", "text", "- a", "7"])
def test_an_action_that_is_no_mapping_is_refused(lab: Lab, content: str) -> None:
    lab.write().write_text(content)
    assert refusal(lab).message == "must be a mapping"


@pytest.mark.parametrize("name", ["other", "", 7, None])
def test_an_action_is_named_as_its_file(lab: Lab, name: Any) -> None:
    path = lab.write("act", name=name)
    problem = refusal(lab)
    assert (problem.message, problem.hint, problem.path, problem.line) == (
        f"the file says 'name: {name}', but an action must be named after its file",
        "write 'name: act' or rename the file", str(path), 1,
    )  # fmt: skip
    with pytest.raises(SpecError, match="named after its file"):
        list(Specs(lab.root).summaries())


def test_two_files_of_one_name_are_refused_with_both_paths(lab: Lab) -> None:
    first = lab.write()
    second = lab.root / "actions" / "zoo" / "act.yaml"
    second.parent.mkdir()
    shutil.copy(first, second)
    problem = refusal(lab)
    assert (problem.code, problem.path, problem.hint) == (
        "duplicate_action", str(second), f"rename one; the other is {first}",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("atc", "did you mean 'act'?"),
        ("ACT", "did you mean 'act'?"),
        ("list_thing", "did you mean 'list_things'?"),
        ("List Things", "did you mean 'list_things'?"),
        ("zzz", "see 'segment-connector --specs LAB list'"),
        ("", "see 'segment-connector --specs LAB list'"),
        ("../../act", None),
        ("x" * 100_000, "see 'segment-connector --specs LAB list'"),
        (None, None),
        (7, None),
    ],
)
def test_an_unknown_action_is_answered_with_the_nearest(lab: Lab, name: Any, hint: str | None) -> None:
    lab.write("act")
    lab.write("list_things")
    with pytest.raises(UnknownActionError) as caught:
        Specs(lab.root).action(name)
    (problem,) = caught.value.problems
    assert (problem.code, problem.field, problem.message) == (
        "unknown_action", "action", f"there is no action '{str(name)[:80]}'",
    )  # fmt: skip
    if hint is not None:
        assert problem.hint == hint.replace("LAB", str(lab.root))


# What a file leaves unsaid


@pytest.mark.parametrize(
    ("endpoint", "effect", "idempotent"),
    [
        ("GET /a", "read", True), ("HEAD /a", "read", True), ("PUT /a", "write", True), ("DELETE /a", "delete", True),
        ("POST /a", "write", False), ("PATCH /a", "write", False),
    ],
)  # fmt: skip
def test_the_method_tells_effect_and_repeats(lab: Lab, endpoint: str, effect: str, idempotent: bool) -> None:
    lab.write(endpoint=endpoint, idempotent=None)
    action, (summary,) = Specs(lab.root).action("act"), Specs(lab.root).summaries()
    assert (action.effect, action.idempotent) == (summary.effect, summary.idempotent) == (effect, idempotent)
    assert (action.endpoint.method, action.endpoint.path) == tuple(endpoint.split())


def test_what_is_said_wins_over_what_the_method_tells(lab: Lab) -> None:
    lab.write(endpoint="POST /search", effect="read", idempotent=True)
    action = Specs(lab.root).action("act")
    assert (action.effect, action.idempotent) == ("read", True)


def test_names_in_a_list_are_inputs_that_are_sent_under_their_names(lab: Lab) -> None:
    tree = ["a", {"b": "{{ now }}", "c": {"d": 1}}, "e"]
    lab.write(body=tree, query=tree, headers={"X": "y"}, status=201)
    action = Specs(lab.root).action("act")
    wanted = {"a": "{{ input.a }}", "b": "{{ now }}", "c": {"d": 1}, "e": "{{ input.e }}"}
    assert (action.body, action.endpoint.query) == (wanted, wanted)
    assert (action.endpoint.headers, action.endpoint.status) == ({"X": "y"}, 201)


def test_an_api_says_where_outputs_stand_and_how_lists_are_paged(lab: Lab) -> None:
    path = lab.root / "connector.yaml"
    data: Any = yaml_loader.read(path)
    data["apis"]["main"].setdefault("answer", {})["outputs"] = "response.body.data"
    data["apis"]["main"]["paging"] = {"cursor": "page.at", "next": "page.next"}
    path.write_text(json.dumps(data), encoding="utf-8")
    known = {"type": "array", "description": "All."}
    lab.write(outputs={"items": known, "other": {**known, "value": "{{ response.status }}"}}, paging="items")
    action = Specs(lab.root).action("act")
    assert {name: one.value for name, one in action.outputs.items()} == {
        "items": "{{ response.body.data.items }}", "other": "{{ response.status }}",
    }  # fmt: skip
    (paging,) = action.paging
    assert (paging.cursor, paging.next, paging.items, paging.size) == ("page.at", "page.next", "items", None)
    lab.write("open", api="open", outputs={"items": known})
    assert Specs(lab.root).action("open").outputs["items"].value == "{{ response.body.items }}"
    lab.write("any", api="{{ input.api }}", outputs={"items": known})
    assert refusal(lab, "any").field == "outputs.items.value"


def test_an_example_tells_only_what_response_and_inputs_do_not(lab: Lab) -> None:
    plain = {"type": "string", "description": "One."}
    outputs = {
        "a": plain, "b": plain, "gone": plain, "given": {**plain, "value": "{{ input.given }}"},
        "made": {**plain, "value": "{{ input.id }}"}, "joined": {**plain, "value": "{{ response.body.a | upper }}"},
    }  # fmt: skip
    example = {
        "title": "One", "input": {"given": "g"}, "request": "GET /act?x=1: y",
        "response": {"body": {"a": "x", "b": None}}, "output": {"made": "m", "joined": "X"},
    }  # fmt: skip
    lab.write(outputs=outputs, examples=[example, {**example, "response": {"status": 404}}], status=201)
    first, second = Specs(lab.root).action("act").examples
    assert list(first.output.items()) == [("a", "x"), ("b", None), ("given", "g"), ("made", "m"), ("joined", "X")]
    assert first.request == {"method": "GET", "path": "/act?x=1: y"}
    assert (first.response["status"], second.response["status"]) == (201, 404)
    assert second.output == {"given": "g", "made": "m", "joined": "X"}


# $ref


def resolved(lab: Lab, **parameters: Any) -> Any:
    lab.write(parameters=parameters)
    return Specs(lab.root).action("act").parameters


ID = {"type": "string", "minLength": 1, "title": "Id", "description": "An id."}


def test_a_reference_becomes_what_it_names(lab: Lab) -> None:
    assert resolved(lab, a={"$ref": "common#id"}) == {"a": ID}


def test_members_beside_a_reference_win(lab: Lab) -> None:
    found = resolved(lab, a={"title": "Mine", "$ref": "common#id", "maxLength": 5})
    assert found == {"a": {**ID, "title": "Mine", "maxLength": 5}}


def test_references_are_replaced_at_every_depth_and_inside_definitions(lab: Lab) -> None:
    found = resolved(lab, a={"type": "array", "items": [{"x": {"$ref": "common#ids"}}]}, b={"$ref": "common#team"})
    assert found == {
        "a": {"type": "array", "items": [{"x": {"type": "array", "items": ID}}]},
        "b": {"type": "object", "properties": {"lead": {**ID, "title": "Lead"}}},
    }


def test_a_reference_beside_a_reference_is_replaced_too(lab: Lab) -> None:
    found = resolved(lab, a={"$ref": "common#ids", "items": {"$ref": "common#team"}})
    assert found["a"]["items"]["properties"]["lead"]["title"] == "Lead"


def test_examples_may_hold_references_as_data(lab: Lab) -> None:
    lab.write(examples=[{**EXAMPLE, "input": {"a": {"$ref": "common#id"}}}])
    assert Specs(lab.root).action("act").examples[0].input == {"a": {"$ref": "common#id"}}


@pytest.mark.parametrize(
    ("reference", "message", "hint"),
    [
        ("common#idd", "'common#idd' names nothing", "did you mean 'common#id' or 'common#ids'?"),
        ("common#", "'common#' names nothing", None),
        ("id", "'id' names nothing", "did you mean 'common#id' or 'common#ids'?"),
        ("#/$defs/id", "'#/$defs/id' names nothing", None),
        ("http://127.0.0.1:9/x.json", "'http://127.0.0.1:9/x.json' names nothing", None),
        ("common#itself", "'common#itself' leads back to itself", None),
        ("common#ping", "'common#ping' leads back to itself", None),
        ("common#broken", "'common#nowhere' names nothing", None),
        (7, "'7' names nothing", None),
        (None, "'None' names nothing", None),
        (["common#id"], "'['common#id']' names nothing", None),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(
    lab: Lab, no_sockets: None, reference: Any, message: str, hint: str | None
) -> None:
    lab.write(parameters={"a": {"$ref": reference}})
    problem = refusal(lab)
    assert (problem.code, problem.message) == ("reference", message)
    assert problem.field.startswith("parameters.a")
    if hint is not None:
        assert problem.hint == hint


def write_types(lab: Lab, content: Any) -> Path:
    path = lab.root / "schemas" / "types" / "common.yaml"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_definitions_that_double_each_other_are_refused_before_they_explode(lab: Lab) -> None:
    bomb: dict[str, Any] = {
        f"d{level}": {"properties": {side: {"$ref": f"common#d{level + 1}"} for side in ("a", "b")}}
        for level in range(40)
    }
    write_types(lab, {**bomb, "d40": {"type": "string"}})
    lab.write(parameters={"a": {"$ref": "common#d0"}})
    assert refusal(lab).code == "too_large"


def test_definitions_that_are_nested_without_end_are_refused(lab: Lab) -> None:
    path = write_types(lab, '{"deep": ' + '{"items": ' * 400 + "{}" + "}" * 400 + "}")
    lab.write(parameters={"a": {"$ref": "common#deep"}})
    problem = refusal(lab)
    assert (problem.code, problem.path) == ("nesting", str(path))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "types"), ("{", "yaml"), ("[]", "types"), ("id: 7", "types"), ("null", "types"), ("{} x", "yaml"),
        ("id: {}\nid: {}", "duplicate_key"),
    ],
)  # fmt: skip
def test_definitions_that_cannot_be_read_are_an_error_of_their_own_file(lab: Lab, content: str, code: str) -> None:
    path = write_types(lab, content)
    lab.write(parameters={"a": {"$ref": "common#id"}})
    problem = refusal(lab)
    assert (problem.code, problem.path) == (code, str(path))


def test_a_reference_reads_the_file_that_it_names_and_no_other(lab: Lab) -> None:
    (lab.root / "schemas" / "types" / "other.yaml").write_text("[")
    assert resolved(lab, a={"$ref": "common#id"}) == {"a": ID}
    lab.write(parameters={"a": {"$ref": "../types/common#id"}})
    with pytest.raises(SpecError, match="not valid YAML"):
        Specs(lab.root).action("act")  # every file is looked into for the nearest name


def test_shared_definitions_need_not_be_there(lab: Lab) -> None:
    shutil.rmtree(lab.root / "schemas")
    lab.write()
    assert Specs(lab.root).types == {}
    assert Specs(lab.root).action("act").parameters == {}
    lab.write(parameters={"a": {"$ref": "common#id"}})
    assert refusal(lab).message == "'common#id' names nothing"


# connector.yaml


OAUTH = {"type": "oauth2", "client_auth": "client_secret_post", "client_id": "team", "client_secret": "apiKey"}


def connector_refusal(lab: Lab, change: Any) -> Any:
    path = lab.root / "connector.yaml"
    data = yaml_loader.read(path)
    data = change(data) or data
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        schemes_of(Specs(lab.root).connector)
    (problem,) = caught.value.problems
    assert problem.path == str(path)
    assert problem.hint
    return caught.value


@pytest.mark.parametrize("version", [None, "1", 1.0, True, 0, -1, [], "x"])
def test_a_version_that_is_no_number_of_one_is_refused_before_anything_else(lab: Lab, version: Any) -> None:
    error = connector_refusal(lab, lambda _: {"spec_version": version, "nonsense": 1})
    assert (error.code, error.field) == ("spec_version", "spec_version")
    assert not isinstance(error, SpecVersionError)
    assert f"spec_version: {SPEC_VERSION}" in error.hint


def test_a_missing_version_is_refused(lab: Lab) -> None:
    assert connector_refusal(lab, lambda _: {"name": "x"}).code == "spec_version"


def test_an_older_version_says_what_changed_and_where_it_is_told(lab: Lab) -> None:
    error = connector_refusal(lab, lambda _: {"spec_version": SPEC_VERSION - 1})
    assert isinstance(error, SpecVersionError)
    assert "docs/guides/language.md" in error.hint


@pytest.mark.parametrize("version", [SPEC_VERSION + 1, 999])
def test_a_newer_version_says_which_is_needed_before_anything_else(lab: Lab, version: int) -> None:
    error = connector_refusal(lab, lambda _: {"spec_version": version, "what_is_new": {"here": 1}})
    assert isinstance(error, SpecVersionError)
    assert str(version) in error.problems[0].message
    assert f"spec_version {version}" in error.hint


def remove(name: str) -> Any:
    return lambda data: data.pop(name) and None


def put(value: Any, *place: Any) -> Any:
    def change(data: Any) -> None:
        for part in place[:-1]:
            data = data[part]
        data[place[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        (remove("title"), "title", "'title' is missing"),
        (remove("connection"), "connection", "'connection' is missing"),
        (put(1, "titel"), "titel", "the language has no 'titel' here"),
        (put([], "apis"), "apis", "must be a mapping"),
        (put("x", "apis", "main"), "apis.main", "must be a mapping"),
        (put(1, "apis", "main", "server"), "apis.main.server", "the language has no 'server' here"),
        (put({"us": 1}, "apis", "main", "servers"), "apis.main.servers",
         "must be text or a mapping, each value being text"),
        (put({"conect": 1}, "apis", "main", "timeout"), "apis.main.timeout.conect",
         "the language has no 'conect' here"),
        (put({"connect": "5s"}, "apis", "main", "timeout"), "apis.main.timeout.connect", "must be a number"),
        (put({"rate_limit": {"max": 1}}, "apis", "main", "retry"), "apis.main.retry.rate_limit.max",
         "the language has no 'max' here"),
        (put({"max_retries": 1.5}, "apis", "main", "retry"), "apis.main.retry.max_retries", "must be a whole number"),
        (put({"empty": "maybe"}, "apis", "main", "answer"), "apis.main.answer.empty",
         "must be one of accepted, refused"),
        (put({"404": {"hint": "h"}}, "apis", "main", "errors"), "apis.main.errors.404.code", "'code' is missing"),
        (put({"type": "magic"}, "auth", "key"), "auth.key.type", "no request is signed by 'magic'"),
        (put(["kye"], "apis", "main", "auth"), "apis.main.auth.0", "'kye' is not described in this file"),
        (put({"type": "oauth2"}, "auth", "key"), "auth.key.api", "'api' is missing"),
        (put({**OAUTH, "api": "mian"}, "auth", "key"), "auth.key.api", "'mian' is not described in this file"),
        (put([{"title": "t", "needs": [], "message": "m", "api": "x"}], "connection", "test"), "connection.test.0.api",
         "'x' is not described in this file"),
        (put([{"title": "t", "needs": [], "message": "m", "auth": "x"}], "connection", "test"),
         "connection.test.0.auth",
         "'x' is not described in this file"),
        (put({"a": "text"}, "connection", "properties"), "connection.properties",
         "must be a mapping, each value being a mapping"),
        (put(7, "connection", "properties", "team", "env"), "connection.properties.team.env", "must be text"),
        (put([], "connection", "properties", "servers", "properties"), "connection.properties.servers.properties",
         "must be a mapping"),
        (put(7, "connection", "properties", "servers", "properties", "main", "env"),
         "connection.properties.servers.properties.main.env", "must be text"),
        (lambda _: ["x"], None, "must be a mapping"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_connector_names_its_place(lab: Lab, change: Any, field: str | None, message: str) -> None:
    error = connector_refusal(lab, change)
    assert (error.field, error.problems[0].message) == (field, message)


def test_a_folder_without_connector_yaml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        Connector.load(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("missing_specs", str(tmp_path))


# Listing


def test_a_group_lists_what_is_used_most_and_what_is_plain_first(lab: Lab) -> None:
    names = ("act", "delete_one", "get_one", "list_all_ones", "list_ones", "most_used_one", "other")
    for name in names:
        lab.write(name)
    assert tuple(Specs(lab.root).paths) == names
    with (lab.root / "connector.yaml").open("a", encoding="utf-8") as file:
        file.write("\norder: [act, list, get, delete]\nsearch: {common: [most_used_one]}\n")
    found = ["most_used_one", "act", "other", "list_ones", "get_one", "delete_one", "list_all_ones"]
    assert list(Specs(lab.root).paths) == found


def test_a_listing_reads_only_the_heads(lab: Lab) -> None:
    head = (
        "name: {0}\ntitle: Do {0}\nsummary: Does it.\ndescription: Long.\napi: main\nendpoint: GET /\n"
        "stability: beta\nparameters: [{{ this is not valid YAML\n"
    )
    for group, name in (("b_things", "one"), ("a_things", "two"), ("a_things", "three")):
        path = lab.root / "actions" / group / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(head.format(name))
    found = list(Specs(lab.root).summaries())
    assert [(one.group, one.name) for one in found] == [("a_things", "three"), ("a_things", "two"), ("b_things", "one")]
    assert (found[0].title, found[0].effect, found[0].idempotent, found[0].docs) == ("Do three", "read", True, None)


def test_an_incomplete_head_is_refused(lab: Lab) -> None:
    path = lab.write()
    path.write_text("name: act\ntitle: Act\nendpoint: GET /\nparameters: {}\nsummary: too late\n")
    with pytest.raises(SpecError) as caught:
        list(Specs(lab.root).summaries())
    assert (caught.value.field, caught.value.problems[0].path) == ("summary", str(path))


def test_only_yaml_files_in_groups_are_actions(lab: Lab) -> None:
    lab.write()
    for name in ("act.yml", "act.txt", ".hidden", "README.md"):
        (lab.root / "actions" / "things" / name).write_text("x")
    (lab.root / "actions" / "loose.yaml").write_text("name: loose")
    assert list(Specs(lab.root).paths) == ["act"]


def test_an_action_is_read_when_it_is_first_used_and_kept(lab: Lab) -> None:
    path = lab.write(title="First")
    lab.write("broken", titel="x")
    specs = Specs(lab.root)
    assert specs.action("act").title == "First"
    path.unlink()
    assert specs.action("act").title == "First"


def test_actions_are_a_mapping(lab: Lab) -> None:
    lab.write("act")
    lab.write("list_things", title="List")
    actions = Connector.load(lab.root).actions
    assert (list(actions), len(actions), "act" in actions, "nope" in actions) == (
        ["act", "list_things"],
        2,
        True,
        False,
    )
    assert actions["list_things"].title == "List"
    assert actions.get("nope") is None
    with pytest.raises(KeyError):
        actions["nope"]
    assert dict(actions)["act"].group == "things"


def test_the_inputs_of_an_action_are_one_closed_schema(lab: Lab) -> None:
    lab.write(parameters={"a": {"$ref": "common#id"}}, required=["a"])
    assert Specs(lab.root).action("act").input_schema == {
        "type": "object", "properties": {"a": ID}, "required": ["a"], "additionalProperties": False,
    }  # fmt: skip


def test_endpoints_are_read_without_the_rest_of_their_files(lab: Lab) -> None:
    lab.write("act")
    lab.write("other", api="open", endpoint="GET /other")
    lab.write("head").write_text(
        "name: head\ntitle: Head\nsummary: S.\napi: open\nstability: stable\n"
        "endpoint: GET /head\nbody: [{{ this is not valid YAML\n"
    )
    found = {name: endpoint.path for name, endpoint in Specs(lab.root).endpoints("open")}
    assert found == {"other": "/other", "head": "/head"}
    assert [name for name, _ in Specs(lab.root).endpoints("nope")] == []


# This repository's own


def test_the_specs_of_the_package_are_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert default_root().joinpath("connector.yaml").is_file()
    assert Connector.load().spec.name == yaml_loader.read_head(default_root() / "connector.yaml")["name"]


def test_a_package_without_its_specs_is_a_broken_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segment_connector.language.specs._PACKAGE", tmp_path / "site-packages" / "segment_connector")
    with pytest.raises(SpecError) as caught:
        default_root()
    assert (caught.value.code, caught.value.hint) == ("missing_specs", "reinstall segment-connector")


def test_every_action_of_the_package_can_be_read_and_listed(specs: Specs) -> None:
    listed = {summary.name: summary for summary in specs.summaries()}
    assert list(listed) == list(specs.paths) != []
    for name, summary in listed.items():
        action = specs.action(name)
        assert (action.title, action.group, action.effect) == (summary.title, summary.group, summary.effect)


def test_the_lab_of_these_tests_is_valid(lab: Lab) -> None:
    lab.write()
    assert lab.connector().plan("act", {}, {"apiKey": "k"}).url == "https://lab.test/v1/act"
    assert (DATA / "lab" / "connector.yaml").is_file()
