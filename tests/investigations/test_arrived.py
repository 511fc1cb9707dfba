"""``arrived`` and ``run --confirm``: evidence, what it proves, and never more than that."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from cli_support import cli

from segment_connector import Connector, InputError
from segment_connector.clock import machine_clock
from segment_connector.investigations.findings import Report
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox


@pytest.fixture(scope="module")
def served(specs: Specs) -> Iterator[Sandbox]:
    with Sandbox(specs) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    served.clear()
    return served


@pytest.fixture
def connector(specs: Specs) -> Connector:
    return Connector(specs, max_retries=0)


def sent(connector: Connector, sandbox: Sandbox, name: str = "track", **inputs: Any) -> Report:
    """What is known of a call that is made now."""
    who = {} if "userId" in inputs else {"anonymousId": "a-1"}  # of whom no profile can be asked
    given = {"event": "Order Completed", **who, **inputs} if name == "track" else inputs
    begun = machine_clock().timestamp()
    result = connector.run(name, given, sandbox.connection)
    assert result.ok
    return connector.confirm(result, given, sandbox.connection, begun)


def states(found: Report) -> dict[str, str]:
    return {one.title: one.state for one in found.findings}


def test_what_was_counted_is_seen_and_each_destination_tells_its_own(connector, sandbox):
    found = sent(connector, sandbox)
    assert found.state == "seen"
    assert [(one.name, one.state) for one in found.branches] == [("Amplitude production", "seen")]


def test_what_others_send_too_proves_nothing_of_one_event(connector, sandbox):
    connector.run("track", {"event": "Order Completed", "userId": "u-9"}, sandbox.connection)
    found = sent(connector, sandbox)
    assert found.state == "likely"
    assert "counts cannot tell whether yours is among them" in found.verdict
    assert all(one.state != "seen" for one in found.branches)


def test_nothing_is_called_delivered_without_a_count(connector, sandbox):
    found = sent(connector, sandbox, userId="anna@example.com")
    (branch,) = found.branches
    assert branch.state == "unseen"
    assert [one.why for one in branch.findings if one.state == "unseen"] == [
        "1 were held back: filtered.destination_filter"
    ]


def test_an_event_that_the_source_blocks_is_told_with_its_reason(connector, sandbox):
    found = sent(connector, sandbox, event="Not Planned")
    kept = next(one for one in found.findings if one.title == "Kept back at the source")
    assert kept.why == "1 got no further: blocked.unplanned_event"
    assert [one.state for one in found.branches] == ["unknown"]


def test_a_batch_is_looked_for_as_a_whole(connector, sandbox):
    batch = [{"type": "track", "event": "Order Completed", "userId": f"u-{n}"} for n in range(3)]
    found = sent(connector, sandbox, "batch", batch=batch)
    assert found.state == "seen"
    assert "Segment counted 3" in next(one.why for one in found.findings if one.title == "Received")


def test_what_nobody_sent_has_no_evidence(connector, sandbox):
    found = connector.investigate("arrived", {"event": ["Order Completed"]}, sandbox.connection)
    assert (found.state, found.verdict) == ("unseen", "There is no evidence that it arrived.")


def test_one_event_is_proved_by_its_profile_alone(connector, sandbox):
    asked = {"messageId": "022bb90c-bbac-11e4-8dfc-aa07a5b093db", "event": ["Order Completed"], "user": "97980cfea0067"}
    found = connector.investigate("arrived", asked, sandbox.connection)
    assert states(found)["This very event"] == "seen"
    assert found.verdict.startswith("It arrived: the profile holds this very event.")
    other = connector.investigate("arrived", {**asked, "messageId": "m-1"}, sandbox.connection)
    assert states(other)["This very event"] == "unknown"


def test_what_may_not_be_asked_is_told(connector, sandbox):
    sandbox.fault(path="/public/events/volume", status=403, times=10)
    found = sent(connector, sandbox)
    assert found.state == "unknown"
    assert "403" in next(one.why for one in found.findings if one.title == "Received")


@pytest.mark.parametrize("since", ["yesterday", "10 weeks", "2026-13-01T00:00:00Z"])
def test_an_instant_that_is_none_is_refused(connector, sandbox, since):
    with pytest.raises(InputError) as raised:
        connector.investigate("arrived", {"since": since}, sandbox.connection)
    assert raised.value.problems[0].field == "since"
    assert "is not a valid time" in raised.value.problems[0].message
    assert "10m" in (raised.value.hint or "")


def test_what_is_not_seen_yet_is_looked_for_again_until_it_is(specs, sandbox):
    waits: list[float] = []
    connector = Connector(specs, max_retries=0)

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            connector.run("track", {"event": "Order Completed", "userId": "u-1"}, sandbox.connection)

    connector = Connector(specs, clock=replace(machine_clock(), sleep=sleep), max_retries=0)
    found = connector.investigate("arrived", {"event": ["Order Completed"]}, sandbox.connection, wait=100)
    assert (found.state, waits) == ("seen", [15, 15])

    waits = [0.0] * 3
    sandbox.clear()
    found = connector.investigate("arrived", {"event": ["Order Completed"]}, sandbox.connection, wait=40)
    assert (found.state, waits[3:]) == ("unseen", [15, 15, 10])


def test_what_has_no_arrival_cannot_be_confirmed(connector, sandbox):
    with pytest.raises(InputError, match="nothing can confirm what 'list_sources' does"):
        connector.check_confirms("list_sources")


def test_the_commands(sandbox):
    env = sandbox.environment
    said = cli("run", "track", "-p", "event=Order Completed", "-p", "userId=u-1", "--confirm", "--wait", "0", env=env)
    assert said.code == 0
    assert "Did it arrive?" in said.stdout
    assert "✓  This very event" in said.stdout

    said = cli("arrived", "--event", "Order Completed", "--since", "5m", "--json", "--strict", env=env)
    assert said.code == 0
    assert said.json["state"] == "seen"

    only_sends = {name: value for name, value in env.items() if "PUBLIC_TOKEN" not in name}
    said = cli("run", "track", "-p", "event=A", "-p", "userId=u", "--confirm", "--json", env=only_sends)
    assert said.code == 0
    assert said.json["arrival"]["state"] == "unknown"
    assert "cannot tell" in said.json["arrival"]["verdict"]

    assert cli("run", "list_sources", "--confirm", env=env).code == 2
    assert cli("run", "list_sources", "--all", "--confirm", env=env).code == 2


def test_a_minute_is_asked_for_where_minutes_are_kept(connector, sandbox):
    long_ago = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=3)).isoformat()
    for since, total in (("10m", 1), ("2h", 1), (long_ago, 1)):
        sandbox.clear()
        connector.run("track", {"event": "Order Completed", "userId": "u-1"}, sandbox.connection)
        found = connector.investigate("arrived", {"event": ["Order Completed"], "since": since}, sandbox.connection)
        assert f"counted {total} since" in found.findings[0].why
