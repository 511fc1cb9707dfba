"""How a person comes in: by a link that works once, or by pasting a token; and how the owner gets a further link."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.types import Receive, Scope

from ...errors import Problem
from ...markup.html import html
from ...values.json_values import encode
from ..sessions import Sessions, TooManyTries
from .problems import Answer, Refusal

SIGN_IN = "/sign-in"
NEW_LINK = "/sign-in/link"
NO_STORE = (b"cache-control", b"no-store")

_HTML = b"text/html; charset=utf-8"
_FORM = b"application/x-www-form-urlencoded"
_MOST = 10_000  # bytes of a form with a token
_ANOTHER = "paste the token here, or open another link: 'segment-connector serve --link' prints one"
_SIGNED_OUT = frozenset(("unauthorized", "link_used", "wrong_token", "too_many_tries"))
"""What a token helps against, by the codes of problems."""

_ComeIn = Callable[[Scope, Receive], Awaitable[Answer]]


class SignIn:
    """Answers those who are not known yet.

    :param sessions: who may come in.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def answers(self, scope: Scope) -> _ComeIn | None:
        """What answers a request, where it is one of those that let somebody in."""
        method, path = scope.get("method"), scope["path"]
        if method == "GET" and path == "/" and b"token=" in scope["query_string"]:
            return self._by_link
        if method == "POST":
            return {SIGN_IN: self._by_token, NEW_LINK: self._further_link}.get(path)
        return None

    async def _by_link(self, scope: Scope, _receive: Receive) -> Answer:
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        session = self._sessions.open(given)
        if session is None:
            message = "this link has been used already, or belongs to another run of the service"
            raise Refusal(401, Problem("link_used", message, _ANOTHER, field="token"))
        # It goes on elsewhere, so that the token does not stay in the address bar. A page has to do that: where the
        # link stood on another site's page, browsers keep a strict cookie back for as long as they are redirected.
        page = _notice("You are signed in", entered=True)
        return Answer(200, page, _HTML, (_cookie(scope, session),))

    async def _by_token(self, scope: Scope, receive: Receive) -> Answer:
        given = parse_qs((await _form(scope, receive)).decode("latin-1")).get("token", [""])[0].strip()
        try:
            session = self._sessions.sign_in(given.rpartition("token=")[2])  # a whole link is meant as well
        except TooManyTries as tries:
            seconds = math.ceil(tries.seconds)
            problem = Problem("too_many_tries", "too many wrong tokens were tried", f"try again in {seconds} seconds")
            raise Refusal(429, problem, {"Retry-After": str(seconds)}) from None
        if session is None:
            hint = "paste the one that the service was started with, or the one of a link that was not used yet"
            raise Refusal(401, Problem("wrong_token", "the token is wrong", hint, field="token"))
        return Answer(303, b"", _HTML, (_cookie(scope, session), (b"location", b"/")))

    async def _further_link(self, scope: Scope, _receive: Receive) -> Answer:
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        token = self._sessions.new_link(given)
        if token is None:
            hint = "'segment-connector serve --link' asks for a link, for whoever started the service"
            raise Refusal(401, Problem("unauthorized", "this is not the secret of the service's owner", hint))
        return Answer(200, encode({"token": token}))


async def _form(scope: Scope, receive: Receive) -> bytes:
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    if kind.split(b";")[0].strip().lower() != _FORM:
        raise Refusal(415, Problem("content_type", "this is not a form", f"send {_FORM.decode()} with 'token'"))
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _MOST:
            problem = Problem("too_large", f"the form has more than {_MOST:,} bytes", "send the token only")
            raise Refusal(413, problem, {"Connection": "close"})
    return body


def cookie_name(scope: Mapping[str, Any]) -> str:
    """The name of our cookie: browsers send the cookies of one address to all its ports."""
    return f"segment_connector_{(scope.get('server') or ('', 0))[1]}"


def _cookie(scope: Scope, session: str) -> tuple[bytes, bytes]:
    secure = "; Secure" if scope["scheme"] == "https" else ""
    return b"set-cookie", f"{cookie_name(scope)}={session}; Path=/; HttpOnly; SameSite=Strict{secure}".encode()


def refusal_page(refusal: Refusal) -> Answer:
    """A refusal for a person with a browser; nothing in it comes from the request."""
    problem = refusal.problem
    said, cure = (text[:1].upper() + text[1:] for text in (problem.message, problem.hint or ""))
    page = _notice(said, text=cure, asks=problem.code in _SIGNED_OUT)
    return Answer(refusal.status, page, _HTML, refusal.answer.headers)


def _notice(title: str, *, text: str = "", entered: bool = False, asks: bool = False) -> bytes:
    return html(
        "service/http/notice.html", title=title, text=text, entered=entered, asks=asks, sign_in=SIGN_IN
    ).encode()
