"""Walking through lists and dropdowns: opaque cursors, odd forms, and lists that would never end."""

from __future__ import annotations

import json

import pytest

from segment_connector import CallFailed, Connector, InputError
from segment_connector.runtime.transport import Answer

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

    assert ["a", "b", "c"] == found
    assert ["/sources?pagination.count=2", "/sources?pagination.count=2&pagination.cursor=Mg%3D%3D"] == asked


def test_a_page_size_goes_along_with_a_cursor_when_the_caller_gave_none():
    connector, asked = _serve(_page(["a"], "next"), _page(["b"]))

    list(connector.iterate("list_sources", {}, CONNECTION))

    assert ["/sources", "/sources?pagination.cursor=next&pagination.count=200"] == asked


def test_max_items_ends_the_walk_and_reads_no_page_too_many():
    connector, asked = _serve(_page(["a", "b"], "next"), _page(["c", "d"], "after"))

    found = list(connector.iterate("list_sources", {}, CONNECTION, max_items=3))

    assert ["a", "b", "c"] == [source["id"] for source in found]
    assert 2 == len(asked)


def test_a_cursor_that_comes_back_is_an_error_that_does_not_show_it():
    connector, _ = _serve(_page(["a"], "same"), _page(["b"], "same"))
    walk = connector.iterate("list_sources", {}, CONNECTION)

    assert "a" == next(walk)["id"]
    with pytest.raises(CallFailed) as raised:
        list(walk)

    assert "repeated_cursor" == raised.value.code
    assert "same cursor" in str(raised.value)
    assert "'same'" not in str(raised.value)


def test_progress_is_told_page_by_page():
    connector, _ = _serve(_page(["a", "b"], "next"), _page(["c"]))
    counts = []

    list(connector.iterate("list_sources", {}, CONNECTION, on_page=lambda page: counts.append(len(page.items))))

    assert [2, 1] == counts


def test_a_page_that_cannot_be_had_raises_after_the_pages_before_it():
    connector, _ = _serve(_page(["a"], "next"), {"data": {}})
    connector.caller.send = _failing(connector.caller.send)
    walk = connector.iterate("list_sources", {}, CONNECTION)

    assert "a" == next(walk)["id"]
    with pytest.raises(CallFailed) as raised:
        next(walk)

    assert "unauthorized" == raised.value.code


def _failing(send):
    calls = []

    def fail(*arguments):
        calls.append(arguments)
        return send(*arguments) if len(calls) == 1 else Answer(401, {}, b'{"errors":[{"type":"x","message":"no"}]}')

    return fail


def test_an_action_without_a_list_says_so():
    with pytest.raises(InputError, match="gives no list"):
        next(iter(Connector.load().iterate("track", {}, CONNECTION)))
