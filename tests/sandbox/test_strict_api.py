"""The APIs that the sandbox plays strictly, over real HTTP: what they refuse, what they remember, how they page."""

from __future__ import annotations

import base64
import datetime as dt
import email.utils
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from faultserver import HandClock, plain_environment

from segment_connector import CallFailed, Connector, Result
from segment_connector.call.compiled_action import CompiledAction
from segment_connector.clock import machine_clock
from segment_connector.language import yaml_reader as yaml_loader
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox
from segment_connector.sandbox.compiled_operations import CompiledOperations
from segment_connector.sandbox.operations import Operations
from segment_connector.sandbox.request_reader import RequestReader
from segment_connector.sandbox.routing import Router
from segment_connector.sandbox.simulation_data import SimulationData
from segment_connector.schema.validator import Validator

SPACE = "spa_2b7QjFxgiGo2xyKRnKxV3zFNaMc"
SOURCE = "qQEHquLrjRDN9j1ByrChyn"
DESTINATION = "fP7qoQw2HTWt9WdMr718gn"
WAREHOUSE = "dRoTBhKAuFYGHx8dXMqMgP"
PLAN = "tp_2XwnSUyp9VaVdEj2vJSxcVhTqFN"
GROUP = "hT5wQmZ8RkLx2VnJcY9sEd"
MODEL = "k5iTC5m2TkZ8jXkcwZrqbM"
NEW_SOURCE = {"slug": "blog", "enabled": True, "metadataId": "IqDTy1TpoU"}
NEW_DESTINATION = {"sourceId": SOURCE, "metadataId": "614a3c7d791c91c41bae7599", "settings": {}}
ANNA = {"idType": "user_id", "id": "97980cfea0067"}
STRICT = ("public", "profiles")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_environment(monkeypatch)


@pytest.fixture(scope="module")
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="module")
def shared(clock: HandClock) -> Iterator[Sandbox]:
    with Sandbox(Specs(), clock=clock.clock) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Iterator[Sandbox]:
    shared.clear()
    yield shared
    shared.clear()


@pytest.fixture(scope="module")
def runner() -> Iterator[Connector]:
    """The real connector; it waits for nothing between tries."""
    connector = Connector(Specs(), clock=HandClock().clock)
    yield connector
    connector.caller.send.close()  # type: ignore[attr-defined]


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


Ask = Callable[..., requests.Response]
Run = Callable[..., Result]


@pytest.fixture
def ask(sandbox: Sandbox, http: requests.Session) -> Ask:
    """Ask one of the played APIs, with its right credential."""

    def send(method: str, path: str, api: str = "public", **options: Any) -> requests.Response:
        if api == "public":
            options["headers"] = {"Authorization": "Bearer sandbox-publicToken", **options.get("headers", {})}
        else:
            options.setdefault("auth", ("sandbox-profileToken", ""))
        return http.request(method, sandbox.servers[api] + path, **options)

    return send


@pytest.fixture
def run(sandbox: Sandbox, runner: Connector) -> Run:
    """Run an action of the connector against the sandbox."""
    return lambda action, /, **inputs: runner.run(action, inputs, sandbox.connection)


def outputs(result: Result) -> dict[str, Any]:
    assert result.ok, result.error
    return dict(result.outputs)


def refused(result: Result) -> tuple[int | None, str | None]:
    """Status of a refusal, and the parameter that is at fault."""
    assert result.error is not None
    return result.error.status, result.error.field


# -- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("api", "headers", "code"),
    [
        ("public", {}, "missing_credential"),
        ("public", {"Authorization": "Bearer another"}, "wrong_credential"),
        (
            "public",
            {"Authorization": "Basic " + base64.b64encode(b"sandbox-publicToken:").decode()},
            "missing_credential",
        ),
        ("profiles", {}, "missing_credential"),
        ("profiles", {"Authorization": "Basic " + base64.b64encode(b"another:").decode()}, "wrong_credential"),
        ("profiles", {"Authorization": "Bearer sandbox-profileToken"}, "missing_credential"),
    ],
)
def test_the_right_credential_is_demanded(
    sandbox: Sandbox, http: requests.Session, api: str, headers: dict[str, str], code: str
) -> None:
    answer = http.get(f"{sandbox.servers[api]}/spaces/{SPACE}", headers=headers)
    body = answer.json()
    told = body["errors"][0]["type"] if api == "public" else body["error"]["code"]
    assert (answer.status_code, told) == (401, code)


def test_each_api_says_no_in_its_own_form(ask: Ask) -> None:
    public = ask("GET", "/nowhere").json()
    assert public == {"errors": [{"type": "not_found", "message": "nothing is at this path", "status": 404}]}
    profiles = ask("GET", "/nowhere", "profiles").json()
    assert profiles == {"error": {"code": "not_found", "message": "nothing is at this path"}}


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/nowhere", 404, None),
        ("GET", "/sources/", 404, None),
        ("GET", f"/sources/{SOURCE}/labels/more", 404, None),
        ("POST", f"/sources/{SOURCE}", 405, "DELETE, GET, PATCH"),
        ("DELETE", "/sources", 405, "GET, POST"),
        ("PUT", "/", 405, "GET"),
    ],
)
def test_a_path_or_a_method_that_is_none_is_told(
    ask: Ask, method: str, path: str, status: int, allow: str | None
) -> None:
    answer = ask(method, path, json={} if method != "GET" else None)
    assert (answer.status_code, answer.headers.get("Allow")) == (status, allow)


def rule(kind: str) -> dict[str, Any]:
    """A rule of a tracking plan, whose schema is of a type."""
    return {"type": "TRACK", "key": "Order Completed", "version": 1, "jsonSchema": {"type": kind}}


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("GET", "/sources?pagination.count=0", None, "pagination.count"),
        ("GET", "/sources?pagination.count=5000", None, "pagination.count"),
        ("GET", "/sources?pagination.count=ten", None, "pagination.count"),
        ("GET", "/sources?pagination.cursor=MA%3D%3D", None, "pagination.count"),
        ("GET", "/sources?pagination.count=2&pagination.cursor=nonsense", None, "pagination.cursor"),
        ("GET", "/sources?pagination.count=2&pagination.cursor=LTU%3D", None, "pagination.cursor"),
        ("GET", "/sources?count=2", None, "count"),
        ("GET", "/sources?pagination.count=1&pagination.count=2", None, "pagination.count"),
        ("GET", "/sources?pagination.count=1&pagination.count.more=2", None, "pagination.count.more"),
        ("GET", "/sources?pagination=1", None, "pagination"),
        ("GET", "/events/volume?granularity=YEAR&startTime=x&endTime=x", None, "granularity"),
        ("POST", "/sources", {"slug": "blog"}, "enabled"),
        ("POST", "/sources", {**NEW_SOURCE, "enabled": "yes"}, "enabled"),
        ("POST", "/sources", {**NEW_SOURCE, "enabeld": True}, "enabeld"),
        ("POST", "/sources", {**NEW_SOURCE, "metadataId": "nothing"}, "metadataId"),
        ("PATCH", f"/sources/{SOURCE}", {"name": None}, "name"),
        ("PUT", f"/sources/{SOURCE}/labels", {"labels": [{"key": "a"}]}, "labels.0.value"),
        ("POST", "/sources", [], None),
        ("POST", "/sources", b"{", None),
        ("POST", "/destinations", {**NEW_DESTINATION, "sourceId": "nothing"}, "sourceId"),
        ("PATCH", f"/tracking-plans/{PLAN}/rules", {"rules": [rule("objekt")]}, "rules.0.jsonSchema.type"),
        ("PATCH", f"/tracking-plans/{PLAN}/rules", {"rules": [rule("object")] * 201}, "rules"),
        ("PUT", f"/tracking-plans/{PLAN}/rules", {"rules": [rule("object")] * 201}, "rules"),
        ("DELETE", f"/tracking-plans/{PLAN}/rules?rules.0.type=TRICK&rules.0.version=1", None, "rules.0.type"),
    ],
)  # fmt: skip
def test_invalid_input_is_refused_with_its_place(ask: Ask, method: str, path: str, body: Any, field: str) -> None:
    answer = ask(method, path, data=body) if isinstance(body, bytes) else ask(method, path, json=body)
    errors = answer.json()["errors"]
    assert answer.status_code == 422
    assert {error["type"] for error in errors} == {"input-validation"}
    assert field in [error.get("field") for error in errors]


