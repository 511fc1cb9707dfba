"""``trace``: every gate of an event's way, from what the sandbox holds, within its requests and its time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cli_support import cli

from segment_connector import CallFailed, Connector, InputError
from segment_connector.investigations.findings import Report
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

WEBSITE = "qQEHquLrjRDN9j1ByrChyn"
AMPLITUDE = "fP7qoQw2HTWt9WdMr718gn"


class Traced:
    """A sandbox of its own state, and what a trace finds in it."""

    def __init__(self, specs: Specs, sandbox: Sandbox) -> None:
        self.connector = Connector(specs, max_retries=0)
        self.sandbox = sandbox
        self.connection = {name: value for name, value in sandbox.connection.items() if name != "writeKey"}

    def run(self, action: str, **inputs: Any) -> dict[str, Any]:
        return self.connector.run(action, inputs, self.connection).unwrap()

    def trace(self, event: str | None = "Order Completed", source: str = "website", **inputs: Any) -> Report:
        given = {**({} if event is None else {"event": event}), "source": source, **inputs}
        return self.connector.investigate("trace", given, self.connection)

    def of(self, destination: str, *arguments: Any, **inputs: Any) -> dict[str, tuple[str, str]]:
        """State and reason of each gate of one destination, and ``""``: how it stands as a whole."""
        branch = next(one for one in self.trace(*arguments, **inputs).branches if one.id == destination)
        return {"": (branch.state, ""), **{one.title: (one.state, one.why) for one in branch.findings}}


@pytest.fixture(scope="module")
def served(specs: Specs) -> Iterator[Sandbox]:
    with Sandbox(specs) as sandbox:
        yield sandbox


@pytest.fixture
def traced(specs: Specs, served: Sandbox) -> Traced:
    served.clear()
    return Traced(specs, served)


def test_what_is_not_known_of_an_event_is_not_guessed(traced):
    gates = traced.of(AMPLITUDE)
    state, why = gates["Filter 'No events of our own staff'"]
    assert state == "maybe"
    assert "it depends on userId, which is not given" in why


@pytest.mark.parametrize(("user", "state"), [("anna@example.com", "shut"), ("u-1", "open")])
def test_a_filter_is_judged_by_the_whole_event(traced, user, state):
    gates = traced.of(AMPLITUDE, payload={"userId": user})
    assert gates["Filter 'No events of our own staff'"][0] == state
    assert gates[""][0] == state


def test_a_destination_that_is_off_gets_nothing(traced):
    found = traced.trace()
    off = next(one for one in found.branches if one.name == "Order webhook")
    assert (off.state, off.findings[0].cure) == ("shut", "switch the destination on")


@pytest.mark.parametrize(
    ("event", "state", "cure"),
    [
        ("order completed", "shut", "the plan has 'Order Completed': names count letter by letter"),
        ("Never Heard Of", "shut", "add the event to the plan, or let the source take unplanned events"),
        ("Order Completed", "maybe", "hold the event to the plan before it is sent"),
    ],
)
def test_the_plan_and_the_settings_of_the_source_decide_first(traced, event, state, cure):
    found = traced.trace(event)
    plan = next(one for one in found.findings if one.title == "Tracking plan")
    assert (plan.state, plan.cure) == (state, cure)
    assert (found.state == "shut") is (state == "shut")
    assert ("No destination gets it" in found.verdict) is (state == "shut")


def test_a_source_that_lets_unplanned_events_through_says_so(traced):
    found = traced.trace("Never Heard Of", source="checkout-service")
    assert next(one for one in found.findings if one.title == "Tracking plan").state == "open"


@pytest.mark.parametrize("kind", ["page", "screen"])
def test_calls_that_have_no_setting_of_their_own_are_not_called_blocked(traced, kind):
    found = traced.trace(None, type=kind, payload={"userId": "u-1"})
    plan = next(one for one in found.findings if one.title == "Tracking plan")
    assert plan.state == "maybe"
    assert f"no setting of its own for {kind} calls" in plan.why


def test_properties_that_the_source_takes_out_are_told(traced):
    settings = {"track": {"allowUnplannedEvents": True, "allowUnplannedEventProperties": False,
                          "allowEventOnViolations": True}}  # fmt: skip
    traced.run("update_schema_settings_in_source", sourceId=WEBSITE, **settings)
    found = traced.trace(payload={"userId": "u-1"})
    plan = next(one for one in found.findings if one.title == "Tracking plan")
    assert plan.state == "maybe"
    assert "properties that are not in its rule are taken out" in plan.why


def test_an_event_without_a_name_is_stopped_by_that_alone(traced):
    found = traced.trace(None, payload={"type": "track", "userId": "u-1"})
    assert [one.title for one in found.findings if one.state == "shut"] == ["Event name"]
    assert not any("not as expected" in one.why for one in found.findings)


def test_a_condition_that_does_not_parse_drops_everything_and_is_told_loudly(traced):
    traced.run(
        "create_filter_for_destination", destinationId=AMPLITUDE, sourceId=WEBSITE, title="Broken", enabled=True,
        actions=[{"type": "DROP"}], **{"if": 'userId = oops"'},
    )  # fmt: skip
    gates = traced.of(AMPLITUDE, payload={"userId": "u-1"})
    state, why = gates["Filter 'Broken'"]
    assert state == "shut"
    assert "DROPS EVERY EVENT" in why
    assert 'column 14: the text that " begins is not closed' in why


def test_a_sample_is_no_certainty_and_fields_that_are_taken_out_are_told(traced):
    for title, action in (("Some", {"type": "SAMPLE", "percent": 0.1}), ("Less", {"type": "DROP_PROPERTIES"})):
        traced.run(
            "create_filter_for_destination", destinationId=AMPLITUDE, sourceId=WEBSITE, title=title, enabled=True,
            actions=[action], **{"if": "type = 'track'"},
        )  # fmt: skip
    gates = traced.of(AMPLITUDE, payload={"userId": "u-1"})
    assert gates["Filter 'Some'"] == ("maybe", "it lets 10.0 % of such events through, drawn at random: type = 'track'")
    assert gates["Filter 'Less'"][0] == "changed"


def test_the_integrations_of_the_event_have_their_say(traced):
    gates = traced.of(AMPLITUDE, payload={"userId": "u-1", "integrations": {"All": False}})
    assert gates["Integrations of the event"] == (
        "shut",
        "the event says All: false, and does not name Amplitude (Actions)",
    )
    named = {"All": False, "Amplitude (Actions)": True}
    gates = traced.of(AMPLITUDE, payload={"userId": "u-1", "integrations": named})
    assert gates["Integrations of the event"][0] == "open"


def test_a_renamed_event_is_judged_by_its_new_name(traced):
    traced.run("update_transformation", transformationId="ft_c4pWwLyTzKQK8HrHvMJDEy",
               **{"if": "event = 'Order Completed'"}, newEventName="Sale")  # fmt: skip
    found = traced.trace(payload={"userId": "u-1"})
    assert any("renames the event to 'Sale'" in one.why for one in found.findings)


def test_a_source_that_is_not_there_is_told_with_those_that_are(traced):
    with pytest.raises(InputError) as raised:
        traced.trace(source="websit")
    assert raised.value.problems[0].message == "no source is called 'websit'"
    assert "website, checkout-service" in (raised.value.hint or "")


def test_a_destination_that_is_not_there_is_told_with_those_that_are(traced):
    with pytest.raises(InputError) as raised:
        traced.trace(destination="Amplitud")
    assert raised.value.problems[0].message == "no destination of 'website' is called 'Amplitud'"
    assert "Amplitude production, Order webhook" in (raised.value.hint or "")


def test_the_write_key_of_the_connection_finds_its_source(traced):
    connection = {**traced.connection, "writeKey": "demo-checkout-write-key"}
    found = traced.connector.investigate("trace", {"event": "Order Completed"}, connection)
    assert found.findings[0].why == "'Checkout service' is switched on"
    assert found.findings[1].state == "open"
    assert "demo-checkout" not in json.dumps(found.to_dict())


def test_what_a_token_may_not_ask_is_told_as_not_known(traced):
    traced.sandbox.fault(path="/public/destination/", status=403, times=100)
    gates = traced.of(AMPLITUDE, payload={"userId": "u-1"})
    assert gates[""][0] == "unknown"
    assert "cannot tell" in gates["Filter"][1]
    assert "403" in gates["Filter"][1]


def test_without_a_permission_for_the_source_nothing_is_made_up(traced):
    traced.sandbox.fault(path="/public/sources", status=403)
    with pytest.raises(CallFailed) as raised:
        traced.trace()
    assert raised.value.result.error.status == 403


def test_twenty_destinations_take_less_than_forty_requests_and_two_seconds(traced):
    for number in range(18):
        traced.run("create_destination", sourceId=WEBSITE, metadataId="64edeb2bee24614fe52ede34", name=f"CRM {number}",
                   settings={}, enabled=True)  # fmt: skip
    seconds = []
    for _ in range(3):  # the machine may be busy with something else
        begun = time.perf_counter()
        found = traced.trace(payload={"userId": "u-1"})
        seconds.append(time.perf_counter() - begun)
    assert min(seconds) < 2
    assert len(found.branches) == 20
    assert found.requests < 40
    assert found.counts() == {"open": 19, "shut": 1}


def test_what_does_not_fit_into_the_requests_is_told_and_not_left_out(traced):
    found = traced.connector.investigate(
        "trace", {"event": "Order Completed", "source": "website"}, traced.connection, most_requests=8
    )
    assert found.requests == 8
    assert any("as 8 requests were made before" in one.why for branch in found.branches for one in branch.findings)


def test_nothing_is_changed_and_nothing_is_sent(traced):
    before = traced.sandbox.state()
    traced.trace(payload={"userId": "u-1"})
    assert traced.sandbox.state() == before
    assert traced.sandbox.events() == []


def test_the_command_shows_a_table_json_and_a_page(traced, tmp_path):
    env = {name: value for name, value in traced.sandbox.environment.items() if "WRITE_KEY" not in name}
    said = cli("trace", "Order Completed", "--source", "website", "--payload", '{"userId": "u-1"}', env=env)
    assert said.code == 0
    assert "✓ Amplitude production" in said.stdout
    assert "1 of 2 destinations would get it, 1 would not" in said.stdout

    page = tmp_path / "trace.html"
    said = cli("trace", "Nope", "--source", "website", "--json", "--strict", "--html", str(page), env=env)
    assert said.code == 3
    assert said.json["state"] == "shut"
    assert said.json["requests"] < 40
    assert "&#39;Nope&#39; is not in the tracking plan" in page.read_text(encoding="utf-8")

    assert cli("trace", "x", "--payload", "{", env=env).code == 2
    assert "FILE|JSON" in cli("trace", "--help").stdout


def test_twenty_destinations_with_subscriptions_are_told_as_far_as_forty_requests_go(traced):
    trigger = {
        "actionId": "jiMz7MfHNeHmUckzRnUGkU",
        "enabled": True,
        "name": "All",
        "trigger": "type = 'track'",
        "settings": {},
    }
    for number in range(19):
        made = traced.run("create_destination", sourceId=WEBSITE, metadataId="5f7dd6d21ad74f3842b1fc47",
                          name=f"Amplitude {number}", settings={}, enabled=True)  # fmt: skip
        traced.run("create_destination_subscription", destinationId=made["destination"]["id"], **trigger)
    found = traced.trace(payload={"userId": "u-1"})
    assert found.requests < 40
    assert found.counts()["open"] >= 10
    # Of the rest it is said that it was not asked, and not that it is open.
    assert set(found.counts()) == {"open", "unknown", "shut"}
    everything = traced.connector.investigate(
        "trace", {"event": "Order Completed", "source": "website", "payload": {"userId": "u-1"}}, traced.connection,
        most_requests=200,
    )  # fmt: skip
    assert everything.counts() == {"open": 20, "shut": 1}
