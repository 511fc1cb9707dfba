"""The right credentials, one for each connection property that the played APIs sign with, and who judges a request."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ..errors import ConnectionConfigError, Problem, did_you_mean
from ..language.connector_records import AuthScheme, ConnectorSpec
from ..redact import MASK, forms, redact
from ..values.json_values import decode, encode
from .messages import Headers

_HEADER_TYPES = {"basic": ("basic",), "bearer": ("bearer", "oauth")}


class Issued(Protocol):
    """Knows the OAuth tokens that were given out."""

    def problem(self, api: str, token: str) -> Problem | None:
        """Why a token of a token server does not count, or ``None`` when it does."""


class Credentials:
    """What signs a request rightly.

    :param spec: the connector.
    :param apis: the APIs that are played.
    :param given: values that replace the sandbox's own, by the (dotted) name of their connection property.
    :param issued: the OAuth tokens.
    :raises ConnectionConfigError: when ``given`` names a property that nothing is signed with.
    """

    def __init__(self, spec: ConnectorSpec, apis: Iterable[str], given: Mapping[str, str], issued: Issued) -> None:
        self._issued = issued
        self._schemes = {api: [spec.auth[name] for name in spec.apis[api].auth] for api in apis}
        schemes = [scheme for schemes in self._schemes.values() for scheme in schemes]
        fixed = dict.fromkeys(name for scheme in schemes for name in _checked_by(scheme))
        # Of an OAuth application any client and key will do, until one is named.
        free = [name for scheme in schemes for name in (scheme.client_id, scheme.key_id) if name]
        for name in given:
            if name not in fixed and name not in free:
                known = [*fixed, *free]
                raise ConnectionConfigError(
                    Problem(
                        "unknown", "is no credential that the sandbox looks at",
                        did_you_mean(name, known) or f"it looks at {', '.join(known)}", field=name[:80],
                    )
                )  # fmt: skip
        self.given = frozenset(given)
        self.values: dict[str, str] = {name: f"sandbox-{name.rsplit('.', 1)[-1]}" for name in fixed} | dict(given)
        self._secrets = frozenset(self.values.values())
        self._spellings = forms(self._secrets)
        self._in_json = [encode(spelling)[1:-1] for spelling in self._spellings]
        self._members = {
            api: {member: name for scheme in schemes for member, name in scheme.body.items()}
            for api, schemes in self._schemes.items()
        }

    def members(self, api: str) -> Iterable[str]:
        """The members of a body that hold a credential of an API."""
        return self._members[api]

    def simplest(self) -> dict[str, Any]:
        """The members of a connection that sign every API in its plainest way."""
        found: dict[str, Any] = {}
        for schemes in self._schemes.values():
            for name in schemes[-1].needs if schemes else ():
                if name in self.values:
                    put(found, name, self.values[name])
        return found

    def problem(self, api: str, headers: Headers, body: Mapping[str, Any]) -> Problem | None:
        """Why a request is not signed as an API wants it; ``None`` when it is.

        Whatever credential is shown must be right, and together they must make up one of the API's schemes.
        """
        schemes = self._schemes[api]
        if not schemes:
            return None
        for member, name in self._members[api].items():
            if member in body and body[member] != self.values[name]:
                return _wrong(name, member)
        authorization = headers.get("Authorization")
        if authorization is None:
            problems = [self._body_problem(scheme, body) for scheme in schemes if scheme.type == "none"]
            return None if None in problems else _missing(schemes)
        kind, _, shown = authorization.strip().partition(" ")
        types = _HEADER_TYPES.get(kind.lower(), ())
        tried = [
            self._header_problem(scheme, shown.strip()) or self._body_problem(scheme, body)
            for scheme in schemes if scheme.type in types
        ]  # fmt: skip
        if not tried:
            return _missing(schemes, "the Authorization header is of no kind that the API takes")
        return None if None in tried else tried[-1]

    def _header_problem(self, scheme: AuthScheme, shown: str) -> Problem | None:
        if scheme.type == "oauth":
            return self._issued.problem(scheme.api or "", shown)
        name = (scheme.username if scheme.type == "basic" else scheme.token) or ""
        value = _user(shown) if scheme.type == "basic" else shown
        return None if value == self.values[name] else _wrong(name, None)

    def _body_problem(self, scheme: AuthScheme, body: Mapping[str, Any]) -> Problem | None:
        for member, name in scheme.body.items():
            if member not in body:
                return Problem("missing_credential", "the body has no credential", f"put '{name}' there", field=member)
        return None

    def masked(self, api: str, body: Any) -> bytes:
        """A body as JSON text that may be shown."""
        if isinstance(body, dict):
            hidden = {member: MASK for member in self._members[api] if member in body}
            body = {**body, **hidden} if hidden else body
        text = encode(body)
        if any(spelling in text for spelling in self._in_json):
            text = encode(redact(decode(text), self._secrets))
        return text

    def masked_problem(self, problem: Problem | None) -> Problem | None:
        """A problem that may be shown: its words may quote what was sent."""
        if problem is None or not any(spelling in str(problem) for spelling in self._spellings):
            return problem
        return Problem(**redact(problem.to_dict(), self._secrets))


def put(tree: dict[str, Any], dotted: str, value: Any) -> None:
    """Set the member of a tree of objects that a dotted name leads to."""
    *above, last = dotted.split(".")
    for part in above:
        tree = tree.setdefault(part, {})
    tree[last] = value


def _checked_by(scheme: AuthScheme) -> list[str]:
    named = {"basic": scheme.username, "bearer": scheme.token}.get(scheme.type)
    return [*([named] if named else []), *scheme.body.values()]


def _user(encoded: str) -> str | None:
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return text.partition(":")[0]


def _wrong(name: str, member: str | None) -> Problem:
    return Problem(
        "wrong_credential", f"'{name}' is not the one that the sandbox takes",
        f"use the one it printed when it started, or start it with --credential {name}=YOURS", field=member,
    )  # fmt: skip


def _missing(schemes: Iterable[AuthScheme], message: str = "the request brings no credential") -> Problem:
    ways = dict.fromkeys(name for scheme in schemes for name in _checked_by(scheme))
    return Problem("missing_credential", message, f"sign it with {' or '.join(ways)}")
