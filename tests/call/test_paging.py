"""Walking through lists and dropdowns: opaque cursors, odd forms, and lists that would never end."""

from __future__ import annotations

import json

import pytest
import second

from segment_connector import CallFailed, Connector, InputError, checks
from segment_connector.http.transport import Response

CONNECTION = {"publicToken": "token", "profileToken": "profile", "spaceId": "space"}


def _serve(*pages):
    """A connector whose service answers with the pages one after another, and the URLs it was asked for."""
    asked = []
    left = list(pages)

    def send(method, url, *_):
        asked.append(url.split(".com", 1)[1])
        return Response(200, {}, json.dumps(left.pop(0)).encode())

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
        return send(*arguments) if len(calls) == 1 else Response(401, {}, b'{"errors":[{"type":"x","message":"no"}]}')

    return fail


def test_an_action_without_a_list_says_so():
    with pytest.raises(InputError, match="does not return a paged list"):
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


# Pages by number and by offset, and addresses in a Link header


def _second(tmp_path, *answers, paging=None, links=()):
    """The second connector, whose list of parcels is paged in another way, and the queries it was asked for."""
    asked, left, headers = [], list(answers), list(links)

    def send(method, url, *_):
        asked.append(url.partition("?")[2])
        return Response(200, {"Link": headers.pop(0)} if headers else {}, json.dumps(left.pop(0)).encode())

    outputs = {
        "parcels": {"type": "array", "description": "The parcels."},
        "more": {"type": "boolean", "description": "Whether more follow."},
        "total": {"type": "integer", "description": "How many there are."},
        "links": {"value": "{{ response.headers.link }}", "type": "string", "description": "Other pages."},
    }
    folder = second.with_other_lists(tmp_path, action=paging and {"paging": paging, "outputs": outputs, "examples": []})
    return Connector.load(folder, send=send, max_retries=0), asked


def _walk(connector, inputs=None, name="list_parcels"):
    return list(connector.iterate(name, inputs or {}, {"apiKey": "key-12345"}))


PAGES = {"kind": "page", "page": "page", "size": "per_page", "items": "parcels"}
OFFSET = {"kind": "offset", "offset": "page", "size": "per_page", "items": "parcels"}
ENTRIES = [{"id": number} for number in range(5)]
A, B, C, NONE = ({"parcels": part} for part in (ENTRIES[:2], ENTRIES[2:4], ENTRIES[4:], []))


@pytest.mark.parametrize(
    ("paging", "inputs", "answers", "asked"),
    [
        # A short page proves nothing: a service may give less than it was asked for.
        ({}, {}, [A, B, C, NONE], ["per_page=2", "page=2&per_page=2", "page=3&per_page=2", "page=4&per_page=2"]),
        ({}, {"page": 3}, [C, NONE], ["page=3&per_page=2", "page=4&per_page=2"]),
        ({"default_size": None}, {}, [A, NONE], ["", "page=2"]),
        ({"first": 0}, {"per_page": 9}, [A, NONE], ["per_page=9", "page=1&per_page=9"]),
        ({"more": "more"}, {}, [{**A, "more": True}, {**C, "more": False}], ["per_page=2", "page=2&per_page=2"]),
        ({"total": "total"}, {}, [{**A, "total": 3}, {**C, "total": 3}], ["per_page=2", "page=2&per_page=2"]),
        ({"total": "total"}, {}, [{**A, "total": 2}], ["per_page=2"]),
        (OFFSET, {}, [A, C, NONE], ["per_page=2", "page=2&per_page=2", "page=3&per_page=2"]),
        ({**OFFSET, "total": "total"}, {"page": 4}, [{**C, "total": 5}], ["page=4&per_page=2"]),
    ],
)
def test_pages_are_counted(tmp_path, paging, inputs, answers, asked):
    members = {**PAGES, "default_size": 2, **paging} if "kind" not in paging else {**paging, "default_size": 2}
    paging = {name: value for name, value in members.items() if value is not None}
    connector, seen = _second(tmp_path, *answers, paging=paging)

    assert _walk(connector, inputs) == [entry for one in answers for entry in one["parcels"]]
    assert seen == asked


