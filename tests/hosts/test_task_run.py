"""Calls as tasks of an orchestrator: what may be tried again, and what counts once when it is."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faultserver import FaultServer, Reply, answer

from segment_connector import Connector
from segment_connector.hosts.task_run import PassingFault, PermanentFault, TaskRun, shared_connector
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

PAID = {"event": "Paid", "userId": "u-1"}


@pytest.fixture(scope="module")
def sandbox(specs: Specs) -> Iterator[Sandbox]:
    with Sandbox(specs) as served:
        yield served


def task(specs: Specs, service: FaultServer, task_id: str | None = "run-1/pay") -> TaskRun:
    connection = {"writeKey": "key-1234", "servers": {"tracking": service.url, "public": service.url}}
    return TaskRun(Connector(specs, max_retries=0), {**connection, "publicToken": "token-1234"}, task_id)


def ids(service: FaultServer) -> list[Any]:
    return [body["messageId"] for body in service.bodies]


def test_another_try_of_a_task_sends_the_same_event(specs: Specs):
    with FaultServer(answer({}, 503), answer({"success": True})) as service:
        with pytest.raises(PassingFault, match=r"track: .* answered 503"):
            task(specs, service).run("track", PAID)
        result = task(specs, service).run("track", dict(reversed(PAID.items())))
    assert result.ok
    assert ids(service) == [result.meta.message_ids[0]] * 2


def test_another_task_or_run_or_the_same_call_again_is_another_event(specs: Specs):
    with FaultServer() as service:
        first = task(specs, service)
        for _ in range(2):
            first.run("track", PAID)
        first.run("track", {**PAID, "userId": "u-2"})
        task(specs, service, "run-2/pay").run("track", PAID)
        task(specs, service, None).run("track", PAID)
        task(specs, service, None).run("track", PAID)
    assert len(set(ids(service))) == 6


def test_ids_of_a_list_are_those_of_the_try_before(specs: Specs):
    entries = [{"type": "track", **PAID}, {"type": "track", **PAID}]
    with FaultServer() as service:
        for _ in range(2):
            task(specs, service).run("batch", {"batch": copy.deepcopy(entries)})
    first, again = ([one["messageId"] for one in body["batch"]] for body in service.bodies)
    assert first == again
    assert len(set(first)) == 2


def test_what_templates_made_text_of_is_read(specs: Specs):
    with FaultServer() as service:
        task(specs, service).run("track", {**PAID, "properties": '{"revenue": 3}', "context": None})
    assert service.bodies[0]["properties"] == {"revenue": 3}


def test_an_id_that_was_given_stays(specs: Specs):
    with FaultServer() as service:
        task(specs, service).run("track", {**PAID, "messageId": "mine"})
    assert ids(service) == ["mine"]


CASES: list[tuple[str, Reply, type[Exception], float | None]] = [
    ("the service asks to wait", answer({}, 429, {"Retry-After": "7"}), PassingFault, 7.0),
    ("the service is away", answer({}, 503), PassingFault, None),
    ("the service refuses", answer({}, 400), PermanentFault, None),
]


@pytest.mark.parametrize(("reply", "fault", "wait"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_may_be_tried_again(specs: Specs, reply: Reply, fault: type[PassingFault], wait: float | None):
    with FaultServer(reply) as service, pytest.raises(fault) as told:
        task(specs, service).run("track", PAID)
    assert told.value.retry_after == wait
    assert told.value.hint
    assert "key-1234" not in str(told.value)


def test_what_may_have_been_done_is_not_done_again(specs: Specs):
    with FaultServer(lambda *_: None) as service, pytest.raises(PermanentFault, match="list_labels") as told:
        task(specs, service).run("create_label", {"label": {"key": "team", "value": "one"}})
    assert not told.value.retryable


def test_wrong_inputs_are_told_all_at_once_and_nothing_is_sent(specs: Specs):
    with FaultServer() as service, pytest.raises(PermanentFault) as told:
        task(specs, service).run("track", {"event": 7, "userId": "u", "propertis": {}})
    assert not service.seen
    assert {problem.field for problem in told.value.problems} == {"event", "propertis"}
    assert "track: propertis: " in str(told.value)
    assert "did you mean 'properties'?" in str(told.value)
    with FaultServer() as service, pytest.raises(PermanentFault, match="must be an object"):
        task(specs, service).run("track", [])  # type: ignore[arg-type]
    with FaultServer() as service, pytest.raises(PermanentFault, match="did you mean 'track'"):
        task(specs, service).run("trakc", {})


def test_a_fault_crosses_processes(specs: Specs):
    with FaultServer(answer({}, 429, {"Retry-After": "7"})) as service, pytest.raises(PassingFault) as told:
        task(specs, service).run("track", PAID)
    again = pickle.loads(pickle.dumps(told.value))
    assert (type(again), str(again), again.retry_after) == (PassingFault, str(told.value), 7.0)


def test_a_list_is_read_over_its_pages(sandbox: Sandbox, specs: Specs):
    one = TaskRun(Connector(specs), sandbox.connection, "run-1/read")
    pages: list[int] = []
    count = {"pagination": {"count": 2}}
    found = one.read_all("list_sources", count, on_page=lambda page: pages.append(len(page.items)))
    assert len(pages) >= 2
    assert len({source["id"] for source in found}) == len(found)
    assert one.read_all("list_sources", count, max_items=3) == found[:3]
    with pytest.raises(PermanentFault, match="get_workspace: "):
        one.read_all("get_workspace", {})


def test_many_events(specs: Specs, tmp_path: Path):
    rows = [{"type": "track", **PAID}]
    with FaultServer() as service:
        result = task(specs, service).bulk(rows)
        assert result.tally.accepted == 1
    source = tmp_path / "events.jsonl"
    source.write_text('{"type": "track", "event": "Paid", "userId": "u-1"}\n' * 3)
    with FaultServer(answer({}, 429, {"Retry-After": "7"}), answer({"success": True})) as service:
        with pytest.raises(PassingFault, match="bulk: ") as told:
            task(specs, service).bulk(source)
        assert told.value.retry_after == 7.0
        assert task(specs, service).bulk(source).tally.accepted == 3
    first, again = ([one["messageId"] for one in body["batch"]] for body in service.bodies)
    assert first == again
    with FaultServer(answer({}, 401)) as service, pytest.raises(PermanentFault):
        task(specs, service).bulk(rows)
    with FaultServer() as service, pytest.raises(PermanentFault, match=r"nothing\.jsonl"):
        task(specs, service).bulk(tmp_path / "nothing.jsonl")


def test_many_events_that_are_stopped_are_not_all_sent(specs: Specs):
    stop = threading.Event()
    stop.set()
    with FaultServer() as service, pytest.raises(PermanentFault, match="stopped before the end"):
        task(specs, service).bulk([{"type": "track", **PAID}], stop=stop)


def test_a_process_has_one_connector_for_its_tasks():
    assert shared_connector() is shared_connector()
    assert shared_connector(None, 0) is not shared_connector()