def test_everything_that_is_wrong_is_told_at_once(ask: Ask) -> None:
    errors = ask("POST", "/sources", json={"enabled": 1}).json()["errors"]
    assert {error["field"] for error in errors} == {"slug", "enabled", "metadataId"}


def test_a_profile_is_asked_for_in_its_own_form_too(ask: Ask) -> None:
    path = f"/spaces/{SPACE}/collections/users/profiles/user_id:97980cfea0067/traits"
    assert ask("GET", path + "?limit=0", "profiles").status_code == 400
    assert ask("GET", path.replace("user_id", "USER_ID"), "profiles").status_code == 400
    assert ask("GET", path.replace(":", "%3A"), "profiles").status_code == 200


def test_nothing_that_was_refused_is_done(ask: Ask, sandbox: Sandbox) -> None:
    before = sandbox.state()
    ask("POST", "/sources", json={**NEW_SOURCE, "metadataId": "nothing"})
    ask("DELETE", f"/sources/{SOURCE}/writekey/no-such-key")
    ask("PATCH", "/sources/nothing", json={"name": "New"})
    assert sandbox.state() == before


def test_no_answer_repeats_a_credential(ask: Ask) -> None:
    answer = ask("POST", "/sources", json={**NEW_SOURCE, "sandbox-publicToken": 1})
    assert answer.status_code == 422
    assert "sandbox-publicToken" not in answer.text


# -- a source, from its first day to its last ----------------------------------------------------------------------


def test_a_source_is_created_and_listed_and_changed_and_gone(run: Run) -> None:
    created = outputs(run("create_source", **NEW_SOURCE))["source"]
    assert re.fullmatch(r"[0-9A-Za-z]{22}", created["id"])
    assert (created["slug"], created["enabled"], created["metadata"]["slug"]) == ("blog", True, "javascript")
    assert len(created["writeKeys"]) == 1
    assert outputs(run("get_source", sourceId=created["id"])) == {"source": created, "trackingPlanId": None}
    assert created in outputs(run("list_sources"))["sources"]

    updated = outputs(run("update_source", sourceId=created["id"], name="Blog", enabled=False))["source"]
    assert updated == {**created, "name": "Blog", "enabled": False}
    assert outputs(run("get_source", sourceId=created["id"]))["source"] == updated

    assert outputs(run("delete_source", sourceId=created["id"])) == {"status": "SUCCESS"}
    assert refused(run("get_source", sourceId=created["id"])) == (404, "sourceId")
    assert refused(run("delete_source", sourceId=created["id"])) == (404, "sourceId")
    assert created["id"] not in [source["id"] for source in outputs(run("list_sources"))["sources"]]


def test_a_source_is_labelled(run: Run) -> None:
    web, test = {"key": "type", "value": "web"}, {"key": "environment", "value": "test"}
    before = outputs(run("get_source", sourceId=SOURCE))["source"]["labels"]
    added = outputs(run("add_labels_to_source", sourceId=SOURCE, labels=[web, *before]))["labels"]
    assert added == [*before, web]
    assert outputs(run("replace_labels_in_source", sourceId=SOURCE, labels=[test])) == {"labels": [test]}
    assert outputs(run("get_source", sourceId=SOURCE))["source"]["labels"] == [test]


def test_write_keys_come_and_go(run: Run) -> None:
    old = outputs(run("get_source", sourceId=SOURCE))["source"]["writeKeys"]
    new = outputs(run("create_write_key_for_source", sourceId=SOURCE))["source"]["writeKeys"]
    assert new[:-1] == old
    assert outputs(run("remove_write_key_from_source", sourceId=SOURCE, writeKey=old[0])) == {"status": "SUCCESS"}
    assert outputs(run("get_source", sourceId=SOURCE))["source"]["writeKeys"] == new[1:]
    assert refused(run("remove_write_key_from_source", sourceId=SOURCE, writeKey=old[0])) == (404, "writeKey")


def test_what_is_below_a_source_goes_with_it(run: Run) -> None:
    for name in ("list_schema_settings_in_source", "list_connected_destinations_from_source", "delete_source"):
        outputs(run(name, sourceId=SOURCE))
    for name in (
        "list_schema_settings_in_source",
        "list_connected_destinations_from_source",
        "list_regulations_from_source",
    ):
        assert refused(run(name, sourceId=SOURCE)) == (404, "sourceId")
    listed = outputs(run("list_connected_sources_from_warehouse", warehouseId=WAREHOUSE))["sources"]
    assert SOURCE not in [source["id"] for source in listed]


def test_what_is_created_again_begins_anew(run: Run) -> None:
    spec = {
        "spaceId": SPACE,
        "name": "Big Spenders",
        "enabled": True,
        "audienceType": "USERS",
        "definition": {"query": "x"},
    }
    audience = outputs(run("create_audience", **spec))["audience"]
    place = {"spaceId": SPACE, "id": audience["id"]}
    schedule = {"strategy": "PERIODIC", "config": {"interval": "24h"}}
    outputs(run("add_audience_schedule_to_audience", **place, **schedule))
    (schedule,) = outputs(run("list_audience_schedules_from_space_and_audience", **place))["audienceSchedules"]
    assert schedule["id"].startswith("sch_")
    outputs(run("remove_audience_from_space", **place))
    assert refused(run("list_audience_schedules_from_space_and_audience", **place))[0] == 404


# -- the same for everything that can be created -------------------------------------------------------------------

_PARAMETER = re.compile(r"\{\{\s*input\.(\w+)\s*\}\}")


