"""Who may come in: a link that works once and leaves a cookie, and a token for programs."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie

_MOST = 100


class Sessions:
    """The token of one service, its link, and the browsers that came by it.

    :param token: what programs send as Bearer; by default one is made, and is the link's as well.
    :ivar link_token: what the link of the start holds. A token that was given is never printed, so the link then has
        one of its own.
    """

    def __init__(self, token: str | None = None) -> None:
        self.link_token = secrets.token_urlsafe(32)
        self._token = token if token is not None else self.link_token
        self._link_is_unused = True
        self._lock = threading.Lock()
        self._known: list[str] = []

    def open(self, given: str) -> str | None:
        """The value of the cookie for who comes by the link; ``None`` for a wrong token, and for the second time."""
        with self._lock:
            if not self._link_is_unused or not _same(given, self.link_token):
                return None
            self._link_is_unused = False
            self._known = [*self._known[-_MOST:], session := secrets.token_urlsafe(32)]
            return session

    def knows(self, cookies: Iterable[bytes], cookie: str, authorization: bytes | None) -> bool:
        """Whether a request comes from somebody who may come in.

        :param cookies: its ``Cookie`` headers.
        :param cookie: the name of our cookie.
        :param authorization: its ``Authorization`` header.
        """
        if authorization is not None:
            scheme, _, value = authorization.decode("latin-1").partition(" ")
            return scheme.lower() == "bearer" and _same(value.strip(), self._token)
        return any(_same(value, known) for value in _values(cookies, cookie) for known in self._known)


def _values(cookies: Iterable[bytes], name: str) -> list[str]:
    found = []
    for header in cookies:
        try:
            parsed = SimpleCookie(header.decode("latin-1"))
        except CookieError:
            continue
        if name in parsed:
            found.append(parsed[name].value)
    return found


def _same(given: str, right: str) -> bool:
    """Compare without telling by the time it takes how much was right."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode())
