"""``audit``: what is broken, idle or unguarded in a workspace, as text, JSON and a page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cli_support import cli

from segment_connector import Connector
from segment_connector.investigations.findings import Report
from segment_connector.investigations.findings_page import page_of
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

WEBSITE, AMPLITUDE = "qQEHquLrjRDN9j1ByrChyn", "fP7qoQw2HTWt9WdMr718gn"


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


def told(found: Report, branch: str) -> dict[str, tuple[str, str]]:
    one = next(one for one in found.branches if one.name == branch)
    return {"": (one.state, ""), **{finding.title: (finding.state, finding.why) for finding in one.findings}}


def test_what_is_idle_is_worth_a_look(connector, sandbox):
    found = connector.investigate("audit", {}, sandbox.connection)
    assert told(found, "Salesforce")["Destinations"][0] == "notice"
    assert told(found, "Website")["Destinations"][0] == "fine"
    assert told(found, "Order webhook")[""][0] == "notice"
    assert told(found, "Amplitude production")[""][0] == "fine"


def test_traffic_and_what_was_blocked_are_counted(connector, sandbox):
    for event in ("Order Completed", "Not Planned"):
        connector.run("track", {"event": event, "userId": "u-1"}, sandbox.connection).unwrap()
    website = told(connector.investigate("audit", {}, sandbox.connection), "Website")
    assert website["Events"] == ("fine", "2 came in 7 days")
    assert website["Blocked events"] == ("notice", "1 were kept back in 7 days: blocked.unplanned_event")


def test_failing_deliveries_and_conditions_that_do_not_parse_are_faults(connector, sandbox):
    sandbox.play("delivery_failing", failed=30, delivered=70, reason="timeout")
    connector.run(
        "create_filter_for_destination",
        {"destinationId": AMPLITUDE, "sourceId": WEBSITE, "title": "Broken", "enabled": True, "if": "type == 'track'",
         "actions": [{"type": "DROP"}]},
        sandbox.connection,
    ).unwrap()  # fmt: skip
    found = connector.investigate("audit", {}, sandbox.connection)
    amplitude = told(found, "Amplitude production")
    assert amplitude["Deliveries"] == ("fault", "30 of 100 failed in 7 days (30.0 %)")
    assert "DROPS EVERY EVENT" in amplitude["Filter 'Broken'"][1]
    assert "1 of 7 sources and destinations is broken" in found.verdict


def test_a_page_holds_all_and_escapes_what_others_named(connector, sandbox):
    name = {"sourceId": WEBSITE, "name": "<script>alert(1)</script>"}
    connector.run("update_source", name, sandbox.connection).unwrap()
    page = page_of(connector.investigate("audit", {}, sandbox.connection))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "Order webhook" in page


def test_the_command(sandbox, tmp_path):
    page = tmp_path / "audit.html"
    said = cli("audit", "--json", "--strict", "--html", str(page), env=sandbox.environment)
    assert said.code == 3
    assert said.json["investigation"] == "audit"
    assert {branch["group"] for branch in said.json["branches"]} == {"Sources", "Destinations"}
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    text = cli("audit", env=sandbox.environment)
    assert text.code == 0
    assert "worth a look" in text.stdout
