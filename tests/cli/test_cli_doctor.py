"""``doctor``, and what the program says when nothing is asked of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from email.utils import format_datetime

import pytest
from cli_support import KEY, cli
from faultserver import FaultServer, answer, unused_port

from segment_connector.cli import installation_checks
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Specs()) as sandbox:
        yield sandbox


def test_all_is_well_where_everything_answers(sandbox):
    said = cli("doctor", "--json", env=sandbox.environment)
    assert said.code == 0
    assert said.json["ok"]
    verdicts = {one["title"]: one["verdict"] for one in said.json["checks"]}
    assert verdicts["Python"] == verdicts["specs"] == verdicts["connection"] == "ok"
    assert not any(value in said.stdout for value in sandbox.environment.values() if "sandbox-" in value)


def test_what_is_wrong_is_told_with_its_cure():
    nowhere = f"http://127.0.0.1:{unused_port()}"
    env = {"SEGMENT_WRITE_KEY": KEY, "SEGMENT_TRACKING_URL": nowhere, "SEGMENT_PUBLIC_URL": nowhere}
    env |= {"SEGMENT_PROFILES_URL": nowhere, "SEGMENT_OAUTH_URL": nowhere}
    said = cli("doctor", env=env)
    assert said.code == 1
    assert f"{nowhere} does not answer" in said.stdout
    assert "check the network, the name server and the firewall for this host" in said.stdout
    assert KEY not in said.stdout + said.stderr


def test_a_connection_that_is_wrong_is_one_of_the_findings():
    said = cli("doctor", "--offline", env={"SEGMENT_REGION": "mars"})
    assert said.code == 1
    assert "SEGMENT_REGION" in said.stdout
    assert "1 problem" in said.stdout


def test_without_a_network_and_a_credential_it_says_how_to_begin():
    said = cli("doctor", "--offline")
    assert said.code == 0
    assert "'segment-connector login' stores one; 'segment-connector sandbox' needs none" in said.stdout


def test_a_clock_that_is_wrong_is_a_warning():
    slow = format_datetime(dt.datetime.now(dt.timezone.utc) - dt.timedelta(hours=1), usegmt=True)
    with FaultServer(*[answer(b"{}", 404, {"Date": slow})] * 8) as server:
        env = dict.fromkeys(
            ("SEGMENT_TRACKING_URL", "SEGMENT_PUBLIC_URL", "SEGMENT_PROFILES_URL", "SEGMENT_OAUTH_URL"), server.url
        )
        said = cli("doctor", env={**env, "SEGMENT_WRITE_KEY": KEY})
    assert "this clock is 3,60" in said.stdout
    assert "ahead of it" in said.stdout


def test_a_proxy_is_told_without_its_password():
    said = cli("doctor", "--offline", env={"HTTPS_PROXY": "http://ada:s3cret@proxy.example:3128"})
    assert "HTTPS_PROXY: requests go by http://proxy.example:3128" in said.stdout
    assert "s3cret" not in said.stdout


def test_extras_that_are_not_installed_are_told_with_the_command(monkeypatch):
    there = installation_checks._has
    monkeypatch.setattr(installation_checks, "_has", lambda name: name != "redis" and there(name))
    said = cli("doctor", "--offline")
    assert (
        "not installed: redis (where one is needed: pip install 'segment-connector[redis]', or some of them)"
        in said.stdout
    )


def test_a_package_that_was_not_installed_is_told(monkeypatch):
    monkeypatch.setattr(installation_checks, "_DISTRIBUTION", "segment-connector-that-nobody-installed")
    assert "was not installed, so its extras are not known" in cli("doctor", "--offline").stdout


def test_nothing_asked_shows_the_ways_to_begin():
    said = cli()
    assert said.code == 0
    shown = said.stdout.splitlines()
    for title in ("Send an event", "Import a file", "Look at my workspace", "Give it to an agent"):
        at = shown.index(f"  {title}")
        assert shown[at + 1].startswith("    segment-connector ")
    assert "'segment-connector --help' lists all commands." in said.stdout


def test_the_commands_that_it_shows_are_commands():
    from segment_connector.cli import main

    shown = [line.split() for line in cli().stdout.splitlines() if line.startswith("    segment-connector ")]
    assert {words[1] for words in shown} <= set(main.list_commands(None))
