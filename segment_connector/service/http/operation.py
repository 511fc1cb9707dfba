"""One operation of the HTTP API, from the wire to a function and back, with as few layers as can be.

Starlette finds the route; FastAPI, which would also make the OpenAPI document and check inputs, makes both of Python
signatures, and here both come from the specs: one operation an action, judged by the connector itself. What an
operation does is a plain function that runs in a thread, from the text of the body to the text of the answer, so the
event loop only moves bytes.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from ...errors import ConnectorError, Problem, did_you_mean
from ...hosts.worker_threads import Busy, NotDone, WorkerThreads
from ...http.attempts import Pause
from ...values.json_text import parse_json
from ...values.json_values import encode
from ..metrics import Metrics
from .problems import Answer, Refusal, of_error
from .responses import send_answer

_BODY_SECONDS = 30
_WORTH_WATCHING = 0.5  # seconds
_JSON = ("application/json",)

_log = logging.getLogger("segment_connector.service")


@dataclass(slots=True)
class Asked:
    """A request as an operation sees it.

    :ivar path: the parameters of its path.
    :ivar query: its query, each name once.
    :ivar headers: by lower-case name.
    :ivar scheme: ``http`` or ``https``.
    :ivar body: its body as a JSON object; empty for an operation that takes none.
    :ivar deadline: the instant of ``time.monotonic`` at which nobody waits for the answer any more.
    :ivar told: what to tell beside the problem when there is none by then.
    :ivar on_answer: called when there is one in time.
    """

    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[bytes, bytes] = field(repr=False)
    scheme: str
    body: Mapping[str, Any] = field(repr=False)
    deadline: float
    told: dict[str, Any]
    on_answer: Callable[[], None] = lambda: None

    @property
    def left(self) -> float:
        """Seconds until nobody waits any more."""
        return self.deadline - time.monotonic()

    def on_wait(self, pause: Pause) -> None:
        """Give up where the next try would come too late.

        :raises Refusal: with the time after which to come again.
        """
        if pause.seconds > self.left:
            seconds = math.ceil(pause.seconds)
            problem = Problem(
                "out_of_time",
                f"the call did not succeed ({pause.reason}), and the next try would come too late",
                f"repeat the request in {seconds} s; with its Idempotency-Key it is the same call",
            )
            raise Refusal(503, problem, {"Retry-After": str(seconds)}, self.told)


Does = Callable[[Asked], Answer]


def answer(value: Any, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    """A JSON value as an answer."""
    return Answer(status, encode(value), headers=headers)


class Operation:
    """The ASGI application of one route.

    :param route: the path as it is declared, for the metrics.
    :param does: what to do, by HTTP method.
    :param takes: the members that the body of a request may have; ``None`` for operations without a body.
    :param query: the names that a query may have; ``a.*`` is any name that begins with ``a.``.
    :param at_once: for what never waits, and has to be answered when all threads are taken.
    """

    def __init__(
        self,
        route: str,
        does: Mapping[str, Does],
        workers: WorkerThreads,
        metrics: Metrics,
        takes: tuple[str, ...] | None = None,
        query: tuple[str, ...] = (),
        *,
        at_once: bool = False,
    ) -> None:
        self._route = route
        self._does = {**does, **({"HEAD": does["GET"]} if "GET" in does else {})}
        self._workers = workers
        self._metrics = metrics
        self._takes = takes
        self._query = query
        self._at_once = at_once

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing that goes wrong leaves it as an exception."""
        found = await self._answered(scope, receive)
        self._metrics.answered(self._route, found.status)
        if scope["method"] == "HEAD":
            found = Answer(found.status, b"", found.content_type, found.headers)
        await send_answer(found, send)

    async def _answered(self, scope: Scope, receive: Receive) -> Answer:
        told: dict[str, Any] = {}
        try:
            does = self._does.get(scope["method"])
            if does is None:
                raise not_allowed(scope["method"], self._does)
            headers = dict(scope["headers"])
            raw = b""
            if self._takes is not None and scope["method"] in _WITH_BODY:
                _check_type(headers)
                raw = await self._body(receive)
            asked = Asked(
                scope["path_params"], {}, headers, scope["scheme"], {}, time.monotonic() + self._workers.seconds, told
            )
            if self._at_once:
                return self._work(does, scope, asked, raw)
            with _watched(receive, asked):
                found = await self._workers.run(lambda _job: self._work(does, scope, asked, raw))
        except Refusal as refusal:
            return refusal.answer
        except Busy:
            problem = Problem("busy", "the service has as many calls as it can take", "repeat the request in a second")
            return Refusal(503, problem, {"Retry-After": "1"}).answer
        except NotDone as left:
            return _not_done(left, told)
        asked.on_answer()
        return found

    async def _body(self, receive: Receive) -> bytes:
        """The whole body, whose size the guard bounds; a client that stops sending does not hold anything for ever."""
        chunks = []
        try:
            with self._workers.waiting(_BODY_SECONDS):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _gone()
                    chunks.append(message.get("body", b""))
                    more = message.get("more_body", False)
        except TimeoutError:
            problem = Problem("slow_body", f"the body did not come in {_BODY_SECONDS} s", "send it in one go")
            raise Refusal(408, problem, {"Connection": "close"}) from None
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _work(self, does: Does, scope: Scope, asked: Asked, raw: bytes) -> Answer:
        if asked.left < 0:
            return _gone().answer
        try:
            if scope["query_string"]:
                asked.query = self._read_query(scope["query_string"])
            if self._takes is not None and scope["method"] in _WITH_BODY:
                asked.body = self._read_body(raw)
            return does(asked)
        except Refusal as refusal:
            return refusal.answer
        except ConnectorError as error:
            return of_error(error)
        except Exception as error:  # noqa: BLE001 - a mistake of ours, and not the client's to read
            # Its text may hold what a client sent, so the log gets its kind and place only.
            _log.error("%s %s: %s", scope["method"], self._route, place_of(error))
            problem = Problem("internal", "the service failed", "report it with what its log says")
            return Refusal(500, problem).answer

    def _read_query(self, raw: bytes) -> dict[str, str]:
        found: dict[str, str] = {}
        try:
            pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50)
        except ValueError:
            raise Refusal(400, Problem("query", "the query cannot be read", "percent-encode it as UTF-8")) from None
        for name, value in pairs:
            if name not in self._query and name.partition(".")[0] + ".*" not in self._query:
                hint = did_you_mean(name, self._query) or f"known: {', '.join(self._query) or 'none'}"
                raise Refusal(400, Problem("query", "there is no such query parameter", hint, field=name[:80]))
            if name in found:
                raise Refusal(400, Problem("query", "is given twice", "give it once", field=name))
            found[name] = value
        return found

    def _read_body(self, raw: bytes) -> dict[str, Any]:
        assert self._takes is not None
        example = "{" + ", ".join(f'"{name}": ...' for name in self._takes) + "}"
        try:
            body = parse_json(raw)
        except ValueError as error:
            problem = Problem("malformed_json", f"the body is not valid JSON: {error}", f"write {example}")
            raise Refusal(400, problem) from None
        if not isinstance(body, dict):
            raise Refusal(422, Problem("type", "the body must be a JSON object", f"write {example}"))
        for name in body:
            if name not in self._takes:
                hint = did_you_mean(name, self._takes) or f"it has {', '.join(self._takes)}"
                raise Refusal(422, Problem("unknown", "the body has no such property", hint, field=name[:80]))
        return body


