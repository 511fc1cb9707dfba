"""The OpenAPI document: valid, one operation an action, and true: what it says is what the service does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openapi_spec_validator
import pytest
from cli_support import environment
from jsonschema import Draft202012Validator
from service_support import TOKEN, Running, serving

from segment_connector import Connector
from segment_connector.service.http.openapi import _ADDRESS as ADDRESS
from segment_connector.service.http.openapi import Part
from segment_connector.service.http.openapi_schemas import Schemas, older

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def document(service: Running) -> Any:
    return service.get("/openapi.json").json()


@pytest.mark.unmeasured
def test_it_is_valid(document: Any) -> None:
    openapi_spec_validator.validate(document)
    assert document["openapi"].startswith("3.1")


def test_every_action_is_one_operation(document: Any, service: Running) -> None:
    for name, action in service.backend.connector.actions.items():
        operation = document["paths"][f"/v1/actions/{name}/run"]["post"]
        assert operation["operationId"] == name
        assert operation["tags"] == [action.group]
        assert set(action.parameters) == set(
            resolved(document, body_of(operation)["properties"]["inputs"])["properties"]
        )
    names = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(names) == len(set(names)) == len(service.backend.connector.actions) + 29


def body_of(operation: Any) -> Any:
    return operation["requestBody"]["content"]["application/json"]["schema"]


def resolved(document: Any, schema: Any) -> Any:
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def test_examples_fit_their_schemas(document: Any, service: Running) -> None:
    for name in service.backend.connector.actions:
        operation = document["paths"][f"/v1/actions/{name}/run"]["post"]
        judge = Draft202012Validator({**body_of(operation), "components": document["components"]})
        for example in operation["requestBody"]["content"]["application/json"].get("examples", {}).values():
            judge.validate(example["value"])


def test_secrets_are_passwords_and_forms_are_not_in_it(document: Any) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["ConnectionOrName"]["oneOf"][1] == {"$ref": "#/components/schemas/Connection"}
    assert schemas["Connection"]["properties"]["writeKey"]["format"] == "password"
    text = json.dumps(document)
    for words in ('"secret": true', '"advanced": true', '"generate": "', '"placeholder": "xxx'):
        assert words not in text


def test_it_is_made_once_and_again_when_a_connection_is_added(service: Running) -> None:
    document, made = service.app.state.document, []
    parts = [Part(group) for group in ("usage", "warehouses")]  # that no other test asks for
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document, "document", lambda part: made.append(part) or {"servers": [{"url": ADDRESS}]})
        texts = {document.text(part, address) for part in parts for address in ("http://a", "http://b") * 2}
        assert made == parts
        assert texts == {b'{"servers":[{"url":"http://a"}]}', b'{"servers":[{"url":"http://b"}]}'}
        for number in range(40):
            document.text(Part(str(number)))
        document.text(parts[0])
        assert len(made) == 2 + 40 + 1  # those that are asked for least are not kept for ever
    service.backend.connections.put("later", {"region": "eu"}, version=None)
    later = json.loads(document.text(parts[0]))
    assert "later" in later["components"]["schemas"]["ConnectionName"]["enum"]


# -- Parts and versions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query", ["", "group=tracking", "group=service", "platform=modulex", "platform=make&group=tracking"]
)
@pytest.mark.parametrize(("openapi", "version"), [("3.0", "3.0.3"), ("3.1", "3.1.0")])
def test_a_part_or_a_version_is_a_whole_document(service: Running, query: str, openapi: str, version: str) -> None:
    part = service.get(f"/openapi.json?openapi={openapi}&{query}").json()
    openapi_spec_validator.validate(part)
    assert part["openapi"] == version
    text = json.dumps(part)
    named = set(re.findall(r'"#/(components/[^"]+)"', text))
    assert named == {
        f"components/{kind}/{name}"
        for kind, members in part["components"].items() for name in members if kind != "securitySchemes"
    }  # fmt: skip
    assert {one["name"] for one in part["tags"]} == {tag for one in operations(part) for tag in one["tags"]}


def operations(document: Any) -> list[Any]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def test_a_part_has_what_was_asked_for(service: Running) -> None:
    def ids(query: str) -> list[str]:
        return [one["operationId"] for one in operations(service.get(f"/openapi.json?{query}").json())]

    specs = service.backend.connector.specs
    labels = [one.name for one in specs.summaries() if one.group == "labels"]
    assert ids("group=labels") == labels
    own = ids("group=service")
    assert len(own) == 29
    events = ["track", "identify", "page", "group", "screen", "alias"]  # in the order of use
    assert ids("platform=modulex") == [*events, *own]
    assert ids("platform=modulex&group=tracking") == events
    assert len(ids("platform=segment")) == len(specs.paths) + len(own)


@pytest.mark.parametrize(
    ("query", "field", "hint"),
    [
        ("group=lables", "group", "did you mean 'labels'?"),
        ("platform=modulex&group=labels", "group", "there is tracking, service"),
        ("platform=modulx", "platform", "did you mean 'modulex'?"),
        ("openapi=2", "openapi", "there is 3.1, 3.0"),
        ("version=3.0", "version", "known: group, platform, openapi, webhooks, locale"),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(service: Running, query: str, field: str, hint: str) -> None:
    answer = service.get(f"/openapi.json?{query}")
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["field"], problem["hint"]) == (400, "query", field, hint)


def test_fences_hold_in_parts(serve: Callable[..., Running]) -> None:
    fenced = serve(groups=("tracking", "labels"), allow=("write",))
    for query in ("", "?openapi=3.0", "?platform=segment", "?platform=make", "?group=labels"):
        found = fenced.get(f"/openapi.json{query}")
        actions = [one for one in operations(found.json()) if "service" not in one["tags"]]
        assert actions
        for one in actions:
            action = fenced.backend.connector.specs.action(one["operationId"])
            assert (action.group in ("tracking", "labels"), action.effect) == (True, "write")
        assert "list_labels" not in found.text
        assert "sources" not in {tag for one in actions for tag in one["tags"]}
    refused = fenced.get("/openapi.json?group=sources")
    assert (refused.status_code, refused.json()["hint"]) == (400, "there is tracking, labels, service")


@pytest.mark.parametrize(
    ("host", "headers", "url"),
    [
        (None, {}, None),
        ("localhost:{port}", {}, "http://localhost:{port}"),
        ("segment.example.com", {"X-Forwarded-Proto": "https"}, "https://segment.example.com"),
        ("segment.example.com", {"X-Forwarded-Host": "evil.example"}, "http://segment.example.com"),
    ],
)
def test_its_server_is_the_address_that_was_asked(
    serve: Callable[..., Running], host: str | None, headers: dict[str, str], url: str | None
) -> None:
    running = serve(hosts=("segment.example.com",), allow_remote=True)
    port = running.address[1]
    named = {} if host is None else {"Host": host.format(port=port)}
    document = running.get("/openapi.json?group=labels", headers={**headers, **named}).json()
    assert document["servers"] == [{"url": running.url if url is None else url.format(port=port)}]


# -- Plain words ----------------------------------------------------------------------------------------------------


def schemas_in(node: Any) -> Iterator[dict[str, Any]]:
    """Every schema of a document, those within others too."""
    if isinstance(node, list):
        for one in node:
            yield from schemas_in(one)
    elif isinstance(node, dict):
        for word, value in node.items():
            if word in ("schema", "schemas"):
                for one in [value] if word == "schema" else value.values():
                    yield from within(one)
            elif word != "examples":
                yield from schemas_in(value)


def within(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    lower = [
        *schema.get("properties", {}).values(),
        *(one for word in ("anyOf", "oneOf", "allOf") for one in schema.get(word, ())),
    ]
    lower += [one for word in ("items", "additionalProperties") if isinstance(one := schema.get(word), dict)]
    for one in lower:
        yield from within(one)


@pytest.mark.parametrize("openapi", ["3.0", "3.1"])
def test_schemas_say_plainly_what_they_say(service: Running, openapi: str) -> None:
    document = service.get(f"/openapi.json?openapi={openapi}").json()
    wrong = []
    for schema in schemas_in(document):
        kinds = schema.get("type")
        others = [kind for kind in kinds if kind != "null"] if isinstance(kinds, list) else [kinds]
        unknown = {"title", "if", "then", "else", "not", "const", "patternProperties"} | (
            {"examples"} if openapi == "3.0" else {"nullable", "allOf", "example"}
        )
        if (
            unknown & set(schema)
            or len(others) > 1
            or (openapi == "3.0" and (isinstance(kinds, list) or kinds == "null"))
            or (openapi == "3.0" and "$ref" in schema and len(schema) > 1)
            or ("nullable" in schema and kinds is None)
            or (kinds == "array" and "items" not in schema)
            or ("enum" in schema and kinds is None)
        ):
            wrong.append(schema)
    assert wrong == []


def test_a_rule_between_inputs_is_told_in_words(document: Any) -> None:
    told = document["paths"]["/v1/actions/custom_api_call/run"]["post"]["description"]
    assert "- body: a GET or DELETE request has no body; put the values into query" in told


SAID = [
    ({"type": "string", "title": "Name"}, {"type": "string"}, {"type": "string"}),
    ({"type": ["string", "null"]}, {"type": ["string", "null"]}, {"type": "string", "nullable": True}),
    ({"const": "a", "type": "string"}, {"enum": ["a"], "type": "string"}, {"enum": ["a"], "type": "string"}),
    ({"const": True, "type": "boolean"}, {"type": "boolean"}, {"type": "boolean"}),
    ({"enum": [True], "type": "boolean"}, {"type": "boolean"}, {"type": "boolean"}),
    ({"type": "array", "items": True}, {"type": "array", "items": True}, {"type": "array", "items": True}),
    ({"examples": ["a", "b"]}, {"examples": ["a", "b"]}, {"example": "a"}),
    ({"type": "array"}, {"type": "array", "items": {}}, {"type": "array", "items": {}}),
    (
        {"type": "number", "exclusiveMinimum": 0},
        {"type": "number", "exclusiveMinimum": 0},
        {"type": "number", "minimum": 0, "exclusiveMinimum": True},
    ),
    (
        {"type": ["string", "number", "null"], "minimum": 1, "description": "Some."},
        {"description": "Some.", "oneOf": [{"type": "string"}, {"type": "number", "minimum": 1}, {"type": "null"}]},
        {"description": "Some.", "oneOf": [{"type": "string", "nullable": True}, {"type": "number", "minimum": 1}]},
    ),
    ({"type": ["boolean", "object"], "required": ["a"], "examples": [True]}, {"examples": [True]}, {"example": True}),
    (
        {"type": ["object", "array", "string", "number", "boolean", "null"], "description": "Any."},
        {"description": "Any."},
        {"description": "Any."},
    ),
    (
        {"anyOf": [{"anyOf": [{"type": "string"}, {"type": "object"}]}, {"type": "null"}]},
        {"anyOf": [{"type": "string"}, {"type": "object"}, {"type": "null"}]},
        {"anyOf": [{"type": "string", "nullable": True}, {"type": "object"}]},
    ),
    (
        {"type": "object",
         "properties": {"title": {"type": "string", "title": "A title"}, "default": {"type": "array"}},
         "patternProperties": {"^x-": {}}, "additionalProperties": False, "propertyNames": {"maxLength": 3}},
        {"type": "object", "properties": {"title": {"type": "string"}, "default": {"type": "array", "items": {}}}},
        {"type": "object", "properties": {"title": {"type": "string"}, "default": {"type": "array", "items": {}}}},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "said", "said_in_3_0"), SAID)
def test_each_way_to_say_it(given: Any, said: Any, said_in_3_0: Any, service: Running) -> None:
    shown = Schemas(service.backend.connector.specs).shown(given)
    assert shown == said
    assert older(shown) == said_in_3_0


def test_a_component_or_null_in_3_0() -> None:
    ref = {"$ref": "#/components/schemas/Function"}
    assert older({"anyOf": [ref, {"type": "null"}], "description": "One."}) == {
        "type": "object", "allOf": [ref], "nullable": True, "description": "One."
    }  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "settings"),
    [
        (("--phases=examples,fuzzing", "--max-examples=2"), {"inline": False}),
        (("--phases=coverage", "--include-tag=service"), {"inline": False}),
        (("--phases=coverage,fuzzing", "--include-path=/v1/connections/{name}"), {}),
    ],
    ids=["every operation", "every rule of the service's own", "connections that may be changed"],
)
def test_schemathesis_finds_nothing(
    chosen: tuple[str, ...], settings: dict[str, Any], shared_connector: Connector, tmp_path: Path
) -> None:
    # Its only connection is the sandbox, or nothing is called, so that nothing made up leads anywhere else.
    with serving(shared_connector, **settings) as running:
        done = subprocess.run(
            [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
             "--config-file", ROOT / "schemathesis.toml", "run", f"{running.url}/openapi.json",
             "--header", f"Authorization: Bearer {TOKEN}", "--generation-deterministic", "--no-color", *chosen],
            cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Tested: " in done.stdout