def test_a_service_that_does_not_turn_the_page_is_found_out(tmp_path):
    connector, asked = _second(tmp_path, A, A, paging=PAGES)

    with pytest.raises(CallFailed) as caught:
        _walk(connector)

    assert caught.value.code == "repeated_page"
    assert len(asked) == 2


# RFC 8288: several links, several relations of one, parameters in any order, addresses that are relative.
@pytest.mark.parametrize(
    "link",
    [
        '<https://api.parcels.example/v2/events?page_info=abc%3D&limit=1>; rel="next"',
        '</v2/events?page_info=abc%3D>; title="x"; rel="next"',
        '<https://a/?page_info=first>; rel="first", <https://a/?page_info=abc%3D>; rel="last next"',
        "<?page_info=abc%3D>; rel=next",
    ],
)
def test_a_list_is_followed_by_the_address_of_the_next_page(tmp_path, link):
    connector, asked = _second(tmp_path, {"events": [{"id": 1}]}, {"events": [{"id": 2}]}, links=[link])

    assert _walk(connector, {"limit": 1}, "list_events") == [{"id": 1}, {"id": 2}]
    assert asked == ["limit=1", "page_info=abc%3D&limit=1"]


@pytest.mark.parametrize("link", ["", "nonsense", '<https://a/?page_info=x>; rel="prev"', '<https://a/>; rel="next"'])
def test_a_list_ends_where_no_address_leads_on(tmp_path, link):
    connector, asked = _second(tmp_path, {"events": [{"id": 1}]}, links=[link])

    assert _walk(connector, {}, "list_events") == [{"id": 1}]
    assert asked == [""]


def test_a_dropdown_is_filled_from_pages_by_number(tmp_path):
    connector, asked = _second(tmp_path, A, NONE)

    first = connector.options("get_parcel", "parcelId", {"apiKey": "key-12345"})
    rest = connector.options("get_parcel", "parcelId", {"apiKey": "key-12345"}, cursor=first.next)

    assert [option.value for option in first.items] == [0, 1]
    assert (first.next, rest.items, rest.next) == (2, (), None)
    assert asked == ["per_page=100", "page=2&per_page=100"]


@pytest.mark.parametrize(
    ("paging", "field", "message"),
    [
        ({"kind": "pages", "items": "parcels"}, "paging.kind", "must be one of cursor, page, offset, link"),
        ({"kind": "page", "items": "parcels"}, "paging.page", "'page' is missing"),
        ({"kind": "offset", "items": "parcels"}, "paging.offset", "'offset' is missing"),
        ({"items": "parcels", "next": "links"}, "paging.cursor", "'cursor' is missing"),
        ({"kind": "link", "items": "parcels", "cursor": "page"}, "paging.next", "'next' is missing"),
        ({**PAGES, "next": "links"}, "paging.next", "has no meaning for the kind 'page'"),
        ({**PAGES, "page": "pages"}, "paging.page", "'pages' is not a known parameter"),
        ({**PAGES, "page": "status"}, "paging.page", "'status' is counted on, but takes no number"),
        ([PAGES, {"kind": "page", "items": "parcels"}], "paging.1.page", "'page' is missing"),
    ],
)
def test_paging_that_cannot_be_followed_is_told_with_line_and_cure(tmp_path, paging, field, message):
    folder = second.changed(tmp_path, {"paging": paging})
    file = folder / "actions" / "parcels" / "list_parcels.yaml"
    found = [one for one in checks.run(folder) if one.field == field and one.message.startswith(message)]

    assert [one.path for one in found] == [str(file)]
    assert found[0].hint
    assert (found[0].line or 0) >= file.read_text(encoding="utf-8").partition('"paging"')[0].count("\n") + 1
