"""A run's own way to end early: it follows what was asked for from outside, and never changes it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOOK = 0.2  # seconds; what was asked is seen at once, and only the thread that looks lives on for so long


class Stopped(Exception):  # noqa: N818 - what was asked for, not an error
    """The run was asked to stop while something waited."""


@contextmanager
def following(asked: threading.Event | None, own: threading.Event) -> Iterator[None]:
    """While the block runs, ``own`` is set as soon as ``asked`` is.

    A run sets its own when it cannot go on; whoever asked may use theirs for the next run.
    """
    if asked is None or asked.is_set():
        if asked is not None:
            own.set()
        yield
        return
    over = threading.Event()

    def follow() -> None:
        while not over.is_set():
            if asked.wait(_LOOK):
                own.set()
                return

    thread = threading.Thread(target=follow, name="bulk stop", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
