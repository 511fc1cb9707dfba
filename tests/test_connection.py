"""The connection: what it may hold, what is said of one that is wrong, and that it never shows a secret."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from segment_connector import ConnectionConfigError, Connector
from segment_connector.connection import Connection, Connections
from segment_connector.http.auth import schemes_of
from segment_connector.redact import MASK

SPECS = Connector.load().specs
SPEC = SPECS.connector
KEY = "wr1te-key~of+the/source"
OAUTH = {
    "clientId": "client-id",
    "keyId": "key-id",
    "privateKey": "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----",
}


def check(given: Any) -> Connection:
    return Connections(SPEC).check(given)


def problems(given: Any) -> list[tuple[str, str | None]]:
    with pytest.raises(ConnectionConfigError) as caught:
        check(given)
    return [(problem.code, problem.field) for problem in caught.value.problems]


def refusal(given: Any) -> str:
    with pytest.raises(ConnectionConfigError) as caught:
        check(given)
    return str(caught.value)


class TestRegion:
    @pytest.mark.parametrize(
        ("given", "region", "server"),
        [
            ({}, "us", "https://api.segment.io/v1"),
            ({"region": "us"}, "us", "https://api.segment.io/v1"),
            ({"region": "eu"}, "eu", "https://events.eu1.segmentapis.com/v1"),
        ],
    )
    def test_it_chooses_the_server(self, given: dict[str, Any], region: str, server: str) -> None:
        connection = check(given)
        assert connection.region == region
        assert connection.server(SPEC.apis["tracking"]) == server

    @pytest.mark.parametrize("region", [None, "", "mars", "US", "eu ", 1, True, ["us"], {"us": 1}])
    def test_another_one_is_refused(self, region: Any) -> None:
        assert ("enum", "region") in problems({"region": region})

    def test_the_refusal_names_the_regions(self) -> None:
        assert "must be one of us, eu" in refusal({"region": "mars"})
        assert "did you mean 'eu'?" in refusal({"region": "EU"})


class TestServers:
    @pytest.mark.parametrize(
        "address",
        ["http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1/", "https://proxy.example.com/a/b", "http://[::1]:80"],
    )
    def test_an_address_replaces_that_of_the_region(self, address: str) -> None:
        connection = check({"region": "eu", "servers": {"tracking": address}})
        assert connection.server(SPEC.apis["tracking"]) == address.rstrip("/")
        assert connection.server(SPEC.apis["public"]) == "https://eu1.api.segmentapis.com"

    @pytest.mark.parametrize(
        "address",
        [
            "", "proxy.example.com", "//proxy.example.com", "ftp://proxy.example.com", "http://", "https:///v1", "http://:80",
            "http://a b", "http://a\n.example", "http://a/\r\nX-Evil: yes", "http://a:port", "http://a:99999", "http://a\\b",
            "http://user:s3cr3t@a", "http://user@a", "http://a/?key=s3cr3t", "http://a?", "http://a/#b",
            "http://[::zz]", None, 5,
        ],
    )  # fmt: skip
    def test_what_is_no_address_is_refused(self, address: Any) -> None:
        found = problems({"servers": {"tracking": address}})
        assert {field for _, field in found} == {"servers.tracking"}
        text = refusal({"servers": {"tracking": address}})
        assert "https://proxy.example.com/v1" in text or "must be text" in text
        assert "s3cr3t" not in text

    def test_an_api_that_is_none_is_refused(self) -> None:
        assert problems({"servers": {"trackin": "http://a"}}) == [("unknown", "servers.trackin")]
        assert "did you mean 'tracking'?" in refusal({"servers": {"trackin": "http://a"}})


class TestCredentials:
    @pytest.mark.parametrize("name", ["writeKey", "publicToken", "profileToken"])
    @pytest.mark.parametrize(
        "value",
        [
            "",
            "s3cr3t\n",
            "\ns3cr3t",
            "s3c r3t",
            "s3cr3t\t",
            "s3cr3t\r\nX-Evil: yes",
            "s3cr3tł",
            "s3cr3t\x00",
            None,
            5,
            b"s3cr3t",
            ["s3cr3t"],
        ],
    )
    def test_one_that_no_header_can_carry_is_refused_and_not_shown(self, name: str, value: Any) -> None:
        assert {field for _, field in problems({name: value})} == {name}
        assert "s3c" not in refusal({name: value})

    def test_the_refusal_says_what_to_do(self) -> None:
        assert "copy the write key again, without spaces or line breaks" in refusal({"writeKey": "s3cr3t "})

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({"writekey": "s3cr3t"}, "did you mean 'writeKey'"),
            ({"write_key": "s3cr3t"}, "did you mean 'writeKey'"),
            ({"publictoken": "s3cr3t"}, "did you mean 'publicToken'"),
            ({"oauth": {**OAUTH, "privatekey": "s3cr3t"}}, "did you mean 'privateKey'"),
            ({"zzz": "s3cr3t"}, "known: region, writeKey"),
        ],
    )
    def test_a_member_that_is_none_is_refused_with_those_that_are_near(
        self, given: dict[str, Any], expected: str
    ) -> None:
        assert expected in refusal(given)
        assert "s3cr3t" not in refusal(given)

    @pytest.mark.parametrize("missing", ["clientId", "keyId", "privateKey"])
    def test_a_part_of_oauth_that_is_missing_is_named(self, missing: str) -> None:
        given = {name: value for name, value in OAUTH.items() if name != missing}
        assert problems({"oauth": given}) == [("required", f"oauth.{missing}")]

    @pytest.mark.parametrize("given", [None, [], "wr1te", 5, [["writeKey", KEY]]])
    def test_what_is_no_mapping_is_refused(self, given: Any) -> None:
        assert problems(given) == [("type", None)]

    def test_every_problem_is_named_at_once(self) -> None:
        given = {"region": "mars", "writeKey": "a b", "servers": {"public": "x"}, "zzz": 1}
        assert {field for _, field in problems(given)} == {"region", "writeKey", "servers.public", "zzz"}


class TestScheme:
    @pytest.mark.parametrize(
        ("api", "given", "scheme"),
        [
            ("tracking", {"writeKey": KEY}, "write_key"),
            ("tracking", {"writeKey": KEY, "writeKeyInBody": False}, "write_key"),
            ("tracking", {"writeKey": KEY, "writeKeyInBody": True}, "write_key_in_body"),
            ("tracking", {"writeKey": KEY, "oauth": OAUTH}, "oauth"),
            ("tracking", {"writeKey": KEY, "oauth": OAUTH, "writeKeyInBody": True}, "oauth"),
            ("public", {"publicToken": "sgp_token", "writeKey": KEY, "oauth": OAUTH}, "public_token"),
            ("profiles", {"profileToken": "token", "writeKey": KEY}, "profile_token"),
            ("oauth", {}, None),
        ],
    )
    def test_the_first_one_that_the_connection_can_serve_is_chosen(
        self, api: str, given: dict[str, Any], scheme: str | None
    ) -> None:
        chosen = Connections(SPEC).scheme(SPEC.apis[api], check(given))
        assert (chosen and chosen.id) == scheme

    @pytest.mark.parametrize(
        ("api", "given", "field", "where"),
        [
            ("tracking", {}, "writeKey", "Settings > API Keys"),
            ("tracking", {"publicToken": "sgp_token"}, "writeKey", "Settings > API Keys"),
            ("tracking", {"writeKeyInBody": True}, "writeKey", "Settings > API Keys"),
            ("tracking", {"oauth": OAUTH}, "writeKey", "Settings > API Keys"),
            ("public", {"writeKey": KEY}, "publicToken", "Access Management > Tokens"),
            ("profiles", {"writeKey": KEY}, "profileToken", "Unify settings > API Access"),
        ],
    )
    def test_one_that_is_missing_is_named_with_where_to_get_it(
        self, api: str, given: dict[str, Any], field: str, where: str
    ) -> None:
        with pytest.raises(ConnectionConfigError) as caught:
            Connections(SPEC).scheme(SPEC.apis[api], check(given))
        assert (caught.value.code, caught.value.field) == ("missing_credential", field)
        assert where in (caught.value.hint or "")
        assert Connections(SPEC).scheme(SPEC.apis[api], check(given), need=False) is None

    @pytest.mark.parametrize(
        ("scheme", "headers", "body", "shown"),
        [
            (
                "write_key",
                {"Authorization": f"Basic {base64.b64encode(f'{KEY}:'.encode()).decode()}"},
                {},
                "Basic ********",
            ),
            ("write_key_in_body", {}, {"writeKey": KEY}, None),
            ("oauth", {"Authorization": "Bearer the-token"}, {"writeKey": KEY}, "Bearer ********"),
            ("public_token", {"Authorization": "Bearer sgp_token"}, {}, "Bearer ********"),
            (
                "profile_token",
                {"Authorization": f"Basic {base64.b64encode(b'profile:').decode()}"},
                {},
                "Basic ********",
            ),
        ],
    )
    def test_each_signs_in_its_own_way(
        self, scheme: str, headers: dict[str, str], body: dict[str, str], shown: str | None
    ) -> None:
        connection = check({"writeKey": KEY, "publicToken": "sgp_token", "profileToken": "profile", "oauth": OAUTH})
        chosen = schemes_of(SPEC)[scheme]
        credential = chosen.added(lambda name: connection.get(name) or "the-token")
        assert (credential.headers, credential.body) == (headers, body)
        assert chosen.shown().headers.get("Authorization") == shown
        assert chosen.shown().body == dict.fromkeys(body, MASK)
        assert KEY not in repr(credential)


FULL = {"writeKey": KEY, "publicToken": "sgp_s3cr3t", "profileToken": "pr0file", "oauth": OAUTH, "spaceId": "spa_1"}


class TestSecrets:
    def test_they_are_known(self) -> None:
        assert check(FULL).secrets == {KEY, "sgp_s3cr3t", "pr0file", OAUTH["privateKey"]}

    def test_a_connection_does_not_show_them(self) -> None:
        shown = f"{check(FULL)!r} {check(FULL)}"
        assert not [secret for secret in (KEY, "s3cr3t", "pr0file", "MIIEvQ", "BEGIN") if secret in shown]

    def test_templates_cannot_see_them(self) -> None:
        assert check(FULL).public == {"region": "us", "spaceId": "spa_1"}

    def test_a_plan_does_not_show_them(self) -> None:
        request = Connector(SPECS).plan(
            "track", {"event": f"Used {KEY}", "userId": "u-1"}, {**FULL, "writeKeyInBody": True}
        )
        assert KEY not in f"{request!r} {request} {json.dumps(request.to_dict())}"
        assert request.to_dict()["body"]["event"] == "Used ********"


class TestCache:
    def test_a_connection_that_changed_is_checked_again(self) -> None:
        connections = Connections(SPEC)
        given: dict[str, Any] = {"writeKey": KEY, "region": "us"}
        assert connections.check(given).region == "us"
        given["region"] = "eu"
        assert connections.check(given).region == "eu"
        given["region"] = "mars"
        with pytest.raises(ConnectionConfigError):
            connections.check(given)

    def test_the_same_connection_is_checked_once(self) -> None:
        connections = Connections(SPEC)
        assert connections.check({"writeKey": KEY}) is connections.check({"writeKey": KEY})

    def test_many_connections_do_not_pile_up(self) -> None:
        connections = Connections(SPEC)
        first = connections.check({"writeKey": "key-0"})
        for number in range(1, 1000):
            assert connections.check({"writeKey": f"key-{number}"}).get("writeKey") == f"key-{number}"
        assert connections.check({"writeKey": "key-0"}) is not first


class TestEnvironment:
    def test_every_variable_has_its_place(self) -> None:
        environ = {
            "SEGMENT_REGION": "eu", "SEGMENT_WRITE_KEY": KEY, "SEGMENT_PUBLIC_TOKEN": "sgp",
            "SEGMENT_PROFILE_TOKEN": "prof", "SEGMENT_SPACE_ID": "spa_1",
            "SEGMENT_TRACKING_URL": "http://a/v1", "SEGMENT_PUBLIC_URL": "http://b",
            "SEGMENT_PROFILES_URL": "http://c/v1", "SEGMENT_OAUTH_URL": "http://d", "HOME": "/root", "PATH": "/bin",
        }  # fmt: skip
        given = Connector(SPECS).connection_from_environment(environ)
        assert given == {
            "region": "eu", "writeKey": KEY, "publicToken": "sgp", "profileToken": "prof", "spaceId": "spa_1",
            "servers": {"tracking": "http://a/v1", "public": "http://b", "profiles": "http://c/v1", "oauth": "http://d"},
        }  # fmt: skip
        assert check(given).region == "eu"

    def test_what_is_not_set_is_not_there(self) -> None:
        connector = Connector(SPECS)
        assert connector.connection_from_environment({}) == {}
        assert connector.connection_from_environment({"SEGMENT_REGION": "", "SEGMENT_WRITE_KEY": KEY}) == {
            "writeKey": KEY
        }

    def test_a_value_that_is_wrong_is_refused_by_its_place(self) -> None:
        given = Connector(SPECS).connection_from_environment({"SEGMENT_REGION": "mars", "SEGMENT_WRITE_KEY": "a b"})
        assert {field for _, field in problems(given)} == {"region", "writeKey"}

    def test_a_value_of_broken_bytes_is_refused(self) -> None:
        given = Connector(SPECS).connection_from_environment(
            {"SEGMENT_WRITE_KEY": b"k\xff".decode("utf-8", "surrogateescape")}
        )
        assert problems(given) == [("json", "writeKey")]