def _template(path: str) -> str:
    return _PARAMETER.sub("*", path)


def _families() -> dict[str, dict[str, str]]:
    """The actions of each collection that can be added to and taken from, by what they do; read from the specs."""
    at: dict[tuple[str, str], str] = {
        (endpoint.method, _template(endpoint.path)): name for name, endpoint in Specs().endpoints("public")
    }
    found = {}
    for method, path in at:
        if method == "POST" and ("DELETE", path + "/*") in at:
            verbs = {
                "list": ("GET", path), "get": ("GET", path + "/*"), "create": ("POST", path),
                "update": ("PATCH", path + "/*"), "delete": ("DELETE", path + "/*"),
            }  # fmt: skip
            found[path] = {verb: at[key] for verb, key in verbs.items() if key in at}
    return found


FAMILIES = _families()
# Deleted by the id of what they lead to, and a list of texts without an id of its own.
OTHERS = {"/spaces/*/audiences/*/destination-connections", "/sources/*/writekey"}


def test_there_are_many_families() -> None:
    assert len(FAMILIES) >= 15


@pytest.mark.parametrize("path", sorted(set(FAMILIES) - OTHERS))
def test_whatever_is_created_is_there_until_it_is_deleted(run: Run, runner: Connector, path: str) -> None:
    family = FAMILIES[path]
    given = dict(runner.actions[family["create"]].examples[0].input)
    item = next(value for value in outputs(run(family["create"], **given)).values() if isinstance(value, dict))

    def named(verb: str) -> dict[str, Any]:
        """The inputs of the path, by their place in it."""
        above = [given[name] for name in _PARAMETER.findall(runner.actions[family["create"]].endpoint.path)]
        path = runner.actions[family[verb]].endpoint.path
        return dict(zip(_PARAMETER.findall(path), [*above, item["id"]], strict=False))

    def inputs(verb: str) -> dict[str, Any]:
        """The same, and what else is demanded."""
        needed = runner.actions[family[verb]].required
        return {**{name: given[name] for name in needed if name in given}, **named(verb)}

    def listed() -> list[str]:
        if "list" not in family:
            return [item["id"]]
        lists = [value for value in outputs(run(family["list"], **inputs("list"))).values() if isinstance(value, list)]
        return [entry["id"] for entry in lists[0]]

    assert item["id"] in listed()
    if "get" in family:
        got = outputs(run(family["get"], **inputs("get")))
        assert next(iter(got.values()))["id"] == item["id"]
    if "update" in family:
        changes = dict(runner.actions[family["update"]].examples[0].input)
        outputs(run(family["update"], **{**inputs("update"), **changes, **named("update")}))
    if "update" in family and "get" in family:
        got = next(iter(outputs(run(family["get"], **inputs("get"))).values()))
        plain = {
            name: value for name, value in changes.items()
            if name in got and name not in named("update") and name != "settings"  # some are merged
        }  # fmt: skip
        assert {name: got[name] for name in plain} == plain
    outputs(run(family["delete"], **inputs("delete")))
    assert refused(run(family["delete"], **inputs("delete")))[0] == 404
    if "get" in family:
        assert refused(run(family["get"], **inputs("get")))[0] == 404
    if "list" in family:
        assert item["id"] not in listed()


# -- what belongs together -----------------------------------------------------------------------------------------


def test_sources_and_warehouses_are_connected(run: Run) -> None:
    source = outputs(run("create_source", **NEW_SOURCE))["source"]["id"]
    both = {"sourceId": source, "warehouseId": WAREHOUSE}

    def connected() -> tuple[bool, bool]:
        sources = outputs(run("list_connected_sources_from_warehouse", warehouseId=WAREHOUSE))["sources"]
        warehouses = outputs(run("list_connected_warehouses_from_source", sourceId=source))["warehouses"]
        return source in [one["id"] for one in sources], WAREHOUSE in [one["id"] for one in warehouses]

    assert connected() == (False, False)
    outputs(run("add_connection_from_source_to_warehouse", **both))
    outputs(run("add_connection_from_source_to_warehouse", **both))
    assert connected() == (True, True)
    outputs(run("remove_source_connection_from_warehouse", **both))
    assert connected() == (False, False)


def test_a_source_follows_a_tracking_plan(run: Run) -> None:
    source = outputs(run("create_source", **NEW_SOURCE))["source"]["id"]
    outputs(run("add_source_to_tracking_plan", sourceId=source, trackingPlanId=PLAN))
    assert outputs(run("get_source", sourceId=source))["trackingPlanId"] == PLAN
    listed = outputs(run("list_sources_from_tracking_plan", trackingPlanId=PLAN))["sources"]
    assert source in [one["id"] for one in listed]
    outputs(run("remove_source_from_tracking_plan", sourceId=source, trackingPlanId=PLAN))
    assert outputs(run("get_source", sourceId=source))["trackingPlanId"] is None


def test_rules_are_added_replaced_and_removed(run: Run) -> None:
    def rules() -> list[tuple[str, str | None, str]]:
        listed = outputs(run("list_rules_from_tracking_plan", trackingPlanId=PLAN))["rules"]
        return [(rule["type"], rule.get("key"), rule["jsonSchema"]["type"]) for rule in listed]

    rule = {"type": "TRACK", "key": "Signed Up", "version": 1, "jsonSchema": {"type": "array"}}
    other = {"type": "TRACK", "key": "Signed Out", "version": 1, "jsonSchema": {"type": "object"}}
    first = rules()
    assert ("TRACK", "Signed Up", "object") in first
    outputs(run("update_rules_in_tracking_plan", trackingPlanId=PLAN, rules=[rule, other]))
    assert len(rules()) == len(first) + 1
    assert ("TRACK", "Signed Up", "array") in rules()
    gone = {"type": "TRACK", "key": "Signed Up", "version": 1}
    outputs(run("remove_rules_from_tracking_plan", trackingPlanId=PLAN, rules=[gone]))
    assert len(rules()) == len(first)
    outputs(run("replace_rules_in_tracking_plan", trackingPlanId=PLAN, rules=[other]))
    assert rules() == [("TRACK", "Signed Out", "object")]


def test_a_group_counts_its_members(run: Run) -> None:
    added = outputs(run("add_users_to_user_group", userGroupId=GROUP, emails=["ben@example.com", "anna@example.com"]))
    assert added["userGroup"]["memberCount"] == 2
    names = [user["name"] for user in outputs(run("list_users_from_user_group", userGroupId=GROUP))["users"]]
    assert names == ["Anna Nowak", "Ben Okafor"]
    groups = outputs(run("list_user_groups_from_user", userId="dLPzv57d5nRGz8U5iegLKp"))["groups"]
    assert [group["name"] for group in groups] == ["Marketing", "Analysts"]
    outputs(run("remove_users_from_user_group", userGroupId=GROUP, emails=["anna@example.com"]))
    outputs(run("replace_users_in_user_group", userGroupId=GROUP, emails=["carla@example.com"]))
    assert outputs(run("get_user_group", userGroupId=GROUP))["userGroup"]["memberCount"] == 1
    outputs(run("delete_users", userIds=["pX4nRv8TqWzK2mHcYb6sJf"]))
    assert outputs(run("list_users_from_user_group", userGroupId=GROUP))["users"] == []


