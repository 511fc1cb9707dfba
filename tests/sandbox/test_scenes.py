"""What happens in the sandbox by itself: the audit trail, profiles that learn from events, and scenes on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from faultserver import FaultServer, HandClock, answer, plain_environment

from segment_connector import Connector, InputError
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

SOURCE = "qQEHquLrjRDN9j1ByrChyn"
DESTINATION = "fP7qoQw2HTWt9WdMr718gn"
WAREHOUSE = "dRoTBhKAuFYGHx8dXMqMgP"
MAPPING = {"modelId": "k5iTC5m2TkZ8jXkcwZrqbM", "subscriptionId": "x9TvWk4LmQzR7bHnYpJ2Dc"}
WEBHOOK = "614a3c7d791c91c41bae7599"
NEW_DESTINATION = {"sourceId": SOURCE, "metadataId": WEBHOOK, "name": "Hook", "enabled": True, "settings": {}}

Run = Callable[..., Any]


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
def connector(clock: HandClock) -> Iterator[Connector]:
    connector = Connector(Specs(), clock=clock.clock)
    yield connector
    connector.caller.send.close()  # type: ignore[attr-defined]


@pytest.fixture
def run(connector: Connector, sandbox: Sandbox) -> Run:
    def call(action: str, **inputs: Any) -> Any:
        return connector.run(action, inputs, sandbox.connection).outputs

    return call


def trail_of(run: Run, **asked: Any) -> list[tuple[str, str]]:
    return [(event["type"], event["resourceName"]) for event in run("list_audit_events", **asked)["events"]]


# -- the audit trail -----------------------------------------------------------------------------------------------


def test_the_trail_grows_with_what_is_changed_newest_first(run: Run) -> None:
    before = trail_of(run)
    made = run("create_destination", **NEW_DESTINATION)["destination"]["id"]
    run("update_destination", destinationId=made, name="Renamed")
    run("update_destination", destinationId=made, enabled=False)
    run("update_destination", destinationId=made, enabled=True)
    run("delete_destination", destinationId=made)
    assert trail_of(run) == [
        ("Integration Deleted", "Renamed"),
        ("Integration Enabled", "Renamed"),
        ("Integration Disabled", "Renamed"),
        ("Integration Modified", "Renamed"),
        ("Integration Created", "Hook"),
        *before,
    ]
    events = run("list_audit_events", resourceId=made)["events"]
    assert len(events) == 5
    assert {event["resourceType"] for event in events} == {"destination"}
    assert len({event["id"] for event in events}) == 5


CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "Source Created": ("create_source", {"slug": "blog", "enabled": True, "metadataId": "IqDTy1TpoU"}),
    "Source Modified": ("add_labels_to_source", {"sourceId": SOURCE, "labels": [{"key": "type", "value": "web"}]}),
    "Source Disabled": ("update_source", {"sourceId": SOURCE, "enabled": False}),
    "Storage Destination Deleted": ("delete_warehouse", {"warehouseId": WAREHOUSE}),
    "Tracking Plan Created": ("create_tracking_plan", {"name": "Plan", "type": "LIVE"}),
    "Integration Modified": (
        "remove_subscription_from_destination", {"destinationId": DESTINATION, "id": "kyMKN6LUgMvF8dwRMEz3cX"}
    ),
    "User Group Created": ("create_user_group", {"name": "Sales"}),
    "User Removed": ("delete_users", {"userIds": ["dLPzv57d5nRGz8U5iegLKp"]}),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_each_kind_has_its_own_words(run: Run, change: str) -> None:
    before = len(trail_of(run))
    action, inputs = CHANGES[change]
    run(action, **inputs)
    after = trail_of(run)
    assert (len(after) - before, after[0][0]) == (1, change)


def test_what_is_only_read_or_refused_leaves_no_trace(run: Run, sandbox: Sandbox) -> None:
    before = trail_of(run)
    run("list_sources")
    url = sandbox.servers["public"] + "/sources/nothing"
    headers = {"Authorization": f"Bearer {sandbox.connection['publicToken']}"}
    assert requests.patch(url, json={"enabled": False}, headers=headers, timeout=5).status_code == 404
    assert trail_of(run) == before


def test_the_trail_is_asked_from_an_instant_in_any_zone(run: Run, sandbox: Sandbox, clock: HandClock) -> None:
    sandbox.play("workspace_changed", type="First")
    since = clock.clock.timestamp()  # with milliseconds
    clock.clock.sleep(0.5)
    sandbox.play("workspace_changed", type="Second")
    whole = since.partition(".")[0]
    assert [kind for kind, _ in trail_of(run, startTime=whole + "Z")] == ["Second", "First"]
    east = f"{since[:11]}{(int(since[11:13]) + 2) % 24:02}{since[13:-1]}+02:00"
    if east[:10] == since[:10] and int(since[11:13]) < 22:
        assert [kind for kind, _ in trail_of(run, startTime=east)] == ["Second", "First"]
    assert trail_of(run, startTime="2100-01-01T00:00:00Z") == []


def test_a_long_trail_comes_in_pages(run: Run, sandbox: Sandbox, connector: Connector) -> None:
    before = len(trail_of(run))
    sandbox.play("workspace_changed", times=450)
    walked = list(connector.iterate("list_audit_events", {}, sandbox.connection))
    assert len(walked) == before + 450
    assert len({event["id"] for event in walked}) == len(walked)
    assert len(run("list_audit_events")["events"]) == 200


# -- profiles ------------------------------------------------------------------------------------------------------


def names_of(run: Run, kind: str, name: str, **asked: Any) -> list[str]:
    return [event["event"] for event in run("list_user_profile_events", idType=kind, id=name, **asked)["data"]]


def test_a_profile_grows_with_what_is_tracked(run: Run, clock: HandClock) -> None:
    for name in ("Signed Up", "Order Completed"):
        run("track", event=name, userId="u-1", anonymousId="a-1", properties={"plan": "pro"})
        clock.clock.sleep(1)
    run("identify", userId="u-1", traits={"email": "one@example.com", "plan": "pro"})
    assert names_of(run, "user_id", "u-1") == ["Order Completed", "Signed Up"]
    assert names_of(run, "anonymous_id", "a-1", limit=1) == ["Order Completed"]
    assert names_of(run, "email", "one@example.com", include=["Signed Up"]) == ["Signed Up"]
    assert run("get_user_profile_traits", idType="user_id", id="u-1")["traits"]["plan"] == "pro"
    (event,) = run("list_user_profile_events", idType="user_id", id="u-1", include=["Signed Up"])["data"]
    assert event["properties"] == {"plan": "pro"}
    assert event["external_ids"][0]["id"] == "u-1"


def test_a_profile_that_is_there_grows_too_and_counts_once(run: Run) -> None:
    before = names_of(run, "user_id", "97980cfea0067")
    for _ in range(2):
        run("track", event="Signed In", userId="97980cfea0067", messageId="m-1")
    assert names_of(run, "user_id", "97980cfea0067") == ["Signed In", *before]


def test_a_visitor_has_a_profile(run: Run) -> None:
    run("track", event="Seen", anonymousId="a-2")
    run("page", anonymousId="a-2", name="Home")
    assert names_of(run, "anonymous_id", "a-2") == ["Seen"]


def test_many_users_are_learnt_fast(run: Run) -> None:
    entry = {"type": "track", "event": "Seen"}
    for start in range(0, 2000, 500):
        run("batch", batch=[{**entry, "userId": f"u-{n}"} for n in range(start, start + 500)])
    assert names_of(run, "user_id", "u-1999") == ["Seen"]


# -- scenes --------------------------------------------------------------------------------------------------------


def test_there_is_a_list_of_scenes(sandbox: Sandbox) -> None:
    listed = requests.get(sandbox.url + "/scenes", timeout=5).json()["scenes"]
    assert [scene["name"] for scene in listed] == [scene["name"] for scene in sandbox.scenes()]
    for scene in listed:
        assert scene["title"]
        assert all(schema["description"] for schema in scene["parameters"].values())
        sandbox.play(scene["name"], times=2)  # each can happen as it is


@pytest.mark.parametrize(
    ("scene", "name", "member"),
    [("audience_entered", "Audience Entered", True), ("audience_left", "Audience Exited", False)],
)
def test_somebody_enters_or_leaves_an_audience(run: Run, sandbox: Sandbox, scene: str, name: str, member: bool) -> None:
    with FaultServer(answer()) as hook:
        made = run("create_destination", **NEW_DESTINATION)["destination"]["id"]
        run(
            "create_destination_subscription", destinationId=made, name="x", actionId="a", enabled=True,
            trigger=f'type = "track" and event = "{name}"', settings={"url": hook.url},
        )  # fmt: skip
        sandbox.play(scene, audience="account_owners", userId="u-7")
        sandbox.play(scene, audience="account_owners", userId="u-8", sourceId="rh5BDZp6QDHvXFCkibm1pR")
        assert sandbox.settle()
        (body,) = hook.bodies
    assert (body["type"], body["event"], body["userId"]) == ("track", name, "u-7")
    assert body["properties"] == {"audience_key": "account_owners", "account_owners": member}
    assert body["context"]["personas"]["computation_key"] == "account_owners"
    assert [event["status"] for event in sandbox.events()] == ["accepted", "accepted"]


def test_a_violation_is_forwarded(sandbox: Sandbox) -> None:
    sandbox.play("tracking_plan_violated", event="Signed Up", field="properties.plan", violation="Invalid Type")
    (event,) = sandbox.events()
    body = event["body"]
    assert (body["event"], body["userId"]) == ("Violation Generated", "schema-violations")
    assert body["properties"].keys() == {
        "appVersion", "eventMessageID", "eventName", "eventSentAt", "eventTimestamp", "eventType", "sourceID",
        "sourceName", "sourceSlug", "trackingPlanID", "trackingPlanName", "violationDescription", "violationField",
        "violationType",
    }  # fmt: skip
    assert body["properties"]["violationType"] == "Invalid Type"


def test_deliveries_fail_and_recover(run: Run, sandbox: Sandbox) -> None:
    def counts() -> dict[str, int]:
        asked = run("list_delivery_metrics_summary_from_destination", destinationId=DESTINATION, sourceId=SOURCE)
        return {one["metricName"]: one["total"] for one in asked["deliveryMetricsSummary"]["metrics"]}

    def overview(**more: Any) -> Any:
        return run(
            "get_egress_failed_metrics_from_delivery_overview", destinationConfigId=DESTINATION, sourceId=SOURCE,
            startTime="2026-01-01T00:00:00Z", endTime="2030-01-01T00:00:00Z", granularity="DAY", **more,
        )  # fmt: skip

    sandbox.play("delivery_failing", failed=30, delivered=70, reason="timeout")
    assert counts() == {"successes": 70, "failures": 30}
    sandbox.play("delivery_failing", failed=5, event="Signed Up")
    assert (overview()["total"], len(overview()["dataset"])) == (35, 2)
    assert overview(filter={"eventName": ["Signed Up"]})["total"] == 5
    sandbox.play("delivery_failing", failed=0, delivered=100)
    assert counts() == {"successes": 100, "failures": 0}
    assert overview()["total"] == 35


def test_syncs_fail(run: Run, sandbox: Sandbox, clock: HandClock) -> None:
    clock.clock.sleep(1)
    sandbox.play("sync_failed")
    sandbox.play("warehouse_sync_failed")
    newest = run("list_reverse_etl_sync_statuses_from_model_and_subscription_id", **MAPPING)["syncStatuses"][0]
    assert (newest["syncStatus"], newest["loadPhase"]["deliverFailureCount"]) == ("FAIL", "15")
    status = run("get_reverse_etl_sync_status", modelId=MAPPING["modelId"], syncId=newest["syncId"])
    assert status["reverseETLSyncStatus"]["error"] == newest["error"]
    reports = run("list_syncs_from_warehouse", warehouseId=WAREHOUSE)["reports"]
    assert (reports[0]["status"], reports[0]["notices"][0]["level"]) == ("FAILURE", "ERROR")
    of_source = run("list_syncs_from_warehouse_and_source", warehouseId=WAREHOUSE, sourceId=SOURCE)["reports"]
    assert of_source == [report for report in reports if report["sourceId"] == SOURCE]


@pytest.mark.parametrize(
    ("scene", "inputs", "field", "said"),
    [
        ("audience_entred", {}, "name", "did you mean 'audience_entered'"),
        ("audience_entered", {"audience": "nobody"}, "audience", "there is no audience with key 'nobody'"),
        ("audience_entered", {"user": "u-1"}, "user", "no such parameter"),
        ("delivery_failing", {"failed": -1}, "failed", "at least 0"),
        ("delivery_failing", {"times": 0}, "times", "at least 1"),
    ],
)
def test_a_scene_that_cannot_be_played_is_refused(
    sandbox: Sandbox, scene: str, inputs: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(InputError) as error:
        sandbox.play(scene, **inputs)
    problem = error.value.problems[0]
    assert problem.field == field
    assert said in f"{problem.message} ({problem.hint})"
    answered = requests.post(f"{sandbox.url}/scenes/{scene}", json=inputs, timeout=5)
    assert (answered.status_code, answered.json()["error"]["field"]) == (400, field)
    assert requests.post(f"{sandbox.url}/scenes/{scene}", data="[1]", timeout=5).status_code == 400


def test_everything_is_put_back(run: Run, sandbox: Sandbox) -> None:
    before = trail_of(run)
    run("track", event="Seen", userId="u-9")
    sandbox.play("workspace_changed")
    assert names_of(run, "user_id", "u-9") == ["Seen"]
    sandbox.clear()
    assert trail_of(run) == before
    run("track", event="Seen Again", userId="u-9")
    assert names_of(run, "user_id", "u-9") == ["Seen Again"]
