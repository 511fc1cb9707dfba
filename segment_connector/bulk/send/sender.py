"""Send batches over several connections at a time, by the rules of a single call, and say what became of each event."""

from __future__ import annotations

import contextlib
import queue
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ...call.caller import OF_THE_CONTENT, SIGNED_BYTES, Caller
from ...call.prepare import Prepared
from ...connection import Connection
from ...errors import ConnectorError, Problem
from ...http.attempts import Pause, SignedRequest
from ...result import Failure
from ...values.json_values import encode
from ..checked_block import Reject
from ..checkpoint import Receipt
from ..stopping import Stopped
from ..tally import Tally
from .pace import Pace
from .packing import Batch, Parts
from .refusals import BulkFailed, RefusalLimit

_TOO_LARGE = 413  # said of all events of a request together, and not of one of them


class Sender:
    """Sends batches in threads of its own.

    :param caller: calls the service; its clock should wait by ``pace.sleep``.
    :param action: the action that delivers many.
    :param record: told of each stretch that is dealt with; it may raise ConnectorError, which ends the run.
    :param pace: when a request may go.
    :param stop: set from outside to end early, and from inside when the run cannot go on.
    :param connections: threads, and requests under way at a time.
    :param pack: packs a body, and names the encoding.
    :param dry_run: do everything but send.
    :param refusal_limit: when to end because the service refuses nearly everything.
    :ivar failure: why the run cannot go on, or ``None``.
    """

    def __init__(
        self,
        caller: Caller,
        action: str,
        connection: Connection,
        record: Callable[[Receipt], None],
        pace: Pace,
        stop: threading.Event,
        *,
        connections: int,
        pack: tuple[str, Callable[[bytes], bytes]] | None,
        dry_run: bool,
        refusal_limit: RefusalLimit,
    ) -> None:
        self.failure: ConnectorError | None = None
        self._caller = caller
        self._compiled = caller.compiled(action)
        self._connection = connection
        self._record = record
        self._pace = pace
        self._patience = refusal_limit
        self._stop = stop
        self._pack = pack
        self._dry_run = dry_run
        split = self._compiled.action.split
        assert split is not None
        self._parameter = split.parameter
        # Stands for the events while the request around them is made; nobody could have guessed it.
        self._stand_in = secrets.token_hex(16)
        self._hollow = encode(self._stand_in)
        # Two that wait are enough to keep the connections busy, and bound the memory.
        self._batches: queue.Queue[Batch | None] = queue.Queue(2)
        self._threads = [threading.Thread(target=self._work, name=f"send-{n}", daemon=True) for n in range(connections)]
        for thread in self._threads:
            thread.start()

    def envelope(self) -> int:
        """Bytes of a request around its events, as far as they are known before it is signed."""
        prepared = Prepared({self._parameter: [self._stand_in]}, self._caller.clock.timestamp())
        content = self._caller.rendered(self._compiled, prepared, self._connection).content or b""
        return len(content) - len(self._hollow) + SIGNED_BYTES

    def put(self, batch: Batch) -> None:
        """Hand a batch over; waits while others are before it.

        :raises Stopped: when the run ends first.
        """
        while not self._stop.is_set():
            with contextlib.suppress(queue.Full):
                return self._batches.put(batch, timeout=0.1)
        raise Stopped

    def close(self) -> None:
        """Wait until everything that was handed over is dealt with; what is under way is finished in any case."""
        for _ in self._threads:
            while True:
                try:
                    self._batches.put(None, timeout=0.1)
                    break
                except queue.Full:
                    if self._stop.is_set() and not any(thread.is_alive() for thread in self._threads):
                        return
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (batch := self._batches.get()) is not None:
            if self._stop.is_set():
                continue
            try:
                self._deliver(batch)
            except Stopped:
                continue
            except ConnectorError as error:
                self._fail(error)
            except BaseException as error:  # noqa: BLE001 - a thread that dies in silence would lose the batch in silence
                self._fail(BulkFailed.of("internal", f"delivery failed: {type(error).__name__}: {error}"))

    def _fail(self, error: ConnectorError) -> None:
        self.failure = self.failure or error
        self._stop.set()

    def _deliver(self, batch: Batch) -> None:
        spent = _Spent()
        if (error := self._try(batch, spent)) is not None and batch.count > 1:
            self._divide(Parts(batch), error, spent)

    def _try(self, batch: Batch, spent: _Spent) -> Failure | None:
        """Send events as one request, and record them, unless several are refused. Gives why they, or the one, were."""
        error = self._post(batch, spent) if batch.pieces and not self._dry_run else None
        if error is not None and batch.count > 1:
            return error
        size = batch.end - batch.start if batch.size is None else batch.size
        accepted = batch.count if error is None and not self._dry_run else 0
        rejects = batch.rejects
        if error is not None:
            problem = Problem(error.code, error.message, error.hint)
            # A place inside the record: where it begins is not kept.
            refused = Reject(batch.ends[0] - 1, problem, batch.events[0].decode("utf-8"), status=error.status)
            rejects = [*rejects, refused]
        warned = batch.doubts.events if batch.doubts is not None else 0
        spent.tally.add(
            Tally(
                read=batch.read, accepted=accepted, would_be_accepted=batch.count if self._dry_run else 0,
                rejected=len(rejects), warned=warned, bytes_read=size,
            )
        )  # fmt: skip
        self._record(Receipt(batch.name, batch.start, batch.end, spent.tally, rejects, spent.latencies, batch.doubts))
        spent.tally, spent.latencies = Tally(), []
        if error is not None:
            self._patience.refused(error)
        elif accepted:
            self._patience.accepted(accepted)
        return error

    def _divide(self, parts: Parts, error: Failure, spent: _Spent) -> None:
        """Deal with events that were refused together, in their order.

        The first bad one is found by halving, and how many stood before it tells how many may be good behind it: a bad
        one costs about log2 of the distance to the one before in requests, and one of many in a row costs one.
        """
        begin, bad, step = 0, 0, parts.count
        known = parts.count  # the first bad event is before this one, if that is behind begin
        while begin < parts.count:
            if self._stop.is_set():
                raise Stopped
            count = max((known - begin) // 2, 1) if known > begin else min(step, parts.count - begin)
            refused = self._try(parts.part(begin, begin + count), spent)
            if refused is None:
                begin, step = begin + count, count * 2
                if error.status == _TOO_LARGE:
                    known, step = begin, count
            elif count > 1:
                known, error = begin + count, refused
            else:
                step = max(begin - bad, 1)
                begin = bad = known = begin + 1

    def _post(self, batch: Batch, spent: _Spent) -> Failure | None:
        """Send one request until it is answered for good. Gives what the service has against what is in it.

        :raises BulkFailed: when it could not be delivered, for a reason that the next request would meet as well.
        """
        begun = [0.0]
        count = batch.count

        def finish(wire: SignedRequest) -> SignedRequest:
            self._pace.wait(count)
            begun[0] = time.monotonic()
            head, _, tail = (wire.content or b"").partition(self._hollow)
            content = batch.framed(head, tail)
            if self._pack is None:
                return replace(wire, content=content)
            encoding, pack = self._pack
            return replace(wire, headers={**wire.headers, "Content-Encoding": encoding}, content=pack(content))

        prepared = Prepared({self._parameter: [self._stand_in]}, self._caller.clock.timestamp())
        result = self._caller.run_prepared(self._compiled, prepared, self._connection, self._hold, finish)
        spent.latencies.append(time.monotonic() - begun[0])
        meta, tally = result.meta, spent.tally
        tally.requests += 1
        tally.retries += max(meta.attempts - 1, 0)
        tally.bytes_sent += meta.bytes
        if result.error is None or meta.status in OF_THE_CONTENT:
            return result.error
        error = result.error
        problem = Problem(error.code, error.message, error.hint, error.field)
        raise BulkFailed(problem, error.retryable, error.retry_after)

    def _hold(self, pause: Pause) -> None:
        # What one request is told of the rate holds for all.
        if pause.directed or pause.reason == "HTTP 429":
            self._pace.hold(pause.seconds)


@dataclass(slots=True)
class _Spent:
    """What was counted of requests since the last receipt."""

    tally: Tally = field(default_factory=Tally)
    latencies: list[float] = field(default_factory=list)


def packing(gzip: bool) -> tuple[str, Callable[[bytes], bytes]] | None:
    """How bodies are packed: the encoding's name and what packs, or ``None``."""
    if not gzip:
        return None
    pack: Callable[..., Any]
    try:
        from isal import igzip
    except ImportError:
        import gzip as plain

        return "gzip", lambda content: plain.compress(content, 1)
    pack = igzip.compress
    return "gzip", lambda content: pack(content, 1)
