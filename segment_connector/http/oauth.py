"""OAuth 2.0 client credentials with a signed assertion (RFC 7523): fetch tokens, keep them, renew them in time.

A token is renewed when half of its life is over. A server whose clock differs says so in its ``Date`` header; the
assertion is then signed for the server's time and tried once more.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from urllib.parse import urlencode

from ..clock import Clock
from ..connection import Connection
from ..errors import ConnectionConfigError, Problem
from ..language.connector_records import Api, AuthScheme
from ..values.json_values import decode
from .attempts import Exchange, Pause, Wire, exchange
from .retry import RetryBudget, parse_http_date
from .transport import Answer, Send

_GRANT = "client_credentials"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ISSUED_BEFORE = 5  # seconds: a little clock difference is no reason to be refused
_LIVES = 55  # seconds: Segment takes assertions that live less than 60
_SHORTEST_LIFE = 60.0  # seconds a token is kept when its server does not say
_MISSING = Problem("missing_extra", "OAuth needs PyJWT", "pip install 'segment-connector[oauth]'", field="oauth")
_TOKEN = re.compile(r"[!-~]+")  # anything else would not be one header


class NoToken(Exception):  # noqa: N818 - what happened, not an error of the program
    """The token server gave no token.

    :param done: the exchange with it.
    """

    def __init__(self, done: Exchange) -> None:
        super().__init__("no token")
        self.done = done


@dataclass(slots=True)
class _Token:
    value: str = field(repr=False)
    renew_at: float


class Tokens:
    """Access tokens by client and server; safe to share between threads, which share one fetch and what comes of it."""

    def __init__(self, send: Send, clock: Clock, random: Callable[[], float]) -> None:
        self._send = send
        self._clock = clock
        self._random = random
        self._tokens: dict[tuple[str, ...], Future[_Token]] = {}
        self._skew = 0.0
        self._lock = threading.Lock()

    def get(
        self, scheme: AuthScheme, api: Api, connection: Connection, on_wait: Callable[[Pause], None] | None = None
    ) -> str:
        """A token that is good for at least half of its life.

        :param api: the token server.
        :raises NoToken: when the server gives none.
        :raises ConnectionConfigError: when the private key cannot sign, or the extra ``oauth`` is not installed.
        """
        key = self._key(scheme, api, connection)
        with self._lock:
            known = self._tokens.get(key)
            fresh = known is not None and (not known.done() or self._clock.monotonic() < known.result().renew_at)
            token = known if known is not None and fresh else Future[_Token]()
            self._tokens[key] = token
        if not fresh:
            try:
                token.set_result(self._fetch(scheme, api, connection, on_wait))
            except BaseException as error:
                # Those who wait already share the failure; who comes later tries anew.
                self.forget(scheme, api, connection)
                token.set_exception(error)
                raise
        return token.result().value

    def forget(self, scheme: AuthScheme, api: Api, connection: Connection) -> None:
        """Drop a token that was refused, so that the next call fetches another."""
        with self._lock:
            self._tokens.pop(self._key(scheme, api, connection), None)

    def _key(self, scheme: AuthScheme, api: Api, connection: Connection) -> tuple[str, ...]:
        named = (scheme.client_id, scheme.key_id, scheme.private_key, scheme.scope)
        return (connection.server(api), *(str(connection.get(name or "")) for name in named))

    def _fetch(
        self, scheme: AuthScheme, api: Api, connection: Connection, on_wait: Callable[[Pause], None] | None
    ) -> _Token:
        server = connection.server(api)

        def make(_attempt: int) -> Wire:
            form = {
                "grant_type": _GRANT,
                "client_assertion_type": _ASSERTION,
                "client_assertion": self._assertion(scheme, connection, server),
                "scope": str(connection.get(scheme.scope or "") or scheme.default_scope),
            }
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
            return Wire("POST", server + scheme.path, headers, urlencode(form).encode())

        def once() -> Exchange:
            budget = RetryBudget(api.retry, {}, idempotent=True, random=self._random)
            return exchange(make, api, budget, self._send, self._clock, on_wait)

        done = once()
        if done.answer is not None and done.answer.status in (400, 401) and self._corrected(done.answer):
            done = once()
        answer = done.answer
        body = _body(answer) if answer is not None and answer.status == 200 else {}
        token = body.get("access_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise NoToken(done)
        life = body.get("expires_in")
        seconds = float(life) if isinstance(life, (int, float)) and life > 0 else _SHORTEST_LIFE
        return _Token(token, self._clock.monotonic() + seconds / 2)

    def _corrected(self, answer: Answer) -> bool:
        """Take the server's clock for the assertion; true when it differs enough to explain a refusal."""
        theirs = parse_http_date(answer.headers.get("Date") or "")
        if theirs is None:
            return False
        skew = (theirs - self._clock.now()).total_seconds()
        differs = abs(skew - self._skew) > _ISSUED_BEFORE
        self._skew = skew if differs else self._skew
        return differs

    def _assertion(self, scheme: AuthScheme, connection: Connection, server: str) -> str:
        try:
            import jwt
        except ImportError as error:
            raise ConnectionConfigError(_MISSING) from error
        client = connection.get(scheme.client_id or "")
        now = int(self._clock.now().timestamp() + self._skew)
        claims = {
            "iss": client, "sub": client, "aud": server, "jti": self._clock.new_id(),
            "iat": now - _ISSUED_BEFORE, "exp": now + _LIVES,
        }  # fmt: skip
        try:
            return jwt.encode(
                claims, connection.get(scheme.private_key or ""), algorithm="RS256",
                headers={"kid": connection.get(scheme.key_id or "")},
            )  # fmt: skip
        except NotImplementedError as error:  # PyJWT without cryptography
            raise ConnectionConfigError(_MISSING) from error
        except Exception:  # noqa: BLE001 - the libraries raise a dozen kinds, and the key is all that can be wrong
            raise ConnectionConfigError(
                Problem(
                    "private_key",
                    "the private key cannot sign: it is no private RSA key in PEM form, or has a password",
                    "paste the whole file, from -----BEGIN to the end of the last line, with its line breaks",
                    field=scheme.private_key,
                )
            ) from None


def _body(answer: Answer) -> dict[str, object]:
    try:
        body = decode(answer.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
