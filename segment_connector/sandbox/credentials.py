"""The right credentials, one for each connection property that simulated APIs sign with, and who judges a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..errors import ConnectionConfigError, Problem, did_you_mean
from ..http.auth import Scheme, schemes_of
from ..http.auth.scheme import Headers, Signed, wrong
from ..language.connector_records import ConnectorSpec
from ..redact import MASK, forms, redact
from ..schema.validator import Validator
from ..values.json_values import decode, encode
from ..values.paths import put_into, schema_at

_AUTHORIZATION = "header authorization"


class Issued(Protocol):
    """Knows the OAuth tokens that were given out."""

    def problem(self, api: str, token: str) -> Problem | None:
        """Why a token of a token server does not count, or ``None`` when it does."""


@dataclass(frozen=True, slots=True)
class _Judge:
    """Knows other right values than the sandbox's own."""

    values: Mapping[str, str]
    token_problem: Callable[[str, str], Problem | None]


class Credentials:
    """What signs a request rightly.

    :param spec: the connector.
    :param apis: the APIs that are simulated.
    :param given: values that replace the sandbox's own, by the (dotted) name of their connection property.
    :param issued: the OAuth tokens.
    :raises ConnectionConfigError: when ``given`` names a property that nothing is signed with.
    """

    def __init__(self, spec: ConnectorSpec, apis: Iterable[str], given: Mapping[str, str], issued: Issued) -> None:
        self._issued = issued
        self.schemes = schemes_of(spec)
        self._schemes = {api: [self.schemes[name] for name in spec.apis[api].auth] for api in apis}
        used = {scheme.id for schemes in self._schemes.values() for scheme in schemes}
        schemes = [
            scheme for scheme in self.schemes.values() if scheme.id in used or scheme.fetched_from in self._schemes
        ]
        fixed = dict.fromkeys(name for scheme in schemes for name in scheme.checked)
        # Of some clients any name and key will do, until one is named.
        free = [name for scheme in schemes for name in scheme.free]
        for name in given:
            if name not in fixed and name not in free:
                known = [*fixed, *free]
                raise ConnectionConfigError.of(
                    "unknown",
                    "is not a credential that the sandbox checks",
                    did_you_mean(name, known) or f"it checks {', '.join(known)}",
                    field=name[:80],
                )
        self.given = frozenset(given)
        self.values: dict[str, str] = {name: _own(spec, name) for name in fixed} | dict(given)
        self._secrets = frozenset(self.values.values())
        self._spellings = forms(self._secrets)
        self._in_json = [encode(spelling)[1:-1] for spelling in self._spellings]
        shown = {api: [scheme.shown() for scheme in schemes] for api, schemes in self._schemes.items()}
        self._members = {api: frozenset(name for one in added for name in one.body) for api, added in shown.items()}
        self._parameters = {api: frozenset(name for one in added for name in one.query) for api, added in shown.items()}

    def members(self, api: str) -> frozenset[str]:
        """The members of a body that hold a credential of an API."""
        return self._members[api]

    def parameters(self, api: str) -> frozenset[str]:
        """The parameters of a query that hold a credential of an API."""
        return self._parameters[api]

    def simplest(self) -> dict[str, Any]:
        """The members of a connection that sign every API in its plainest way."""
        found: dict[str, Any] = {}
        for schemes in self._schemes.values():
            for name in schemes[-1].needs if schemes else ():
                if name in self.values:
                    put_into(found, name, self.values[name])
        return found

    def problem(
        self,
        api: str,
        headers: Headers,
        query: Mapping[str, str],
        body: Mapping[str, Any],
        instead: Mapping[str, str] | None = None,
    ) -> Problem | None:
        """Why a request is not signed as an API wants it; ``None`` when it is.

        Whatever credential is shown must be right, and together they must make up one of the API's schemes.

        :param instead: right credentials in place of others, by the name of their connection property.
        """
        judge = self if instead is None else _Judge({**self.values, **instead}, self.token_problem)
        schemes = self._schemes[api]
        signed = Signed(headers, query, body)
        for member, name in (pair for scheme in schemes for pair in scheme.body.items()):
            if member in body and body[member] != judge.values[name]:
                return wrong(name, member)
        found: dict[str, list[Problem | None]] = {}
        for scheme in schemes:
            if scheme.is_shown(signed):
                found.setdefault(scheme.place, []).append(scheme.problem(signed, judge))
        for problems in found.values():
            if None not in problems:
                return problems[-1]
        known = {scheme.place for scheme in schemes}
        if headers.get("Authorization") is not None and _AUTHORIZATION in known - found.keys():
            return _missing(schemes, "the Authorization header is not of a kind that the API accepts")
        return _missing(schemes) if schemes and not found else None

    def token_problem(self, api: str, token: str) -> Problem | None:
        """Why a token of a token server does not count, or ``None`` when it does."""
        return self._issued.problem(api, token)

    def masked(self, api: str, body: Any) -> bytes:
        """A body as JSON text that may be shown."""
        if isinstance(body, dict):
            hidden = {member: MASK for member in self.members(api) if member in body}
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


def _own(spec: ConnectorSpec, name: str) -> str:
    """The sandbox's own credential: one that says what it is, if the property takes it."""
    value = f"sandbox-{name.rsplit('.', 1)[-1]}"
    schema = schema_at(spec.connection.schema, name)
    fits = Validator(schema)
    samples = (one for one in (value, schema.get("placeholder"), *schema.get("examples", ())) if isinstance(one, str))
    return next((one for one in samples if not fits.problems(one)), value)


def _missing(schemes: Iterable[Scheme], message: str = "the request has no credential") -> Problem:
    ways = dict.fromkeys(name for scheme in schemes for name in scheme.checked)
    return Problem("missing_credential", message, f"sign it with {' or '.join(ways)}")
