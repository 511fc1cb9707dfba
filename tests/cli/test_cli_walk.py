"""``run --all``, ``--max-items`` and ``--yes``: lists line by line, and the question before something is lost."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from contextlib import suppress

import pytest
from cli_support import cli, command, environment
from faultserver import FaultServer, answer

pytestmark = pytest.mark.unmeasured


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
    assert "does not return a paged list" in said.errors[0]


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


def _in_a_terminal(server, *arguments, typed=b""):
    """Run the program with a terminal as stdin and stderr: exit code, stdout, and what the terminal showed."""
    master, slave = pty.openpty()
    env = environment(
        {"SEGMENT_PUBLIC_TOKEN": "token-1234", "SEGMENT_PUBLIC_URL": server.url, "TERM": "xterm"}, measured=True
    )
    with subprocess.Popen(
        command("run", *arguments), stdin=slave, stdout=subprocess.PIPE, stderr=slave, env=env
    ) as process:
        os.close(slave)
        os.write(master, typed)
        assert process.stdout is not None
        stdout = process.stdout.read().decode()
        code = process.wait(30)
    shown = b""
    with suppress(OSError):  # the terminal is gone with the program
        while chunk := os.read(master, 65536):
            shown += chunk
    os.close(master)
    return code, stdout, shown.decode()


def test_a_terminal_shows_how_far_a_list_is_read(server):
    server.replies = [_page("a", "b", following="two"), _page("c")]

    code, stdout, shown = _in_a_terminal(server, "list_sources", "--all")

    assert code == 0
    assert [json.loads(line)["id"] for line in stdout.splitlines()] == ["a", "b", "c"]
    assert "reading" in shown


def test_a_terminal_shows_what_is_waited_for(server):
    server.replies = [answer({}, 429, {"Retry-After": "1"}), _page("a")]

    code, _, shown = _in_a_terminal(server, "list_sources", "--all")

    assert code == 0
    assert "waiting 1 s (HTTP 429)" in shown


@pytest.mark.parametrize(("typed", "code", "sent"), [(b"y\n", 0, 1), (b"n\n", 1, 0)])
def test_a_person_is_asked_before_a_delete(server, typed, code, sent):
    server.replies = [answer({"data": {"status": "SUCCESS"}})]

    ended, _, shown = _in_a_terminal(server, "delete_source", "-p", "sourceId=s-1", typed=typed)

    assert (ended, len(server.seen)) == (code, sent)
    assert "Delete this source?" in shown
