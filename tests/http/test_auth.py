"""The ways to sign a request: what each adds, what of it is shown, and how the sandbox judges it."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import second
from faultserver import FaultServer, Seen, answer, plain_environment

from segment_connector import Connector, SpecError, checks
from segment_connector.call.curl import curl_command
from segment_connector.http.auth import SCHEMES
from segment_connector.http.auth.oauth2 import CLIENTS
from segment_connector.redact import forms
from segment_connector.sandbox import Sandbox

USER, SECRET = "an-account", "s3cr3t&+/ ü"
PARCEL = {"city": "Bern", "tags": ["a", "b"]}
TEXT = {"type": "string", "secret": True, "title": "Secret", "description": "What signs."}
PROPERTIES = {"account": {**TEXT, "secret": False}, "apiKey": {**TEXT, "env": "PARCELS_API_KEY"}, "secret": TEXT}
KEY = {"apiKey": SECRET}
BOTH = {"account": USER, "secret": SECRET}
TOKENS = {
    "title": "Token server", "servers": "https://tokens.example",
    "simulate": {"mount": "/tokens", "answers": "tokens"},
}  # fmt: skip
CLIENT = {"type": "oauth2", "api": "tokens", "client_id": "account", "client_secret": "secret"}
IN_BODY = {**CLIENT, "client_auth": "client_secret_post"}
IN_HEADER = {"type": "apiKey", "in": "header", "name": "X-API-Key", "key": "apiKey"}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_environment(monkeypatch)


def signed_by(root: Path, scheme: dict[str, Any], **members: Any) -> Connector:
    """The second connector with a way to sign of its own."""
    data: Any = second.yaml_loader.read(second.SECOND / "connector.yaml")
    apis = {**data["apis"], "tokens": TOKENS}
    connection = {"properties": PROPERTIES}
    return second.connector(root, auth={"key": scheme}, apis=apis, connection=connection, **members)


def signing(seen: Seen) -> dict[str, str]:
    """The headers of a request that can sign it."""
    return {name: seen.headers[name.lower()] for name in ("X-API-Key", "Authorization") if name.lower() in seen.headers}


def encoded(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


# RFC 7617 and RFC 6750 for the headers; OpenAPI's security schemes for where a key stands.
WAYS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, str], str, str]] = {
    "key in a header": (
        IN_HEADER, {"apiKey": "k-1234567"},
        {"X-API-Key": "k-1234567"}, "", "city=Bern&tag=a&tag=b",
    ),
    "key in the query": (
        {"type": "apiKey", "in": "query", "name": "api_key", "key": "apiKey"}, KEY,
        {}, "?api_key=s3cr3t%26%2B%2F%20%C3%BC", "city=Bern&tag=a&tag=b",
    ),
    "key in the body": (
        {"type": "apiKey", "in": "body", "name": "key", "key": "apiKey"}, KEY,
        {}, "", "city=Bern&tag=a&tag=b&key=s3cr3t%26%2B%2F%20%C3%BC",
    ),
    "user and password": (
        {"type": "basic", "username": "account", "password": "secret"}, BOTH,
        {"Authorization": encoded(f"{USER}:{SECRET}")}, "", "city=Bern&tag=a&tag=b",
    ),
    "user alone": (
        {"type": "basic", "username": "apiKey"}, KEY,
        {"Authorization": encoded(f"{SECRET}:")}, "", "city=Bern&tag=a&tag=b",
    ),
    "password alone": (
        {"type": "basic", "password": "secret"}, {"secret": SECRET},
        {"Authorization": encoded(f":{SECRET}")}, "", "city=Bern&tag=a&tag=b",
    ),
    "bearer token": (
        {"type": "bearer", "token": "apiKey"}, {"apiKey": "k-1234567"},
        {"Authorization": "Bearer k-1234567"}, "", "city=Bern&tag=a&tag=b",
    ),
    "bearer token and a member of the body": (
        {"type": "bearer", "token": "apiKey", "body": {"account": "secret"}},
        {"apiKey": "k-1234567", "secret": "s3cr3t"},
        {"Authorization": "Bearer k-1234567"}, "", "city=Bern&tag=a&tag=b&account=s3cr3t",
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_request_is_signed(tmp_path: Path, way: str) -> None:
    scheme, connection, headers, query, body = WAYS[way]
    with FaultServer(answer({"parcel": {"id": "p-1"}}, 201)) as server:
        result = signed_by(tmp_path, scheme).run(
            "create_parcel", PARCEL, {**connection, "servers": {"main": server.url}}
        )
        (seen,) = server.seen

    assert result.ok
    assert signing(seen) == headers
    assert (seen.target, seen.body.decode()) == (f"/parcels{query}", body)


@pytest.mark.parametrize("way", WAYS)
def test_no_view_of_a_request_shows_what_signs_it(tmp_path: Path, way: str) -> None:
    scheme, connection, *_ = WAYS[way]
    connector = signed_by(tmp_path, scheme)
    request = connector.plan("create_parcel", PARCEL, connection)
    chosen = connector.caller.schemes["key"]
    curl = curl_command(connector.spec, request, chosen)
    shown = str(request.to_dict(chosen.shown()))

    spellings = [form for one in connection.values() if one != USER for form in forms([one])]
    assert not [one for one in spellings if one in shown or one in curl or one in repr(chosen)]
    assert "********" in shown


@pytest.mark.parametrize("way", WAYS)
def test_the_sandbox_takes_what_is_signed_rightly_and_nothing_else(tmp_path: Path, way: str) -> None:
    scheme, connection, *_ = WAYS[way]
    connector = signed_by(tmp_path, scheme)
    with Sandbox(connector.specs, credentials=connection) as sandbox:
        right = {**sandbox.connection, **connection}
        assert connector.run("create_parcel", PARCEL, right).ok
        assert connector.run("list_parcels", {}, right).ok == ("body" not in (scheme.get("in"), *scheme))
        for name in connection:
            refused = connector.run("create_parcel", PARCEL, {**right, name: "another"})
            assert (refused.error and refused.error.status) == 401, name


@pytest.mark.parametrize("way", WAYS)
def test_a_curl_command_sends_the_same_request(tmp_path: Path, way: str) -> None:
    scheme, connection, headers, query, body = WAYS[way]
    connector = signed_by(tmp_path, scheme)
    with FaultServer(answer({"parcel": {}}, 201)) as server:
        request = connector.plan("create_parcel", PARCEL, {**connection, "servers": {"main": server.url}})
        command = curl_command(connector.spec, request, connector.caller.schemes["key"])
        variables = {"PARCELS_API_KEY": "apiKey", "SECRET": "secret", "ACCOUNT": "account"}
        given = {variable: connection[name] for variable, name in variables.items() if name in connection}
        subprocess.run(["sh", "-c", command], env={"PATH": "/usr/bin:/bin", "NO_PROXY": "*", **given}, check=True,
                       capture_output=True)  # fmt: skip
        (seen,) = server.seen

    assert signing(seen) == headers
    for sent, wanted in ((seen.target.partition("?")[2], query[1:]), (seen.body.decode(), body)):
        assert parse_qsl(sent) == parse_qsl(wanted)  # curl writes %2f where others write %2F


# OAuth clients with a secret


@pytest.mark.parametrize("how", ["client_secret_post", "client_secret_basic"])
def test_a_client_with_a_secret_fetches_a_token_once(tmp_path: Path, how: str) -> None:
    connector = signed_by(tmp_path, {**CLIENT, "client_auth": how, "default_scope": "parcels"})
    with Sandbox(connector.specs, credentials=BOTH) as sandbox:
        connection = {**sandbox.connection, **BOTH}
        assert connector.run("list_parcels", {}, connection).ok
        assert connector.run("list_parcels", {}, connection).ok
        wrong = connector.run("list_parcels", {}, {**connection, "secret": "another"})

    assert wrong.error is not None
    assert (wrong.error.status, wrong.error.message) == (400, "the Token server answered 400: no access token")


@pytest.mark.parametrize(
    ("how", "header", "form"),
    [
        ("client_secret_post", None, "&client_id=an-account&client_secret=s3cr3t%26%2B%2F+%C3%BC"),
        # RFC 6749, 2.3.1: both are form-encoded before they become user and password.
        ("client_secret_basic", encoded("an-account:s3cr3t%26%2B%2F+%C3%BC"), ""),
    ],
)
def test_how_a_client_shows_its_secret(tmp_path: Path, how: str, header: str | None, form: str) -> None:
    connector = signed_by(tmp_path, {**CLIENT, "client_auth": how})
    token = answer({"access_token": "the-token", "expires_in": 60})
    with FaultServer(token) as tokens, FaultServer(answer({"parcels": []})) as main:
        servers = {"main": main.url, "tokens": tokens.url}
        assert connector.run("list_parcels", {}, {**BOTH, "servers": servers}).ok
        (asked,), (seen,) = tokens.seen, main.seen

    assert (asked.headers.get("authorization"), asked.body.decode()) == (header, f"grant_type=client_credentials{form}")
    assert seen.headers["authorization"] == "Bearer the-token"


def test_a_token_that_is_refused_is_fetched_anew(tmp_path: Path) -> None:
    scheme = {**CLIENT, "client_auth": "client_secret_post", "retry_statuses": {"401": "retry"}}
    connector = signed_by(tmp_path, scheme)
    first, again = (answer({"access_token": token, "expires_in": 60}) for token in ("first", "again"))
    with FaultServer(first, again) as tokens, FaultServer(answer({}, 401), answer({"parcels": []})) as main:
        servers = {"main": main.url, "tokens": tokens.url}
        assert connector.run("list_parcels", {}, {**BOTH, "servers": servers}).ok
        assert [seen.headers["authorization"] for seen in main.seen] == ["Bearer first", "Bearer again"]


# What is not a scheme


@pytest.mark.parametrize(
    ("scheme", "member", "message"),
    [
        ({"type": "digest"}, "type", "must be one of apiKey, basic, bearer, oauth2"),
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, "key", "'key' is missing"),
        ({"type": "apiKey", "key": "apiKey", "name": "X-Key"}, "in", "'in' is missing"),
        ({**IN_HEADER, "in": "cookie"}, "in", "must be one of header, query, body"),
        ({**IN_HEADER, "name": "X Key"}, "name", "'X Key' is not a header for a key"),
        (
            {"type": "apiKey", "key": "apiKey", "name": "k", "in": "query", "body": {"k": "apiKey"}},
            "body", "a key goes in one place, and this one is 'in: query'",
        ),
        ({"type": "basic"}, "username", "'username' and 'password' are missing"),
        ({"type": "basic", "token": "apiKey"}, "token", "the language has no 'token' here"),
        ({"type": "bearer", "token": "apiKey", "in": "header"}, "in", "the language has no 'in' here"),
        ({**CLIENT, "client_auth": "none"}, "client_auth", "must be one of private_key_jwt, client_secret_post"),
        ({**CLIENT, "client_auth": "private_key_jwt"}, "client_secret", "'client_secret' has no meaning here"),
        (
            {"type": "oauth2", "api": "tokens", "client_id": "account", "client_auth": "client_secret_post"},
            "client_secret", "'client_secret' is missing",
        ),
        ({**IN_BODY, "api": "token"}, "api", "'token' is not described in this file"),
        ({"type": "bearer", "token": "apikey"}, "token", "the connection has no property 'apikey'"),
        ({"type": "bearer", "token": "account"}, "token", "'account' signs requests, but the connection does not"),
    ],
)  # fmt: skip
def test_what_is_no_scheme_is_told_with_line_and_cure(
    tmp_path: Path, scheme: dict[str, Any], member: str, message: str
) -> None:
    signed_by(tmp_path, scheme)
    file = tmp_path / "second" / "connector.yaml"
    found = [
        problem for problem in checks.run(tmp_path / "second")
        if problem.field == f"auth.key.{member}" and problem.message.startswith(message)
    ]  # fmt: skip

    assert [problem.path for problem in found] == [str(file)]
    assert found[0].hint
    first = file.read_text(encoding="utf-8").splitlines().index(' "auth": {') + 1
    assert (found[0].line or 0) > first


def test_a_scheme_that_is_none_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    connector = signed_by(tmp_path, {"type": "digest"})
    with pytest.raises(SpecError, match="there is apiKey, basic, bearer, oauth2"):
        connector.plan("list_parcels", {}, KEY)


def test_every_kind_is_in_the_language(connector: Connector) -> None:
    schemas = connector.specs.root / "schemas"
    language, entry = (
        json.loads((schemas / f"{name}.schema.json").read_text("utf-8")) for name in ("connector", "entry")
    )
    described = language["$defs"]["scheme"]["properties"]
    members = {item.name.rstrip("_") for kind in SCHEMES.values() for item in fields(kind) if item.init}

    assert described["type"]["enum"] == list(SCHEMES)
    assert described["client_auth"]["enum"] == list(CLIENTS)
    assert described.keys() == members - {"id"} | {"type"}
    assert f'"enum": {json.dumps(list(SCHEMES))}' in json.dumps(entry)


def test_a_key_in_the_body_needs_a_body(tmp_path: Path) -> None:
    signed_by(tmp_path, {**IN_HEADER, "in": "body"})
    found = [one for one in checks.run(tmp_path / "second") if one.message.startswith("is signed in the body ('key')")]
    without_body = {"cancel_parcel", "get_depot", "get_parcel", "list_depots", "list_parcels"}
    assert {Path(one.path or "").stem for one in found} == without_body
    assert all(one.hint and one.line and one.field == "api" for one in found)
