"""No input raises anything but the documented errors, and text arrives as it was given.

The same examples are tried in every run; ``FUZZ=50 pytest tests/test_fuzz.py`` tries others, and fifty times as many.
"""

from __future__ import annotations

import copy
import json
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from faultserver import HandClock
from hypothesis import assume, given
from hypothesis import strategies as st
from lab import Lab
from strategies import TEXTS, anything, examples, json_values, near, texts

from segment_connector import ConnectionConfigError, Connector, ConnectorError, InputError, SpecError
from segment_connector.language import yaml_reader as yaml_loader
from segment_connector.language.specs import Specs

SPECS = Specs()
CONNECTOR = Connector(SPECS, clock=HandClock().clock)
SECRETS = {
    "writeKey": "s3cr3t-write-key", "publicToken": "s3cr3t-public-token", "profileToken": "s3cr3t-profile-token",
    "spaceId": "spa_1",
}  # fmt: skip
FREE = [
    (name, parameter)
    for name in SPECS.paths
    for parameter, schema in SPECS.action(name).parameters.items()
    if schema.get("type") == "object" and schema.get("additionalProperties", True) is True and "required" not in schema
    if f"input.{parameter} " in str(SPECS.action(name).body)
]


@pytest.fixture(scope="module", autouse=True)
def no_sockets() -> Iterator[None]:
    """Whatever opens a socket fails."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "socket", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


free_form = st.dictionaries(texts, json_values | texts, max_size=4)


def complete(name: str) -> dict[str, Any]:
    """The least that an action can be called with: its first example, without what need not be given."""
    example = SPECS.action(name).examples[0].input
    needed = {*SPECS.action(name).required, "userId", "anonymousId"}
    return {key: value for key, value in example.items() if key in needed}


def attempt(function: Callable[..., Any], *arguments: Any) -> tuple[Any, ConnectorError | None]:
    """What a call gives, or the documented error that it raises."""
    try:
        return function(*arguments), None
    except ConnectorError as error:
        return None, error


def entry(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    near_it = near(SPECS.action(kind).input_schema, anything).map(
        lambda value: value if isinstance(value, dict) else {}
    )
    return st.just(complete(kind)) | near_it


@st.composite
def calls(draw: st.DrawFn, name: str) -> Any:
    """Inputs near what an action takes; for a list of calls, entries near what each of them takes."""
    action = SPECS.action(name)
    inputs = draw(near(action.input_schema, anything) | anything)
    if action.split is not None and isinstance(inputs, dict) and draw(st.integers(0, 3)):
        entries = action.parameters[action.split.parameter]["entries"]
        kinds = draw(st.lists(st.sampled_from(entries["actions"]), min_size=1, max_size=3))
        inputs[action.split.parameter] = [{entries["by"]: kind, **draw(entry(kind))} for kind in kinds]
    return inputs


GROUPS: dict[str, list[str]] = {}
for action_name, action_path in SPECS.paths.items():
    GROUPS.setdefault(action_path.parent.name, []).append(action_name)


def hold(name: str, inputs: Any) -> None:
    request, error = attempt(CONNECTOR.plan, name, inputs, SECRETS)
    if error is None:
        assert request.body == (None if request.content is None else json.loads(request.content))
        assert "s3cr3t" not in json.dumps(request.to_dict())
    else:
        assert isinstance(error, (InputError, ConnectionConfigError))
        assert all(problem.message and problem.code for problem in error.problems)
        assert "s3cr3t" not in repr(error.problems)


@pytest.mark.parametrize("group", GROUPS)
@examples(20)
@given(data=st.data())
def test_whatever_an_action_is_given_only_documented_errors_are_raised(group: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(GROUPS[group]))
    hold(name, data.draw(calls(name)))


@examples(300)
@given(data=st.data())
def test_whatever_an_event_holds_only_documented_errors_are_raised(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(GROUPS["tracking"]))
    hold(name, data.draw(calls(name)))


@pytest.mark.parametrize(("name", "parameter"), FREE, ids=lambda part: part)
@examples(25)
@given(value=free_form)
def test_what_is_free_to_choose_arrives_unchanged(name: str, parameter: str, value: Any) -> None:
    described = SPECS.action(name).parameters[parameter].get("properties", {})
    assume(not described.keys() & value.keys())
    request = CONNECTOR.plan(name, {**complete(name), parameter: value}, SECRETS)
    arrived = json.loads(request.content or b"")
    assert repr(arrived[parameter]) == repr(value)


@examples(150)
@given(event=texts, user=texts, traits=free_form)
def test_text_arrives_as_the_text_that_it_is(event: str, user: str, traits: Any) -> None:
    entry = {"type": "track", "event": event, "userId": user, "properties": {"given": [event, user], "traits": traits}}
    request, error = attempt(CONNECTOR.plan, "batch", {"batch": [entry]}, SECRETS)
    if error is None:
        (arrived,) = json.loads(request.content)["batch"]
        assert {key: arrived[key] for key in entry} == entry
    else:
        assert {problem.field for problem in error.problems} <= {"batch.0.event", "batch.0.userId"}


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Connector:
    """A service with ids in its paths."""
    lab = Lab(tmp_path_factory.mktemp("things"))
    lab.write(
        parameters={"a": {"type": "string"}, "b": {"type": "string"}}, required=["a", "b"],
        endpoint="GET /things/{{ input.a }}/parts/x{{ input.b }}",
    )  # fmt: skip
    return lab.connector()


@examples(200)
@given(a=texts, b=texts)
def test_no_id_changes_the_address_or_the_number_of_its_parts(things: Connector, a: str, b: str) -> None:
    request, error = attempt(things.plan, "act", {"a": a, "b": b}, {"apiKey": "key-1234"})
    if error is not None:
        assert error.field in ("a", "b", "path")
        return
    parts = urlsplit(request.url)
    assert request.url.isascii()
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("https", "lab.test", "", "")
    assert [unquote(part) for part in parts.path.split("/")] == ["", "v1", "things", a, "parts", f"x{b}"]


pieces = st.lists(st.sampled_from([*TEXTS, "/", "..", "%2e", "%2f", "?", "#", ":", "@", "\\", "a", "é"]), max_size=5)


@examples(200)
@given(path=pieces.map("".join) | texts)
def test_no_path_of_ones_own_leads_elsewhere(path: str) -> None:
    request, error = attempt(CONNECTOR.plan, "custom_api_call", {"api": "public", "path": path}, SECRETS)
    if error is not None:
        assert error.field == "path"
        return
    parts = urlsplit(request.url)
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("https", "api.segmentapis.com", "", "")
    assert [unquote(part) for part in parts.path.split("/")[1:]] == [
        unquote(part) for part in path.strip("/").split("/")
    ]
    assert not {".", ".."} & set(unquote(parts.path).split("/"))


@examples(150)
@given(connection=near(SPECS.connector.connection.schema, anything) | anything)
def test_whatever_the_connection_is_only_its_own_error_is_raised(connection: Any) -> None:
    request, error = attempt(CONNECTOR.plan, "track", {"event": "E", "userId": "u"}, connection)
    if error is None:
        assert urlsplit(request.url).scheme in ("http", "https")
    else:
        assert isinstance(error, ConnectionConfigError)


@examples(200)
@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from([*":-?[]{},#&*!|>'\"%@` \n\t", "a", "1", "- ", ": ", "\n  "])).map("".join)
)
def test_whatever_a_spec_file_holds_only_its_own_error_is_raised(text: str) -> None:
    value, error = attempt(yaml_loader.parse, text, "spec.yaml")
    if error is None:
        json.dumps(value)
    else:
        assert isinstance(error, SpecError)
        assert error.problems[0].path == "spec.yaml"


JUNK = [
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "x",
    "{{ input.zzz }}",
    "{{ input.event.a.b + 1 }}",
    "{{",
    [],
    ["x"],
    [[]],
    {},
    {"x": 1},
]
JUNK += [{"x": {}}, {"type": "x"}, {"$ref": "common#nowhere"}, "{{ input }}", "{{ connection }}"]


def places(node: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    if isinstance(node, (dict, list)):
        for key in node if isinstance(node, dict) else range(len(node)):
            yield from places(node[key], (*place, key))


def changed(tree: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    tree = copy.deepcopy(tree)
    node = tree
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    return tree


ACTION = {key: value for key, value in yaml_loader.read(SPECS.path_of("track")).items() if key != "examples"}
LAB = yaml_loader.read(Path(__file__).parent / "data" / "lab" / "connector.yaml")


def use(lab: Lab, inputs: Any) -> None:
    connector = lab.connector()
    list(connector.specs.summaries())
    connector.connection_from_environment({"X": "y"})
    connector.plan("act", inputs, {"apiKey": "key-1234", "team": "t"}).to_dict()


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    lab = Lab(tmp_path_factory.mktemp("workshop"))
    shutil.copytree(SPECS.root / "schemas" / "types", lab.root / "schemas" / "types", dirs_exist_ok=True)
    return lab


@examples(150)
@given(place=st.sampled_from(list(places(ACTION))), junk=st.sampled_from(JUNK))
def test_whatever_an_action_file_says_only_documented_errors_are_raised(workshop: Lab, place: Any, junk: Any) -> None:
    path = workshop.write()
    path.write_text(json.dumps(changed({**ACTION, "name": "act", "api": "main"}, place, junk), ensure_ascii=False))
    _, error = attempt(use, workshop, {"event": "E", "userId": "u", "context": {"ip": "1.1.1.1"}})
    assert error is None or all(problem.message for problem in error.problems)


@examples(150)
@given(place=st.sampled_from(list(places(LAB))), junk=st.sampled_from(JUNK))
def test_whatever_the_connector_file_says_only_documented_errors_are_raised(
    workshop: Lab, place: Any, junk: Any
) -> None:
    workshop.write()
    path = workshop.root / "connector.yaml"
    before = path.read_text()
    try:
        path.write_text(json.dumps(changed(LAB, place, junk), ensure_ascii=False))
        _, error = attempt(use, workshop, {})
        assert error is None or all(problem.message for problem in error.problems)
    finally:
        path.write_text(before)
