"""Clients that are slow, many, large or silent: what each may take, and that the others are answered meanwhile."""

from __future__ import annotations

import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
import requests
from service_support import EVENT, TOKEN, Running, json_of, raw, read_answer, running, status_of, until

HALF = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@contextmanager
def connections(address: tuple[str, int], count: int, sent: bytes = b"") -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        opened = []
        for _ in range(count):
            opened.append(stack.enter_context(socket.create_connection(address, timeout=20)))
            with suppress(ConnectionError):
                opened[-1].sendall(sent)
        yield opened


def is_closed(sock: socket.socket, wait: float = 5) -> bool:
    """Whether the other side ends a connection in time; what it says first is read away."""
    sock.settimeout(wait)
    try:
        while sock.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


def open_in(service: Running) -> float:
    return float(service.backend.metrics.connections.collect()[0].samples[0].value)


def closed_by(service: Running, limit: str) -> float:
    (found,) = re.findall(
        rf'segment_connector_http_connections_closed_total{{limit="{limit}"}} (\S+)', service.get("/metrics").text
    )
    return float(found)


def test_a_head_has_to_come_in_time(serve: Callable[..., Running]) -> None:
    service = serve(head_timeout=0.3)
    with connections(service.address, 600, HALF) as slow:
        started = time.monotonic()
        assert service.run("track", EVENT).status_code == 200
        said = slow[0].recv(65536)
        assert (status_of(said), json_of(said)["code"]) == (408, "slow_head")
        assert all(is_closed(one) for one in slow)
        assert time.monotonic() - started < 5
    until(lambda: open_in(service) == 1)
    assert closed_by(service, "slow_head") == 600


@pytest.mark.parametrize(
    "first", [b"", HALF, WHOLE + HALF, WHOLE.replace(b"\r\n\r\n", b"\r\nContent-Length: 9999\r\n\r\n")]
)
def test_bytes_that_drip_do_not_prolong_the_time(serve: Callable[..., Running], first: bytes) -> None:
    service = serve(head_timeout=0.3, idle_timeout=0.3)
    with connections(service.address, 1, first) as (dripping,):
        end = time.monotonic() + 5
        with suppress(ConnectionError):
            while time.monotonic() < end:
                dripping.sendall(b"x")
                time.sleep(0.05)
        assert time.monotonic() < end


def test_a_silent_connection_is_closed(serve: Callable[..., Running]) -> None:
    service = serve(head_timeout=0.3, idle_timeout=0.2)
    with connections(service.address, 1) as (silent,), connections(service.address, 1, WHOLE) as (idle,):
        assert status_of(read_answer(idle)) == 200
        assert is_closed(silent)
        assert is_closed(idle)


def test_a_request_takes_as_long_as_it_needs(serve: Callable[..., Running]) -> None:
    service = serve(head_timeout=0.2, idle_timeout=5)
    head = (
        f"POST /v1/actions/track/run HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {service.settings.token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 75\r\n\r\n"
    )
    with connections(service.address, 1, head.encode()) as (slow,):
        time.sleep(0.5)
        slow.sendall(b'{"inputs": {"event": "Order", "userId": "u-1"}, "connection": "sandbox"}   ')
        assert status_of(read_answer(slow)) == 200
        time.sleep(0.5)  # the time for a head begins with its first byte
        slow.sendall(WHOLE)
        assert status_of(read_answer(slow)) == 200


def test_an_answer_has_to_be_read(serve: Callable[..., Running]) -> None:
    service = serve(unread_timeout=0.2)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.settimeout(5)
        deaf.connect(service.address)
        whole = WHOLE.replace(b"healthz", b"openapi.json")[:-2] + b"Authorization: Bearer %b\r\n\r\n"
        deaf.sendall(whole % TOKEN.encode() * 20)
        until(lambda: closed_by(service, "unread") == 1)


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 431), (4_464, 431), (200_000, 431)])
@pytest.mark.parametrize("pieces", [1, 2])
def test_the_head_has_the_size_that_is_documented(service: Running, more: int, status: int, pieces: int) -> None:
    start = "GET /healthz HTTP/1.1\nHost: 127.0.0.1\nX: "
    filling = 65536 + more - len(start.replace("\n", "\r\n")) - 4
    with connections(service.address, 1) as (sock,):
        text = (start.replace("\n", "\r\n") + "x" * filling + "\r\n\r\n").encode()
        with suppress(ConnectionError):
            if pieces == 2:
                sock.sendall(text[:40_000])
                time.sleep(0.05)
                text = text[40_000:]
            sock.sendall(text)
        said = read_answer(sock)
    assert status_of(said) == status
    if status == 431:
        assert json_of(said)["code"] == "head_too_large"
        assert "65,536" in json_of(said)["detail"]


