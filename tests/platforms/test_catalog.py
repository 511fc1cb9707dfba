"""Each platform's catalogue: listed in its own shape, called by its own names, answered in its own envelope."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema_rs
import pytest
from cli_support import KEY, cli, program
from faultserver import HandClock
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from segment_connector import ConnectionConfigError, Connector, ConnectorError, InputError, UnknownActionError
from segment_connector.call.policy import Policy
from segment_connector.http.transport import NoAnswer, Response
from segment_connector.language import yaml_reader as yaml_loader
from segment_connector.language.profiles import profile_paths
from segment_connector.language.specs import Specs
from segment_connector.platforms.platform import Platform
from segment_connector.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
SPECS = Specs()
PLATFORMS = sorted(profile_paths(ROOT))
CALLS = [(platform, name) for platform in PLATFORMS for name in Connector(SPECS).catalog(platform)]
SMALL = [platform for platform in PLATFORMS if platform != "segment"]
CREDENTIALS = {
    "aacflow": {"writeKey": KEY},
    "make": {"writeKey": KEY},
    "modulex": {"write_key": KEY},
    "naios": {"writeKey": KEY, "token": "sgp_token-of-a-workspace"},
    "segment": {
        "writeKey": KEY,
        "publicToken": "sgp_token",
        "profileToken": "profile",
        "spaceId": "spa_2b7QjFxgiGo2xyKRnKxV3zFNaMc",
    },
    "sim": {"writeKey": KEY},
}


class Service:
    """Answers each request in place of the network, and keeps it."""

    def __init__(self, status: int = 200, body: Any = None) -> None:
        self.answer: Any = Response(status, {}, json.dumps({"success": True} if body is None else body).encode())
        self.sent: list[Any] = []

    def __call__(self, method: str, url: str, headers: Any, content: Any, *_: Any) -> Any:
        self.sent.append(SimpleNamespace(method=method, url=url, headers=headers, content=content))
        if isinstance(self.answer, NoAnswer):
            raise self.answer
        return self.answer

    def body(self) -> Any:
        return json.loads(self.sent[-1].content)


def catalog(platform: str, service: Service | None = None):
    return Connector(SPECS, send=service or Service(), clock=HandClock().clock, max_retries=0).catalog(platform)


@cache
def schemas() -> Registry:
    paths = [*(ROOT / "schemas").glob("*.json"), *(ROOT / "schemas" / "listings").glob("*.json")]
    found = [Resource.from_contents(json.loads(path.read_text(encoding="utf-8"))) for path in paths]
    return Registry().with_resources((resource.id(), resource) for resource in found)


def held_to(schema: str, value: Any) -> list[str]:
    judge = Draft202012Validator({"$ref": schema}, registry=schemas())
    return [f"{error.json_path}: {error.message[:100]}" for error in judge.iter_errors(value)]


# Listings


@pytest.mark.unmeasured
@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_listing_keeps_to_the_schema_of_its_platform(platform):
    assert held_to(f"listings/{platform}.schema.json", catalog(platform).listing()) == []


@pytest.mark.unmeasured
@pytest.mark.parametrize("platform", SMALL)  # our own listing has it too
def test_every_catalogue_has_the_shape_that_all_share(platform):
    assert held_to("entry.schema.json", catalog(platform).entry()) == []


@pytest.mark.unmeasured
@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_schema_in_a_catalogue_is_one(platform):
    for action in catalog(platform).entry()["actions"]:
        jsonschema_rs.meta.validate(action["input_schema"])
        jsonschema_rs.meta.validate(action["output_schema"])


@pytest.mark.unmeasured
@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_sample_keeps_to_the_schemas_beside_it(platform):
    for action in catalog(platform).entry()["actions"]:
        assert not list(Draft202012Validator(action["input_schema"]).iter_errors(action["sample"]["input"]))
        assert not list(Draft202012Validator(action["output_schema"]).iter_errors(action["sample"]["output"]))


def test_our_own_catalogue_lists_every_action():
    assert [one["name"] for one in own()["actions"]] == list(SPECS.paths)


@pytest.mark.unmeasured
@pytest.mark.parametrize("platform", SMALL)
def test_a_listing_in_the_platforms_shape_has_every_name_of_the_catalogue(platform):
    one = catalog(platform)
    said = json.dumps(one.listing())
    names = {name for action in one.entry()["actions"] for name in (action["name"], *_names(action["parameters"]))}
    assert {name for name in names if f'"{name}"' not in said} == set()


def _names(members: list[Mapping[str, Any]]) -> list[str]:
    return [one["name"] for one in members]


def test_each_platform_that_has_a_place_for_triggers_lists_them_all():
    every = sorted(Connector(SPECS).triggers)
    for platform in PLATFORMS:
        entry = Connector(SPECS).catalog(platform).entry()
        listed = sorted(one["trigger"] for one in entry["triggers"])
        assert listed == ([] if platform == "modulex" else every), platform
    sim, naios = (Connector(SPECS).catalog(name).listing() for name in ("sim", "naios"))
    assert (sim["triggerCount"], naios["triggers_count"]) == (len(every), len(every))
    modules = {one["name"]: one["moduleType"] for one in Connector(SPECS).catalog("make").listing()["modules"]}
    assert (modules["watchEvents"], modules["watchNewSources"]) == ("instant_trigger", "trigger")


def test_who_may_only_read_is_listed_what_is_polled():
    listed = Platform(SPECS, "segment", Policy(SPECS, allow=["read"])).triggers
    assert "new_source" in listed
    assert "event_received" not in listed  # setting it up writes


def test_aacflow_lists_what_sim_lists():
    assert catalog("aacflow").listing() == catalog("sim").listing()


@pytest.mark.parametrize("form", ["json", "yaml", "md", "html"])
def test_two_processes_write_the_same_bytes(form):
    said = [
        program("catalog", "naios", "--format", form, env={"PYTHONHASHSEED": seed}).stdout for seed in ("1", "271828")
    ]
    assert said[0] == said[1] != ""


def test_two_processes_write_the_same_catalogue_entry():
    said = [program("catalog", "segment", env={"PYTHONHASHSEED": seed}).stdout for seed in ("0", "42")]
    assert said[0] == said[1]
    assert len(json.loads(said[0])["actions"]) == len(SPECS.paths)


def test_yaml_says_what_json_says(tmp_path):
    for platform in SMALL:
        written = tmp_path / f"{platform}.yaml"
        written.write_text(cli("catalog", platform, "--format", "yaml").stdout, encoding="utf-8")
        assert yaml_loader.read(written) == cli("catalog", platform).json


def test_no_catalogue_page_asks_anything_of_a_server():
    for platform in PLATFORMS:
        page = cli("catalog", platform, "--format", "html").stdout
        assert "default-src 'none'" in page
        page = page.replace('<link rel="icon" href="data:', "")  # an icon that the page holds itself
        assert not any(word in page for word in ("src=", "<link", "@import", "url("))


# What a builder finds in the entry


@cache
def own() -> Mapping[str, Any]:
    found: Mapping[str, Any] = catalog("segment").entry()
    return found


def action(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(one for one in own()["actions"] if one["name"] == name)
    return found


def parameter(name: str, of: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(one for one in action(of)["parameters"] if one["name"] == name)
    return found


def test_the_entry_says_who_the_connector_is():
    assert own()["connector"]["name"] == "segment"
    assert own()["categories"][0] == "Analytics & Data"
    assert {theme: icon[:5] for theme, icon in own()["icon"].items()} == {"light": "<svg ", "dark": "<svg "}
    assert [region["name"] for region in own()["regions"]] == ["us", "eu"]
    assert own()["regions"][1]["servers"]["tracking"] == "https://events.eu1.segmentapis.com/v1"


def test_the_entry_says_how_to_sign_in_and_what_a_test_proves():
    key = next(field for field in own()["auth"]["fields"] if field["name"] == "writeKey")
    assert (key["secret"], key["format"]) == (True, "x" * 32)
    assert "API Keys" in key["help"]
    proofs = {test["title"]: test["proves"] for test in own()["auth"]["test"]}
    assert (proofs["Write key"], proofs["Public API token"]) == (False, True)


def test_the_entry_says_how_a_form_looks():
    assert parameter("context", "track")["ui"]["advanced"] is True
    assert parameter("timestamp", "track")["ui"]["filled_in"] == "now"
    assert parameter("sourceId", "get_source")["ui"]["dropdown"]["action"] == "list_sources"
    assert [one["ui"]["order"] for one in action("track")["parameters"]] == list(range(1, 9))


def test_the_entry_says_what_a_call_does_and_what_limits_it():
    assert action("delete_source")["hints"] == {"read_only": False, "destructive": True, "idempotent": True}
    assert action("delete_source")["confirm"].startswith("Delete this source?")
    assert action("track")["limits"] == {"body_bytes": 32768, "rate_limit": {"requests": 1000, "seconds": 1}}
    assert action("batch")["limits"]["split"]["max_items"] == 2500
    assert action("list_sources")["paging"][0]["next"] == "pagination.next"
    assert action("track")["sample"]["output"]["outputs"]["event"] == "Order Completed"


def test_words_of_the_language_do_not_stand_in_schemas():
    words = {"secret", "advanced", "placeholder", "options", "generate", "hint", "entries"}

    def named(schema: Any) -> set[str]:
        if isinstance(schema, list):
            return {word for item in schema for word in named(item)}
        if not isinstance(schema, dict):
            return set()
        below = [value for word, value in schema.items() if word not in ("properties", "examples", "default", "enum")]
        return set(schema) | named(below) | named(list(schema.get("properties", {}).values()))

    assert {word for one in own()["actions"] for word in named(one["input_schema"])} & words == set()


# Calls


@pytest.mark.unmeasured
def test_every_listed_action_can_be_called_as_it_is_listed(subtests: pytest.Subtests):
    for platform, name in CALLS:
        with subtests.test(f"{platform} {name}"):
            service = Service()
            one = catalog(platform, service)
            listed = one.listed(name)
            example = listed.action.examples[0]
            body = example.response.get("body")
            service.answer = Response(
                example.response["status"],
                example.response.get("headers", {}),
                b"" if body is None else json.dumps(body).encode(),
            )
            answer = one.run(name, listed.sample(example.input), CREDENTIALS[platform])
            assert len(service.sent) == 1
            assert service.sent[0].method == example.request["method"]
            assert service.sent[0].url.endswith(example.request["path"])
            assert not list(Draft202012Validator(one.answers(name).schema).iter_errors(answer))


EVENTS = [
    ("modulex", "track", {"event": "Paid", "user_id": "u-1", "properties": {"revenue": 3}}, {"write_key": KEY}),
    (
        "aacflow",
        "segment_track",
        {"writeKey": KEY, "event": "Paid", "userId": "u-1", "properties": '{"revenue": 3}'},
        None,
    ),
    ("sim", "segment_track", {"writeKey": KEY, "event": "Paid", "userId": "u-1", "properties": {"revenue": 3}}, {}),
    ("naios", "SEGMENT_TRACK", {"event": "Paid", "userId": "u-1", "properties": {"revenue": 3}}, {"writeKey": KEY}),
    ("make", "track", {"writeKey": KEY, "event": "Paid", "userId": "u-1", "revenue": 3}, {}),
    ("segment", "track", {"event": "Paid", "userId": "u-1", "properties": {"revenue": 3}}, {"writeKey": KEY}),
]


@pytest.mark.parametrize(("platform", "name", "inputs", "credentials"), EVENTS, ids=[one[0] for one in EVENTS])
def test_every_platform_sends_the_same_event(platform, name, inputs, credentials):
    service = Service()
    catalog(platform, service).run(name, inputs, credentials)
    sent = service.body()
    assert {key: sent[key] for key in ("event", "userId", "properties")} == {
        "event": "Paid", "userId": "u-1", "properties": {"revenue": 3},
    }  # fmt: skip
    assert service.sent[0].headers["Authorization"].startswith("Basic ")


ANSWERS = [
    ("modulex", {"success": True, "error": None}),
    ("aacflow", {"success": True, "event": "Paid", "userId": "u-1"}),
    ("sim", {"success": True, "event": "Paid", "userId": "u-1"}),
]


@pytest.mark.parametrize(("platform", "expected"), ANSWERS, ids=[one[0] for one in ANSWERS])
def test_an_answer_has_the_platforms_envelope(platform, expected):
    _, name, inputs, credentials = next(one for one in EVENTS if one[0] == platform)
    assert expected == catalog(platform).run(name, inputs, credentials)


def test_naios_answers_with_data_error_and_successful():
    answer = catalog("naios").run("SEGMENT_IDENTIFY", {"userId": "u-1"}, {"writeKey": KEY})
    assert list(answer) == ["data", "error", "successful"]
    assert (answer["data"]["userId"], answer["error"], answer["successful"]) == ("u-1", None, True)


def test_make_answers_with_a_bundle():
    service = Service()
    answer = catalog("make", service).run("makeApiCall", {"writeKey": KEY, "url": "/v1/group/", "body": "{}"})
    assert answer == {"bundle": {"statusCode": 200, "headers": {}, "body": {"success": True}}}
    assert service.sent[0].url == "https://api.segment.io/v1/group"


def test_a_batch_says_how_many_events_were_taken():
    events = [{"type": "track", "event": "Paid", "userId": "u-1"}, {"type": "screen", "anonymousId": "a-1"}]
    answer = catalog("sim").run("segment_batch", {"writeKey": KEY, "batch": json.dumps(events)})
    assert answer == {"success": True, "count": 2}


REFUSED = [
    ("modulex", {"success": False}),
    ("sim", {"success": False}),
    ("naios", {"data": {}, "successful": False}),
]


@pytest.mark.parametrize(("platform", "expected"), REFUSED, ids=[one[0] for one in REFUSED])
def test_what_the_service_refuses_is_an_answer_and_never_an_exception(platform, expected):
    _, name, inputs, credentials = next(one for one in EVENTS if one[0] == platform)
    answer = catalog(platform, Service(401, {"message": "no such key"})).run(name, inputs, credentials)
    assert "answered 401: no such key (Check the write key" in answer.pop("error")
    assert answer == expected


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, "RateLimitError"), (401, "InvalidAccessTokenError"), (503, "ConnectionError"), (400, "DataError"),
     (413, "RuntimeError")],
)  # fmt: skip
def test_make_has_a_type_for_each_kind_of_error(status, kind):
    answer = catalog("make", Service(status)).run("track", {"writeKey": KEY, "event": "Paid", "userId": "u-1"})
    assert (answer["bundle"], answer["error"]["type"]) == ({}, kind)


def test_a_page_in_place_of_an_answer_is_an_error_and_never_made_up():
    service = Service()
    service.answer = Response(200, {}, b"<!doctype html>")
    answer = catalog("naios", service).run("SEGMENT_GET_DESTINATION", {"destinationId": "d-1"}, {"token": "sgp_t"})
    assert (answer["data"], answer["successful"]) == ({}, False)
    assert "with no JSON" in answer["error"]


def test_a_failure_of_the_network_is_an_answer_too():
    service = Service()
    service.answer = NoAnswer("timeout", sent=True, reason="no answer")
    assert "in time" in catalog("modulex", service).run("page", {"user_id": "u"}, {"write_key": KEY})["error"]


# Parameters that become something else


def test_make_puts_custom_traits_beside_the_reserved_ones():
    service = Service()
    inputs = {
        "writeKey": KEY, "userId": "u-1", "traits": {"email": "anna@example.com"},
        "customTraits": [{"key": "shoe.size", "value": 38}, {"key": "member", "value": True}],
    }  # fmt: skip
    catalog("make", service).run("identify", inputs)
    assert service.body()["traits"] == {"email": "anna@example.com", "shoe.size": 38, "member": True}


def test_a_custom_property_does_not_replace_a_field_in_silence():
    inputs = {"event": "Paid", "userId": "u", "revenue": 3, "customProperties": [{"key": "revenue", "value": 4}]}
    with pytest.raises(InputError, match=r"customProperties\.0\.key: 'revenue' is given twice"):
        catalog("make").run("track", inputs, {"writeKey": KEY})


def test_a_write_key_among_the_parameters_wins_over_the_connections():
    service = Service()
    inputs = {"event": "Paid", "userId": "u-1"}
    catalog("naios", service).run("SEGMENT_TRACK", {**inputs, "writeKey": "key-of-the-call"}, {"writeKey": KEY})
    catalog("naios", service).run("SEGMENT_TRACK", inputs, {"writeKey": "key-of-the-call"})
    assert service.sent[0].headers["Authorization"] == service.sent[1].headers["Authorization"]


def test_a_write_key_that_is_to_be_removed_is_no_credential():
    service = Service(body={"data": {"status": "SUCCESS"}})
    one = catalog("naios", service)
    one.run("SEGMENT_REMOVE_SOURCE_WRITE_KEY", {"sourceId": "s-1", "writeKey": "old-key"}, {"token": "sgp_token"})
    assert service.sent[0].url.endswith("/sources/s-1/writekey/old-key")
    assert service.sent[0].headers["Authorization"] == "Bearer sgp_token"


def test_the_region_is_a_credential_field_of_every_platform():
    service = Service()
    catalog("modulex", service).run("page", {"user_id": "u"}, {"write_key": KEY, "region": "eu"})
    assert service.sent[0].url == "https://events.eu1.segmentapis.com/v1/page"


# What the caller does wrong, in the platform's names

WRONG = [
    ("modulex", "trakc", {}, UnknownActionError, "did you mean 'track'?"),
    ("naios", "track", {}, UnknownActionError, "did you mean 'SEGMENT_TRACK'?"),
    ("make", "purchase", {}, UnknownActionError, "it lists identify, track, makeApiCall"),
    ("modulex", "track", {"event": "Paid", "userId": "u"}, InputError, "did you mean 'user_id'?"),
    ("make", "track", {"event": "Paid", "userId": "u", "properties.revenue": 3}, InputError, "did you mean 'revenue'?"),
    ("modulex", "track", {"event": "Paid"}, InputError, "user_id or anonymous_id is required; both may be given"),
    ("modulex", "group", {"user_id": "u"}, InputError, "group_id: is required"),
    ("make", "track", {"event": "Paid", "userId": "u", "revenue": "3"}, InputError, "revenue: must be a number"),
    ("make", "identify", {"userId": "u", "customTraits": [{"key": "a"}]}, InputError, "customTraits.0.value: is req"),
    ("sim", "segment_track", {"event": "Paid", "userId": "u", "context": "{"}, InputError, "context: is a text that"),
    ("sim", "segment_batch", {"batch": [{"type": "track"}]}, InputError, "batch.0.event: is required"),
    ("naios", "SEGMENT_ALIAS", {"previousId": "a"}, InputError, "userId: is required"),
    ("modulex", "page", {"user_id": "u"}, ConnectionConfigError, "write_key: the Tracking API needs 'write_key'"),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "name", "inputs", "kind", "said"), WRONG)
def test_mistakes_are_said_in_the_platforms_names(platform, name, inputs, kind, said):
    credentials = {} if kind is ConnectionConfigError else CREDENTIALS[platform]
    with pytest.raises(kind) as refused:
        catalog(platform).run(name, inputs, credentials)
    assert said in str(refused.value)


@pytest.mark.parametrize(("platform", "name", "inputs", "kind", "said"), WRONG[3:])
def test_mistakes_stand_in_the_envelope_when_nothing_may_be_raised(platform, name, inputs, kind, said):
    service = Service()
    credentials = {} if kind is ConnectionConfigError else CREDENTIALS[platform]
    answer = catalog(platform, service).run(name, inputs, credentials, raise_errors=False)
    assert (answer.get("success", answer.get("successful", False)), service.sent) == (False, [])
    assert answer["error"]


def test_a_misspelled_credential_field_is_named():
    with pytest.raises(ConnectionConfigError, match=r"writekey: there is no such .*did you mean 'write_key'"):
        catalog("modulex").run("page", {"user_id": "u"}, {"writekey": KEY})


def test_no_key_stands_in_what_is_said():
    with pytest.raises(ConnectorError) as refused:
        catalog("sim").run("segment_page", {"userId": "u", "writeKey": f"{KEY} and a space"})
    assert KEY not in str(refused.value)
    assert "writeKey: does not match" in str(refused.value)


def test_warnings_are_in_the_platforms_names():
    one = catalog("modulex")
    _, result = one.call("alias", {"previous_id": "u", "user_id": "u"}, {"write_key": KEY})
    assert [(warn.field, warn.message) for warn in result.meta.warnings] == [
        ("previous_id", "user_id and previous_id are the same, so nothing is joined")
    ]


def test_an_unknown_platform_suggests_those_that_are_near():
    with pytest.raises(InputError, match="did you mean 'naios'"):
        Connector.load().catalog("nios")


# Over HTTP, against the sandbox


@pytest.mark.parametrize(("platform", "name", "inputs", "credentials"), EVENTS, ids=[one[0] for one in EVENTS])
def test_a_listed_call_arrives_at_the_sandbox(platform, name, inputs, credentials, specs):
    with Sandbox(specs) as sandbox:
        connection = {"servers": sandbox.connection["servers"], **(credentials or {})}
        key = sandbox.connection["writeKey"]
        connection.update({field: key for field in connection if field in ("writeKey", "write_key")})
        answer = (
            Connector.load()
            .catalog(platform)
            .run(name, {**inputs, **({"writeKey": key} if "writeKey" in inputs else {})}, connection)
        )
        assert False not in answer.values()


# The command line


def test_the_command_lists_the_platforms():
    assert [line.split()[0] for line in cli("catalog").stdout.splitlines()] == PLATFORMS


def test_the_command_calls_as_a_platform_lists():
    said = cli("run", "SEGMENT_TRACK", "--as", "naios", "-p", "event=Paid", "-p", "userId=u-1", "--sandbox")
    assert (said.code, said.json["successful"], said.json["data"]["event"]) == (0, True, "Paid")


def test_the_command_suggests_the_platforms_names_and_spellings():
    said = cli("run", "track", "--as", "make", "-p", "event=Paid", "-p", "userId=u-1", "-p", "revenue=3", "--sandbox")
    assert (said.code, said.stdout) == (2, "")
    assert "hint: write -p revenue:=3" in said.stderr


def test_the_command_asks_before_a_delete():
    said = cli("run", "SEGMENT_DELETE_SOURCE", "--as", "naios", "-p", "sourceId=s-1")
    assert said.code == 2
    assert "asks for confirmation: Delete this source?" in said.stderr


def test_the_command_takes_no_pages_of_an_envelope():
    assert "leave out --all" in cli("run", "SEGMENT_TRACK", "--as", "naios", "--all").stderr
