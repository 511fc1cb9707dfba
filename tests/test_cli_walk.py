"""``run --all``, ``--max-items`` and ``--yes``: lists line by line, and the question before something is lost."""

from __future__ import annotations

import json

import pytest
from cli_support import cli
from faultserver import FaultServer, answer


@pytest.fixture
def server():
    with FaultServer() as running:
        yield running


def _page(*ids, following=None):
    pagination = {"current": "c", "next": following} if following else {"current": "c"}
    return answer({"data": {"sources": [{"id": one} for one in ids], "pagination": pagination}})


def _run(server, *arguments, **options):
    env = {"SEGMENT_PUBLIC_TOKEN": "token-1234", "SEGMENT_PUBLIC_URL": server.url}
    return cli("run", *arguments, env=env, **options)


def test_all_prints_one_line_of_json_for_each_entry(server):
    server.replies = [_page("a", "b", following="two"), _page("c")]

    said = _run(server, "list_sources", "--all")

    assert said.code == 0
    assert [json.loads(line) for line in said.stdout.splitlines()] == [{"id": "a"}, {"id": "b"}, {"id": "c"}]


def test_max_items_stops_early(server):
    server.replies = [_page("a", "b", following="two")]

    said = _run(server, "list_sources", "--max-items", "1")

    assert (said.code, said.stdout) == (0, '{"id":"a"}\n')


def test_a_page_that_fails_ends_with_1_after_the_entries_before_it(server):
    server.replies = [_page("a", following="two"), answer({"errors": [{"type": "x", "message": "gone"}]}, 404)]

    said = _run(server, "list_sources", "--all")

    assert (said.code, said.stdout) == (1, '{"id":"a"}\n')
    assert said.errors[0].startswith("error: not_found: ")


def test_an_action_without_a_list_ends_with_2(server):
    said = _run(server, "get_workspace", "--all")

    assert said.code == 2
    assert "gives no list" in said.errors[0]


def test_a_delete_is_refused_when_nobody_can_be_asked(server):
    said = _run(server, "delete_source", "-p", "sourceId=s-1")

    assert said.code == 2
    assert any("--yes" in line for line in said.errors)
    assert server.seen == []


def test_yes_says_so_beforehand(server):
    server.replies = [answer({"data": {"status": "SUCCESS"}})]

    said = _run(server, "delete_source", "-p", "sourceId=s-1", "--yes")

    assert said.code == 0
    assert "SUCCESS" in said.stdout


def test_a_replacement_of_a_whole_list_asks_too(server):
    said = _run(server, "replace_labels_in_source", "-p", "sourceId=s-1", "-p", "labels:=[]")

    assert said.code == 2
    assert any("--yes" in line for line in said.errors)
