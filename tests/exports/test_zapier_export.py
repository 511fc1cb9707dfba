"""The app for Zapier, as far as it can be looked at without Zapier's platform."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import second

from segment_connector import Connector
from segment_connector.call.policy import Policy
from segment_connector.exports import ExportOptions, find_export
from segment_connector.language.specs import Specs


def exported(connector: Connector, mode: str, **fence: list[str]) -> dict[str, Any]:
    options = ExportOptions(mode=mode, policy=Policy(connector.specs, **fence))  # type: ignore[arg-type]
    files = find_export("zapier").files(connector, options)
    assert not [path for path, content in files.items() if b"{{" in content and not path.startswith("lib/")]
    found: dict[str, Any] = json.loads(files["lib/operations.json"])
    return found


def names(operations: dict[str, Any]) -> set[str]:
    return {one["name"] for kind in ("creates", "searches") for one in operations[kind]}


@pytest.mark.parametrize("mode", ["direct", "service"])
def test_an_action_that_is_added_is_there_without_another_line(mode: str, tmp_path: Path, connector: Connector) -> None:
    root = Path(shutil.copytree(connector.specs.root, tmp_path / "specs", ignore=lambda *_: [".venv", ".git", "tests"]))
    text = (root / "actions" / "sources" / "list_sources.yaml").read_text()
    (root / "actions" / "sources" / "list_more.yaml").write_text(text.replace("name: list_sources", "name: list_more"))
    assert names(exported(Connector(Specs(root)), mode)) - set(connector.actions) == {"list_more"}


def test_what_is_fenced_out_is_not_there(connector: Connector) -> None:
    found = exported(connector, "service", allow=["read"], groups=["sources"])
    assert found["creates"] == []
    assert names(found) == {one for one in connector.actions if one in names(found)}
    assert {one["noun"] for one in found["searches"] + found["triggers"]} == {"Sources"}


def test_triggers_are_for_the_service(connector: Connector) -> None:
    assert exported(connector, "direct")["triggers"] == []
    assert [one["name"] for one in exported(connector, "service")["triggers"]] == list(connector.triggers)


def test_a_field_has_the_form_that_its_values_need(connector: Connector) -> None:
    found = exported(connector, "service")
    fields = {
        one["name"]: {field["key"]: field for field in one["fields"]} for one in found["creates"] + found["searches"]
    }
    assert fields["track"]["timestamp"]["type"] == "datetime"
    assert fields["track"]["properties"]["type"] == "text"
    assert [one["key"] for one in fields["add_labels_to_source"]["labels"]["children"]][:2] == ["key", "value"]
    assert "children" not in fields["create_function"]["settings"]
    assert fields["remove_write_key_from_source"]["writeKey"]["type"] == "password"
    assert fields["delete_source"]["confirm"]["required"] is True
    assert fields["list_sources"]["most"]["type"] == "integer"
    choices = fields["get_subscription_from_destination"]["id"]["dynamic"]
    assert choices == "choose_list_subscriptions_from_destination_id_name_of_destinationId.id.name"


def test_the_connector_of_another_service_has_an_app_of_its_own() -> None:
    connector = Connector(Specs(second.SECOND))
    for mode in ("direct", "service"):
        assert names(exported(connector, mode)) == set(connector.actions)
    keys = [one["key"] for one in exported(connector, "direct")["authentication"]]
    assert set(keys) <= set(connector.spec.connection.properties)
