"""``Idempotency-Key``: the same call once, however often it is asked for."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from faultserver import FaultServer, Peer, Seen, answer, then_close
from service_support import EVENT, Running, until

from segment_connector import Connector
from segment_connector.result import Failure, Meta, Result
from segment_connector.service.idempotency import KeyDone, KeyInUse, KeyReused, Remembered


def to(server: FaultServer) -> dict[str, Any]:
    return {
        "writeKey": "key-1234",
        "publicToken": "tok-1234",
        "servers": {"tracking": server.url, "public": server.url},
    }


def test_the_same_key_and_body_give_the_same_answer_and_nothing_is_sent_twice(service: Running) -> None:
    with FaultServer() as server:
        answers = [service.run("track", EVENT, to(server), Idempotency_Key="same-1") for _ in range(3)]
        assert len(server.seen) == 1
    assert answers[0].content == answers[1].content == answers[2].content
    assert [one.headers.get("Idempotency-Replayed") for one in answers] == [None, "true", "true"]


@pytest.mark.parametrize(
    ("action", "inputs", "connection"),
    [("track", {**EVENT, "userId": "u-2"}, None), ("identify", {"userId": "u-1"}, None), ("track", EVENT, "sandbox")],
)
def test_the_same_key_for_another_call_is_refused(service: Running, action: str, inputs: Any, connection: Any) -> None:
    with FaultServer() as server:
        key = f"other-{action}-{connection}-{inputs['userId']}"
        assert service.run("track", EVENT, to(server), Idempotency_Key=key).status_code == 200
        again = service.run(action, inputs, connection or to(server), Idempotency_Key=key)
        assert (again.status_code, again.json()["code"]) == (422, "idempotency_key_reused")
        assert len(server.seen) == 1


def test_the_order_of_members_does_not_matter(service: Running) -> None:
    with FaultServer() as server:
        for inputs in (EVENT, dict(reversed(EVENT.items()))):
            assert service.run("track", inputs, to(server), Idempotency_Key="order").status_code == 200
        assert len(server.seen) == 1


def test_while_a_call_is_under_way_its_key_is_taken(service: Running) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def slow(_: Seen, __: Peer) -> bytes:
        arrived.set()
        go_on.wait(20)
        return answer({"success": True})

    with FaultServer(slow) as server:
        first: list[Any] = []

        def call() -> None:
            first.append(service.run("track", EVENT, to(server), Idempotency_Key="way"))

        thread = threading.Thread(target=call)
        thread.start()
        assert arrived.wait(10)
        session = type(service.session)()
        session.headers.update(service.session.headers)
        body = {"inputs": EVENT, "connection": to(server)}
        second = session.post(
            f"{service.url}/v1/actions/track/run", json=body, timeout=10, headers={"Idempotency-Key": "way"}
        )
        session.close()
        go_on.set()
        thread.join(20)
        assert (second.status_code, second.json()["code"]) == (409, "idempotency_key_in_use")
        assert second.headers["Retry-After"] == "1"
        assert service.run("track", EVENT, to(server), Idempotency_Key="way").content == first[0].content


def test_what_was_surely_refused_may_be_tried_again(serve: Callable[..., Running]) -> None:
    service = serve(connector=Connector.load(max_retries=0))
    with FaultServer(answer({}, 401), answer({"success": True})) as server:
        first, second = (service.run("track", EVENT, to(server), Idempotency_Key="again") for _ in range(2))
        assert (first.status_code, second.status_code) == (424, 200)
        assert server.bodies[0]["messageId"] == server.bodies[1]["messageId"]
    assert service.run("track", {}, Idempotency_Key="wrong").status_code == 422
    assert service.run("track", EVENT, Idempotency_Key="wrong").status_code == 200


def test_what_may_have_been_done_and_may_not_be_repeated_is_not(serve: Callable[..., Running]) -> None:
    service = serve(connector=Connector.load(max_retries=0))
    inputs = {"slug": "x", "enabled": True, "metadataId": "m"}
    with FaultServer(then_close(b"")) as server:
        first, second = (service.run("create_source", inputs, to(server), Idempotency_Key="made") for _ in range(2))
        assert len(server.seen) == 1
    assert first.status_code == second.status_code == 424
    assert first.content == second.content
    assert [one.headers.get("Idempotency-Replayed") for one in (first, second)] == [None, "true"]


def test_what_reads_and_what_was_answered_without_a_key_takes_no_room(serve: Callable[..., Running]) -> None:
    service = serve()
    made = {"slug": "x", "enabled": True, "metadataId": "m"}
    with FaultServer(answer({"data": {"source": {"id": "s"}}})) as server:
        service.run("create_source", made, to(server))
        service.run("get_source", {"sourceId": "s"}, to(server), Idempotency_Key="read")
        service.run("get_source", {"sourceId": "s"}, to(server), Idempotency_Key="read")
        assert len(server.seen) == 3
        until(lambda: not service.backend._remembered._kept)
        service.run("create_source", made, to(server), Idempotency_Key="made")
        assert list(service.backend._remembered._kept) == ["made"]


def test_a_call_whose_key_was_told_because_it_took_too_long_is_not_made_again(serve: Callable[..., Running]) -> None:
    service, go_on = serve(timeout=1), threading.Event()

    def slow(_: Seen, __: Peer) -> bytes:
        go_on.wait(20)
        return answer({"data": {"source": {"id": "s"}}})

    inputs = {"slug": "x", "enabled": True, "metadataId": "m"}
    with FaultServer(slow) as server:
        told = service.run("create_source", inputs, to(server))
        assert told.status_code == 504
        go_on.set()
        until(lambda: service.backend.metrics.running._value.get() == 0)
        again = service.run("create_source", inputs, to(server), Idempotency_Key=told.json()["idempotency_key"])
        assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
        assert len(server.seen) == 1


def test_a_large_answer_is_not_kept_and_its_call_is_not_made_again(serve: Callable[..., Running]) -> None:
    service = serve()
    inputs = {"slug": "x", "enabled": True, "metadataId": "m"}
    with FaultServer(answer({"data": {"source": {"id": "s", "name": "x" * 1_000_000}}})) as server:
        first, second = (service.run("create_source", inputs, to(server), Idempotency_Key="large") for _ in range(2))
        assert len(server.seen) == 1
    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json()["code"] == "idempotency_key_done"
    assert "Retry-After" not in second.headers


def test_ids_are_made_of_the_key_where_nothing_else_gives_one(serve: Callable[..., Running]) -> None:
    def ids(key: str, inputs: Any, action: str = "track") -> list[str]:
        service = serve()  # with no memory of the calls before
        return service.run(action, inputs, Idempotency_Key=key).json()["meta"]["message_ids"]

    assert ids("k", EVENT) == ids("k", EVENT)
    assert ids("k", EVENT) != ids("l", EVENT)
    assert ids("k", EVENT) != ids("k", {**EVENT, "userId": "u-2"})
    assert ids("k", {**EVENT, "messageId": "mine"}) == ["mine"]
    batch = {"batch": [{"type": "track", **EVENT}, {"type": "identify", "userId": "u"}, {"type": "track", **EVENT}]}
    assert ids("k", batch, "batch") == ids("k", batch, "batch")
    assert len(set(ids("k", batch, "batch"))) == 3


def result(text: str = "") -> Result:
    return Result(True, "act", {"text": text}, None, Meta())


def test_memory_is_bounded_and_the_oldest_are_forgotten() -> None:
    kept = Remembered(most_bytes=20_000)
    for number in range(100):
        assert kept.begin(str(number), b"call") is None
        kept.end(str(number), result("x" * 1000))
    assert kept.begin("99", b"call") == result("x" * 1000)
    assert kept.begin("0", b"call") is None
    assert kept._size <= 20_000


def test_of_the_oldest_the_results_are_forgotten_before_the_keys() -> None:
    kept = Remembered(most_bytes=20_000)
    for number in range(20):
        kept.begin(str(number), b"call")
        kept.end(str(number), result("x" * 1000))
    with pytest.raises(KeyDone):
        kept.begin("0", b"call")
    with pytest.raises(KeyReused):
        kept.begin("0", b"another")
    assert kept.begin("19", b"call") == result("x" * 1000)
    assert kept._size <= 20_000


def test_of_a_large_failure_what_matters_is_kept() -> None:
    kept = Remembered(largest=1000)
    failed = Result(False, "act", {"text": "x" * 1000}, Failure("timeout", "no answer", details="x" * 1000), Meta())
    kept.begin("k", b"call")
    kept.end("k", failed)
    assert kept.begin("k", b"call") == Result(False, "act", {}, Failure("timeout", "no answer"), Meta())


def test_calls_under_way_are_never_forgotten() -> None:
    kept = Remembered(most_bytes=1000)
    for number in range(10):
        assert kept.begin(str(number), b"call") is None
    with pytest.raises(KeyInUse):
        kept.begin("0", b"call")


def test_time_is_limited() -> None:
    now = [0.0]
    kept = Remembered(seconds=10, now=lambda: now[0])
    assert kept.begin("k", b"call") is None
    kept.end("k", result())
    now[0] = 9
    assert kept.begin("k", b"call") == result()
    with pytest.raises(KeyReused):
        kept.begin("k", b"other")
    now[0] = 10
    assert kept.begin("k", b"other") is None


def test_what_is_counted_is_what_it_takes() -> None:
    kept = Remembered(most_bytes=500_000)
    held = Result(True, "act", {"list": [{"id": f"{number}-{'x' * 30}"} for number in range(20)]}, None, Meta())
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(500):
            key = f"{number:>255}"
            kept.begin(key, b"c" * 32)
            kept.end(key, deepcopy(held))
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 250_000 < taken < 1.1 * 500_000
