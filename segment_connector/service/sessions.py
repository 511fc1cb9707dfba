"""Who may come in: links that work once and leave a cookie, and a token for programs, which a person may paste too."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from http.cookies import CookieError, SimpleCookie

_MOST = 100
_MOST_LINKS = 20
_WRONG = 10  # tokens that may be wrong within _SECONDS
_SECONDS = 60.0


class TooManyTries(Exception):  # noqa: N818 - an answer, not an error of the program
    """So many wrong tokens were tried that the next have to wait.

    :param seconds: how long.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


class Sessions:
    """The token of one service, its links, and the browsers that came by them.

    :param token: what programs send as Bearer; by default one is made, and is the first link's as well.
    :param monotonic: seconds, by which wrong tokens are counted.
    :ivar link_token: what the link of the start holds. A token that was given is never printed, so the link then has
        one of its own.
    :ivar owner_secret: what whoever started the service may ask it for another link with.
    """

    def __init__(self, token: str | None = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.link_token = secrets.token_urlsafe(32)
        self.owner_secret = secrets.token_urlsafe(32)
        self._token = token if token is not None else self.link_token
        self._links = [self.link_token]  # that were not used yet
        self._lock = threading.Lock()
        self._known: list[str] = []
        self._monotonic = monotonic
        self._wrong: deque[float] = deque(maxlen=_WRONG)

    def open(self, given: str) -> str | None:
        """The value of the cookie for who comes by a link; ``None`` for a wrong token, and for the second time."""
        with self._lock:
            used = next((link for link in self._links if _same(given, link)), None)
            if used is None:
                return None
            self._links.remove(used)
            return self._let_in()

    def sign_in(self, given: str) -> str | None:
        """The same for who pastes a token: the one that programs send, or one of a link that was not used yet.

        :raises TooManyTries: when too many were wrong within a minute; then no token is looked at.
        """
        now = self._monotonic()
        with self._lock:
            if len(self._wrong) == _WRONG and now - self._wrong[0] < _SECONDS:
                raise TooManyTries(_SECONDS - (now - self._wrong[0]))
        if (session := self.open(given)) is not None:
            return session
        with self._lock:
            if _same(given, self._token):
                return self._let_in()
            self._wrong.append(now)
            return None

    def new_link(self, authorization: bytes) -> str | None:
        """The token of a further link, which works once; the oldest links that nobody used end.

        :param authorization: a header that has to hold the owner's secret.
        :returns: ``None`` when it does not.
        """
        if not _same(_bearer(authorization), self.owner_secret):
            return None
        with self._lock:
            self._links = [*self._links[1 - _MOST_LINKS :], made := secrets.token_urlsafe(32)]
            return made

    def _let_in(self) -> str:
        self._known = [*self._known[-_MOST:], session := secrets.token_urlsafe(32)]
        return session

    def knows(self, cookies: Iterable[bytes], cookie: str, authorization: bytes | None) -> bool:
        """Whether a request comes from somebody who may come in.

        :param cookies: its ``Cookie`` headers.
        :param cookie: the name of our cookie.
        :param authorization: its ``Authorization`` header.
        """
        if authorization is not None:
            return _same(_bearer(authorization), self._token)
        return any(_same(value, known) for value in _values(cookies, cookie) for known in self._known)


def _bearer(authorization: bytes) -> str:
    scheme, _, value = authorization.decode("latin-1").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


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