def test_permissions_are_told_with_the_name_of_their_role(run: Run) -> None:
    permission = {"roleId": "1Yb3RtNw5GqKzVxHcLmPdSfJ8aU", "resources": [{"id": SOURCE, "type": "SOURCE"}]}
    named = {**permission, "roleName": "Source Read-only"}
    user = "sgJDWk3K21k6LE1tLU9nRK"
    before = outputs(run("get_user", userId=user))["user"]["permissions"]
    assert outputs(run("add_permissions_to_user", userId=user, permissions=[permission])) == {
        "permissions": [*before, named]
    }
    assert outputs(run("replace_permissions_for_user", userId=user, permissions=[permission])) == {
        "permissions": [named]
    }
    assert outputs(run("get_user", userId=user))["user"]["permissions"] == [named]


def test_invitations_are_listed_by_address(run: Run) -> None:
    before = outputs(run("list_invites"))["invites"]
    new = ["gus@example.com", "hal@example.com"]
    assert outputs(run("create_invites", invites=[{"email": address} for address in new])) == {"emails": new}
    outputs(run("delete_invites", emails=[before[0], new[1]]))
    assert outputs(run("list_invites"))["invites"] == [*before[1:], new[0]]


def test_regulations_are_listed_and_got(run: Run, clock: HandClock) -> None:
    what = {"regulationType": "SUPPRESS_WITH_DELETE", "subjectType": "USER_ID", "subjectIds": ["u-1", "u-2"]}
    first = outputs(run("create_workspace_regulation", **what))["regulateId"]
    second = outputs(run("create_source_regulation", sourceId=SOURCE, **what))["regulateId"]
    cloud = {**what, "subjectType": "OBJECT_ID", "collection": "contacts"}
    third = outputs(run("create_cloud_source_regulation", sourceId=SOURCE, **cloud))["regulateId"]
    got = outputs(run("get_regulation", regulateId=first))["regulation"]
    assert (got["id"], got["overallStatus"], got["createdAt"]) == (first, "INITIALIZED", clock.clock.timestamp())
    listed = outputs(run("list_workspace_regulations", regulationTypes=["SUPPRESS_WITH_DELETE"]))["regulations"]
    assert [(one["id"], one["subjects"]) for one in listed] == [(id_, ["u-1", "u-2"]) for id_ in (first, second, third)]
    of_source = outputs(run("list_regulations_from_source", sourceId=SOURCE, status="INITIALIZED"))["regulations"]
    assert [one["id"] for one in of_source] == [second, third]


def test_a_document_is_changed_in_part(run: Run) -> None:
    before = outputs(run("list_schema_settings_in_source", sourceId=SOURCE))
    track = {**before["settings"]["track"], "allowUnplannedEvents": True}
    after = {"sourceId": SOURCE, "settings": {**before["settings"], "track": track}}
    change = {"track": {"allowUnplannedEvents": True}}
    assert outputs(run("update_schema_settings_in_source", sourceId=SOURCE, **change)) == after
    assert outputs(run("list_schema_settings_in_source", sourceId=SOURCE)) == after
    assert (
        outputs(run("list_schema_settings_in_source", sourceId="rh5BDZp6QDHvXFCkibm1pR"))["settings"]
        != after["settings"]
    )


def test_a_document_is_replaced(run: Run, runner: Connector) -> None:
    given = runner.actions["replace_advanced_sync_schedule_for_warehouse"].examples[0].input
    replaced = outputs(run("replace_advanced_sync_schedule_for_warehouse", **given))
    assert outputs(run("get_advanced_sync_schedule_from_warehouse", warehouseId=given["warehouseId"])) == replaced


def test_a_live_plugin_is_one_of_a_kind(run: Run) -> None:
    outputs(run("create_live_plugin", sourceId=SOURCE, code="one();"))
    outputs(run("create_live_plugin", sourceId=SOURCE, code="two();"))
    assert outputs(run("get_latest_from_live_plugins", sourceId=SOURCE))["livePlugin"]["code"] == "two();"
    outputs(run("delete_live_plugin_code", sourceId=SOURCE))
    assert outputs(run("get_latest_from_live_plugins", sourceId=SOURCE))["livePlugin"]["code"] is None


def test_a_sync_is_started_and_cancelled(run: Run) -> None:
    what = {"sourceId": "rZ7kQmW2NxTvL9bHcYpJ4d", "modelId": MODEL, "subscriptionId": "pJtn52LjrcD1TrQcm2ZSwp"}
    sync = outputs(run("create_reverse_etl_manual_sync", **what))["reverseETLManualSync"]["syncId"]
    place = {"modelId": MODEL, "syncId": sync}
    assert outputs(run("get_reverse_etl_sync_status", **place))["reverseETLSyncStatus"]["syncStatus"] == "RUNNING"
    outputs(run("cancel_reverse_etl_sync_for_model", **place, reasonForCanceling=3))
    listed = outputs(
        run(
            "list_reverse_etl_sync_statuses_from_model_and_subscription_id",
            modelId=MODEL,
            subscriptionId=what["subscriptionId"],
        )
    )["syncStatuses"]
    assert [(one["syncId"], one["syncStatus"]) for one in listed] == [(sync, "CANCELLED")]


def test_audiences_are_connected_and_activated(run: Run) -> None:
    place = {"spaceId": SPACE, "audienceId": "aud_2hY7bKqN3rWt8XzLvM5pJcGsDfE"}
    other = "2vQtrzGnTU7rL5JrhdJnpX"
    connection = outputs(run("add_destination_to_audience", **place, destination={"id": other, "type": "destination"}))[
        "connection"
    ]["id"]
    activation = outputs(
        run(
            "add_activation_to_audience", **place, connectionId=connection, enabled=True, performResync=False,
            activationType="Audience Entered", activationName="Hello", personalization={"profile": {"properties": []}},
        )
    )["activation"]  # fmt: skip
    assert (activation["connectionId"], activation["activationName"]) == (connection, "Hello")
    assert outputs(run("list_activations_from_audience", **place))["activations"] == [activation]
    changed = [{"externalId": "email", "strategy": "last"}]
    updated = outputs(run("update_destination_for_audience", **place, destinationId=other, idSyncConfiguration=changed))
    assert (updated["destination"], updated["idSyncConfiguration"]) == ({"id": other}, changed)
    outputs(run("remove_destination_from_audience", **place, destinationId=other))
    assert outputs(run("list_destinations_from_audience", **place))["connections"] == []


