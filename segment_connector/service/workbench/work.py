"""Run what waits outside the event loop, which every page shares."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread

_CALLS = 32  # that run at once
_P = ParamSpec("_P")
_T = TypeVar("_T")


async def in_thread(function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """What a function returns that may wait or compute for long; it runs in a thread and may not touch elements.

    When the page goes away, the thread is left to end by itself.
    """
    return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), abandon_on_cancel=True)


async def call_in_thread(function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """As ``in_thread``, for calls that may take minutes; however many there are, pages have threads of their own."""
    return await anyio.to_thread.run_sync(
        partial(function, *args, **kwargs), abandon_on_cancel=True, limiter=_limiter()
    )


@cache
def _limiter() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(_CALLS)
