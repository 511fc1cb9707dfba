"""``answers: tokens``: an OAuth 2.0 token server for client credentials; the scheme says who may have a token."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from ..http.auth.oauth2 import OAuth2
from ..http.auth.scheme import TokenRefused, TokenRequest
from ..language.connector_records import Api
from .context import Refusals, SandboxContext
from .messages import Incoming, Reply, json_reply
from .routes import Simulate


class TokenServer:
    """Gives tokens to clients that prove who they are."""

    def __init__(self, api: Api, simulate: Simulate, context: SandboxContext) -> None:
        self._api = api
        self._simulate = simulate
        self._context = context
        self._schemes = {
            scheme.path: scheme
            for scheme in context.credentials.schemes.values()
            if isinstance(scheme, OAuth2) and scheme.api == api.name
        }
        self._used: dict[str, None] = {}
        self.refusal = Refusals(api, simulate, context.spec.path)

    def answer(self, incoming: Incoming) -> Reply:
        """A token, or 400 with ``error`` and ``error_description``; 404 where no token server is."""
        scheme = self._schemes.get(incoming.rest)
        if scheme is None or incoming.method != "POST":
            return self.refusal(404, "not_found", f"tokens are given to POST {' and '.join(self._schemes)}")
        form = {name: values[-1] for name, values in parse_qs(incoming.content.decode("latin-1")).items()}
        asked = TokenRequest(
            headers=incoming.headers, form=form, right=self._context.credentials.values,
            server=f"http://{incoming.headers.get('Host')}{self._simulate.mount}",
            now=self._context.clock.now().timestamp(), longest=self._simulate.assertion_seconds, used=self._used,
        )  # fmt: skip
        try:
            scheme.token_problem(asked)
        except TokenRefused as refused:
            return self.refusal(400, refused.error, refused.description)
        scope = form.get("scope") or scheme.default_scope
        seconds = self._simulate.expires_in
        token = self._context.issued.new(self._api.name, seconds)
        body = {"access_token": token, "expires_in": seconds, "token_type": "Bearer", "scope": scope}
        return json_reply(200, body, {"Cache-Control": "no-store"})

    def clear(self) -> None:
        """Nothing: a token that was given stays good."""

    def state(self) -> dict[str, Any]:
        """Nothing is kept that could be shown."""
        return {}
