"""Walking through lists and dropdowns: opaque cursors, odd forms, and lists that would never end."""

from __future__ import annotations

import json

import pytest

from segment_connector import CallFailed, Connector, InputError
from segment_connector.http.transport import Answer

CONNECTION = {"publicToken": "token", "profileToken": "profile", "spaceId": "space"}


def _serve(*pages):
    """A connector whose service answers with the pages one after another, and the URLs it was asked for."""
    asked = []
    left = list(pages)

    def send(method, url, *_):
        asked.append(url.split(".com", 1)[1])
        return Answer(200, {}, json.dumps(left.pop(0)).encode())

    return Connector.load(send=send, max_retries=0), asked


def _page(items, following=None, name="sources"):
    pagination = {"current": "c"} if following is None else {"current": "c", "next": following}
    return {"data": {name: [{"id": item, "name": f"Source {item}"} for item in items], "pagination": pagination}}


def test_iterate_follows_the_cursor_to_the_end():
    connector, asked = _serve(_page(["a", "b"], "Mg=="), _page(["c"]))

    found = [source["id"] for source in connector.iterate("list_sources", {"pagination": {"count": 2}}, CONNECTION)]

    assert found == ["a", "b", "c"]
    assert asked == ["/sources?pagination.count=2", "/sources?pagination.count=2&pagination.cursor=Mg%3D%3D"]


def test_a_page_size_goes_along_with_a_cursor_when_the_caller_gave_none():
    connector, asked = _serve(_page(["a"], "next"), _page(["b"]))

    list(connector.iterate("list_sources", {}, CONNECTION))

    assert asked == ["/sources", "/sources?pagination.cursor=next&pagination.count=200"]


def test_max_items_ends_the_walk_and_reads_no_page_too_many():
    connector, asked = _serve(_page(["a", "b"], "next"), _page(["c", "d"], "after"))

    found = list(connector.iterate("list_sources", {}, CONNECTION, max_items=3))

    assert [source["id"] for source in found] == ["a", "b", "c"]
    assert len(asked) == 2


def test_a_cursor_that_comes_back_is_an_error_that_does_not_show_it():
    connector, _ = _serve(_page(["a"], "same"), _page(["b"], "same"))
    walk = connector.iterate("list_sources", {}, CONNECTION)

    assert next(walk)["id"] == "a"
    with pytest.raises(CallFailed) as raised:
        list(walk)

    assert raised.value.code == "repeated_cursor"
    assert "same cursor" in str(raised.value)
    assert "'same'" not in str(raised.value)


def test_progress_is_told_page_by_page():
    connector, _ = _serve(_page(["a", "b"], "next"), _page(["c"]))
    counts = []

    list(connector.iterate("list_sources", {}, CONNECTION, on_page=lambda page: counts.append(len(page.items))))

    assert counts == [2, 1]


def test_a_page_that_cannot_be_had_raises_after_the_pages_before_it():
    connector, _ = _serve(_page(["a"], "next"), {"data": {}})
    connector.caller.send = _failing(connector.caller.send)
    walk = connector.iterate("list_sources", {}, CONNECTION)

    assert next(walk)["id"] == "a"
    with pytest.raises(CallFailed) as raised:
        next(walk)

    assert raised.value.code == "unauthorized"


def _failing(send):
    calls = []

    def fail(*arguments):
        calls.append(arguments)
        return send(*arguments) if len(calls) == 1 else Answer(401, {}, b'{"errors":[{"type":"x","message":"no"}]}')

    return fail


def test_an_action_without_a_list_says_so():
    with pytest.raises(InputError, match="gives no list"):
        next(iter(Connector.load().iterate("track", {}, CONNECTION)))


def test_a_cursor_that_is_a_number_stays_one():
    first = {"data": {"filters": [{"id": "f-1"}], "pagination": {"current": 1, "next": 2}}}
    last = {"data": {"filters": [{"id": "f-2"}], "pagination": {"current": 2, "next": None}}}
    connector, asked = _serve(first, last)

    found = list(connector.iterate("list_filters_for_space", {"integrationId": "i-1"}, CONNECTION))

    assert [one["id"] for one in found] == ["f-1", "f-2"]
    assert asked[1] == "/filters?integrationId=i-1&pagination.cursor=2&pagination.count=200"


def test_a_cursor_that_is_a_parameter_of_its_own_is_followed():
    def page(sync, following=None):
        return {"data": {"syncStatuses": [{"syncId": sync}], "pagination": {"current": "c", "next": following}}}

    connector, asked = _serve(page("s-1", "two"), page("s-2"))
    name = "list_reverse_etl_sync_statuses_from_model_and_subscription_id"

    found = list(connector.iterate(name, {"modelId": "m", "subscriptionId": "s"}, CONNECTION))

    assert [one["syncId"] for one in found] == ["s-1", "s-2"]
    assert asked[1].endswith("/syncs?count=10&cursor=two")


def test_two_lists_of_one_action_follow_one_another():
    def page(warehouses, sources, following=None):
        data = {"warehouses": [{"id": one} for one in warehouses], "sources": [{"id": one} for one in sources]}
        pages = {"warehousesPagination": {"current": "w", "next": following}, "sourcesPagination": {"current": "s"}}
        return {"data": {**data, **pages}}

    connector, asked = _serve(page(["w-1"], ["s-1"], "two"), page(["w-2"], ["s-1"]), page(["w-1"], ["s-1"], "two"))

    found = list(connector.iterate("list_credential_consumers", {"credentialId": "c"}, CONNECTION))

    assert [one["id"] for one in found] == ["w-1", "w-2", "s-1"]
    assert asked[1] == "/credentials/c/consumers?warehousesPagination.cursor=two&warehousesPagination.count=200"


def test_a_list_that_is_an_object_gives_names_and_values():
    page = {"traits": {"plan": "premium", "age": 42}, "cursor": {"has_more": False, "next": ""}}
    connector, _ = _serve(page)

    found = list(connector.iterate("get_user_profile_traits", {"idType": "user_id", "id": "u-1"}, CONNECTION))

    assert found == [{"name": "plan", "value": "premium"}, {"name": "age", "value": 42}]
