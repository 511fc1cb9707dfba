"""Ctrl-C for work that should end in good order: the first asks it to stop, the second ends it at once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import click

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_INTERRUPTED = 130
_STOPPING = "stopping: what is under way is finished first; Ctrl-C again ends at once"


@contextlib.contextmanager
def stopped_by_signal(stop: threading.Event, close: Callable[[], None]) -> Iterator[None]:
    """While the block runs, Ctrl-C and SIGTERM set ``stop``; the second of them ends the process with code 130.

    :param stop: what the work looks at.
    :param close: gives the terminal back, before the process ends at once.
    """
    asked = False

    def ask(_number: int, _frame: Any) -> None:
        nonlocal asked
        if asked:
            close()
            # Nothing more is waited for: neither threads nor what they wait for would end at once.
            os._exit(_INTERRUPTED)
        asked = True
        stop.set()
        # By a thread of its own, since the signal may have come in the middle of a line.
        threading.Thread(target=click.echo, args=(_STOPPING,), kwargs={"err": True}, daemon=True).start()

    if threading.current_thread() is not threading.main_thread():  # the only one that may have handlers
        yield
        return
    before = {number: signal.signal(number, ask) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