_WITH_BODY = frozenset({"PATCH", "POST", "PUT"})


def _check_type(headers: Mapping[bytes, bytes]) -> None:
    kind, _, rest = headers.get(b"content-type", b"").decode("latin-1").lower().partition(";")
    charset = rest.strip().removeprefix("charset=").strip('"')
    if kind.strip() not in _JSON or charset not in ("", "utf-8", "us-ascii"):
        problem = Problem(
            "content_type", "the body must be JSON in UTF-8", "send Content-Type: application/json",
            field="Content-Type",
        )  # fmt: skip
        raise Refusal(415, problem, {"Accept": "application/json"})
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        problem = Problem("content_type", "the body must not be compressed", "send it as it is", "Content-Encoding")
        raise Refusal(415, problem, {"Accept-Encoding": "identity"})


def _gone() -> Refusal:
    """What nobody reads any more."""
    return Refusal(400, Problem("gone", "the client went away before it was answered", "wait for the answer"))


@contextmanager
def _watched(receive: Receive, asked: Asked) -> Iterator[None]:
    """Let a call that lasts know when its client goes away, so that it is not tried again for nobody.

    Most calls are done before it is worth while to look.
    """
    watching: list[asyncio.Task[None]] = []

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        asked.deadline = 0

    loop = asyncio.get_running_loop()
    timer = loop.call_later(_WORTH_WATCHING, lambda: watching.append(loop.create_task(watch())))
    try:
        yield
    finally:
        timer.cancel()
        for task in watching:
            task.cancel()


def not_allowed(method: str, does: Iterable[str]) -> Refusal:
    """The refusal of a method that a path does not have."""
    allowed = ", ".join(sorted(does))
    problem = Problem("method", f"this path does not take {method[:20]}", f"it takes {allowed}")
    return Refusal(405, problem, {"Allow": allowed})


def place_of(error: BaseException) -> str:
    """Kind and place of an exception, without its text and without values."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame is not None else "?"
    return f"{type(error).__name__} at {where}"


def _not_done(left: NotDone, told: Mapping[str, Any]) -> Answer:
    if left.stopping:
        what = "the service stops, and the call had not ended" if left.begun else "the service stops"
    elif left.begun:
        what = "the call did not finish in time"
    else:
        what = "the call did not get its turn in time; nothing was sent"
    hint = "repeat it when the service is back" if left.stopping else "repeat it"
    # With its key the repeat is the same call; without, it would be another one that counts as well.
    hint += "; it may have been sent, so with its Idempotency-Key" if left.begun and told else ""
    headers = {"Retry-After": "1"} if not left.begun else {}
    status = 503 if left.stopping or not left.begun else 504
    problem = Problem("stopping" if left.stopping else "timeout", what, hint)
    return Refusal(status, problem, headers, told if left.begun else {}).answer
