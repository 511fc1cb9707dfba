"""The npm package for Node-RED, as far as it can be looked at without Node-RED."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import second
from faultserver import HandClock

from segment_connector import Connector
from segment_connector.call.policy import Policy
from segment_connector.exports import ExportOptions, find_export
from segment_connector.language.specs import Specs

EXAMPLES = {"call-an-action-over-http", "read-a-list-over-its-pages", "start-when-something-happens"}


def exported(connector: Connector, **fence: list[str]) -> dict[str, str]:
    options = ExportOptions(mode="service", policy=Policy(connector.specs, **fence))  # type: ignore[arg-type]
    files = find_export("node-red").files(connector, options)
    return {path: content.decode() for path, content in files.items()}


def examples(files: dict[str, str]) -> set[str]:
    return {Path(path).stem for path in files if path.startswith("examples/")}


def test_no_word_is_left_to_be_filled_in(connector: Connector) -> None:
    files = exported(connector)
    assert not [path for path, text in files.items() if "{{" in text and not path.startswith(("lib/", "resources/a"))]
    assert examples(files) == EXAMPLES
    manifest = json.loads(files["package.json"])
    assert all(path in files for path in manifest["node-red"]["nodes"].values())


def test_an_action_that_is_added_is_there_without_another_line(tmp_path: Path, connector: Connector) -> None:
    root = Path(shutil.copytree(connector.specs.root, tmp_path / "specs", ignore=lambda *_: [".venv", ".git", "tests"]))
    text = (root / "actions" / "sources" / "list_sources.yaml").read_text()
    (root / "actions" / "sources" / "list_more.yaml").write_text(text.replace("name: list_sources", "name: list_more"))
    added = json.loads(exported(Connector(Specs(root)))["resources/actions.json"])["actions"]
    assert {one["name"] for one in added} - set(connector.actions) == {"list_more"}


def test_what_is_fenced_out_is_not_there(connector: Connector) -> None:
    files = exported(connector, allow=["read"], groups=["sources"])
    listed = json.loads(files["resources/actions.json"])
    assert {(one["group"], one["effect"]) for one in listed["actions"]} == {("sources", "read")}
    assert [one["name"] for one in listed["groups"]] == ["sources"]
    assert {one["group"] for one in listed["triggers"]} <= {"sources"}
    assert "call-an-action-over-http" not in examples(files)


def test_a_field_says_what_a_form_needs(connector: Connector) -> None:
    listed = json.loads(exported(connector)["resources/actions.json"])["actions"]
    fields = {one["name"]: {field["name"]: field for field in one["fields"]} for one in listed}
    assert fields["get_subscription_from_destination"]["id"]["options"] == ["destinationId"]
    assert fields["update_destination"]["name"]["type"] == "string"
    assert fields["create_warehouse"]["settings"]["secret"] is True
    assert fields["custom_api_call"]["body"]["type"] == "any"
    assert any("DELETE_INTERNAL" in one.get("many", ()) for one in fields["list_workspace_regulations"].values())
    assert next(iter(fields["track"])) == "event"


def test_the_connector_of_another_service_has_nodes_of_its_own() -> None:
    files = exported(Connector(Specs(second.SECOND), clock=HandClock().clock))
    manifest = json.loads(files["package.json"])
    name = Specs(second.SECOND).connector.name
    assert manifest["name"] == f"node-red-contrib-{name}-connector"
    assert f"registerType('{name}-action'" in files["nodes/action.js"]
    assert f"nodes/icons/{name}.svg" not in files
    assert "icon: 'bridge.svg'" in files["nodes/action.html"]
    assert "egment" not in files["nodes/action.js"] + files["nodes/action.html"] + files["nodes/trigger.js"]
    paging = {one["name"]: one["paging"] for one in json.loads(files["resources/actions.json"])["actions"]}
    assert paging["list_parcels"][0]["kind"] in ("page", "offset", "cursor")
