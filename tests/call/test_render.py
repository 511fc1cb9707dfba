"""From inputs to a request, without a socket: every action of the package, and what it says to bad input."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from faultserver import HandClock
from lab import Lab

from segment_connector import (
    ConnectionConfigError,
    Connector,
    ConnectorError,
    InputError,
    SpecError,
    UnknownActionError,
)
from segment_connector.http.auth import Credential
from segment_connector.language.specs import Specs

pytestmark = pytest.mark.usefixtures("no_sockets")

SPECS = Specs()
CLOCK = HandClock()
SHARED = Connector(SPECS, clock=CLOCK.clock)
KEY = "s3cr3t-write-key"
TOKEN = "s3cr3t-public-token"
CONNECTION = {"writeKey": KEY, "publicToken": TOKEN, "profileToken": "s3cr3t-profile-token"}
CONNECTION["spaceId"] = SPECS.connector.connection.properties["spaceId"]["examples"][0]
NOW = "2026-01-31T12:00:00.000Z"
ID = "00000000-0000-4000-8000-000000000001"


def refusal(
    connector: Connector, action: str, inputs: Any, connection: Any = None
) -> list[tuple[str, str | None, str]]:
    with pytest.raises(ConnectorError) as caught:
        connector.plan(action, inputs, CONNECTION if connection is None else connection)
    assert "s3cr3t" not in f"{caught.value}{[problem.to_dict() for problem in caught.value.problems]}"
    return [(problem.code, problem.field, problem.message) for problem in caught.value.problems]


# What each action sends


@pytest.mark.unmeasured
def test_the_examples_of_an_action_become_the_requests_that_they_show(subtests: pytest.Subtests) -> None:
    for name in SPECS.paths:
        with subtests.test(name):
            for example in SPECS.action(name).examples:
                CLOCK.ids = 0
                request = SHARED.plan(name, example.input, CONNECTION)
                server = SHARED.spec.apis[request.api].servers["us"]
                shown = {"method": request.method, "path": request.url.removeprefix(server)}
                assert shown == {key: example.request[key] for key in shown}
                assert request.body == example.request.get("body")
                assert tuple(warning.message for warning in request.warnings) == example.warnings


SENT = {"timestamp": NOW, "messageId": ID, "sentAt": NOW}


@pytest.mark.parametrize(
    ("action", "inputs", "path", "body"),
    [
        ("track", {"event": "E", "userId": "u"}, "/track", {"event": "E", "userId": "u", **SENT}),
        (
            "track", {"event": "E", "anonymousId": "a", "properties": {}}, "/track",
            {"event": "E", "anonymousId": "a", "properties": {}, **SENT},
        ),
        (
            "track",
            {"event": "E", "userId": "u", "anonymousId": "a", "properties": {"revenue": None,
             "products": [{"sku": "0777"}]},
             "context": {"ip": "203.0.113.7"}, "integrations": {"All": True}, "timestamp": "2020-02-29T23:59:59+14:00",
             "messageId": "m-1"},
            "/track",
            {"event": "E", "userId": "u", "anonymousId": "a", "properties": {"revenue": None,
             "products": [{"sku": "0777"}]},
             "context": {"ip": "203.0.113.7"}, "integrations": {"All": True}, "timestamp": "2020-02-29T23:59:59+14:00",
             "messageId": "m-1", "sentAt": NOW},
        ),
        ("identify", {"userId": "u"}, "/identify", {"userId": "u", **SENT}),
        (
            "identify", {"anonymousId": "a", "traits": {"phone": "+48100200300", "age": 30, "name": None}}, "/identify",
            {"anonymousId": "a", "traits": {"phone": "+48100200300", "age": 30, "name": None}, **SENT},
        ),
        ("page", {"userId": "u"}, "/page", {"userId": "u", **SENT}),
        (
            "page", {"userId": "u", "name": "Pricing", "category": "Docs", "properties": {"keywords": ["a"]}}, "/page",
            {"userId": "u", "name": "Pricing", "category": "Docs", "properties": {"keywords": ["a"]}, **SENT},
        ),
        ("screen", {"anonymousId": "a", "name": "Home"}, "/screen", {"anonymousId": "a", "name": "Home", **SENT}),
        (
            "group", {"groupId": "g", "userId": "u", "traits": {"employees": "329"}}, "/group",
            {"groupId": "g", "userId": "u", "traits": {"employees": "329"}, **SENT},
        ),
        ("alias", {"userId": "new", "previousId": "old"}, "/alias", {"userId": "new", "previousId": "old", **SENT}),
        (
            "batch", {"batch": [{"type": "track", "event": "E", "userId": "u"}]}, "/batch",
            {"batch": [{"type": "track", "event": "E", "userId": "u", "timestamp": NOW, "messageId": ID}],
             "sentAt": NOW},
        ),
        ("custom_api_call", {"path": "/group", "body": {"a": 1}}, "/group", {"a": 1}),
        ("custom_api_call", {"path": "x", "method": "GET"}, "/x", None),
        ("custom_api_call", {"path": "x", "body": None}, "/x", None),
        ("custom_api_call", {"path": "x", "body": [1, "2"]}, "/x", [1, "2"]),
    ],
)  # fmt: skip
def test_an_action_sends_what_it_was_given_and_no_more(
    connector: Connector, action: str, inputs: Any, path: str, body: Any
) -> None:
    request = connector.plan(action, inputs, CONNECTION)
    assert request.url == f"https://api.segment.io/v1{path}"
    assert request.body == body
    if request.content is not None:
        assert json.loads(request.content) == body


def test_a_request_says_who_it_is_from_and_what_it_holds(connector: Connector) -> None:
    request = connector.plan("track", {"event": "E", "userId": "u"}, CONNECTION)
    assert dict(request.headers) == {
        "User-Agent": f"segment-connector/{__import__('segment_connector').__version__}",
        "Accept": "application/json", "Content-Type": "application/json",
    }  # fmt: skip
    assert (request.action, request.api, request.method, request.region) == ("track", "tracking", "POST", "us")
    assert (request.message_ids, request.sent_as, request.scheme) == ([ID], 1, "write_key")


def test_every_event_has_an_id_of_its_own_before_it_is_sent(connector: Connector) -> None:
    ids = {connector.plan("track", {"event": "E", "userId": "u"}, CONNECTION).body["messageId"] for _ in range(20)}
    assert len(ids) == 20


def test_inputs_and_connection_are_not_touched(connector: Connector) -> None:
    inputs = {"batch": [{"type": "identify", "userId": "u", "context": {"a": {}}}], "context": {"a": {"b": 1}}}
    connection = {"writeKey": KEY}
    before = json.dumps([inputs, connection])
    request = connector.plan("batch", inputs, connection)
    request.body["batch"][0]["context"]["a"]["b"] = 2
    assert json.dumps([inputs, connection]) == before


# Where it goes


@pytest.mark.parametrize(
    ("action", "inputs", "connection", "url"),
    [
        ("track", {}, {"region": "us"}, "https://api.segment.io/v1/track"),
        ("track", {}, {"region": "eu"}, "https://events.eu1.segmentapis.com/v1/track"),
        ("track", {}, {"servers": {"tracking": "http://127.0.0.1:8080"}}, "http://127.0.0.1:8080/track"),
        (
            "track",
            {},
            {"servers": {"tracking": "https://p.example/a/v1/"}, "region": "eu"},
            "https://p.example/a/v1/track",
        ),
        ("track", {}, {"servers": {"public": "https://p.example"}}, "https://api.segment.io/v1/track"),
        ("custom_api_call", {"api": "public"}, {}, "https://api.segmentapis.com/things"),
        ("custom_api_call", {"api": "public"}, {"region": "eu"}, "https://eu1.api.segmentapis.com/things"),
        ("custom_api_call", {"api": "profiles"}, {"region": "eu"}, "https://profiles.euw1.segment.com/v1/things"),
        ("custom_api_call", {"api": "profiles"}, {"servers": {"profiles": "http://p/v9"}}, "http://p/v9/things"),
    ],
)
def test_region_and_servers_choose_the_address(
    connector: Connector, action: str, inputs: Any, connection: Any, url: str
) -> None:
    needed = {"event": "E", "userId": "u"} if action == "track" else {"path": "things"}
    assert connector.plan(action, {**needed, **inputs}, {**CONNECTION, **connection}).url == url


def test_an_api_without_a_server_in_the_region_is_refused(lab: Lab) -> None:
    with pytest.raises(ConnectionConfigError) as caught:
        lab.plan({}, {"region": "eu"}, api="open")
    (problem,) = caught.value.problems
    assert (problem.code, problem.field, problem.message, problem.hint) == (
        "no_server", "region", "the Open API has no server in region 'eu'", "it has servers in us",
    )  # fmt: skip
    assert lab.plan({}, {"region": "eu", "servers": {"open": "http://o"}}, api="open").url == "http://o/act"


def test_an_api_without_auth_needs_no_credential(lab: Lab) -> None:
    request = lab.plan({}, {}, api="open")
    assert (request.url, request.scheme) == ("https://open.lab.test/act", None)


@pytest.mark.parametrize(
    ("connection", "scheme"),
    [
        ({"writeKey": "k"}, "write_key"),
        ({"writeKey": "k", "writeKeyInBody": False}, "write_key"),
        ({"writeKey": "k", "writeKeyInBody": True}, "write_key_in_body"),
        ({"writeKey": "k", "oauth": {"clientId": "c", "keyId": "i", "privateKey": "p"}}, "oauth"),
    ],
)
def test_the_first_scheme_that_the_connection_can_serve_signs(
    connector: Connector, connection: Any, scheme: str
) -> None:
    assert connector.plan("track", {"event": "E", "userId": "u"}, connection).scheme == scheme


# Credentials


@pytest.mark.parametrize(
    "signing",
    [
        {},
        {"writeKeyInBody": True},
        {"oauth": {"clientId": "c", "keyId": "i", "privateKey": "s3cr3t\npem"}},
        {"region": "eu"},
    ],
)
def test_a_planned_request_holds_no_credential(signing: Any) -> None:
    for name in SPECS.paths:
        request = SHARED.plan(name, SPECS.action(name).examples[0].input, {**CONNECTION, **signing})
        shown = f"{request} {request!r} {json.dumps(request.to_dict())} {request.content!r} {request.headers}"
        assert "s3cr3t" not in shown
        assert "Authorization" not in request.headers
    assert request.to_dict(Credential({"Authorization": "Basic ***"}))["headers"]["Authorization"] == "Basic ***"


def test_a_credential_that_a_user_put_into_an_event_is_sent_but_never_shown(connector: Connector) -> None:
    inputs = {"event": f"key {KEY}", "userId": "u", "properties": {KEY: [KEY]}}
    request = connector.plan("track", inputs, CONNECTION)
    assert json.loads(request.content or b"")["properties"] == {KEY: [KEY]}
    assert KEY not in f"{request!r} {json.dumps(request.to_dict())}"


def test_a_secret_parameter_is_never_shown(lab: Lab) -> None:
    parameters = {"a": {"type": "object", "properties": {"token": {"type": "string", "secret": True}}}, "b": {}}
    request = lab.plan(
        {"a": {"token": KEY}, "b": KEY}, None, parameters=parameters, body={"x": "{{ input.a }}"},
        endpoint="POST /{{ input.b }}", query={"k": "{{ input.a.token }}"},
    )  # fmt: skip
    assert request.body == {"x": {"token": KEY}}
    assert KEY not in f"{request!r} {json.dumps(request.to_dict())}"


@pytest.mark.parametrize(
    ("action", "inputs", "connection", "field", "message"),
    [
        ("track", {}, {}, "writeKey", "the Tracking API needs 'writeKey', which the connection does not have"),
        ("track", {}, {"publicToken": TOKEN}, "writeKey",
         "the Tracking API needs 'writeKey', which the connection does not have"),
        ("track", {}, {"writeKeyInBody": True}, "writeKey",
         "the Tracking API needs 'writeKey', which the connection does not have"),
        ("custom_api_call", {"api": "public"}, {"writeKey": KEY}, "publicToken",
         "the Public API needs 'publicToken', which the connection does not have"),
        ("custom_api_call", {"api": "profiles"}, {"writeKey": KEY}, "profileToken",
         "the Profile API needs 'profileToken', which the connection does not have"),
    ],
)  # fmt: skip
def test_a_missing_credential_is_named_with_where_to_find_it(
    connector: Connector, action: str, inputs: Any, connection: Any, field: str, message: str
) -> None:
    needed = {"event": "E", "userId": "u"} if action == "track" else {"path": "things"}
    with pytest.raises(ConnectionConfigError) as caught:
        connector.plan(action, {**needed, **inputs}, connection)
    (problem,) = caught.value.problems
    assert (problem.code, problem.field, problem.message) == ("missing_credential", field, message)
    assert "In Segment open" in str(problem.hint)


@pytest.mark.parametrize(
    ("connection", "problems"),
    [
        ({"writekey": "s3cr3t"}, [("unknown", "writekey", "there is no such property of a connection")]),
        ({"writeKey": "s3cr3t\n"}, [("pattern", "writeKey", "does not match the pattern ^[!-~]{1,128}$")]),
        ({"writeKey": "s3cr3t\r\nX-Evil: 1"}, [("pattern", "writeKey", "does not match the pattern ^[!-~]{1,128}$")]),
        ({"writeKey": " s3cr3t"}, [("pattern", "writeKey", "does not match the pattern ^[!-~]{1,128}$")]),
        ({"writeKey": ""}, [("pattern", "writeKey", "does not match the pattern ^[!-~]{1,128}$")]),
        ({"writeKey": 5}, [("type", "writeKey", "must be text, not a whole number")]),
        ({"writeKey": b"s3cr3t"}, [("json", "writeKey", "is a Python 'bytes', which JSON does not have")]),
        ({"region": "asia"}, [("enum", "region", 'must be one of us, eu, not "asia"')]),
        ({"region": "US"}, [("enum", "region", 'must be one of us, eu, not "US"')]),
        (
            {"servers": {"tracking": "api.segment.io"}},
            [("format", "servers.tracking", 'is not a valid base-url "api.segment.io"')],
        ),
        ({"servers": {"trackin": "http://h"}}, [("unknown", "servers.trackin", "there is no such property")]),
        ({"oauth": {"clientId": "c", "keyId": "i"}}, [("required", "oauth.privateKey", "is required")]),
        ([], [("type", None, "must be an object, not a list")]),
        ("s3cr3t", [("type", None, "must be an object, not text")]),
        (7, [("type", None, "must be an object, not a whole number")]),
    ],
)
def test_a_wrong_connection_is_refused_and_never_shown(connector: Connector, connection: Any, problems: Any) -> None:
    assert refusal(connector, "track", {"event": "E", "userId": "u"}, connection) == problems
    with pytest.raises(ConnectionConfigError):
        connector.plan("track", {"event": "E", "userId": "u"}, connection)


# Bad inputs

IDENTITY = ("rule", "userId", "userId or anonymousId is required; both may be given")


@pytest.mark.parametrize(
    ("action", "inputs", "problems"),
    [
        ("track", {}, [("required", "event", "is required"), IDENTITY]),
        ("track", {"event": "E"}, [IDENTITY]),
        ("track", {"event": "", "userId": "u"}, [("minLength", "event", "must not be empty")]),
        ("track", {"event": " \n", "userId": "u"}, [("pattern", "event", "must not be blank")]),
        ("track", {"event": None, "userId": "u"}, [("type", "event", "must be text, not null")]),
        ("track", {"event": "E", "userId": 7}, [("type", "userId", "must be text, not a whole number 7")]),
        ("track", {"event": "E", "userId": "\ufeff"}, [("pattern", "userId", "must not be blank")]),
        ("track", {"event": "E", "user_id": "u"}, [("unknown", "user_id", "there is no such parameter"), IDENTITY]),
        ("track", {"event": "E", "userId": "u", "properties": []}, [("type", "properties",
         "must be an object, not a list")]),
        ("track", {"event": "E", "userId": "u", "properties": {"revenue": "much"}},
         [("type", "properties.revenue", 'must be a number or null, not text "much"')]),
        ("track", {"event": "E", "userId": "u", "timestamp": "2026-01-31"}, [("format", "timestamp",
         'is not a valid date-time "2026-01-31"')]),
        ("track", {"event": "E", "userId": "u", "timestamp": "2026-01-31T12:00:00"},
         [("format", "timestamp", 'is not a valid date-time "2026-01-31T12:00:00"')]),
        ("track", {"event": "E", "userId": "u", "timestamp": f"{NOW}\n"}, [("format", "timestamp",
         f'is not a valid date-time "{NOW}\\n"')]),
        ("track", {"event": "E", "userId": "u", "timestamp": 1770000000},
         [("type", "timestamp", "must be text, not a whole number 1770000000")]),
        ("track", {"event": "E", "userId": "u", "messageId": "x" * 100},
         [("maxLength", "messageId", "must have at most 99 characters; it has 100")]),
        ("track", {"event": "E", "userId": "u", "integrations": {"All": "no"}},
         [("type", "integrations.All", 'must be true or false, not text "no"')]),
        ("track", {"event": float("nan"), "userId": "u"},
         [("json", "event", "is not a finite number, and JSON has no NaN or infinity")]),
        ("identify", {}, [IDENTITY]),
        ("page", {"userId": ""}, [("minLength", "userId", "must not be empty")]),
        ("group", {"userId": "u"}, [("required", "groupId", "is required")]),
        ("alias", {"userId": "u"}, [("required", "previousId", "is required")]),
        ("batch", {}, [("required", "batch", "is required")]),
        ("batch", {"batch": []}, [("minItems", "batch", "must not be empty")]),
        ("batch", {"batch": {"type": "track"}}, [("type", "batch", "must be a list, not an object")]),
        ("custom_api_call", {}, [("required", "path", "is required")]),
        ("track", [], [("type", None, "must be an object, not a list")]),
        ("track", None, [("type", None, "must be an object, not null")]),
        ("track", "event=E", [("type", None, "must be an object, not text")]),
    ],
)  # fmt: skip
def test_bad_inputs_are_refused_with_every_problem(
    connector: Connector, action: str, inputs: Any, problems: Any
) -> None:
    assert refusal(connector, action, inputs) == problems
    with pytest.raises(InputError):
        connector.plan(action, inputs, CONNECTION)


def test_an_unknown_action_is_refused(connector: Connector) -> None:
    with pytest.raises(UnknownActionError) as caught:
        connector.plan("trak", {}, CONNECTION)
    assert (caught.value.code, caught.value.hint) == ("unknown_action", "did you mean 'track'?")


@pytest.mark.parametrize("filler", ["x", "é", "😀", '"', "\x00"])
def test_an_event_may_have_32768_bytes_as_json_and_not_one_more(connector: Connector, filler: str) -> None:
    def plan(text: str) -> Any:
        return connector.plan(
            "track", {"event": "E", "userId": "u", "messageId": "m", "properties": {"a": text}}, CONNECTION
        )

    room = 32768 - len(plan("").content)
    each = len(json.dumps(filler, ensure_ascii=False).encode()) - 2
    fits = filler * (room // each) + "x" * (room % each)
    assert len(plan(fits).content) == 32768
    with pytest.raises(InputError) as caught:
        plan(fits + "x")
    (problem,) = caught.value.problems
    assert (problem.code, problem.field) == ("too_large", "properties")
    assert problem.message == "the request has 32,769 bytes as JSON; at most 32,768 are allowed"


def test_ten_million_characters_are_refused_in_time(connector: Connector) -> None:
    ((code, _, _),) = refusal(connector, "track", {"event": "E", "userId": "u", "properties": {"a": "x" * 10_000_000}})
    assert code == "too_large"
    found = refusal(connector, "track", {"event": "E", "userId": "u", "messageId": "x" * 10_000_000})
    assert found == [("maxLength", "messageId", "must have at most 99 characters; it has 10,000,000")]


EVENT = {"event": "E", "userId": "u"}


@pytest.mark.parametrize(
    ("action", "inputs", "fields"),
    [
        ("track", {**EVENT}, []),
        ("track", {**EVENT, "integrations": {"all": False}}, ["integrations.all"]),
        ("track", {**EVENT, "integrations": {"All": False}}, ["integrations.All"]),
        ("track", {**EVENT, "integrations": {"All": False, "Mixpanel": True}}, []),
        ("track", {**EVENT, "integrations": {}}, []),
        (
            "track",
            {**EVENT, "context": {"consent": {"categoryPreferences": {}}}},
            ["context.consent.categoryPreferences"],
        ),
        ("track", {**EVENT, "context": {"consent": {"categoryPreferences": {"a": True}}}}, []),
        ("track", {**EVENT, "context": {"consent": {}}}, []),
        ("track", {**EVENT, "context": {"consent": None}}, []),
        ("identify", {"userId": "u", "traits": {str(at): at for at in range(300)}}, []),
        ("identify", {"userId": "u", "traits": {str(at): at for at in range(301)}}, ["traits"]),
        ("group", {"userId": "u", "groupId": "g" * 501}, ["groupId"]),
        ("alias", {"userId": "u", "previousId": "u"}, ["previousId"]),
    ],
)
def test_what_is_doubtful_is_a_warning(connector: Connector, action: str, inputs: Any, fields: list[str]) -> None:
    assert [warning.field for warning in connector.plan(action, inputs, CONNECTION).warnings] == fields


# A batch


def batch(connector: Connector, *entries: Any, **others: Any) -> Any:
    return connector.plan("batch", {"batch": list(entries), **others}, CONNECTION)


def event(number: int = 1, **members: Any) -> dict[str, Any]:
    return {"type": "track", "event": "E", "userId": f"u-{number}", **members}


def test_entries_keep_their_order_and_get_what_is_missing(connector: Connector) -> None:
    request = batch(connector, event(1), event(2, messageId="m-2", timestamp="2020-01-01T00:00:00Z"), event(3))
    assert [(one["userId"], one["messageId"], one["timestamp"]) for one in request.body["batch"]] == [
        ("u-1", ID, NOW), ("u-2", "m-2", "2020-01-01T00:00:00Z"), ("u-3", ID[:-1] + "2", NOW),
    ]  # fmt: skip
    assert request.message_ids == [ID, "m-2", ID[:-1] + "2"]


def test_shared_context_and_integrations_are_merged_into_entries_that_win(connector: Connector) -> None:
    request = batch(
        connector,
        event(1),
        event(2, context={"ip": "1.1.1.1", "app": {"name": "own"}}, integrations={"All": True}),
        event(3, context={"app": None}),
        context={"locale": "pl", "app": {"name": "shared", "version": "1"}},
        integrations={"All": False, "Mixpanel": True},
    )
    shared = {"locale": "pl", "app": {"name": "shared", "version": "1"}}
    assert [one["context"] for one in request.body["batch"]] == [
        shared, {"locale": "pl", "app": {"name": "own", "version": "1"}, "ip": "1.1.1.1"}, {"locale": "pl",
        "app": None},
    ]  # fmt: skip
    assert [one["integrations"] for one in request.body["batch"]] == [
        {"All": False, "Mixpanel": True}, {"All": True, "Mixpanel": True}, {"All": False, "Mixpanel": True},
    ]  # fmt: skip
    assert set(request.body) == {"batch", "sentAt"}


BAD_ENTRIES = [
    ("text", "type", "batch.0", "must be an object"),
    (None, "type", "batch.0", "must be an object"),
    ({}, "required", "batch.0.type", "is required"),
    ({"type": 7}, "enum", "batch.0.type", "must be one of identify, track, page, screen, group, alias"),
    ({"type": "trak"}, "enum", "batch.0.type", "must be one of identify, track, page, screen, group, alias"),
    ({"type": "batch"}, "enum", "batch.0.type", "must be one of identify, track, page, screen, group, alias"),
    ({"type": ["track"]}, "enum", "batch.0.type", "must be one of identify, track, page, screen, group, alias"),
    ({"type": "track", "userId": "u"}, "required", "batch.0.event", "is required"),
    ({"type": "track", "event": "E"}, "rule", "batch.0.userId", "userId or anonymousId is required; both may be given"),
    (event(1, properies={}), "unknown", "batch.0.properies", "there is no such parameter"),
    (event(1, properties={"a": "x" * 32768}), "too_large", "batch.0", None),
    ({"type": "alias", "userId": "u"}, "required", "batch.0.previousId", "is required"),
]


@pytest.mark.parametrize(("entry", "code", "field", "message"), BAD_ENTRIES)
def test_a_bad_entry_stops_the_batch_and_is_named(
    connector: Connector, entry: Any, code: str, field: str, message: str | None
) -> None:
    ((found_code, found_field, found_message),) = refusal(connector, "batch", {"batch": [entry, event(2)]})
    assert (found_code, found_field) == (code, field)
    assert message in (None, found_message)


def test_every_bad_entry_is_named(connector: Connector) -> None:
    found = refusal(connector, "batch", {"batch": [event(1), {"type": "page"}, event(2), {"type": "x"}]})
    assert [field for _, field, _ in found] == ["batch.1.userId", "batch.3.type"]


def test_with_skip_invalid_the_others_are_sent(connector: Connector) -> None:
    request = batch(connector, *(entry for entry, *_ in BAD_ENTRIES), event(2), skipInvalid=True)
    assert [one["userId"] for one in request.body["batch"]] == ["u-2"]


def test_a_batch_of_bad_entries_only_is_refused_all_the_same(connector: Connector) -> None:
    assert refusal(connector, "batch", {"batch": ["x"], "skipInvalid": True}) == [
        ("type", "batch.0", "must be an object")
    ]


def test_two_entries_under_one_id_are_refused(connector: Connector) -> None:
    ((code, field, message),) = refusal(
        connector, "batch", {"batch": [event(1, messageId="m"), event(2, messageId="m")]}
    )
    assert (code, field) == ("duplicate", "batch.1.messageId")
    assert "batch.0" in message


@pytest.mark.parametrize(("events", "requests"), [(1, 1), (2500, 1), (2501, 2), (5000, 2), (5001, 3)])
def test_a_batch_is_cut_by_the_number_of_its_events(connector: Connector, events: int, requests: int) -> None:
    made = batch(connector, *({"type": "page", "userId": "u"} for _ in range(events)))
    assert (made.sent_as, len(made.body["batch"])) == (requests, events)


def test_a_batch_is_cut_by_its_bytes(connector: Connector) -> None:
    large = {"a": "x" * 30_000}
    assert batch(connector, *(event(at, properties=large) for at in range(16))).sent_as == 1
    assert batch(connector, *(event(at, properties=large) for at in range(17))).sent_as == 2


# A call of one's own


@pytest.mark.parametrize(
    ("inputs", "method", "url"),
    [
        ({"path": "/sources", "method": "GET"}, "GET", "/sources"),
        ({"path": "a b/c%2Fd/é"}, "POST", "/a%20b/c%2Fd/%C3%A9"),
        ({"path": "/", "method": "GET"}, "GET", "/"),
        ({"path": "profiles/user_id:u@x.pl/traits", "method": "GET"}, "GET", "/profiles/user_id%3Au%40x.pl/traits"),
        ({"path": "x", "query": {"pagination": {"count": 10}, "a": [True]}}, "POST", "/x?pagination.count=10&a.0=true"),
        ({"path": "x", "query": {}}, "POST", "/x"),
        ({"path": "{{ 7*7 }}"}, "POST", "/%7B%7B%207%2A7%20%7D%7D"),
    ],
)
def test_a_call_of_ones_own(connector: Connector, inputs: Any, method: str, url: str) -> None:
    request = connector.plan("custom_api_call", {"api": "public", **inputs}, CONNECTION)
    assert (request.method, request.url) == (method, f"https://api.segmentapis.com{url}")
    assert request.scheme == "public_token"


def test_headers_of_ones_own_are_added(connector: Connector) -> None:
    request = connector.plan("custom_api_call", {"path": "x", "headers": {"X-A": "b", "Accept": "x/y"}}, CONNECTION)
    assert (request.headers["X-A"], request.headers["Accept"]) == ("b", "x/y")


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/x", "HTTP:x", "//evil.example/x", "/\\evil.example", "..", "/../x", "a/../../x",
        "%2e%2e/x",
        "a/%2E%2E%2fx", "x?a=1", "x#a", "a//b", "x\r\nHost: evil", "x%0d%0aHost: evil", "", "%ff",
    ],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_refused(connector: Connector, path: str) -> None:
    found = refusal(connector, "custom_api_call", {"path": path})
    assert {field for _, field, _ in found} == {"path"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer x"}, {"authorization": "x"}, {"Host": "evil.example"}, {"Content-Length": "0"},
        {"Transfer-Encoding": "chunked"}, {"X-A": "b\r\nAuthorization: x"}, {"X-A\r\nY": "b"}, {"X A": "b"},
         {"X-A": "ł"},
        {"X-A": 7}, {"X-A": None}, {"X-A": "1", "x-a": "2"},
    ],
)  # fmt: skip
def test_a_header_that_is_not_the_callers_is_refused(connector: Connector, headers: Any) -> None:
    ((_, field, _),) = refusal(connector, "custom_api_call", {"path": "x", "headers": headers})
    assert str(field).startswith("headers.")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_request_that_has_no_body_is_given_none(connector: Connector, method: str) -> None:
    inputs = {"path": "x", "method": method, "body": {}}
    assert refusal(connector, "custom_api_call", inputs) == [("rule", "body", "a GET or DELETE request has no body")]


@pytest.mark.parametrize("method", ["get", "TRACE", "CONNECT", "GET\r\nX: y", ""])
def test_an_unknown_method_is_refused(connector: Connector, method: str) -> None:
    ((code, field, _),) = refusal(connector, "custom_api_call", {"path": "x", "method": method})
    assert (code, field) == ("enum", "method")


# Specs that only a call finds wrong


def test_a_schema_that_is_none_is_an_error_of_the_spec(lab: Lab) -> None:
    with pytest.raises(SpecError) as caught:
        lab.plan({}, None, parameters={"a": {"type": "strng"}})
    assert caught.value.code == "schema"


@pytest.mark.parametrize("api", ["mian", "", "{{ input.a }}"])
def test_an_api_that_is_not_there_is_an_error_of_the_spec(lab: Lab, api: str) -> None:
    with pytest.raises(SpecError):
        lab.plan({"a": "nope"}, None, api=api, parameters={"a": {"type": "string"}})


def test_a_connection_without_a_region_has_no_server(lab: Lab) -> None:
    path = lab.root / "connector.yaml"
    path.write_text(path.read_text().replace("default: us, ", ""))
    with pytest.raises(ConnectionConfigError) as caught:
        lab.plan({}, None)
    assert caught.value.field == "region"


def test_more_connections_than_are_remembered_are_served(lab: Lab) -> None:
    lab.write(body={"team": "{{ connection.team }}"})
    connector = lab.connector()
    teams = [f"team {number}" for number in range(150)]
    bodies = [connector.plan("act", {}, {"apiKey": "key-1234", "team": team}).body for team in teams]
    assert bodies == [{"team": team} for team in teams]


def test_an_action_is_made_ready_once_and_can_be_used_by_another_clock(lab: Lab) -> None:
    lab.write(parameters={"a": {"generate": "now"}}, body={"a": "{{ input.a }}", "b": "{{ now }}"})
    clock = HandClock()
    connector = Connector.load(lab.root, clock=clock.clock)
    first = connector.plan("act", {}, {"apiKey": "k"})
    clock.pass_(1.5)
    second = connector.plan("act", {}, {"apiKey": "k"})
    assert (first.body, second.body) == (
        {"a": NOW, "b": NOW}, {"a": "2026-01-31T12:00:01.500Z", "b": "2026-01-31T12:00:01.500Z"},
    )  # fmt: skip
    assert urlsplit(first.url).netloc == "lab.test"
