"""What ``test_connection`` says of each credential, over real HTTP: never more than it can know."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from faultserver import FaultServer, HandClock, Reply, answer, plain_environment, then_reset, unused_port

from segment_connector import ConnectionConfigError, Connector
from segment_connector.call.connection_check import Check, ConnectionReport
from segment_connector.http.transport import NoAnswer

SPECS = Connector.load().specs
PEM = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    .decode()
)  # fmt: skip
OAUTH = {"clientId": "client", "keyId": "key", "privateKey": PEM}
TITLES = ("Write key", "OAuth application", "Public API token", "Profile API access token")
SECRETS = {"writeKey": "wr1te-key", "publicToken": "sgp_t0ken", "profileToken": "pr0file-token"}


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_environment(monkeypatch)


def at(url: str, **given: Any) -> dict[str, Any]:
    return {**given, "servers": {"tracking": f"{url}/v1", "public": url, "profiles": f"{url}/v1", "oauth": url}}


def verdicts(report: ConnectionReport) -> dict[str, str]:
    return {check.title: check.verdict for check in report.checks if check.verdict != "not_given"}


def run(reply: Reply, **given: Any) -> tuple[ConnectionReport, FaultServer, HandClock]:
    """The report on a connection whose servers all give one answer."""
    hand = HandClock()
    with FaultServer(reply) as server:
        report = Connector(SPECS, clock=hand.clock).test_connection(at(server.url, **given))
    return report, server, hand


class TestServersOfItsOwn:
    @pytest.mark.parametrize(
        ("reply", "given", "verdict", "said"),
        [
            (answer({"data": {}}), {"publicToken": "sgp_t0ken"}, "verified", "took it"),
            (answer({"token": "t", "access_token": "t"}), {"oauth": OAUTH}, "verified", "took it"),
            (answer({}), {"writeKey": "wr1te-key"}, "unverifiable", "was reached, which proves nothing"),
        ],
        ids=["public", "oauth", "write key"],
    )
    def test_the_address_is_named_and_no_region(
        self, reply: Reply, given: dict[str, Any], verdict: str, said: str
    ) -> None:
        report, server, _ = run(reply, **given)
        check = only(report)

        assert check.verdict == verdict
        assert check.message.startswith(server.url)
        assert check.message.endswith(f"{said}; Segment itself was not asked.")
        assert "region" not in check.message
        assert report.region is None
        assert report.servers["Public API"] == server.url

    def test_where_some_are_the_regions_own_both_are_named(self) -> None:
        with FaultServer(answer({"data": {}})) as server:
            given = {"region": "eu", "publicToken": "t", "servers": {"public": server.url}}
            report = Connector(SPECS).test_connection(given)
        assert (report.region, report.servers) == ("eu", {"Public API": server.url})


def only(report: ConnectionReport) -> Check:
    """The check of the one credential that was given."""
    (check,) = (check for check in report.checks if check.verdict != "not_given")
    return check


class TestWriteKey:
    @pytest.mark.parametrize("status", [200, 400, 401, 404, 405])
    def test_no_answer_can_verify_one(self, status: int) -> None:
        report, server, _ = run(answer({"success": True}, status), writeKey="wr1te-key")
        assert verdicts(report) == {"Write key": "unverifiable"}
        assert report.ok
        assert "proves nothing" in only(report).message
        assert "debugger" in (only(report).hint or "")
        assert [(seen.method, seen.target) for seen in server.seen] == [("GET", "/v1/")]

    def test_it_is_not_even_sent(self) -> None:
        _, server, _ = run(answer(), writeKey="wr1te-key")
        assert "authorization" not in server.seen[0].headers

    @pytest.mark.parametrize(
        ("reply", "message"),
        [
            (answer(status=503), "answered 503"),
            (answer(status=302, headers={"Location": "http://login.example/"}), "answered 302"),
            (then_reset(), "failed: Connection reset by peer"),
        ],
    )
    def test_a_server_that_was_not_reached_is_a_failure(self, reply: Reply, message: str) -> None:
        report, _, _ = run(reply, writeKey="wr1te-key")
        assert (report.ok, verdicts(report)) == (False, {"Write key": "failed"})
        assert message in only(report).message
        assert only(report).hint


class TestPublicToken:
    def test_the_workspace_it_opens_verifies_it(self) -> None:
        report, server, _ = run(answer({"data": {"workspace": {"id": "w"}}}), publicToken="sgp_t0ken")
        assert (report.ok, verdicts(report)) == (True, {"Public API token": "verified"})
        assert server.seen[0].target == "/"
        assert server.seen[0].headers["authorization"] == "Bearer sgp_t0ken"

    @pytest.mark.parametrize("status", [201, 302, 400, 401, 403, 404, 429, 500])
    def test_another_answer_does_not(self, status: int) -> None:
        report, _, _ = run(answer({"errors": [{"message": "bad token sgp_t0ken"}]}, status), publicToken="sgp_t0ken")
        assert (report.ok, verdicts(report)) == (False, {"Public API token": "failed"})
        assert f"answered {status}" in only(report).message
        assert "sgp_t0ken" not in repr(report)

    def test_the_cure_of_a_refusal_names_the_region(self) -> None:
        assert "region" in (only(run(answer(status=401), publicToken="sgp_t0ken")[0]).hint or "")


class TestProfileToken:
    @pytest.mark.parametrize(
        ("status", "verdict"), [(200, "verified"), (404, "verified"), (401, "failed"), (403, "failed"), (500, "failed")]
    )
    def test_a_profile_that_is_not_there_verifies_it_too(self, status: int, verdict: str) -> None:
        report, server, _ = run(answer({}, status), profileToken="pr0file-token", spaceId="spa_1")
        assert verdicts(report) == {"Profile API access token": verdict}
        assert server.seen[0].target.startswith("/v1/spaces/spa_1/collections/users/profiles/user_id")

    def test_without_the_space_it_cannot_be_tested(self) -> None:
        report, server, _ = run(answer(), profileToken="pr0file-token")
        assert (report.ok, verdicts(report), server.seen) == (False, {}, [])
        assert report.checks[-1].message == "the connection has no spaceId"


class TestOAuth:
    def test_a_token_verifies_it(self) -> None:
        report, server, _ = run(answer({"access_token": "t0ken", "expires_in": 60}), oauth=OAUTH)
        assert (report.ok, verdicts(report)) == (True, {"OAuth application": "verified"})
        assert [seen.target for seen in server.seen] == ["/token"]
        assert "t0ken" not in repr(report)

    @pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
    def test_a_refusal_is_a_failure(self, status: int) -> None:
        report, _, _ = run(answer({"error": "invalid_client"}, status), oauth=OAUTH)
        assert (report.ok, verdicts(report)) == (False, {"OAuth application": "failed"})
        assert f"answered {status}" in only(report).message
        assert "gave an access token" not in only(report).message

    @pytest.mark.parametrize("body", [b"", b"{}", b"<html>"])
    def test_an_answer_without_a_token_is_a_failure(self, body: bytes) -> None:
        report, _, _ = run(answer(body), oauth=OAUTH)
        assert verdicts(report) == {"OAuth application": "failed"}
        assert only(report).message.endswith("answered 200 and gave no access token")

    def test_a_key_that_cannot_sign_is_a_failure(self) -> None:
        report, server, _ = run(answer(), oauth={**OAUTH, "privateKey": "s3cr3t-no-pem"})
        assert (verdicts(report), server.seen) == ({"OAuth application": "failed"}, [])
        assert "private key cannot sign" in only(report).message
        assert "s3cr3t" not in repr(report)

    def test_a_token_of_before_proves_nothing_now(self) -> None:
        connector = Connector(SPECS, clock=HandClock().clock)
        with FaultServer(answer({"access_token": "t0ken", "expires_in": 3600}), answer(status=401)) as server:
            connection = at(server.url, oauth=OAUTH)
            reports = [connector.test_connection(connection) for _ in range(2)]
        assert [only(report).verdict for report in reports] == ["verified", "failed"]


class TestReport:
    def test_every_credential_has_one_verdict(self) -> None:
        report, _, _ = run(answer({"access_token": "t0ken"}), **SECRETS, oauth=OAUTH, spaceId="spa_1")
        assert verdicts(report) == dict(zip(TITLES, ("unverifiable", "verified", "verified", "verified"), strict=True))

    def test_one_failure_spoils_it(self) -> None:
        report, _, _ = run(answer(status=401), **SECRETS, spaceId="spa_1")
        assert not report.ok
        assert set(verdicts(report).values()) == {"unverifiable", "failed"}

    def test_nothing_given_is_nothing_to_be_happy_about(self) -> None:
        report, server, _ = run(answer(), region="eu")
        assert (report.ok, report.region, server.seen) == (False, None, [])
        assert [check.verdict for check in report.checks] == ["not_given"] * 4

    def test_it_can_be_shown_as_json(self) -> None:
        report, _, _ = run(answer(), writeKey="wr1te-key")
        shown = json.loads(json.dumps(report.to_dict()))
        assert (shown["ok"], shown["region"]) == (True, None)
        assert shown["servers"].keys() == {"Tracking API", "Public API", "Profile API", "OAuth token server"}
        assert [check["title"] for check in shown["checks"]] == list(TITLES)

    def test_a_connection_that_is_wrong_in_itself_is_raised(self) -> None:
        with pytest.raises(ConnectionConfigError):
            Connector(SPECS).test_connection({"region": "mars"})


class TestPatience:
    @pytest.mark.parametrize(
        ("reply", "tries"),
        [(answer(status=503), 3), (answer(status=401), 1), (answer(status=429, headers={"Retry-After": "300"}), 1)],
    )
    @pytest.mark.parametrize("given", [{"publicToken": "sgp_t0ken"}, {"oauth": OAUTH}], ids=["token", "oauth"])
    def test_somebody_waits_for_the_verdict(self, reply: Reply, tries: int, given: dict[str, Any]) -> None:
        report, server, hand = run(reply, **given)
        assert not report.ok
        assert len(server.seen) == tries
        assert sum(hand.slept) < 2

    def test_a_second_try_may_succeed(self) -> None:
        with FaultServer(answer(status=503), answer({})) as server:
            report = Connector(SPECS, clock=HandClock().clock).test_connection(at(server.url, publicToken="sgp_t0ken"))
        assert report.ok

    def test_nobody_listens(self) -> None:
        hand = HandClock()
        connection = at(f"http://127.0.0.1:{unused_port()}", **SECRETS, oauth=OAUTH, spaceId="spa_1")
        report = Connector(SPECS, clock=hand.clock).test_connection(connection)
        assert verdicts(report) == dict.fromkeys(TITLES, "failed")
        assert all("Connection refused" in check.message for check in report.checks)
        assert sum(hand.slept) < 8

    def test_retries_can_be_turned_off(self) -> None:
        with FaultServer(answer(status=503)) as server:
            Connector(SPECS, max_retries=0).test_connection(at(server.url, publicToken="sgp_t0ken"))
        assert len(server.seen) == 1


def test_the_time_is_that_of_the_api() -> None:
    asked = []

    def send(_method: str, url: str, *rest: Any) -> Any:
        asked.append(rest[2])
        raise NoAnswer("timeout", sent=True, reason=url)

    Connector(SPECS, send=send, clock=HandClock().clock).test_connection({"publicToken": "sgp_t0ken"})
    assert set(asked) == {SPECS.connector.apis["public"].timeout}
