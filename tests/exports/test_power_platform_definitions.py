"""Connectors for Power Platform: right by Swagger 2.0, within Microsoft's limits, and with every action."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator

from segment_connector import Connector
from segment_connector.call.policy import Policy
from segment_connector.exports import ExportOptions, find_export
from segment_connector.exports.power_platform import connector_files as written
from segment_connector.exports.power_platform.swagger_schemas import identifier, sentences, swagger, title_case
from segment_connector.language.specs import Specs
from segment_connector.language.trigger_files import Triggers

HOST = find_export("power-platform")
PARCELS = Path(__file__).parents[2] / "examples" / "parcels" / "parcels_connector"
METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture(scope="module")
def exported() -> dict[str, Mapping[str, bytes]]:
    """The files by mode."""
    connector = Connector.load()
    return {mode: HOST.files(connector, ExportOptions(mode, Policy(connector.specs))) for mode in HOST.modes}


def read(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    """The JSON files of a name, by the connector's folder."""
    found = {path.partition("/")[0]: text for path, text in files.items() if path.endswith(f"/{name}")}
    return {folder: json.loads(text) for folder, text in found.items()}


def operations(definition: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path in definition["paths"].values():
        yield from (one for method, one in path.items() if method in METHODS)


@pytest.mark.parametrize("mode", HOST.modes)
@pytest.mark.unmeasured
def test_definitions_are_swagger_within_the_limits(mode: str, exported: dict[str, Mapping[str, bytes]]) -> None:
    wrong = []
    for folder, definition in read(exported[mode], "apiDefinition.swagger.json").items():
        wrong += [f"{folder}: {error.message}" for error in OpenAPIV2SpecValidator(definition).iter_errors()]
        names = [one["operationId"] for one in operations(definition)]
        assert len(names) == len(set(names))
        assert len(definition["info"]["title"]) <= 30
        assert definition["info"]["description"].endswith(".")
        for one in operations(definition):
            assert 0 < len(one["summary"]) <= 80, one["operationId"]
            assert one["description"].endswith((".", "!", "?")), one["operationId"]
        for call in calls_of_dropdowns(definition):
            assert call in names
    assert wrong == []
    sizes = [len(text) for path, text in exported[mode].items() if path.endswith("swagger.json")]
    assert max(sizes) < written.MOST_BYTES


def calls_of_dropdowns(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "x-ms-dynamic-values" in node:
            assert node["x-ms-dynamic-list"]["operationId"] == node["x-ms-dynamic-values"]["operationId"]
            yield node["x-ms-dynamic-values"]["operationId"]
        for one in node.values():
            yield from calls_of_dropdowns(one)
    elif isinstance(node, list):
        for one in node:
            yield from calls_of_dropdowns(one)


@pytest.mark.parametrize("mode", HOST.modes)
def test_every_action_is_there_or_said_to_be_left_out(mode: str, exported: dict[str, Mapping[str, bytes]]) -> None:
    connector = Connector.load()
    shown = [
        one["operationId"]
        for definition in read(exported[mode], "apiDefinition.swagger.json").values()
        for one in operations(definition)
        if one.get("x-ms-visibility") != "internal" and "x-ms-trigger" not in one
    ]
    left = HOST.left_out(connector, ExportOptions(mode, Policy(connector.specs)))
    assert sorted(shown) == sorted(identifier(name) for name in set(connector.specs.paths) - set(left))
    readme = exported[mode]["README.md"].decode()
    assert all(name in readme for name in left)
    assert left == ([] if mode == "service" else ["custom_api_call"])


def test_an_action_that_is_added_is_there_without_another_line(tmp_path: Path, specs: Specs) -> None:
    for path in specs.root.iterdir():
        if path.suffix == ".yaml" or path.name in ("schemas", "triggers", "presets"):
            (tmp_path / path.name).symlink_to(path)
    shutil.copytree(specs.root / "actions" / "labels", tmp_path / "actions" / "labels")
    text = (specs.root / "actions" / "labels" / "list_labels.yaml").read_text(encoding="utf-8")
    added = text.replace("name: list_labels", "name: look_labels_over", 1).replace("GET /labels", "GET /labels/over")
    (tmp_path / "actions" / "labels" / "look_labels_over.yaml").write_text(added, encoding="utf-8")
    connector = Connector.load(tmp_path)
    for mode in HOST.modes:
        files = HOST.files(connector, ExportOptions(mode, Policy(connector.specs, groups=["labels"])))
        (definition,) = read(files, "apiDefinition.swagger.json").values()
        assert "LookLabelsOver" in [one["operationId"] for one in operations(definition)]


def test_every_trigger_is_a_webhook_of_the_service(exported: dict[str, Mapping[str, bytes]]) -> None:
    paths = [
        (path, one)
        for definition in read(exported["service"], "apiDefinition.swagger.json").values()
        for path, one in definition["paths"].items()
        if "x-ms-notification-content" in one
    ]
    names = {path.split("/")[3] for path, _ in paths}
    assert names == set(Triggers(Connector.load().specs))
    for _, one in paths:
        body = one["post"]["parameters"][0]["schema"]
        assert body["properties"]["callback"]["properties"]["url"]["x-ms-notification-url"] is True


@pytest.mark.parametrize("mode", HOST.modes)
def test_a_connection_asks_for_secrets_as_secrets(mode: str, exported: dict[str, Mapping[str, bytes]]) -> None:
    for properties in read(exported[mode], "apiProperties.json").values():
        asked = properties["properties"]["connectionParameters"]
        assert {"token", "username"} & set(asked)
        for name in {"token", "username", "password"} & set(asked):
            assert asked[name]["type"] == "securestring"
            assert asked[name]["uiDefinition"]["constraints"]["clearText"] is False
        for one in properties["properties"]["policyTemplateInstances"]:
            assert one["templateId"] in ("dynamichosturl", "setheader")


def test_the_region_chooses_the_host_in_direct_mode(exported: dict[str, Mapping[str, bytes]]) -> None:
    apis = Connector.load().spec.apis
    asked = read(exported["direct"], "apiProperties.json")["sources"]["properties"]["connectionParameters"]
    values = asked["region"]["uiDefinition"]["constraints"]["allowedValues"]
    assert {one["text"].lower(): f"https://{one['value']}" for one in values} == apis["public"].servers


def test_a_group_that_is_too_large_for_one_definition_becomes_several(monkeypatch: pytest.MonkeyPatch) -> None:
    connector = Connector.load()
    monkeypatch.setattr(written, "MOST_BYTES", 100_000)
    for mode in HOST.modes:
        files = HOST.files(connector, ExportOptions(mode, Policy(connector.specs, groups=["destinations"])))
        found = read(files, "apiDefinition.swagger.json")
        assert list(found) == ["destinations", *(f"destinations-{number}" for number in range(2, len(found) + 1))]
        assert len(found) > 1
        calls = [
            one["operationId"] for definition in found.values() for one in operations(definition)
            if one.get("x-ms-visibility") != "internal" and "x-ms-trigger" not in one
        ]  # fmt: skip
        assert sorted(calls) == sorted({identifier(name) for name in connector.specs.paths
                                        if connector.specs.action(name).group == "destinations"})  # fmt: skip


def test_another_service_has_its_connectors_too() -> None:
    connector = Connector.load(PARCELS)
    for mode in HOST.modes:
        files = HOST.files(connector, ExportOptions(mode, Policy(connector.specs)))
        found = read(files, "apiDefinition.swagger.json")
        assert list(found) == connector.specs.groups
        assert [error.message for one in found.values() for error in OpenAPIV2SpecValidator(one).iter_errors()] == []
        assert all("X-API-Key" in str(one["securityDefinitions"]) for one in found.values()) is (mode == "direct")
        assert str(PARCELS).encode() not in b"".join(files.values())


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": ["string", "null"]}, {"type": "string", "x-nullable": True}),
        ({"type": ["boolean", "object"]}, {"description": "May be true or false or an object."}),
        ({"const": 0, "type": "integer"}, {"type": "integer", "enum": [0]}),
        ({"type": "string", "enum": ["a", None]}, {"type": "string", "enum": ["a"]}),
        ({"type": "string", "secret": True, "format": "date"}, {"type": "string", "format": "password"}),
        ({"type": "string", "format": "ipv4", "pattern": "x"}, {"type": "string"}),
        ({"type": "array"}, {"type": "array", "items": {}}),
        ({"type": "object", "additionalProperties": {"type": "number"}},
         {"type": "object", "additionalProperties": {"type": "number"}}),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a", "b"]},
         {"type": "object", "required": ["a"],
          "properties": {"a": {"x-ms-summary": "A", "type": "string", "x-ms-visibility": "important"}}}),
    ],
)  # fmt: skip
def test_schemas_become_what_swagger_has(schema: dict[str, Any], said: dict[str, Any]) -> None:
    assert swagger(schema) == said


def test_titles_and_names_are_as_microsoft_asks() -> None:
    assert title_case("Name of the event") == "Name of the Event"
    assert title_case("userId") == "User Id"
    assert identifier("list_sources") == "ListSources"
    assert sentences("Two\n  lines") == "Two lines."
