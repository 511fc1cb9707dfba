"""Send batches over several connections at a time, by the rules of a single call, and say what became of each event."""

from __future__ import annotations

import contextlib
import queue
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ..errors import ConnectorError, Problem
from ..runtime.call import OF_THE_CONTENT, SIGNED_BYTES, Caller
from ..runtime.connection import Connection
from ..runtime.exchange import Pause, Wire
from ..runtime.plan import Prepared
from ..runtime.result import Failure
from ..runtime.values import encode
from .checkpoint import Receipt
from .pace import Pace, Stopped
from .packing import Batch, halves
from .records import Reject
from .tally import Tally

_MOST_SINGLES = 20  # events that are refused alone with none accepted in between: then it is not about the events


class BulkFailed(ConnectorError):  # noqa: N818 - an outcome, as CallFailed
    """A run that could not go on; what was accepted is remembered, and the next run goes on from there."""


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
    ) -> None:
        self.failure: ConnectorError | None = None
        self._caller = caller
        self._compiled = caller.compiled(action)
        self._connection = connection
        self._record = record
        self._pace = pace
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
                self._fail(BulkFailed(Problem("internal", f"delivery failed: {type(error).__name__}: {error}")))

    def _fail(self, error: ConnectorError) -> None:
        self.failure = self.failure or error
        self._stop.set()

    def _deliver(self, batch: Batch) -> None:
        size = batch.end - batch.start if batch.in_bytes else 0
        tally = Tally(read=batch.read, rejected=len(batch.rejects), bytes_read=size)
        receipt = Receipt(batch.name, batch.start, batch.end, tally, batch.rejects)
        if batch.pieces and not self._dry_run:
            self._send(batch, receipt, _Refused())
        self._record(receipt)

    def _send(self, batch: Batch, receipt: Receipt, refused: _Refused) -> None:
        """Send events as one request, and in halves when it is refused for what is in it."""
        error = self._post(batch, receipt)
        count = batch.count
        if error is None:
            receipt.tally.accepted += count
            refused.in_a_row = 0
        elif count > 1 and refused.in_a_row < _MOST_SINGLES:
            for half in halves(batch):
                self._send(half, receipt, refused)
        else:
            refused.in_a_row += 1
            message = error.message
            if count > 1:
                message += f" (said of {count:,} events together; {_MOST_SINGLES} before them were refused one by one)"
            problem = Problem(error.code, message, error.hint)
            receipt.tally.rejected += count
            receipt.rejects.extend(
                # A place inside of the record: where it begins is not kept.
                Reject(end - 1, problem, event.decode("utf-8"), status=error.status)
                for event, end in zip(batch.events, batch.ends, strict=True)
            )

    def _post(self, batch: Batch, receipt: Receipt) -> Failure | None:
        """Send one request until it is answered for good. Gives what the service has against what is in it.

        :raises BulkFailed: when it could not be delivered, for a reason that the next request would meet as well.
        """
        begun = [0.0]
        count = batch.count

        def finish(wire: Wire) -> Wire:
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
        receipt.latencies.append(time.monotonic() - begun[0])
        meta, tally = result.meta, receipt.tally
        tally.requests += 1
        tally.retries += max(meta.attempts - 1, 0)
        tally.bytes_sent += meta.bytes
        if result.error is None or meta.status in OF_THE_CONTENT:
            return result.error
        error = result.error
        raise BulkFailed(Problem(error.code, error.message, error.hint, field=error.field))

    def _hold(self, pause: Pause) -> None:
        # What one request is told of the rate holds for all.
        if pause.directed or pause.reason == "HTTP 429":
            self._pace.hold(pause.seconds)


@dataclass(slots=True)
class _Refused:
    """What was refused of a batch.

    :ivar in_a_row: requests that were refused for good since one was accepted.
    """

    in_a_row: int = 0


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
