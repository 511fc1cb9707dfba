"""Dropdowns: values with labels, searched and paged, some of them dependent on others."""

from __future__ import annotations

import json

import pytest

from segment_connector import CallFailed, Connector, InputError
from segment_connector.http.transport import Response

CONNECTION = {"publicToken": "token"}


def _serve(answers):
    """A connector whose service answers by the part of the URL behind the host."""
    asked = []

    def send(method, url, *_):
        asked.append(url.split(".com", 1)[1])
        return Response(200, {}, json.dumps(answers(asked[-1])).encode())

    return Connector.load(send=send, max_retries=0), asked


def _sources(path):
    names = ["Website", "Android app", "Web shop", "Server"]
    start = int(path.split("cursor=")[1].split("&")[0]) if "cursor=" in path else 0
    found = [{"id": f"id-{index}", "name": names[index]} for index in range(start, start + 2)]
    following = {"next": str(start + 2)} if start + 2 < len(names) else {}
    return {"data": {"sources": found, "pagination": {"current": str(start), **following}}}


def test_a_part_of_the_list_comes_with_the_cursor_of_the_next():
    connector, _ = _serve(_sources)

    first = connector.options("get_source", "sourceId", CONNECTION)
    second = connector.options("get_source", "sourceId", CONNECTION, cursor=first.next)

    assert [(one.value, one.label) for one in first.items] == [("id-0", "Website"), ("id-1", "Android app")]
    assert [one.label for one in second.items] == ["Web shop", "Server"]
    assert second.next is None


def test_a_search_reads_on_through_the_pages_whatever_the_case():
    connector, asked = _serve(_sources)

    found = connector.options("add_source_to_tracking_plan", "sourceId", CONNECTION, search="wEb")

    assert [one.label for one in found.items] == ["Website", "Web shop"]
    assert len(asked) == 2
    assert found.next is None


def test_a_search_finds_values_too():
    connector, _ = _serve(_sources)

    found = connector.options("get_source", "sourceId", CONNECTION, search="id-3")

    assert [one.label for one in found.items] == ["Server"]


def test_a_dependent_dropdown_asks_for_what_it_depends_on_first():
    connector, asked = _serve(lambda _: {"data": {"audiences": [{"id": "aud_1", "name": "Big"}], "pagination": {}}})

    with pytest.raises(InputError, match="choose spaceId first") as raised:
        connector.options("get_audience", "id", CONNECTION)
    found = connector.options("get_audience", "id", CONNECTION, inputs={"spaceId": "spa_1"})

    assert raised.value.field == "id"
    assert [one.label for one in found.items] == ["Big"]
    assert asked == ["/spaces/spa_1/audiences"]


def test_several_lists_follow_one_another_in_one_dropdown():
    def functions(path):
        kind = path.split("resourceType=")[1].split("&")[0]
        found = [{"id": f"fn-{kind}", "displayName": kind.title()}] if kind in ("SOURCE", "INSERT_SOURCE") else []
        return {"data": {"functions": found, "pagination": {"current": "MA=="}}}

    connector, asked = _serve(functions)

    first = connector.options("get_function", "functionId", CONNECTION)
    rest = connector.options("get_function", "functionId", CONNECTION, search="insert", cursor=first.next)

    assert [one.label for one in first.items] == ["Source"]
    assert [one.label for one in rest.items] == ["Insert_Source"]
    assert rest.next is None
    assert len(asked) == 5


@pytest.mark.parametrize(
    ("parameter", "said"),
    [("sourceid", "did you mean 'sourceId'"), ("pagination", "no list of values"), ("nothing.at.all", "no such")],
)
def test_a_parameter_without_a_dropdown_says_so(parameter, said):
    connector, _ = _serve(_sources)

    with pytest.raises(InputError, match=said):
        connector.options("list_connected_warehouses_from_source", parameter, CONNECTION)


def test_a_list_that_cannot_be_had_raises_what_the_service_said():
    connector = Connector.load(send=lambda *_: Response(403, {}, b""), max_retries=0)

    with pytest.raises(CallFailed) as raised:
        connector.options("get_source", "sourceId", CONNECTION)

    assert raised.value.code == "forbidden"


def test_every_dropdown_names_an_action_that_can_fill_it():
    connector = Connector.load()
    for action in connector.actions.values():
        for name, schema in action.parameters.items():
            if (options := schema.get("options")) is None:
                continue
            lister = connector.actions[options["action"]]
            given = {*options.get("inputs", ()), *options.get("each", ())}
            assert set(lister.required) <= given, f"{action.name}.{name}"
            assert set(options.get("inputs", {}).values()) <= set(action.parameters), f"{action.name}.{name}"
