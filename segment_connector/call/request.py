"""A request as it will be sent, but for its credential, which is added where the socket is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ..http.auth import Credential
from ..http.syntax import JSON, Writing, with_query
from ..redact import MASK, forms, redact, redact_text
from ..result import Warn


@dataclass(slots=True)
class Request:
    """One planned HTTP request.

    :ivar method: HTTP method.
    :ivar url: absolute URL, percent-encoded, with its query.
    :ivar headers: every header but those that sign it.
    :ivar body: the body as a JSON value, or ``None`` for a request without one; never holds a credential.
    :ivar content: ``body`` as it is sent, or ``None``.
    :ivar region: whose server it is for, or ``None`` where the connection names the ``server`` itself.
    :ivar scheme: name of the auth scheme that will sign it, or ``None``.
    :ivar sent_as: how many requests the API's limits make of it.
    :ivar warnings: doubts about the inputs.
    :ivar inputs: the inputs with defaults and generated values filled in.
    :ivar secrets: strings that no output may show.
    :ivar writing: how ``body`` became ``content``.
    """

    action: str
    api: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: Any
    content: bytes | None = field(repr=False)
    region: str | None
    scheme: str | None
    message_ids: list[str] = field(repr=False)
    inputs: Mapping[str, Any] = field(repr=False)
    warnings: list[Warn] = field(default_factory=list, repr=False)
    secrets: frozenset[str] = field(default_factory=frozenset, repr=False)
    sent_as: int = 1
    writing: Writing = field(default_factory=Writing, repr=False)
    server: str | None = None

    def __repr__(self) -> str:
        return f"Request({self.method} {redact_text(self.url, self.secrets)})"

    def form_of(self, body: Any) -> str | None:
        """A shown body as the form that is sent; ``None`` when JSON is."""
        if self.writing.content == JSON or body is None:
            return None
        return self.writing.body(body).decode().replace(quote(MASK, safe=""), MASK)

    def to_dict(self, credential: Credential | None = None) -> dict[str, Any]:
        """Method, URL, headers and body as JSON values, with every secret masked.

        :param credential: what to show of the one that signs it, as ``Scheme.shown`` gives it; never the credential.
        """
        shown: dict[str, Any] = {
            "method": self.method, "url": self.url, "headers": dict(self.headers), "body": self.body,
        }  # fmt: skip
        shown = redact(shown, self.secrets) if forms(self.secrets) else shown
        if credential is not None:
            shown["url"] = with_query(shown["url"], credential.query)
            shown["headers"] = {**shown["headers"], **credential.headers}
            if isinstance(shown["body"], dict):
                shown["body"] = {**shown["body"], **credential.body}
        return shown
