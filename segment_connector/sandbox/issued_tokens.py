"""The OAuth tokens that the sandbox gave out, and for how long they count."""

from __future__ import annotations

import datetime as dt
import secrets
import threading
from collections.abc import Callable

from ..errors import Problem

_MOST = 10_000


class IssuedTokens:
    """Tokens by the API that gave them; safe to share between threads.

    :param now: the current instant, with a zone.
    """

    def __init__(self, now: Callable[[], dt.datetime]) -> None:
        self._now = now
        self._ends: dict[tuple[str, str], dt.datetime] = {}
        self._lock = threading.Lock()

    def new(self, api: str, seconds: int) -> str:
        """A fresh token of a token server, good for some seconds."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._ends[api, token] = self._now() + dt.timedelta(seconds=seconds)
            if len(self._ends) > _MOST:
                del self._ends[next(iter(self._ends))]
        return token

    def problem(self, api: str, token: str) -> Problem | None:
        """Why a token does not count, or ``None`` when it does."""
        ends = self._ends.get((api, token))
        if ends is None:
            return Problem(
                "wrong_credential", "the access token was not issued by the sandbox",
                "fetch a token from the sandbox's own token server",
            )  # fmt: skip
        if ends <= self._now():
            return Problem("expired_credential", "the access token has expired", "fetch another")
        return None