def test_a_subscription_is_changed_by_its_input(run: Run) -> None:
    place = {"destinationId": DESTINATION, "id": "kyMKN6LUgMvF8dwRMEz3cX"}
    outputs(run("update_subscription_for_destination", **place, input={"name": "All orders", "enabled": False}))
    got = outputs(run("get_subscription_from_destination", **place))["subscription"]
    assert (got["name"], got["enabled"], got["actionSlug"]) == ("All orders", False, "logEventV2")


def test_a_warehouse_has_its_name_among_its_settings(run: Run) -> None:
    made = outputs(run("create_warehouse", metadataId="CCkP4Hh4kg", name="Mine", settings={"hostname": "db"}))[
        "warehouse"
    ]
    assert made["settings"] == {"hostname": "db", "name": "Mine"}
    updated = outputs(run("update_warehouse", warehouseId=made["id"], name="Ours", settings={"port": "1"}))["warehouse"]
    assert updated["settings"] == {"hostname": "db", "port": "1", "name": "Ours"}


def test_a_label_is_named_by_two_members(run: Run) -> None:
    label = {"key": "team", "value": "Sales & Support/EU"}
    assert outputs(run("create_label", label=label)) == {"label": label}
    assert label in outputs(run("list_labels"))["labels"]
    outputs(run("delete_label", **label))
    assert label not in outputs(run("list_labels"))["labels"]
    assert refused(run("delete_label", **label))[0] == 404


def test_lists_are_filtered_by_what_is_asked(run: Run) -> None:
    kinds = {
        kind: [one["displayName"] for one in outputs(run("list_functions", resourceType=kind))["functions"]]
        for kind in ("SOURCE", "DESTINATION", "INSERT_SOURCE")
    }
    assert kinds == {"SOURCE": ["Shop webhooks", "Support tickets"], "DESTINATION": ["Own CRM"], "INSERT_SOURCE": []}
    plans = outputs(run("list_tracking_plans", type="RULE_LIBRARY"))["trackingPlans"]
    assert [plan["name"] for plan in plans] == ["Common events"]
    destinations = outputs(run("list_connected_destinations_from_source", sourceId="rh5BDZp6QDHvXFCkibm1pR"))
    assert destinations["destinations"] == []


def test_what_happened_is_limited_by_time(run: Run) -> None:
    times = [event["timestamp"] for event in outputs(run("list_audit_events"))["events"]]
    middle = "2026-01-15T00:00:00.000Z"
    after = outputs(run("list_audit_events", startTime=middle))["events"]
    before = outputs(run("list_audit_events", endTime=middle))["events"]
    assert sorted(times) == sorted(event["timestamp"] for event in (*after, *before))
    assert after
    assert before


# -- pages ---------------------------------------------------------------------------------------------------------


def _paged(runner: Connector) -> Iterator[str]:
    for name, action in runner.actions.items():
        if action.api in STRICT and action.paging:
            yield name


@pytest.mark.unmeasured
def test_every_list_can_be_walked_by_single_entries(sandbox: Sandbox, runner: Connector) -> None:
    walked = 0
    for name in _paged(runner):
        action = runner.actions[name]
        inputs = dict(action.examples[0].input)
        for paging in action.paging:
            inputs.pop(paging.cursor.partition(".")[0], None)
            inputs.pop((paging.size or "limit").partition(".")[0], None)
        whole = list(runner.iterate(name, inputs, sandbox.connection))
        for paging in action.paging:
            top, _, below = (paging.size or "limit").partition(".")
            inputs[top] = {below: 1} if below else 1
        pages = []
        single = list(runner.iterate(name, inputs, sandbox.connection, on_page=pages.append))
        assert (name, single) == (name, whole)
        assert len(pages) >= len(whole)
        walked += 1
    assert walked >= 60


def test_a_page_tells_where_it_stands(run: Run) -> None:
    first = outputs(run("list_sources", pagination={"count": 2}))
    assert set(first["pagination"]) == {"current", "next", "totalEntries"}
    second = outputs(run("list_sources", pagination={"count": 2, "cursor": first["pagination"]["next"]}))
    assert second["pagination"]["current"] == first["pagination"]["next"]
    assert second["pagination"]["previous"] == first["pagination"]["current"]
    assert len(first["sources"]) == len(second["sources"]) == 2
    rest = outputs(run("list_sources", pagination={"count": 2, "cursor": second["pagination"]["next"]}))
    assert len(rest["sources"]) == 1
    assert set(rest["pagination"]) == {"current", "previous", "totalEntries"}


def test_a_list_has_200_entries_a_page_unless_another_number_is_asked_for(run: Run) -> None:
    for number in range(200):
        outputs(run("create_source", **{**NEW_SOURCE, "slug": f"s-{number}"}))
    page = outputs(run("list_sources"))
    assert len(page["sources"]) == 200
    assert page["pagination"]["totalEntries"] == 205
    assert len(outputs(run("list_sources", pagination={"count": 1000}))["sources"]) == 205


def test_some_cursors_are_numbers(run: Run) -> None:
    page = outputs(run("list_filters_for_space", integrationId=SPACE, pagination={"count": 1}))["pagination"]
    assert page == {"current": 0, "next": 1, "totalEntries": 2}
    result = run("list_filters_for_space", integrationId=SPACE, pagination={"count": 1, "cursor": -1})
    assert result.error is not None
    assert result.error.status in (None, 422)


def test_two_lists_are_paged_apart(run: Run) -> None:
    given = {"credentialId": "cred_2XcYWvYkLwsmKdB5TsnPjr"}
    both = outputs(run("list_credential_consumers", **given, warehousesPagination={"count": 1}))
    assert {"warehouses", "sources", "warehousesPagination", "sourcesPagination"} == set(both)


def test_dropdowns_are_filled(sandbox: Sandbox, runner: Connector) -> None:
    found = runner.options("get_source", "sourceId", sandbox.connection, search="WEB")
    assert [(option.value, option.label) for option in found.items] == [(SOURCE, "Website")]
    labels, cursor = [], None
    while True:
        part = runner.options("get_function", "functionId", sandbox.connection, cursor=cursor)
        labels.extend(option.label for option in part.items)
        if (cursor := part.next) is None:
            break
    assert labels == ["Shop webhooks", "Support tickets", "Own CRM", "Hash addresses"]
    place = {"spaceId": SPACE}
    audiences = runner.options("get_audience", "id", sandbox.connection, inputs=place)
    assert len(audiences.items) == 3
    with pytest.raises(CallFailed):
        runner.options("get_audience", "id", sandbox.connection, inputs={"spaceId": "spa_nothing"})


# -- profiles ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "traits"),
    [
        ({"include": ["plan", "email", "nothing"]}, {"email": "anna@example.com", "plan": "premium"}),
        ({"class": "computed_trait"}, {"orders_last_30_days": 3, "total_spent": 412.5}),
        ({"class": "audience"}, {"frequent_buyers": True}),
        ({"idType": "email", "id": "anna@example.com", "limit": 1}, {"email": "anna@example.com"}),
        (
            {"include": ["plan"], "verbose": True},
            {"plan": {"value": "premium", "source_id": "CRx5M9uk2p", "updated_at": "2026-01-28T16:20:00.000Z"}},
        ),
    ],
)
def test_traits_are_read(run: Run, inputs: dict[str, Any], traits: dict[str, Any]) -> None:
    assert outputs(run("get_user_profile_traits", **{**ANNA, **inputs}))["traits"] == traits


