"""A long list that was sent in part, and the repeat that counts no entry twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from faultserver import FaultServer, Reply, answer, stalling
from mcp_support import ERAS, call, offered, talk, text_of, wait_for

from segment_connector import Connector
from segment_connector.hosts.agent_tools.repeats import Repeat
from segment_connector.language.specs import Specs

ACCEPTED = answer({"success": True})
TOO_MANY = answer({"message": "slow down"}, 429, {"Retry-After": "100"})
FIRST = "sent: in part; of 30 entries, counted from 0: "

Serve = Callable[..., tuple[FaultServer, str]]


@pytest.fixture
def serve(specs: Specs) -> Iterator[Serve]:
    """Makes a service with replies, and the URL at which agents reach it."""
    import contextlib

    with contextlib.ExitStack() as stack:

        def make(*replies: Reply, limits: Mapping[str, Any] | None = None, retries: int | None = None) -> Any:
            service = stack.enter_context(FaultServer(*replies))
            connection = {"writeKey": "key-1", "servers": {"tracking": service.url}}
            connector = Connector(specs, max_retries=retries)
            return service, stack.enter_context(offered(connector, connection, limits))

        yield make


def entries(count: int = 30, size: int = 25_000) -> list[dict[str, Any]]:
    """Events of which about twenty fill a request."""
    filler = {"text": "x" * size}
    return [
        {"type": "track", "event": "Seen", "userId": f"u-{number}", "properties": filler} for number in range(count)
    ]


def word_of(text: str) -> str:
    (word,) = re.findall(
        r'^repeat: with \{"repeat_id": "([^"]+)"\} among the inputs it cannot count twice$', text, re.MULTILINE
    )
    return str(word)


def ids(service: FaultServer) -> list[list[str]]:
    """The ids of the entries of each request."""
    return [[entry["messageId"] for entry in body["batch"]] for body in service.bodies]


@pytest.mark.parametrize("tool", ["batch", "run_action"])
@pytest.mark.parametrize("era", ERAS)
def test_what_was_accepted_before_a_wait_that_is_too_long_is_told_and_counts_once(serve: Serve, era: str, tool: str):
    service, url = serve(ACCEPTED, TOO_MANY, ACCEPTED)

    def send(inputs: dict[str, Any]) -> Any:
        return call(url, tool, inputs if tool == "batch" else {"action": "batch", "inputs": inputs}, era)

    failed = send({"batch": entries()})
    repeated = send({"batch": entries(), "repeat_id": word_of(text_of(failed))})

    first, second, *again = ids(service)
    assert failed.is_error
    assert "error: try_later\nproblem: HTTP 429; the service asks to wait 100 s" in text_of(failed)
    assert "retry: the same call may succeed after 100 s" in text_of(failed)
    accepted = f"{len(first)} accepted (0-{len(first) - 1})"
    assert f"{FIRST}{accepted}, {len(second)} refused ({len(first)}-29)\n" in text_of(failed)
    assert len(text_of(failed)) < 1000
    assert not repeated.is_error
    assert again == [first, second]
    assert len({*first, *second}) == 30


@pytest.mark.parametrize(
    ("replies", "told"),
    [
        ([ACCEPTED, answer({}, 400), ACCEPTED], "45 accepted (0-18, 38-63), 19 refused (19-37)"),
        ([ACCEPTED, answer({}, 401)], "19 accepted (0-18), 19 refused (19-37), 26 not sent (38-63)"),
        ([ACCEPTED, answer({}, 503)], "19 accepted (0-18), 19 unknown (19-37), 26 not sent (38-63)"),
    ],
    ids=["400", "401", "503"],
)
def test_each_part_is_told_by_what_became_of_it(serve: Serve, replies: list[Reply], told: str):
    service, url = serve(*replies, retries=0)
    given = [*entries(57), *entries(7, 10)]
    text = text_of(call(url, "batch", {"batch": given}))

    assert f"sent: in part; of 64 entries, counted from 0: {told}\n" in text
    word = word_of(text)
    service.replies = [ACCEPTED]
    before = ids(service)
    call(url, "batch", {"batch": given, "repeat_id": word})
    assert ids(service)[len(before) :][: len(before)] == before


def test_what_may_have_arrived_is_not_told_as_accepted_nor_as_refused(serve: Serve):
    _, url = serve(answer({}, 503), retries=0)
    text = text_of(call(url, "batch", {"batch": entries()}))

    assert "sent: perhaps; of 30 entries, counted from 0: 19 unknown (0-18), 11 not sent (19-29)\nrepeat: " in text


def test_what_was_surely_not_taken_needs_no_word(serve: Serve):
    _, url = serve(answer({}, 401))
    text = text_of(call(url, "batch", {"batch": entries()}))

    assert "sent: yes, and it was refused" in text
    assert "repeat" not in text


def test_entries_that_are_wrong_themselves_are_not_among_those_that_were_sent(serve: Serve):
    _, url = serve(answer({}, 503), retries=0)
    given = [{"type": "track", "event": "Seen"}, *entries(1, 1), {"type": "nope"}]
    text = text_of(call(url, "batch", {"batch": given, "skipInvalid": True}))

    assert "sent: perhaps; of 3 entries, counted from 0: 1 unknown (1), 2 not sent (0, 2)\n" in text


def test_many_ranges_are_cut(serve: Serve):
    _, url = serve(answer({}, 503), retries=0)
    given = [entry if number % 2 else {"type": "nope"} for number, entry in enumerate(entries(1000, 1))]
    text = text_of(call(url, "batch", {"batch": given, "skipInvalid": True}))

    assert "500 unknown (1, 3, 5, " in text
    assert "37, 39, ...)" in text
    assert len(text) < 1000


def test_a_list_without_an_answer_in_time_names_its_word(serve: Serve):
    service, url = serve(ACCEPTED, stalling(), ACCEPTED, limits={"timeout": 1.5})
    failed = text_of(call(url, "batch", {"batch": entries()}))
    wait_for(lambda: len(service.seen) == 2)
    repeated = call(url, "batch", {"batch": entries(), "repeat_id": word_of(failed)})

    assert "of a long list some parts may have been accepted before" in failed
    assert "sent: perhaps: it may have arrived anyway" in failed
    assert not repeated.is_error
    first, second, *again = ids(service)
    assert again == [first, second]


def test_calls_that_name_no_word_are_different_events(serve: Serve):
    service, url = serve(ACCEPTED)

    async def use(client: Any) -> None:
        for _ in range(2):
            await client.call_tool("batch", {"batch": entries(2, 1)})

    talk(url, use)
    (first, second) = ids(service)
    assert len({*first, *second}) == 4


def test_a_wait_that_is_too_long_tells_what_the_earlier_tries_may_have_done(serve: Serve):
    """The refusal comes second: the answer to the first try was lost, and it may have been taken."""
    service, url = serve(answer({}, 503), answer({}, 429, {"Retry-After": "100"}))
    text = text_of(call(url, "track", {"event": "Seen", "userId": "u-1"}))

    assert "error: try_later" in text
    assert "sent: perhaps" in text
    assert f'repeat: with {{"messageId": "{service.bodies[0]["messageId"]}"}} among the inputs' in text


@pytest.mark.parametrize("word", [5, "", "x" * 256, "ł", ["a"]])
def test_a_word_of_another_form_is_refused(serve: Serve, word: Any):
    service, url = serve()
    result = call(url, "batch", {"batch": entries(1, 1), "repeat_id": word})

    assert result.is_error
    assert "error: type\nplace: repeat_id\nproblem: must be ASCII text of 1 to 255 characters\nfix: " in text_of(result)
    assert "sent: no" in text_of(result)
    assert service.seen == []


def test_only_a_list_takes_a_word(serve: Serve):
    _, url = serve()

    async def use(client: Any) -> Any:
        listed = await client.list_tools()
        described = await client.call_tool("describe_action", {"action": "batch"})
        return [tool.name for tool in listed.tools if "repeat_id" in tool.input_schema["properties"]], described

    named, described = talk(url, use)
    assert named == ["batch"]
    assert "repeat_id" in described.structured_content["input_schema"]["properties"]
    refused = call(url, "track", {"event": "Seen", "userId": "u-1", "repeat_id": "x"})
    assert "place: repeat_id\nproblem: there is no such parameter" in text_of(refused)


# The ids themselves


def filled(specs: Specs, given: Any, word: str = "word") -> list[Any]:
    compiled = Connector(specs).caller.compiled("batch")
    inputs = Repeat(compiled, {"batch": given, "repeat_id": word}, lambda: "unique").inputs()
    return [entry.get("messageId") if isinstance(entry, dict) else entry for entry in inputs["batch"]]


def test_an_entry_keeps_its_id_when_others_are_mended_or_left_out(specs: Specs):
    given = entries(4, 1)
    first = filled(specs, given)

    assert filled(specs, [*given[:1], {"type": "nope"}, *given[2:]]) == [first[0], None, *first[2:]]
    assert filled(specs, given[2:]) == first[2:]
    assert filled(specs, [dict(reversed(entry.items())) for entry in given]) == first
    assert set(filled(specs, given, "another")) & set(first) == set()


def test_entries_that_are_alike_are_events_of_their_own(specs: Specs):
    given = entries(1, 1) * 3
    first = filled(specs, given)

    assert len(set(first)) == 3
    assert filled(specs, given) == first


def test_an_id_that_was_given_stays(specs: Specs):
    assert filled(specs, [{**entries(1, 1)[0], "messageId": "m-1"}]) == ["m-1"]


def test_what_is_no_list_of_entries_is_left_to_be_refused(specs: Specs):
    compiled = Connector(specs).caller.compiled("batch")

    assert filled(specs, ["text", None, {"type": 5}]) == ["text", None, None]
    assert Repeat(compiled, {"batch": "text"}, lambda: "unique").inputs() == {"batch": "text"}