def test_a_head_is_measured_alone(service: Running) -> None:
    with connections(service.address, 1, WHOLE * 2000) as (sock,):  # 90,000 bytes, whose heads are small
        assert status_of(read_answer(sock)) == 200


def test_there_are_so_many_connections_and_those_without_a_request_give_way(serve: Callable[..., Running]) -> None:
    service = serve(max_connections=20, head_timeout=20)
    with connections(service.address, 40, HALF) as slow:
        assert service.run("track", EVENT).status_code == 200
        assert requests.get(f"{service.url}/healthz", timeout=5).status_code == 200
        said = read_answer(slow[0])
        assert (status_of(said), json_of(said)["code"]) == (503, "busy")
        assert not is_closed(slow[-1], 0.1)
        assert 15 <= open_in(service) <= 20
    assert closed_by(service, "for_room") >= 21


def test_where_all_connections_are_busy_the_next_is_refused_at_once(serve: Callable[..., Running]) -> None:
    service = serve(max_connections=2)
    head = f"POST /v1/connections/test HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {service.settings.token}"
    begun = f"{head}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n".encode()
    with connections(service.address, 2, begun) as busy:
        until(lambda: open_in(service) == 2)
        time.sleep(0.2)
        said = raw(service, "GET /healthz HTTP/1.1\nHost: 127.0.0.1")
        assert (status_of(said), json_of(said)["code"]) == (503, "busy")
        assert b"retry-after: 1" in said.lower()
        busy[0].sendall(b"{}")
        assert status_of(read_answer(busy[0])) == 422
    assert closed_by(service, "refused") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limit")
def test_descriptors_that_run_short_leave_those_who_ask_unharmed() -> None:
    with running("--no-workbench", "--no-mcp", descriptors=256) as program:
        address = ("127.0.0.1", int(program.url.rpartition(":")[2]))
        with connections(address, 400, HALF):
            for _ in range(20):
                assert requests.get(f"{program.url}/healthz", timeout=5).status_code == 200
                assert program.run().status_code == 200
        assert program.stop(15)[2] == ""


def test_pages_that_nobody_connects_to_are_bounded(
    serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    from nicegui import Client

    from segment_connector.service.workbench import host

    monkeypatch.setattr(host, "_MOST_WAITING", 3)
    service = serve(workbench=True)
    for _ in range(6):
        assert service.get("/").status_code == 200
    assert len(Client.instances) == 4  # what waits, and the page that came last


WRONG_BATCH = [{"type": "track", "x": number} for number in range(50_000)]
UNKNOWN = {f"n{number}": 1 for number in range(300_000)}


@pytest.mark.parametrize(
    ("action", "door", "inputs"),
    [
        ("batch", "run", {"batch": WRONG_BATCH}),
        ("batch", "preview", {"batch": WRONG_BATCH, "skipInvalid": True}),
        ("batch", "run", {"batch": [7] * 1_000_000}),
        ("track", "preview", {**EVENT, **UNKNOWN}),
        ("list_sources", "run", {f"{'x' * 40_000}{number}": 1 for number in range(100)}),
    ],
)
@pytest.mark.unmeasured
def test_a_small_question_has_a_small_answer(
    serve: Callable[..., Running], action: str, door: str, inputs: Any
) -> None:
    service = serve()  # here, so that its threads, which are timed as well, run without the tracer
    service.post("/v1/actions/batch/preview", {"inputs": {"batch": [7]}, "connection": "sandbox"})
    start = time.process_time()
    answer = service.post(f"/v1/actions/{action}/{door}", {"inputs": inputs, "connection": "sandbox"})
    assert time.process_time() - start < 2.5  # what this process takes to write the question included
    told = answer.json()
    assert answer.status_code == 422
    assert len(answer.content) < 100_000
    assert len(told["problems"]) <= 101
    if len(told["problems"]) > 1:
        assert told["problems"][-1]["code"] == "more"