def test_traits_come_in_pages(sandbox: Sandbox, runner: Connector, run: Run) -> None:
    walked = list(runner.iterate("get_user_profile_traits", {**ANNA, "limit": 4}, sandbox.connection))
    assert [trait["name"] for trait in walked][:3] == ["email", "name", "plan"]
    assert len(walked) == 6
    cursor = outputs(run("get_user_profile_traits", **ANNA, limit=4))["cursor"]
    assert (cursor["has_more"], cursor["limit"]) == (True, 4)
    last = outputs(run("get_user_profile_traits", **ANNA, limit=4, next=cursor["next"]))["cursor"]
    assert (last["has_more"], last["next"]) == (False, "")
    assert refused(run("get_user_profile_traits", **ANNA, next="nonsense"))[0] == 400


def test_events_are_chosen_and_ordered(run: Run) -> None:
    def events(**inputs: Any) -> list[str]:
        return [event["event"] for event in outputs(run("list_user_profile_events", **ANNA, **inputs))["data"]]

    assert events() == ["Order Completed", "Product Viewed", "Signed Up"]
    assert events(sort="asc") == ["Signed Up", "Product Viewed", "Order Completed"]
    assert events(include=["Signed Up", "Order Completed"]) == ["Order Completed", "Signed Up"]
    assert events(exclude=["Signed Up"]) == ["Order Completed", "Product Viewed"]
    assert events(start="2026-01-30", end="2026-01-30T18:10:00Z") == ["Product Viewed"]


def test_profiles_are_found_by_each_of_their_ids(run: Run) -> None:
    metadata = outputs(run("get_user_profile_metadata", **ANNA))["metadata"]
    for kind, value in (("email", "anna@example.com"), ("anonymous_id", "507f191e810c19729de860ea")):
        assert outputs(run("get_user_profile_metadata", idType=kind, id=value))["metadata"] == metadata
    assert outputs(run("get_user_profile_metadata", idType="phone", id="+48100200300"))["metadata"] != metadata
    ids = outputs(run("get_user_profile_external_ids", **ANNA, include=["email"]))["data"]
    assert [one["id"] for one in ids] == ["anna@example.com"]
    links = outputs(run("list_account_profile_links", idType="crm_id", id="48151", limit=1))
    assert (len(links["data"]), links["cursor"]["has_more"]) == (1, True)


def test_an_unknown_profile_or_space_is_not_there(sandbox: Sandbox, runner: Connector, run: Run) -> None:
    assert refused(run("get_user_profile_traits", idType="user_id", id="nobody"))[0] == 404
    assert refused(run("get_account_profile_traits", **ANNA))[0] == 404
    elsewhere = {**sandbox.connection, "spaceId": "spa_nothing"}
    for name in ("get_user_profile_traits", "get_user_profile_metadata"):
        assert refused(runner.run(name, ANNA, elsewhere))[0] == 404


def test_the_connection_can_be_tested(sandbox: Sandbox, runner: Connector) -> None:
    verdicts = {check.title: check.verdict for check in runner.test_connection(sandbox.connection).checks}
    assert (verdicts["Public API token"], verdicts["Profile API access token"]) == ("verified", "verified")
    wrong = runner.test_connection({**sandbox.connection, "publicToken": "another"})
    assert {check.title: check.verdict for check in wrong.checks}["Public API token"] == "failed"


# -- headers, faults, time -----------------------------------------------------------------------------------------


def test_answers_tell_what_is_left_of_a_limit(ask: Ask, clock: HandClock) -> None:
    path = f"/spaces/{SPACE}/audiences"
    first, second = ask("GET", path).headers, ask("GET", path).headers
    most = int(first["X-RateLimit-Remaining"]) + 1
    assert (first["X-RateLimit-Consumed"], second["X-RateLimit-Consumed"]) == ("1", "2")
    assert int(second["X-RateLimit-Remaining"]) == most - 2
    reset = email.utils.parsedate_to_datetime(first["X-RateLimit-Reset"])
    assert reset - clock.instant == dt.timedelta(seconds=60)
    clock.pass_(60)
    assert ask("GET", path).headers["X-RateLimit-Consumed"] == "1"


def test_an_action_without_a_limit_tells_none(ask: Ask) -> None:
    assert not [name for name in ask("GET", "/labels").headers if name.startswith("X-RateLimit")]


def test_every_answer_has_an_id(ask: Ask, run: Run) -> None:
    ids = {ask("GET", "/").headers["X-Request-Id"], ask("GET", "/nowhere").headers["X-Request-Id"]}
    assert len(ids) == 2
    assert run("list_labels").meta.request_id
    assert run("get_user_profile_metadata", **ANNA).meta.request_id


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("application/vnd.segment.v1alpha+json", "application/vnd.segment.v1alpha+json"),
        ("application/vnd.segment.v1beta+json, application/json", "application/vnd.segment.v1beta+json"),
    ],
)
def test_the_media_type_that_is_accepted_is_answered(ask: Ask, accept: str, answered: str) -> None:
    answer = ask("GET", "/spaces", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, answered)


def test_a_limit_that_is_reached_is_a_fault_on_demand(sandbox: Sandbox, runner: Connector, run: Run, ask: Ask) -> None:
    sandbox.fault(status=429, retryAfter=2, path="/public/sources")
    assert run("list_sources").meta.attempts == 2
    sandbox.fault(status=429, path="/profiles/v1", times=9)
    result = run("get_user_profile_metadata", **ANNA)
    assert result.error is not None
    assert (result.error.status, result.error.code) == (429, "rate_limited")
    sandbox.clear()
    sandbox.fault(status=500)
    assert ask("GET", "/labels").json()["errors"][0]["type"] == "fault"


