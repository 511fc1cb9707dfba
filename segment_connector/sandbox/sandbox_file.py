"""Keeps what a sandbox holds in a file, so that it is there again after a restart.

Kept are the events with their ids and what the APIs that remember have. Faults, deliveries and the violations that were
counted are not: what they are about is over when the process is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import InputError, Problem
from ..values.json_values import decode, encode
from .ledger import Event, Ledger
from .world import Worlds

_FORM = 1  # of the file
_LOOKED = 1.0  # seconds between two looks for a change
_SHARE = 20  # a save that took a second is followed by the next after this many


class SandboxFile:
    """The file of one sandbox.

    :param name: the connector that is simulated.
    """

    def __init__(self, path: Path, name: str, ledger: Ledger, worlds: Worlds) -> None:
        self._path, self._name, self._ledger, self._worlds = path, name, ledger, worlds
        self._written = b""
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def load(self) -> None:
        """Put back what the file holds, and make sure that it can be written.

        :raises InputError: when it is not such a file, is one of another connector, or cannot be read or written.
        """
        try:
            content = self._path.read_bytes() if self._path.exists() else None
        except OSError as error:
            raise self._refused(f"cannot be read: {error.strerror}", "check its rights, or name another") from error
        if content is not None:
            self._put_back(content)
        self.save()

    def _put_back(self, content: bytes) -> None:
        hint = "name another file, or remove it to start again"
        try:
            kept = decode(content)
            form, name = kept["form"], kept["connector"]
        except (ValueError, KeyError, TypeError):
            raise self._refused("is not a file of a sandbox", hint) from None
        if form != _FORM:
            raise self._refused(f"is of form {form}, and this release reads form {_FORM}", hint)
        if name != self._name:
            raise self._refused(f"is of the connector '{name}', and this one is '{self._name}'", hint)
        try:
            events = [_event_of(one) for one in kept["events"]]
            self._ledger.restore(kept["last"], events, [(api, id_, number) for api, id_, number in kept["ids"]])
            for api in self._worlds:
                self._worlds[api].state.restore(kept["worlds"].get(api, {"lists": [], "documents": []}))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._refused("is damaged", hint) from None

    def follow(self, catch_up: Callable[[], None]) -> None:
        """Save what changes, in a thread of its own.

        :param catch_up: lets the APIs learn of the events that came.
        """
        self._thread = threading.Thread(target=self._follow, args=(catch_up,), name="sandbox file", daemon=True)
        self._thread.start()

    def _follow(self, catch_up: Callable[[], None]) -> None:
        pause = _LOOKED
        while not self._stopped.wait(pause):
            begun = time.monotonic()
            catch_up()
            try:
                self.save()
            except InputError:
                continue  # a full disk may have room again; the last save, which is told of, tries once more
            pause = max(_LOOKED, (time.monotonic() - begun) * _SHARE)

    def close(self, catch_up: Callable[[], None]) -> None:
        """Save for the last time.

        :raises InputError: when that cannot be done.
        """
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        catch_up()
        self.save()

    def save(self) -> None:
        """Write the file if anything changed: beside it first, then in its place.

        :raises InputError: when it cannot be written.
        """
        with self._worlds.lock:
            worlds = {api: self._worlds[api].state.kept() for api in self._worlds}
            last, events, ids = self._ledger.kept()
            mark = encode([last, len(events), worlds])
        if mark == self._written:
            return
        whole: dict[str, Any] = {"form": _FORM, "connector": self._name, "last": last, "worlds": worlds}
        whole |= {"ids": ids, "events": [_kept(one) for one in events]}
        beside = self._path.with_name(f"{self._path.name}.new")
        try:
            beside.write_bytes(encode(whole))
            beside.replace(self._path)
        except OSError as error:
            raise self._refused(f"cannot be written: {error.strerror}", "name a file in a folder of yours") from error
        self._written = mark

    def _refused(self, message: str, hint: str) -> InputError:
        return InputError.of("sandbox_file", message, hint, path=str(self._path))


def _kept(event: Event) -> dict[str, Any]:
    return {**asdict(event), "body": event.body.decode()}


def _event_of(kept: dict[str, Any]) -> Event:
    problem = kept["problem"]
    return Event(**{**kept, "body": kept["body"].encode(), "problem": None if problem is None else Problem(**problem)})
