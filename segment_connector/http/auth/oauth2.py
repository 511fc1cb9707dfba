"""``type: oauth2``: OAuth 2.0 client credentials (RFC 6749, 4.4): fetch tokens, keep them, renew them in time.

A token is renewed when half of its life is over. A server whose clock differs says so in its ``Date`` header; the
client then proves itself by the server's time and tries once more.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Generator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import ClassVar
from urllib.parse import urlencode

from ...clock import Clock
from ...errors import Problem
from ...values.json_values import decode
from ..attempts import Attempts, SignedRequest
from ..retry import parse_http_date
from ..transport import Response
from .oauth2_assertion import PrivateKeyJwt
from .oauth2_client import Client
from .oauth2_secret import SecretInBody, SecretInHeader
from .scheme import Credential, Flow, Get, Judge, Make, NoToken, Place, Scheme, Signed, TokenRefused, TokenRequest
from .scheme import authorization as authorization_of

_GRANT = "client_credentials"
_FORM = "application/x-www-form-urlencoded"
_ACCESS_TOKEN = "access token"  # noqa: S105 - no connection property has a space in its name
_SHORTEST_LIFE = 60.0  # seconds a token is kept when its server does not say
_DIFFERS = 5  # seconds: a little clock difference is no reason to be refused
_TOKEN = re.compile(r"[!-~]+")  # anything else would not be one header
_REFUSED = (401, 403, 511)

CLIENTS: Mapping[str, Client] = {one.word: one for one in (PrivateKeyJwt(), SecretInBody(), SecretInHeader())}
"""How a client proves who it is, by the word for it in ``client_auth``."""


@dataclass(slots=True)
class _Token:
    value: str = field(repr=False)
    renew_at: float


@dataclass(slots=True)
class _Kept:
    """Tokens by client and server; safe to share between threads, which share one fetch and what comes of it.

    :ivar skew: seconds that the token server's clock is ahead.
    """

    tokens: dict[tuple[str, ...], Future[_Token]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    skew: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class OAuth2(Scheme):
    """A bearer token that is fetched.

    :ivar api: the token server, ``path`` the path of its token endpoint.
    :ivar client_auth: how the client proves who it is, in the words of RFC 7591.
    :ivar scope: the connection property that says what the token is for, ``default_scope`` what it is for without one.
    """

    type: ClassVar[str] = "oauth2"
    properties: ClassVar[tuple[str, ...]] = ("client_id", "client_secret", "key_id", "private_key", "scope")
    optional: ClassVar[tuple[str, ...]] = ("scope",)

    api: str
    client_auth: str
    client_id: str
    path: str = "/token"
    client_secret: str | None = None
    key_id: str | None = None
    private_key: str | None = None
    scope: str | None = None
    default_scope: str = ""
    _kept: _Kept = field(init=False, default_factory=_Kept)

    def misfit(self) -> tuple[str, str, str] | None:
        """The members of one way to prove who the client is, and none of another."""
        if self.client_auth not in CLIENTS:
            return (
                "client_auth",
                f"there is no client authentication '{self.client_auth}'",
                f"there is {', '.join(CLIENTS)}",
            )
        wanted = self._client.members
        for member in ("client_secret", "key_id", "private_key"):
            if (getattr(self, member) is None) is (member in wanted):
                needed = f"'client_auth: {self.client_auth}' takes {' and '.join(('client_id', *wanted))}"
                missing = member in wanted
                message = f"'{member}' is missing" if missing else f"'{member}' has no meaning here"
                return member, message, f"{'add it' if missing else 'remove it'}: {needed}"
        return None

    @property
    def _client(self) -> Client:
        return CLIENTS[self.client_auth]

    @property
    def secrets(self) -> dict[Place, str]:
        """What the client proves itself by."""
        return {**self.named(*self._client.secrets), **self._in_body}

    @property
    def checked(self) -> tuple[str, ...]:
        """What the client proves itself by, where the right one can be known, and what is in the body."""
        return tuple({**self.named(*self._client.checked), **self._in_body}.values())

    @property
    def free(self) -> tuple[str, ...]:
        """The names of client and key, where nothing else of the client can be compared."""
        return tuple(self.named(*self._client.free).values())

    @property
    def fetched_from(self) -> str | None:
        """The token server."""
        return self.api

    def added(self, get: Get) -> Credential:
        """The token as a bearer token."""
        return replace(Scheme.added(self, get), headers={"Authorization": f"Bearer {get(_ACCESS_TOKEN)}"})

    def remark(self, title: str) -> str:
        """Where the token of a ``curl`` command comes from."""
        return f"ACCESS_TOKEN is an access token of the {title} (POST {self.path})"

    def flow(self, get: Get, server: str, clock: Clock) -> Flow:
        """Sign with a token that is good for at least half of its life; yields the request of one when there is none.

        :raises NoToken: when the server gives none.
        :raises ConnectionConfigError: when the private key cannot sign, or the extra ``oauth`` is not installed.
        """
        key, kept = self._key(get, server), self._kept
        with kept.lock:
            known = kept.tokens.get(key)
            fresh = known is not None and (not known.done() or clock.monotonic() < known.result().renew_at)
            token = known if known is not None and fresh else Future[_Token]()
            kept.tokens[key] = token
        if not fresh:
            try:
                token.set_result((yield from self._fetch(get, server, clock)))
            except BaseException as error:
                # Those who wait already share the failure; who comes later tries anew.
                self.forget(get, server)
                token.set_exception(error)
                raise
        value = token.result().value
        signed = self.added(lambda name: value if name == _ACCESS_TOKEN else get(name))
        return replace(signed, secrets=frozenset((value,)))

    def refused(self, status: int, get: Get, server: str) -> None:
        """A token that was refused is fetched anew for the next try."""
        if status in _REFUSED:
            self.forget(get, server)

    def forget(self, get: Get, server: str) -> None:
        """Drop a token, so that the next call fetches another."""
        with self._kept.lock:
            self._kept.tokens.pop(self._key(get, server), None)

    def _key(self, get: Get, server: str) -> tuple[str, ...]:
        return (server, *(str(get(getattr(self, member) or "")) for member in self.properties))

    def _fetch(self, get: Get, server: str, clock: Clock) -> Generator[Make, Attempts, _Token]:
        def make(_attempt: int) -> SignedRequest:
            scope = str((get(self.scope) if self.scope else None) or self.default_scope)
            headers, proof = self._client.proof(self.named(*self.properties), get, server, clock, self._kept.skew)
            form = {"grant_type": _GRANT, **proof, **({"scope": scope} if scope else {})}
            headers = {"Content-Type": _FORM, "Accept": "application/json", **headers}
            return SignedRequest("POST", server + self.path, headers, urlencode(form).encode())

        done = yield make
        if done.answer is not None and done.answer.status in (400, 401) and self._corrected(done.answer, clock):
            done = yield make
        answer = done.answer
        body = _body(answer) if answer is not None and answer.status == 200 else {}
        token = body.get("access_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise NoToken(done)
        life = body.get("expires_in")
        seconds = float(life) if isinstance(life, (int, float)) and life > 0 else _SHORTEST_LIFE
        return _Token(token, clock.monotonic() + seconds / 2)

    def _corrected(self, answer: Response, clock: Clock) -> bool:
        """Take the server's clock for the next proof; true when it differs enough to explain a refusal."""
        theirs = parse_http_date(answer.headers.get("Date") or "") if self._client.tells_time else None
        if theirs is None:
            return False
        skew = (theirs - clock.now()).total_seconds()
        differs = abs(skew - self._kept.skew) > _DIFFERS
        self._kept.skew = skew if differs else self._kept.skew
        return differs

    def problem(self, signed: Signed, judge: Judge) -> Problem | None:
        """Asks whether the token was given out."""
        token = authorization_of(signed, self.kind) or ""
        return judge.token_problem(self.api, token) or Scheme.problem(self, signed, judge)

    def token_problem(self, asked: TokenRequest) -> None:
        """Judge who asks for a token: the form of the request, then the client."""
        if (asked.headers.get("Content-Type") or "").partition(";")[0].strip().lower() != _FORM:
            raise TokenRefused("invalid_request", f"the Content-Type must be {_FORM}")
        for name in ("grant_type", *self._client.fields):
            if name not in asked.form:
                raise TokenRefused("invalid_request", f"{name} is missing")
        if asked.form["grant_type"] != _GRANT:
            raise TokenRefused("unsupported_grant_type", f"grant_type must be {_GRANT}")
        self._client.check(self.named(*self.properties), asked)


def _body(answer: Response) -> dict[str, object]:
    try:
        body = decode(answer.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