def test_a_write_whose_answer_is_lost_is_done_all_the_same(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.fault(status=503, deliver=True)
    assert ask("DELETE", f"/sources/{SOURCE}").status_code == 503
    assert ask("GET", f"/sources/{SOURCE}").status_code == 404


def test_changes_are_dated(run: Run, clock: HandClock) -> None:
    made = outputs(
        run(
            "create_computed_trait",
            spaceId=SPACE,
            name="Visits",
            enabled=True,
            definition={"query": "x", "type": "USERS"},
        )
    )["computedTrait"]
    assert made["createdAt"] == made["updatedAt"] == clock.clock.timestamp()
    assert made["key"] == "visits"
    clock.pass_(5)
    place = {"spaceId": SPACE, "id": made["id"]}
    updated = outputs(run("update_computed_trait_for_space", **place, name="All visits"))["computedTrait"]
    assert (updated["createdAt"], updated["updatedAt"]) == (made["createdAt"], clock.clock.timestamp())


# -- the sandbox around it -----------------------------------------------------------------------------------------


def test_everything_is_put_back_on_demand(sandbox: Sandbox, http: requests.Session, run: Run) -> None:
    before = sandbox.state()
    outputs(run("delete_source", sourceId=SOURCE))
    outputs(run("create_source", **NEW_SOURCE))
    changed = http.get(sandbox.url + "/state").json()
    assert changed == sandbox.state() != before
    assert [source["slug"] for source in changed["public"]["/sources"]][-1] == "blog"
    assert http.delete(sandbox.url + "/state").json() == {"reset": True}
    assert sandbox.state() == before


def test_what_is_shown_cannot_be_changed(sandbox: Sandbox, run: Run) -> None:
    sandbox.state()["public"]["/sources"].clear()
    assert outputs(run("list_sources"))["sources"]


@pytest.mark.unmeasured
def test_two_sandboxes_make_the_same_ids(runner: Connector) -> None:
    made = []
    for _ in range(2):
        with Sandbox(Specs()) as sandbox:
            result = runner.run("create_source", NEW_SOURCE, sandbox.connection)
            made.append((outputs(result)["source"]["id"], outputs(result)["source"]["writeKeys"]))
            again = runner.run("create_source", NEW_SOURCE, sandbox.connection)
            assert outputs(again)["source"]["id"] != made[-1][0]
    assert made[0] == made[1]


def test_many_can_ask_at_once(sandbox: Sandbox, run: Run) -> None:
    with ThreadPoolExecutor(8) as pool:
        results = list(
            pool.map(lambda number: run("create_label", label={"key": "k", "value": str(number)}), range(40))
        )
    assert all(result.ok for result in results)
    assert len(sandbox.state()["public"]["/labels"]) == 45


def test_ids_look_like_those_that_are_there(run: Run) -> None:
    plan = outputs(run("create_tracking_plan", name="New", type="LIVE"))["trackingPlan"]
    assert re.fullmatch(r"tp_[0-9A-Za-z]{27}", plan["id"])
    instance = outputs(
        run(
            "create_insert_function_instance", functionId="76365637324e715a67535831", integrationId=DESTINATION,
            enabled=True, name="New", settings={},
        )
    )["insertFunctionInstance"]  # fmt: skip
    assert re.fullmatch(r"[0-9a-f]{24}", instance["id"])
    assert instance["classId"] == "76365637324e715a67535831"


def test_the_specs_of_a_large_api_are_read_when_it_is_first_asked() -> None:
    specs = Specs()
    with Sandbox(specs):
        pass
    assert {action.api for action in specs._actions.values()} == {"tracking"}


def test_given_credentials_count(runner: Connector) -> None:
    with Sandbox(Specs(), credentials={"publicToken": "sgp_mine"}) as sandbox:
        assert sandbox.connection["publicToken"] == "sgp_mine"
        assert runner.run("get_workspace", {}, sandbox.connection).ok
        assert "SEGMENT_PUBLIC_TOKEN" not in sandbox.shown_environment
        wrong = runner.run("get_workspace", {}, {**sandbox.connection, "publicToken": "another"})
        assert refused(wrong)[0] == 401


# -- the specs and the scene ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stages(runner: Connector) -> dict[str, tuple[Router, SimulationData, CompiledOperations]]:
    specs = runner.specs
    found = {}
    for api in STRICT:
        path = specs.root / "simulation.yaml"
        scene = SimulationData(yaml_loader.read(path), str(path), api)
        router = Router(specs.endpoints(api), scene.synonyms)
        found[api] = (router, scene, CompiledOperations(Operations(router, scene, specs.action), specs.action))
    return found


def test_requests_are_read_back_into_the_inputs_they_were_made_of(runner: Connector, stages: Mapping[str, Any]) -> None:
    connection = {"publicToken": "t", "profileToken": "t", "spaceId": SPACE}
    seen = 0
    for name, action in runner.actions.items():
        if action.api not in STRICT:
            continue
        reader = RequestReader(CompiledAction(action, lambda _: None, machine_clock()), runner.spec.apis[action.api])  # type: ignore[arg-type,return-value]
        for example in action.examples:
            request = runner.plan(name, example.input, connection)
            below = request.url.removeprefix(runner.spec.apis[action.api].servers["us"])
            parts = urlsplit("//host" + below)
            found = stages[action.api][0].find(request.method, parts.path)
            assert found is not None
            assert found.route.action == name
            assert reader.inputs(found.named("input"), parts.query, request.content or b"") == example.input
            seen += 1
    assert seen > 400


def test_the_scene_names_nothing_that_is_not_there(runner: Connector, stages: Mapping[str, Any]) -> None:
    for api, (router, _scene, scripts) in stages.items():
        routes = {route.action: route for route in router.routes.values()}
        for name, action in runner.actions.items():
            if action.api == api and action.simulate:
                assert scripts.of(routes[name])
                assert set(action.simulate.get("answer", ())) <= set(action.outputs)
        data: Any = yaml_loader.read(runner.specs.root / "simulation.yaml")
        schema = json.loads((runner.specs.root / "schemas" / "simulation.schema.json").read_text(encoding="utf-8"))
        assert Validator(schema).problems(data) == []
        assert set(data) == set(stages)
        for path, collection in data[api].get("collections", {}).items():
            for other in (*collection.get("embeds", {}).values(), *filter(None, [collection.get("of")])):
                assert other in data[api]["entries"], path


@pytest.mark.unmeasured
def test_every_answer_has_the_shape_that_its_action_describes(sandbox: Sandbox, runner: Connector) -> None:
    for name, action in runner.actions.items():
        if action.api not in STRICT:
            continue
        sandbox.clear()
        result = runner.run(name, action.examples[0].input, sandbox.connection)
        assert (name, result.meta.status) == (name, action.endpoint.status)
        described = {output: spec.schema for output, spec in action.outputs.items() if spec.schema}
        assert (name, Validator({"properties": described}).problems(result.outputs)) == (name, [])
        assert set(action.examples[0].output) <= set(result.outputs), name


# -- any API, not only these ---------------------------------------------------------------------------------------


def _library(root: Path, scene: str | None = None) -> Specs:
    """The specs of a library whose one API is played strictly, with a scene of its own or none."""
    folder = Path(shutil.copytree(Path(__file__).parents[1] / "data" / "library", root / "library"))
    if scene is None:
        spec = folder / "connector.yaml"
        spec.write_text(spec.read_text(encoding="utf-8").replace("      seed: simulation.yaml\n", ""), encoding="utf-8")
    else:
        (folder / "simulation.yaml").write_text(scene, encoding="utf-8")
    return Specs(folder)


def test_an_api_is_played_by_its_specs_alone(tmp_path: Path, http: requests.Session) -> None:
    with Sandbox(_library(tmp_path)) as sandbox:
        url = sandbox.servers["books"]
        shelves = url + "/shelves"
        assert http.get(shelves).json() == {"shelves": []}
        made = http.post(shelves, json={"name": "Novels", "tags": ["old"]})
        shelf = made.json()["shelf"]
        assert (made.status_code, shelf["name"], len(shelf["id"])) == (201, "Novels", 22)
        assert made.headers["X-Id"]
        one = f"{shelves}/{shelf['id']}"
        assert http.put(one, json={"name": "Tales"}).json()["shelf"] == {**shelf, "name": "Tales"}
        assert http.post(one + "/tags", json={"tags": ["new", "old"]}).json() == {"tags": ["old", "new"]}
        assert http.delete(one + "/tags?tags.0=old").json() == {}
        assert http.get(one + "/tags").json() == {"tags": ["new"]}
        assert http.get(shelves).json() == {"shelves": [{**shelf, "name": "Tales", "tags": ["new"]}]}
        refusal = http.post(shelves, json={})
        assert (refusal.status_code, refusal.json()) == (400, {"code": "required", "message": "is required"})
        assert http.put(url + "/hours", json={"open": "9-17", "nested": {"deep": {"a": 1}}}).json() == {"open": "9-17"}
        assert http.get(url + "/hours").json() == {"open": "9-17"}
        assert http.post(url + "/say", json={"anything": "goes"}).json() == {}
        assert sandbox.state() == {"books": {"/shelves": http.get(shelves).json()["shelves"]}}


@pytest.mark.parametrize(
    ("query", "status", "answered"),
    [
        ("one=true", 200, {"one": "x"}),
        ("one=yes", 200, {"one": "yes"}),
        ("many.1=2.5&many.0=1", 200, {"one": "x"}),
        ("many.0=1e400", 400, None),
        ("many.x=1", 400, None),
        ("many=1", 400, None),
        ("any=7", 200, {"one": "x"}),
        ("any.a=7", 200, {"one": "x"}),
        ("any=seven", 400, None),
        (".".join(["any"] + ["a"] * 30) + "=1", 400, None),
    ],
)
def test_a_query_is_read_by_the_schema(
    tmp_path: Path, http: requests.Session, query: str, status: int, answered: Any
) -> None:
    with Sandbox(_library(tmp_path)) as sandbox:
        answer = http.get(f"{sandbox.servers['books']}/seek?{query}")
        assert answer.status_code == status
        assert answered is None or answer.json() == answered


SCENE = """
books:
  synonyms: {racks: shelves}
  collections: {/shelves: {defaults: {tags: []}, new: {name: "{{ input.name | upper }}"}}}
  entries: {/shelves: [{id: "101", name: Novels}]}
"""


def test_a_scene_tells_what_paths_do_not(tmp_path: Path, http: requests.Session) -> None:
    with Sandbox(_library(tmp_path, SCENE)) as sandbox:
        url = sandbox.servers["books"]
        assert http.get(url + "/shelves/101").json() == {"shelf": {"id": "101", "name": "Novels", "tags": []}}
        made = http.post(url + "/shelves", json={"name": "Tales"}).json()["shelf"]
        assert made["name"] == "TALES"
        assert re.fullmatch(r"\d{3}", made["id"])


def test_what_is_below_an_entry_needs_it(tmp_path: Path, http: requests.Session) -> None:
    with Sandbox(_library(tmp_path, SCENE)) as sandbox:
        books = sandbox.servers["books"] + "/shelves/{}/books"
        assert http.get(books.format("101")).json() == {"books": []}
        assert http.post(books.format("101"), json={"title": "Solaris"}).json() == {}
        (book,) = http.get(books.format("101")).json()["books"]
        assert len(book.pop("id")) == 22
        # What must be there and was not given is as plain as can be.
        assert book == {"title": "Solaris", "isbn": "", "cover": "hard", "place": {"row": 0}, "lent": None}
        for method in ("GET", "POST"):
            assert http.request(method, books.format("102"), json={"title": "Solaris"}).status_code == 404


def test_only_lists_that_are_kept_hold_references(tmp_path: Path, http: requests.Session) -> None:
    with Sandbox(_library(tmp_path, SCENE)) as sandbox:
        url = sandbox.servers["books"]
        assert http.get(url + "/authors").json() == {"authors": [{"id": "a-1"}, {"id": "a-2"}]}
        free = {"title": "Solaris", "authorId": "a-3", "genre": "novel", "hours": "9-17"}
        assert http.post(url + "/shelves/101/books", json=free).status_code == 200
        refusal = http.post(url + "/shelves/101/books", json={**free, "beside": "another"})
        assert (refusal.status_code, refusal.json()["code"]) == (400, "reference")


@pytest.mark.parametrize(
    ("scene", "told"),
    [
        ("books: {entry: {}}", "the language has no 'entry' here"),
        ("books: {collections: {/shelves: {keys: id}}}", "the language has no 'keys' here"),
        ("- books", "must be a mapping"),
        ("books: [", "this is not valid YAML"),
    ],
)
def test_a_wrong_scene_is_told_when_it_is_needed(tmp_path: Path, http: requests.Session, scene: str, told: str) -> None:
    with Sandbox(_library(tmp_path, scene)) as sandbox:
        answer = http.get(sandbox.servers["books"] + "/shelves/101")
        assert answer.status_code == 500
        assert told in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("simulate", "told"),
    [
        ("{do: take}", "simulate.do: must be one of"),
        ("{where: {id: '{{ inputs.id }}'}}", "'inputs' means nothing here"),
        ("{also: [{key: '{{ input.id }}', whre: {}}]}", "simulate.also.0.whre: the language has no 'whre' here"),
    ],
)
def test_a_wrong_step_of_an_action_is_told_with_its_place(
    tmp_path: Path, http: requests.Session, simulate: str, told: str
) -> None:
    specs = _library(tmp_path, SCENE)
    with specs.path_of("get_shelf").open("a", encoding="utf-8") as file:
        file.write(f"simulate: {simulate}\n")
    with Sandbox(specs) as sandbox:
        answer = http.get(sandbox.servers["books"] + "/shelves/101")
        assert answer.status_code == 500
        assert told.partition(": ")[2] in answer.json()["error"]["message"] or told in answer.text


def test_a_scene_that_is_not_there_is_told(tmp_path: Path, http: requests.Session) -> None:
    specs = _library(tmp_path, SCENE)
    (specs.root / "simulation.yaml").unlink()
    with Sandbox(specs) as sandbox:
        assert http.get(sandbox.servers["books"] + "/shelves").json()["error"]["code"] == "unreadable"


# -- reading the heads of files ------------------------------------------------------------------------------------


def test_endpoints_are_those_of_the_actions(runner: Connector) -> None:
    for api in STRICT:
        for name, endpoint in runner.specs.endpoints(api):
            whole = runner.actions[name].endpoint
            assert (endpoint.method, endpoint.path) == (whole.method, whole.path)


def test_an_endpoint_is_found_in_a_file_of_another_form(lab: Any) -> None:
    lab.write("act")  # JSON, whose members do not begin their lines
    assert dict(Specs(lab.root).endpoints("main"))["act"].path == "/act"
